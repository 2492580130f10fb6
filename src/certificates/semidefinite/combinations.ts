import { norm } from '../rounding.js';

/**
 * Lines that are combinations of others: Σ share_i z_i = 0 over the entries of each, the first share is −1. As |zᵀu| is convex
 * in z, ρ = Σ|share_i||z_iᵀu| over all entries but the first, less |z_jᵀu| of the first, is never negative: its slack.
 */
export interface Combinations {
  readonly count: number;
  /** count + 1: entries of combination c are start_c … start_{c+1} − 1. */
  readonly start: Int32Array;
  /** A line for each entry. */
  readonly line: Int32Array;
  readonly share: Float64Array;
}

export const noCombinations: Combinations = {
  count: 0,
  start: new Int32Array(1),
  line: new Int32Array(0),
  share: new Float64Array(0),
};

/** One combination: of line `line`, shares of others. */
export interface Combination {
  readonly line: number;
  readonly others: readonly number[];
  readonly shares: readonly number[];
}

/** The old ones, then the new. */
export function withCombinations(old: Combinations, added: readonly Combination[]): Combinations {
  const start = Array.from(old.start);
  const line = Array.from(old.line);
  const share = Array.from(old.share);
  for (const { line: j, others, shares } of added) {
    line.push(j, ...others);
    share.push(-1, ...shares);
    start.push(line.length);
  }
  return {
    count: old.count + added.length,
    start: Int32Array.from(start),
    line: Int32Array.from(line),
    share: Float64Array.from(share),
  };
}

/** What |z_iᵀu| of entry e is multiplied by in its slack. */
export const slackWeight = ({ start, share }: Combinations, c: number, e: number): number =>
  e === start[c] ? -Math.abs(share[e]) : Math.abs(share[e]);

/** Root of the sum of squared weights of each slack. */
export function slackSizes({ count, start, share }: Combinations): Float64Array {
  return Float64Array.from({ length: count }, (_, c) => norm(share, start[c], start[c + 1] - start[c]));
}
