import type { Matrix } from '../linalg/index.js';
import { dualValue } from './dual.js';
import { keptWith } from './kept.js';
import type { Problem } from './problem.js';
import { makeZeroSum } from './zero-sum.js';

/**
 * What no network can fit, whatever λ: equal rows of X get equal outputs. t is the part of r that sums to exactly zero over
 * each set of equal rows, so tᵀ(Xu)_+ = 0 for every u (and 1ᵀt = 0): a dual point for λ = 0 too, where it is the only kind
 * in general position. Returns the value it proves; 0 when no row occurs twice.
 *
 * @param r n×c, the residual of a network.
 */
export function repeatedRowsBound(problem: Problem, r: Float64Array): number {
  const { loss, y, outputs } = problem;
  const t = new Float64Array(r.length);
  for (const rows of equalRows(problem.augmented)) {
    const part = gather(r, rows, outputs);
    makeZeroSum(loss, part, gather(y, rows, outputs), outputs, true);
    rows.forEach((row, i) => {
      t.set(part.subarray(i * outputs, (i + 1) * outputs), row * outputs);
    });
  }
  return Math.max(0, dualValue(loss, t, y, outputs));
}

/** Sets of two or more equal rows. */
const equalRows = keptWith((X: Matrix): readonly (readonly number[])[] => {
  const sets = new Map<string, number[]>();
  for (let i = 0; i < X.rows; i++) {
    const key = X.data.subarray(i * X.cols, (i + 1) * X.cols).join();
    const set = sets.get(key);
    if (set) set.push(i);
    else sets.set(key, [i]);
  }
  return [...sets.values()].filter((rows) => rows.length > 1);
});

function gather(values: Float64Array, rows: readonly number[], outputs: number): Float64Array {
  const out = new Float64Array(rows.length * outputs);
  rows.forEach((row, i) => {
    out.set(values.subarray(row * outputs, (row + 1) * outputs), i * outputs);
  });
  return out;
}
