/**
 * Ctrl-C and SIGTERM: the first asks the work to stop at its next safe point, so that the best network so far is kept. Then
 * the system's own handling is back, so that the second ends the process at once, even in the middle of a computation.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  #code = 0;
  readonly #onSignal = (signal: NodeJS.Signals): void => {
    this.#code = signal === 'SIGINT' ? 130 : 143;
    this.dispose();
    this.say('interrupted: finishing with the best network so far (once more stops at once)');
    this.#controller.abort();
  };

  constructor(private readonly say: (line: string) => void) {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** 130 or 143 after a signal, else 0. */
  get exitCode(): number {
    return this.#code;
  }

  dispose(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }
}
