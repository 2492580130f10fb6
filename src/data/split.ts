import { createRandom, requireThat, shuffledIndices } from '../base/index.js';

export interface SplitOptions {
  /** Share of rows to keep for testing, in [0, 1). */
  readonly testFraction: number;
  /** Default 0. The same seed gives the same rows everywhere. */
  readonly seed?: number;
  /** Class of each row: then every class keeps its share on both sides, as near as whole rows allow. */
  readonly strata?: ArrayLike<number>;
}

export interface RowSplit {
  /** Indices in 0 … count−1, ascending. */
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Splits 0 … count−1 by seed: round(count · testFraction) rows are for testing, but at least one on either side when the
 * fraction is not 0. With strata a class of one row trains, so many such classes leave fewer for testing. Throws `usage` for a fraction outside [0, 1) or strata of another length.
 */
export function splitRows(count: number, { testFraction, seed = 0, strata }: SplitOptions): RowSplit {
  requireThat(Number.isInteger(count) && count >= 0, `splitRows: expected a whole number of rows, got ${count}.`);
  requireThat(
    testFraction >= 0 && testFraction < 1,
    `splitRows: expected testFraction in [0, 1), got ${testFraction}.`,
  );
  requireThat(
    strata === undefined || strata.length === count,
    `splitRows: expected ${count} strata, one a row, got ${strata?.length}.`,
  );
  const order = shuffledIndices(count, createRandom(seed));
  const groups = strata === undefined ? [order] : groupBy(order, strata);
  const quotas = shareOut(
    groups.map((group) => group.length),
    testSize(count, testFraction),
  );
  const tested = new Uint8Array(count);
  groups.forEach((group, k) => {
    for (const row of group.subarray(0, quotas[k])) tested[row] = 1;
  });
  return {
    train: order.filter((row) => tested[row] === 0).sort(),
    test: order.filter((row) => tested[row] === 1).sort(),
  };
}

function testSize(count: number, fraction: number): number {
  if (fraction === 0 || count < 2) return 0;
  return Math.min(count - 1, Math.max(1, Math.round(count * fraction)));
}

/** The rows of each class, in shuffled order; classes in ascending order. */
function groupBy(order: Int32Array, strata: ArrayLike<number>): Int32Array[] {
  const groups = new Map<number, number[]>();
  for (const row of order) {
    const group = groups.get(strata[row]);
    if (group === undefined) groups.set(strata[row], [row]);
    else group.push(row);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, rows]) => Int32Array.from(rows));
}

/** Shares `total` out in proportion to the sizes (largest remainder), leaving each group at least one row. */
function shareOut(sizes: readonly number[], total: number): number[] {
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => Math.floor((size * total) / Math.max(1, all)));
  const remainder = (k: number): number => (sizes[k] * total) / all - quotas[k];
  const byRemainder = sizes.map((_, k) => k).sort((a, b) => remainder(b) - remainder(a) || a - b);
  let left = total - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const k of byRemainder) {
    if (left === 0 || quotas[k] >= sizes[k] - 1) continue;
    quotas[k]++;
    left--;
  }
  return quotas;
}
