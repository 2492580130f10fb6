import { answer, fetched } from './cases.js';

addEventListener('message', async ({ data: threads }) => postMessage(await answer(fetched, threads)));
addEventListener('unhandledrejection', ({ reason }) => {
  throw reason;
});
