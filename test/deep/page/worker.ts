import { provideRuntime } from '../../../src/deep/index.js';
import { train } from './case.js';
import type { Question } from './page.js';

const controller = new AbortController();

async function answer({ kind, backend, steps }: Question): Promise<unknown> {
  // As the package comes: a page has its bundler find it.
  const file = `/ort/ort.${backend === 'webgpu' ? 'webgpu' : 'wasm'}.bundle.min.mjs`;
  const ort = await import(/* @vite-ignore */ file);
  ort.env.wasm.wasmPaths = '/ort/';
  provideRuntime(backend, ort);
  postMessage({ begun: true });
  return train(kind, backend, steps, controller.signal);
}

addEventListener('message', ({ data }: MessageEvent<Question | 'stop'>) => {
  if (data === 'stop') controller.abort();
  else answer(data).then(postMessage, (error: unknown) => postMessage({ error: String(error) }));
});
