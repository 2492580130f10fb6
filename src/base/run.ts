/** What a long call reports while it works. */
export interface ProgressEvent {
  /** Which part of the work: e.g. `local training`, `convex solve`, `pricing`, `bound`. */
  readonly phase: string;
  /** Share of the phase done, in [0, 1], where it is known. */
  readonly fraction?: number;
  /** Best objective so far (1/n scale) and the gap relative to it, where they are known. */
  readonly primal?: number;
  readonly relativeGap?: number;
  readonly neurons?: number;
  readonly message?: string;
}

/** Options that every long call takes. */
export interface RunOptions {
  /** Stops the call at the next safe point; it then returns its best answer so far, with status `aborted`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (event: ProgressEvent) => void;
  /** Seconds after which the call stops with its best answer so far, status `time-limit`. Default: no limit. */
  readonly timeLimit?: number;
}

/** How a computation ended. */
export type Status = 'solved' | 'time-limit' | 'iteration-limit' | 'aborted' | 'stalled';

/**
 * One running call: its clock, its abort signal and its progress. Solvers `await run.pause()` at safe points:
 * it lets the event loop turn (so that an abort or a repaint gets through) at most every `interval` milliseconds.
 */
export class Run {
  readonly #started = now();
  constructor(
    readonly options: RunOptions = {},
    readonly interval = 30,
  ) {}

  /** Seconds since the start. */
  get seconds(): number {
    return (now() - this.#started) / 1000;
  }

  /** Why the work should stop now, or null. */
  get stop(): 'aborted' | 'time-limit' | null {
    if (this.options.signal?.aborted) return 'aborted';
    return this.seconds > (this.options.timeLimit ?? Number.POSITIVE_INFINITY) ? 'time-limit' : null;
  }

  progress(event: ProgressEvent): void {
    this.options.onProgress?.(event);
  }

  async pause(): Promise<void> {
    if (now() - lastTurn < this.interval) return;
    await turn();
    lastTurn = now();
  }

  /** A child with its own clock that shares the signal and progress, and never outlives this run's limit. */
  part(timeLimit = Number.POSITIVE_INFINITY): Run {
    const left = (this.options.timeLimit ?? Number.POSITIVE_INFINITY) - this.seconds;
    return new Run({ ...this.options, timeLimit: Math.min(left, timeLimit) }, this.interval);
  }
}

const now = (): number => performance.now();

/** When the event loop of this thread last turned for a run: one clock for all, since many short runs in a row block it as one long does. */
let lastTurn = now();

/** One turn of the event loop; a message channel because timers are clamped to 4 ms in pages. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(0);
  });
}
