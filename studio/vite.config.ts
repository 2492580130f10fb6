import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const root = resolve(import.meta.dirname, '..');
const entry = (path: string): string => resolve(root, 'dist', path);

/** The published package by its own names: what `npm run build` has just written to dist/. */
const alias = [
  { find: /^relucent$/, replacement: entry('index.js') },
  ...['deep', 'optimal-set', 'parallel', 'report'].map((name) => ({
    find: new RegExp(`^relucent/${name}$`),
    replacement: entry(`${name}/index.js`),
  })),
];

export default defineConfig({
  root: import.meta.dirname,
  // relative addresses: the site works from any host and folder
  base: './',
  resolve: { alias },
  worker: { format: 'es' },
  build: {
    outDir: entry('studio'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
});
