/** A worker thread that runs fold jobs, one at a time, on one thread of its own. */
import { RelucentError, Run } from '../base/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { type FoldJob, runFoldJob } from './fold-job.js';
import type { Answer } from './fold-pool.js';
import { nodeThreads } from './node-threads.js';

const port = nodeThreads()?.parentPort;
if (port) {
  const say = (answer: Answer): void => port.postMessage(answer);
  const kernels = createKernels({ threads: 1 });
  port.on('message', async (job) => {
    try {
      await runFoldJob(await kernels, job as FoldJob, new Run(), (step) => say({ kind: 'lambda', step }));
      say({ kind: 'done' });
    } catch (error) {
      // Class and kind of an error do not survive the way to another thread
      const reason = error instanceof RelucentError ? error.kind : 'internal';
      say({ kind: 'failed', reason, message: error instanceof Error ? error.message : String(error) });
    }
  });
}
