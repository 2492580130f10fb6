import { geometricMean, median } from '../speed/summary.js';

/** An answer as the judge sees it: seconds, objective, largest cone violation. */
export type Point = readonly [seconds: number, objective: number, violation: number];

/** Relative gaps that a run is asked to come within. */
export const gaps = [1e-2, 1e-4, 1e-6, 1e-8] as const;

/**
 * How far an objective is from the best certified value, relatively. A point outside its cones may be below; it is then as far off
 * as it is below. `floor` is what the certified value itself is known to.
 */
export function distance(objective: number, best: number, floor = 0): number {
  return Math.max(0, Math.abs(objective - best) / Math.abs(best) - floor);
}

/** Answers to separate questions (a ladder of tolerances): the least seconds of one within the gap; null for none. */
export function reachedBy(points: readonly Point[], best: number, gap: number): number | null {
  const near = points.filter(([, objective]) => distance(objective, best) <= gap).map(([seconds]) => seconds);
  return near.length === 0 ? null : Math.min(...near);
}

/** The same for one run's history: from when on it stays within the gap, for on its way it may pass the value by chance. */
export function settledBy(history: readonly Point[], best: number, gap: number): number | null {
  const outside = history.map(([, objective]) => !(distance(objective, best) <= gap));
  const last = outside.lastIndexOf(true);
  return last + 1 < history.length ? history[last + 1][0] : null;
}

export interface Versus {
  /** Their seconds over ours. */
  readonly ratios: readonly number[];
  readonly mean: number | null;
  readonly median: number | null;
  readonly least: number | null;
  /** Cases in which they never got there. */
  readonly never: number;
}

/** Ours against theirs over cases; null where one of them never arrives. */
export function versus(cases: readonly { readonly ours: number | null; readonly theirs: number | null }[]): Versus {
  const both = cases.filter(({ ours, theirs }) => ours !== null && theirs !== null);
  const ratios = both.map(({ ours, theirs }) => (theirs as number) / (ours as number));
  return {
    ratios,
    mean: geometricMean(ratios),
    median: median(ratios),
    least: ratios.length === 0 ? null : Math.min(...ratios),
    never: cases.filter(({ ours, theirs }) => ours !== null && theirs === null).length,
  };
}
