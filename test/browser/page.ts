import { type Answer, answer, fetched } from './cases.js';

/** What the page offers: the cases, on the main thread or in a worker. */
export interface Page {
  answer: (threads: number) => Promise<Answer>;
  answerInWorker: (threads: number) => Promise<Answer>;
}

const page = globalThis as unknown as Page;
page.answer = (threads) => answer(fetched, threads);
page.answerInWorker = (threads) =>
  new Promise((done, fail) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    worker.onmessage = ({ data }) => done(data);
    worker.onerror = ({ message }) => fail(new Error(message));
    worker.postMessage(threads);
  });
