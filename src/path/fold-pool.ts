import { type ErrorKind, RelucentError, type Run } from '../base/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { type FoldJob, type FoldStep, runFoldJob } from './fold-job.js';
import { type NodeThreads, type NodeWorker, nodeThreads } from './node-threads.js';

/** Runs fold jobs; the results do not depend on where and in which order. */
export interface FoldPool {
  /** Calls `onStep` with every λ of every job, in order within a job; after a stop the rest is missing. */
  run(jobs: readonly FoldJob[], run: Run, onStep: (job: number, step: FoldStep) => void): Promise<void>;
  close(): void;
}

/** Worker threads in Node where more than one is asked for, else this thread. */
export async function createFoldPool(threads: number): Promise<FoldPool> {
  const node = nodeThreads();
  // From TypeScript sources (tests) there is no module that a worker could load
  if (threads > 1 && node && !import.meta.url.endsWith('.ts')) return new ThreadPool(node, threads);
  const kernels = await createKernels({ threads });
  return {
    async run(jobs, run, onStep) {
      for (const [at, job] of jobs.entries()) {
        if (run.stop === null) await runFoldJob(kernels, job, run, (step) => onStep(at, step));
      }
    },
    close: () => kernels.dispose(),
  };
}

/** What a worker says. */
export type Answer =
  | { readonly kind: 'lambda'; readonly step: FoldStep }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly reason: ErrorKind; readonly message: string };

/** Milliseconds between looks at the abort signal and the clock while workers are busy. */
const watchInterval = 50;

class ThreadPool implements FoldPool {
  #seats: Seat[] = [];

  constructor(
    readonly node: NodeThreads,
    readonly threads: number,
  ) {}

  async run(jobs: readonly FoldJob[], run: Run, onStep: (job: number, step: FoldStep) => void): Promise<void> {
    while (this.#seats.length < Math.min(this.threads, jobs.length)) this.#seats.push(new Seat(this.node));
    let next = 0;
    let open = true;
    const serve = async (seat: Seat): Promise<void> => {
      while (next < jobs.length && run.stop === null) {
        const at = next++;
        // what a worker still says after a stop comes too late
        await seat.work(jobs[at], (step) => open && onStep(at, step));
      }
    };
    const all = Promise.all(this.#seats.map(serve));
    await Promise.race([all, stopped(run, all)]);
    open = false;
    if (run.stop !== null) this.close();
  }

  close(): void {
    for (const seat of this.#seats) seat.close();
    this.#seats = [];
  }
}

/** A worker thread and the job it is at. */
class Seat {
  readonly #worker: NodeWorker;
  #onAnswer: (answer: Answer) => void = () => {};
  #onError: (error: Error) => void = () => {};

  constructor({ Worker }: NodeThreads) {
    this.#worker = new Worker(new URL('./fold-worker.js', import.meta.url), { execArgv: [], env: {} });
    this.#worker.on('message', (message) => this.#onAnswer(message as Answer));
    this.#worker.on('error', (error) => this.#onError(error));
  }

  work(job: FoldJob, onStep: (step: FoldStep) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#onError = (cause) => {
        const text = `cross-validation: a worker thread ended (${cause.message}); try again with one thread.`;
        reject(new RelucentError('resource', text, { cause }));
      };
      this.#onAnswer = (answer) => {
        if (answer.kind === 'lambda') onStep(answer.step);
        else if (answer.kind === 'done') resolve();
        else reject(new RelucentError(answer.reason, answer.message));
      };
      this.#worker.postMessage(job);
    });
  }

  close(): void {
    this.#worker.terminate();
  }
}

/** Resolves once the run should stop, or the work has ended. */
async function stopped(run: Run, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = (): void => {
    ended = true;
  };
  work.then(end, end);
  while (!ended && run.stop === null) await new Promise((resolve) => setTimeout(resolve, watchInterval));
}
