/** A worker thread of `runJobs`: loads the module it is told, answers jobs one after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { RelucentError } from '../../src/base/index.js';
import type { Answer } from './jobs.js';

const { runJob } = (await import(workerData as string)) as { runJob: (job: unknown) => unknown };

parentPort?.on('message', async (job: unknown) => {
  parentPort?.postMessage(await answerOf(job));
});

async function answerOf(job: unknown): Promise<Answer> {
  try {
    return { result: await runJob(job) };
  } catch (error) {
    if (error instanceof RelucentError) return { error: error.message, kind: error.kind };
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error), kind: 'internal' };
  }
}
