import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const age = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** When a folder was changed last. */
function newest(folder: string): number {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return Math.max(
    ...files.filter((name) => /\.(ts|tsx|css|html)$/.test(name)).map((name) => age(join(root, folder, name))),
  );
}

const run = (script: string): void => {
  execFileSync('npm', ['run', script], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
};

/** Builds dist/, or the page in it, unless it is newer than every source. */
export default function build(): void {
  if (age(join(root, 'dist/index.js')) <= newest('src')) run('build');
  else if (age(join(root, 'dist/studio/index.html')) <= newest('studio')) run('build:studio');
}
