import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorKind, RelucentError } from '../../src/index.js';
import type { ExperimentOptions } from './experiment.js';

/** Many independent calls of one function. */
export interface Jobs<J> {
  /** File name of what is finished: `<work>/<name>.jsonl`. */
  readonly name: string;
  /** Module whose export `runJob(job)` does a job: plain data in, plain data out, decided by the job alone. */
  readonly module: URL;
  /** In the order of the results; the first are begun first, so put long ones there. */
  readonly jobs: readonly J[];
  /** What the answers depend on besides the jobs: finished ones under other settings are forgotten. */
  readonly settings?: unknown;
  /** A job in a few words, for the progress line. */
  readonly label?: (job: J) => string;
}

interface Line {
  readonly job: string;
  readonly result: unknown;
}

/**
 * Does the jobs on worker threads and returns their results in order. Each finished job is a line of a file at once; a run that
 * was killed goes on from there, and its results are the same bytes. `run.ts` removes the files when all it was asked for is done.
 */
export async function runJobs<J, R>(jobs: Jobs<J>, options: ExperimentOptions): Promise<R[]> {
  const journal = new Journal(join(options.work, `${jobs.name}.jsonl`), jobs.settings, options.fresh);
  const keys = jobs.jobs.map((job) => JSON.stringify(job));
  const open = Array.from(keys.keys()).filter((k) => !journal.has(keys[k]));
  if (open.length < keys.length) options.log(`${jobs.name}: ${keys.length - open.length} jobs were finished before`);
  await dispatch(jobs, open, options, (k, result) => journal.add(keys[k], result));
  return keys.map((key) => journal.get(key) as R);
}

const opened = new Set<string>();

/** Removes the journals of this process: what is finished and written need not be gone on with. Those of other runs stay. */
export function forgetJobs(): void {
  for (const path of opened) rmSync(path, { force: true });
  opened.clear();
}

/** Finished jobs, one JSON line each after a line of settings; a torn last line is cut off. */
class Journal {
  readonly #done = new Map<string, unknown>();

  constructor(
    readonly path: string,
    settings: unknown,
    fresh: boolean,
  ) {
    opened.add(path);
    const head = `${JSON.stringify({ settings: settings ?? null })}\n`;
    if (fresh || !this.#read(head)) {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, head);
      this.#done.clear();
    }
  }

  has(key: string): boolean {
    return this.#done.has(key);
  }

  get(key: string): unknown {
    return this.#done.get(key);
  }

  add(key: string, result: unknown): void {
    const line = JSON.stringify({ job: key, result } satisfies Line);
    appendFileSync(this.path, `${line}\n`);
    // As a later run would read it: both then give the same bytes
    this.#done.set(key, (JSON.parse(line) as Line).result);
  }

  #read(head: string): boolean {
    if (!existsSync(this.path)) return false;
    const text = readFileSync(this.path, 'utf8');
    if (!text.startsWith(head)) return false;
    const whole = text.lastIndexOf('\n') + 1;
    if (whole < text.length) truncateSync(this.path, Buffer.byteLength(text.slice(0, whole)));
    for (const line of text.slice(head.length, whole).split('\n')) {
      if (line === '') continue;
      const { job, result } = JSON.parse(line) as Line;
      this.#done.set(job, result);
    }
    return true;
  }
}

const workerFile = new URL('./worker.mjs', import.meta.url);

/** What a worker answers. */
export type Answer = { readonly result: unknown } | Failure;

interface Failure {
  readonly error: string;
  readonly kind: ErrorKind;
}

async function dispatch<J>(
  { name, module, jobs, label }: Jobs<J>,
  open: readonly number[],
  options: ExperimentOptions,
  done: (k: number, result: unknown) => void,
): Promise<void> {
  let next = 0;
  let finished = 0;
  const work = async (worker: Worker): Promise<void> => {
    while (next < open.length) {
      options.signal?.throwIfAborted();
      const k = open[next++];
      const answer = await ask(worker, jobs[k], options.signal);
      if ('error' in answer) throw failure(answer, name, label?.(jobs[k]) ?? JSON.stringify(jobs[k]));
      done(k, answer.result);
      finished++;
      options.progress(`${name}: ${finished} of ${open.length} jobs${label ? `, last ${label(jobs[k])}` : ''}`);
    }
  };
  const count = Math.min(options.threads, open.length);
  const workers = Array.from({ length: count }, () => new Worker(workerFile, { workerData: module.href }));
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

const failure = ({ error, kind }: Failure, name: string, job: string): RelucentError =>
  new RelucentError(kind, `${name}, ${job}: ${error}`);

/** One job of a worker; rejects when the worker dies or the run is aborted. */
function ask(worker: Worker, job: unknown, signal?: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle =
      <T>(then: (value: T) => void) =>
      (value: T): void => {
        worker.off('message', onMessage).off('error', onError);
        signal?.removeEventListener('abort', onAbort);
        then(value);
      };
    const onMessage = settle<Answer>(resolve);
    const onError = settle<Error>(reject);
    const onAbort = settle<unknown>(() => reject(signal?.reason));
    worker.on('message', onMessage).on('error', onError);
    signal?.addEventListener('abort', onAbort);
    worker.postMessage(job);
  });
}
