import type { ProgressEvent } from '../base/index.js';
import { formatGap, formatNumber, formatSeconds, plural, shortened } from '../report/index.js';
import type { Terminal } from './terminal.js';

const frames = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const barWidth = 16;
/** Width of the phase's name: the bar beside it stays where it is. */
const phaseWidth = 14;
/** Gap at which the bar is full, unless the command asks for another. */
const usualGap = 1e-6;

/**
 * Shows the events of a long call: on a terminal one line with a bar that is written over, at most ten times a second;
 * elsewhere a line for each new phase and one every ten seconds. What an event leaves out (neurons, the best objective) is
 * that of the events before it.
 */
export class Progress {
  /** Relative gap that is asked for: the bar of a solve is full there. */
  gap = usualGap;
  readonly #started = performance.now();
  readonly #phases = new Set<string>();
  #last: ProgressEvent | null = null;
  #shownAt = Number.NEGATIVE_INFINITY;
  #ticker: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(private readonly terminal: Terminal) {}

  readonly update = (event: ProgressEvent): void => {
    if (this.terminal.silent) return;
    const { primal, neurons } = this.#last ?? {};
    this.#last = { ...event, primal: event.primal ?? primal, neurons: event.neurons ?? neurons };
    if (this.terminal.isTTY) {
      this.#ticker ??= setInterval(() => this.#redraw(), 100).unref();
      if (performance.now() - this.#shownAt >= 100) this.#redraw();
    } else this.#print(this.#last);
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
    this.terminal.line(progressText(event, this.#seconds()));
  }

  /** New text first, then what is left of the old line goes: the line is never empty, so it does not flicker. */
  #redraw(): void {
    if (this.#last === null) return;
    const frame = this.#frame++;
    const seconds = this.#seconds();
    const share = shareOf(this.#last, this.gap);
    const head = `${frames[frame % frames.length]} ${shortened(this.#last.phase, phaseWidth).padEnd(phaseWidth)} `;
    const rest = progressText({ ...this.#last, phase: '' }, seconds);
    const room = this.terminal.width - head.length - barWidth - 3;
    const bar = this.terminal.paint('accent', barText(share, frame));
    this.terminal.stream.write(`\r${head}${bar}  ${shortened(rest, room)}\u001b[K`);
  }

  #seconds(): number {
    this.#shownAt = performance.now();
    return (this.#shownAt - this.#started) / 1000;
  }
}

/** Share of a phase that is done: as it says itself, or how far its gap has come to the one asked for, by digits. */
export function shareOf({ fraction, relativeGap }: ProgressEvent, gap: number): number | undefined {
  if (fraction !== undefined) return Math.min(1, Math.max(0, fraction));
  if (relativeGap === undefined) return undefined;
  return Math.min(1, Math.max(0, Math.log10(Math.max(relativeGap, Number.MIN_VALUE)) / Math.log10(gap)));
}

/** A bar filled to the share; a piece that wanders where the share is not known. */
export function barText(share: number | undefined, frame: number): string {
  const [from, to] = share === undefined ? wandering(frame) : [0, Math.round(share * barWidth)];
  return '─'.repeat(from) + '━'.repeat(to - from) + '─'.repeat(barWidth - to);
}

function wandering(frame: number): [number, number] {
  const length = 4;
  const way = barWidth - length;
  const at = way - Math.abs((frame % (2 * way)) - way);
  return [at, at + length];
}

/** `convex solve · 40 % · gap 3.1e-4 · 14 neurons · 3.2 s · objective 0.2135`: what matters most first. */
export function progressText(event: ProgressEvent, seconds: number): string {
  const { phase, fraction, primal, relativeGap, neurons, message } = event;
  const parts = [
    phase,
    fraction === undefined ? '' : `${Math.floor(100 * fraction)} %`,
    relativeGap === undefined ? '' : `gap ${formatGap(Math.max(0, relativeGap))}`,
    neurons === undefined ? '' : plural(neurons, 'neuron'),
    formatSeconds(seconds),
    primal === undefined ? '' : `objective ${formatNumber(primal, 5)}`,
    message ?? '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}
