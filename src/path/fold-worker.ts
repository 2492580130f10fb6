/** A worker thread that runs fold jobs, one at a time, on one thread of its own. */
import { RelucentError, Run } from '../base/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { FoldPath } from './fold-job.js';
import type { Answer, Order } from './fold-pool.js';
import { nodeThreads } from './node-threads.js';

const port = nodeThreads()?.parentPort;
if (port) {
  const say = (answer: Answer): void => port.postMessage(answer);
  const kernels = createKernels({ threads: 1 });
  const paths = new Map<number, FoldPath>();
  const take = async ({ fold, lambda, start, path }: Order): Promise<void> => {
    try {
      if (path) paths.set(fold, new FoldPath(await kernels, path.data, path.settings));
      const step = await paths.get(fold)?.step(lambda, start, new Run());
      if (!step)
        throw new RelucentError('internal', `cross-validation: fold ${fold} came to a worker without its data.`);
      say({ kind: 'done', step });
    } catch (error) {
      // Class and kind of an error do not survive the way to another thread
      const reason = error instanceof RelucentError ? error.kind : 'internal';
      say({ kind: 'failed', reason, message: error instanceof Error ? error.message : String(error) });
    }
  };
  let last = Promise.resolve();
  port.on('message', (order) => {
    // one after the other: an order may come while another is being carried out
    last = last.then(() => take(order as Order));
  });
}
