import { type ErrorKind, RelucentError, type Run } from '../base/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type FoldData, FoldPath, type FoldSettings, type FoldStep } from './fold-job.js';
import { type NodeThreads, type NodeWorker, nodeThreads } from './node-threads.js';

/** One λ of one fold. */
export interface FoldJob {
  /** Index of the fold. */
  readonly fold: number;
  readonly lambda: number;
  /** The network at the λ before; null at the first. */
  readonly start: NetworkWeights | null;
}

/** What there is to do: decides the order, and when it is enough. */
export interface FoldWork {
  readonly folds: readonly FoldData[];
  readonly settings: FoldSettings;
  /** What a free thread does next; null: nothing more for this thread. */
  next(): FoldJob | null;
  /** Takes what a job gave. */
  take(job: FoldJob, step: FoldStep): void;
  /** Whether no job matters any more, those under way included. */
  readonly finished: boolean;
}

/** Does the work; the results do not depend on where and in which order. */
export interface FoldPool {
  /** Ends when there is nothing more to do, or after a stop: then what was under way is missing. */
  run(work: FoldWork, run: Run): Promise<void>;
  close(): void;
}

/** Worker threads in Node where more than one is asked for, else this thread. */
export async function createFoldPool(threads: number): Promise<FoldPool> {
  const node = nodeThreads();
  // From TypeScript sources (tests) there is no module that a worker could load
  if (threads > 1 && node && !import.meta.url.endsWith('.ts')) return new ThreadPool(node, threads);
  const kernels = await createKernels({ threads });
  return {
    async run(work, run) {
      const paths = work.folds.map((data) => new FoldPath(kernels, data, work.settings));
      for (let job = work.next(); job !== null && run.stop === null; job = work.next()) {
        const step = await paths[job.fold].step(job.lambda, job.start, run);
        if (step) work.take(job, step);
      }
    },
    close: () => kernels.dispose(),
  };
}

/** What a worker is told: the first job of a fold brings its data. */
export interface Order extends FoldJob {
  readonly path?: { readonly data: FoldData; readonly settings: FoldSettings };
}

/** What a worker says. */
export type Answer =
  | { readonly kind: 'done'; readonly step: FoldStep }
  | { readonly kind: 'failed'; readonly reason: ErrorKind; readonly message: string };

/** Milliseconds between looks at the abort signal and the clock while workers are busy. */
const watchInterval = 50;

class ThreadPool implements FoldPool {
  #seats: readonly Seat[];

  constructor(
    readonly node: NodeThreads,
    readonly threads: number,
  ) {
    // they load while the folds are still being made
    this.#seats = this.#opened();
  }

  #opened(): readonly Seat[] {
    return Array.from({ length: this.threads }, () => new Seat(this.node));
  }

  async run(work: FoldWork, run: Run): Promise<void> {
    if (this.#seats.length === 0) this.#seats = this.#opened();
    let open = true;
    let finish = (): void => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const serve = async (seat: Seat): Promise<void> => {
      for (let job = work.next(); job !== null && run.stop === null; job = work.next()) {
        const step = await seat.work(job, work);
        // what a worker still says after the end comes too late
        if (!open) return;
        work.take(job, step);
        if (work.finished) finish();
      }
    };
    const done = Promise.race([finished, Promise.all(this.#seats.map(serve))]);
    await Promise.race([done, stopped(run, done)]);
    open = false;
    // what is under way would go on for nothing, and they hold the data of these folds
    this.close();
  }

  close(): void {
    for (const seat of this.#seats) seat.close();
    this.#seats = [];
  }
}

/** A worker thread and the job it is at. */
class Seat {
  readonly #worker: NodeWorker;
  /** Folds whose data it has. */
  readonly #known = new Set<number>();
  #onAnswer: (answer: Answer) => void = () => {};
  #ended: Error | null = null;
  #onError: (error: Error) => void = () => {};

  constructor({ Worker }: NodeThreads) {
    this.#worker = new Worker(new URL('./fold-worker.js', import.meta.url), { execArgv: [], env: {} });
    this.#worker.on('message', (message) => this.#onAnswer(message as Answer));
    this.#worker.on('error', (error) => {
      this.#ended = error;
      this.#onError(error);
    });
  }

  work(job: FoldJob, { folds, settings }: FoldWork): Promise<FoldStep> {
    return new Promise((resolve, reject) => {
      this.#onError = (cause) => {
        const text = `cross-validation: a worker thread ended (${cause.message}); try again with one thread.`;
        reject(new RelucentError('resource', text, { cause }));
      };
      if (this.#ended) this.#onError(this.#ended);
      this.#onAnswer = (answer) => {
        if (answer.kind === 'done') resolve(answer.step);
        else reject(new RelucentError(answer.reason, answer.message));
      };
      const path = { data: folds[job.fold], settings };
      const order: Order = this.#known.has(job.fold) ? job : { ...job, path };
      this.#known.add(job.fold);
      this.#worker.postMessage(order);
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
