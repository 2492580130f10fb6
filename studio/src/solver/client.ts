import type { CallName, Calls, FromWorker, ToWorker } from './protocol.js';

/** A call that a newer one of its lane has made stale: nobody waits for its answer any more. */
export class Stale extends Error {}

interface Waiting {
  readonly tell: (value: never) => void;
  readonly done: (value: never) => void;
  readonly fail: (error: Error) => void;
}

/**
 * The worker that solves. Each call runs in a lane: a new call of a lane cancels the one before, and what that still says is dropped.
 */
export class Solver {
  #worker: Worker;
  #next = 1;
  readonly #waiting = new Map<number, Waiting>();
  readonly #lanes = new Map<string, number>();

  constructor() {
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'relucent' });
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#receive(data);
    this.#worker.onerror = ({ message }) =>
      this.#fail(new Error(message || 'the worker could not be loaded; reload the page.'));
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
      this.#waiting.set(id, { tell, done, fail });
      this.#send({ id, call, ask } as ToWorker);
    });
  }

  /** Stops what the lane is doing. */
  cancel(lane: string): void {
    const id = this.#lanes.get(lane);
    const waiting = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.#waiting.delete(id);
    this.#send({ id, call: 'cancel' });
    waiting.fail(new Stale(lane));
  }

  busy(lane: string): boolean {
    return this.#waiting.has(this.#lanes.get(lane) ?? 0);
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWorker): void {
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === 'tell') return waiting.tell(message.value as never);
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
