import type { CallName, Calls, FromWorker, ToWorker } from './protocol.js';

/** A call that a newer one of its lane has made stale: nobody waits for its answer any more. */
export class Stale extends Error {}

interface Waiting {
  readonly worker: Worker;
  readonly tell: (value: never) => void;
  readonly done: (value: never) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The worker that solves. Each call runs in a lane: a new call of a lane cancels the one before, and what that still says is dropped.
 */
export class Solver {
  /** One worker solves; a second, started when it is needed, does all else beside it. */
  readonly #workers = new Map<'solve' | 'side', Worker>();
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lanes = new Map<string, number>();

  #workerOf(call: CallName): Worker {
    const name = call === 'fit' || call === 'parallel' || call === 'path' || call === 'parse' ? 'solve' : 'side';
    const known = this.#workers.get(name);
    if (known) return known;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name });
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    worker.onerror = ({ message }) =>
      this.#fail(new Error(message || 'the worker could not be loaded; reload the page.'));
    this.#workers.set(name, worker);
    return worker;
  }

  call<K extends CallName>(
    lane: string,
    call: K,
    ask: Calls[K]['ask'],
    tell: (value: Calls[K]['tell']) => void = () => undefined,
  ): Promise<Calls[K]['answer']> {
    this.cancel(lane);
    const id = this.#next++;
    this.#lanes.set(lane, id);
    return new Promise((done, fail) => {
      const worker = this.#workerOf(call);
      this.#waiting.set(id, { worker, tell, done, fail });
      worker.postMessage({ id, call, ask } as ToWorker);
    });
  }

  /** Stops what the lane is doing. */
  cancel(lane: string): void {
    const id = this.#lanes.get(lane);
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.worker.postMessage({ id, call: 'cancel' } satisfies ToWorker);
    waiting.fail(new Stale(lane));
  }

  /** Asks the lane to end with its best answer so far, which still counts. */
  finish(lane: string): void {
    const id = this.#lanes.get(lane);
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id !== undefined) waiting?.worker.postMessage({ id, call: 'cancel' } satisfies ToWorker);
  }

  busy(lane: string): boolean {
    return this.#waiting.has(this.#lanes.get(lane) ?? 0);
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'tell') {
      waiting.tell(message.value as never);
      return;
    }
    this.#waiting.delete(message.id);
    if (message.kind === 'error') waiting.fail(new Error(message.message));
    else waiting.done(message.value as never);
  }

  #fail(error: Error): void {
    for (const [id, { fail }] of [...this.#waiting]) {
      this.#waiting.delete(id);
      fail(error);
    }
  }
}
