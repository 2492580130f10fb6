import { type ErrorKind, RelucentError, Run } from '../base/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
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
  /** What a free thread does next; null: nothing before another job is done. */
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

/** This thread and, in Node, worker threads beside it; or this thread with kernels on several. */
export async function createFoldPool(threads: number): Promise<FoldPool> {
  const node = nodeThreads();
  // From TypeScript sources (tests) there is no module that a worker could load
  const workers = threads > 1 && node && !import.meta.url.endsWith('.ts') ? threads - 1 : 0;
  const own = new OwnSeat(await createKernels({ threads: workers > 0 ? 1 : threads }));
  // At once: they load while the first jobs are still being made
  const beside = Array.from({ length: workers }, () => new WorkerSeat(node as NodeThreads));
  return new SeatedPool(own, beside);
}

class SeatedPool implements FoldPool {
  constructor(
    readonly own: OwnSeat,
    readonly beside: readonly WorkerSeat[],
  ) {}

  async run(work: FoldWork, run: Run): Promise<void> {
    const seats = [...this.beside, this.own];
    const end = new AbortController();
    const finish = (): void => end.abort();
    run.options.signal?.addEventListener('abort', finish);
    if (run.stop !== null) finish();
    // of what goes on within a λ nothing is said
    const within = new Run({ timeLimit: run.part().options.timeLimit, signal: end.signal });
    const turn = new Turn(end.signal);
    const serve = async (seat: Seat): Promise<void> => {
      while (!work.finished && within.stop === null) {
        const job = work.next();
        if (job === null) {
          await turn.next();
          continue;
        }
        const step = await seat.work(job, work, within);
        // what is still said after the end comes too late
        if (step === null || within.stop !== null) return;
        work.take(job, step);
        turn.tell();
        if (work.finished) finish();
      }
    };
    // a worker's second job waits there: this thread is too busy to answer at once
    const all = Promise.all([...seats, ...this.beside].map(serve));
    try {
      await Promise.race([all, stopped(within, all)]);
    } finally {
      finish();
      run.options.signal?.removeEventListener('abort', finish);
      for (const seat of seats) await seat.leave();
    }
  }

  close(): void {
    this.own.close();
    for (const seat of this.beside) seat.close();
  }
}

/** Lets those wait that have nothing to do before another job is done, or all ends. */
class Turn {
  #waiting: (() => void)[] = [];

  constructor(end: AbortSignal) {
    end.addEventListener('abort', () => this.tell());
  }

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  tell(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** Where jobs are done. */
interface Seat {
  /** null after a stop. */
  work(job: FoldJob, work: FoldWork, run: Run): Promise<FoldStep | null>;
  /** After the run has stopped, or all is done: forgets the folds. */
  leave(): Promise<void>;
  close(): void;
}

/** This thread. */
class OwnSeat implements Seat {
  readonly #paths = new Map<number, FoldPath>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(readonly kernels: Kernels) {}

  work({ fold, lambda, start }: FoldJob, { folds, settings }: FoldWork, run: Run): Promise<FoldStep | null> {
    const path = this.#paths.get(fold) ?? new FoldPath(this.kernels, folds[fold], settings);
    this.#paths.set(fold, path);
    const step = path.step(lambda, start, run);
    const ended = (): void => {};
    // a failure is told to whom the step is given
    this.#last = step.then(ended, ended);
    return step;
  }

  async leave(): Promise<void> {
    await this.#last;
    this.#paths.clear();
  }

  close(): void {
    this.kernels.dispose();
  }
}

/** What a worker is told: the first job of a fold brings its data. */
export interface Order extends FoldJob {
  readonly path?: { readonly data: FoldData; readonly settings: FoldSettings };
}

/** What a worker says. */
export type Answer =
  | { readonly kind: 'done'; readonly step: FoldStep }
  | { readonly kind: 'failed'; readonly reason: ErrorKind; readonly message: string };

/** Milliseconds between looks at the clock while workers are busy. */
const watchInterval = 50;

/** A worker thread; it does its jobs in the order in which they come. */
class WorkerSeat implements Seat {
  #worker: NodeWorker | null = null;
  /** Folds whose data it has. */
  readonly #known = new Set<number>();
  /** Of the jobs it is at, oldest first. */
  #waiting: { resolve(step: FoldStep): void; reject(error: Error): void }[] = [];
  #ended: RelucentError | null = null;

  constructor(readonly node: NodeThreads) {
    this.#worker = this.#opened();
  }

  #opened(): NodeWorker {
    const worker = new this.node.Worker(new URL('./fold-worker.js', import.meta.url), { execArgv: [], env: {} });
    worker.on('message', (message) => {
      // of one that was left before
      if (worker !== this.#worker) return;
      const answer = message as Answer;
      const job = this.#waiting.shift();
      if (answer.kind === 'done') job?.resolve(answer.step);
      else job?.reject(new RelucentError(answer.reason, answer.message));
    });
    worker.on('error', (cause) => {
      const text = `cross-validation: a worker thread ended (${cause.message}); try again with one thread.`;
      this.#ended = new RelucentError('resource', text, { cause });
      for (const job of this.#waiting) job.reject(this.#ended);
    });
    return worker;
  }

  work(job: FoldJob, { folds, settings }: FoldWork): Promise<FoldStep> {
    this.#worker ??= this.#opened();
    const worker = this.#worker;
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      const path = { data: folds[job.fold], settings };
      const order: Order = this.#known.has(job.fold) ? job : { ...job, path };
      this.#known.add(job.fold);
      worker.postMessage(order);
    });
  }

  /** What it is at would go on for nothing. */
  async leave(): Promise<void> {
    this.close();
  }

  close(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.#known.clear();
    this.#waiting = [];
    this.#ended = null;
  }
}

/** Resolves once the run should stop, or the work has ended. */
function stopped(run: Run, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const watch = setInterval(() => run.stop !== null && end(), watchInterval);
    const end = (): void => {
      clearInterval(watch);
      resolve();
    };
    run.options.signal?.addEventListener('abort', end);
    work.then(end, end);
  });
}
