import type { Backend } from '../../../src/deep/index.js';
import type { Answer } from './case.js';

export interface Question {
  readonly kind: 'mlp' | 'cnn';
  readonly backend: Backend;
  readonly steps: number;
}

/** What the page offers: training in a worker, stopped after so many milliseconds if asked. */
export interface Page {
  train: (question: Question, stopAfter?: number) => Promise<Answer>;
}

(globalThis as unknown as Page).train = (question, stopAfter) =>
  new Promise((done, fail) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => {
      if ('begun' in data) {
        if (stopAfter !== undefined) setTimeout(() => worker.postMessage('stop'), stopAfter);
        return;
      }
      worker.terminate();
      if ('error' in data) fail(new Error(data.error));
      else done(data);
    };
    worker.onerror = ({ message }) => fail(new Error(message));
    worker.postMessage(question);
  });
