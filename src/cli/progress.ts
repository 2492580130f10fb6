import type { ProgressEvent } from '../base/index.js';
import { formatGap, formatNumber, formatSeconds, plural, shortened } from '../report/index.js';
import type { Terminal } from './terminal.js';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/**
 * Shows the events of a long call: on a terminal one line that is written over, at most ten times a second; elsewhere a
 * line for each new phase and one every ten seconds.
 */
export class Progress {
  readonly #started = performance.now();
  readonly #phases = new Set<string>();
  #last: ProgressEvent | null = null;
  #shownAt = Number.NEGATIVE_INFINITY;
  #ticker: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(private readonly terminal: Terminal) {}

  readonly update = (event: ProgressEvent): void => {
    if (this.terminal.silent) return;
    this.#last = event;
    if (this.terminal.isTTY) {
      this.#ticker ??= setInterval(() => this.#redraw(), 250).unref();
      if (performance.now() - this.#shownAt >= 100) this.#redraw();
    } else this.#print(event);
  };

  /** Removes the line, before anything else is written. */
  clear(): void {
    if (this.#ticker === undefined) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    this.terminal.stream.write('\r\u001b[K');
  }

  #print(event: ProgressEvent): void {
    if (this.#phases.has(event.phase) && performance.now() - this.#shownAt < 10_000) return;
    this.#phases.add(event.phase);
    this.terminal.line(this.#text(event));
  }

  #redraw(): void {
    if (this.#last === null) return;
    const frame = this.terminal.paint('accent', frames[this.#frame++ % frames.length]);
    this.terminal.stream.write(`\r\u001b[K${frame} ${shortened(this.#text(this.#last), this.terminal.width - 3)}`);
  }

  #text(event: ProgressEvent): string {
    this.#shownAt = performance.now();
    return progressText(event, (this.#shownAt - this.#started) / 1000);
  }
}

/** `convex solve · 40 % · objective 0.2135 · gap 3.1e-4 · 14 neurons · 3.2 s` */
export function progressText(event: ProgressEvent, seconds: number): string {
  const { phase, fraction, primal, relativeGap, neurons, message } = event;
  const parts = [
    phase,
    fraction === undefined ? '' : `${Math.floor(100 * fraction)} %`,
    primal === undefined ? '' : `objective ${formatNumber(primal, 5)}`,
    relativeGap === undefined ? '' : `gap ${formatGap(Math.max(0, relativeGap))}`,
    neurons === undefined ? '' : plural(neurons, 'neuron'),
    message ?? '',
    formatSeconds(seconds),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
