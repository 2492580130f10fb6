import { type Matrix, rowOf } from '../linalg/index.js';
import { pivotedQr } from './pivoted-qr.js';
import { selectRows } from './polytope.js';
import { addTo, dot } from './vectors.js';

/**
 * Past minimal: removes one neuron after the other, always the one without which the others, their sizes fitted again, come
 * nearest to f. With w_i the rows of R⁻¹ the fit's sizes are a_i, the loss of neuron i costs a_i²/‖w_i‖², and its removal
 * projects the other rows off w_i: O(k²) a step. Fitted sizes may be negative. Returns the sizes after each step.
 *
 * @param columns m×R. @param sizes m numbers; the columns of those that are not zero are independent. @param f R numbers.
 */
export function leastSquaresSteps(
  columns: Matrix,
  sizes: Float64Array,
  f: Float64Array,
  tolerance: number,
): Float64Array[] {
  const used = Array.from(sizes.keys()).filter((i) => sizes[i] !== 0);
  const factor = pivotedQr(selectRows(columns, used), tolerance);
  const names = Array.from(factor.order.subarray(0, factor.rank), (k) => used[k]);
  const a = factor.solve(f);
  const rows = factor.inverseRows();
  const alive = new Set(names.keys());
  const steps: Float64Array[] = [];
  while (alive.size > 0) {
    removeCheapest(rows, a, alive);
    const next = new Float64Array(sizes.length);
    for (const k of alive) next[names[k]] = a[k];
    steps.push(next);
  }
  return steps;
}

function removeCheapest(rows: Matrix, a: Float64Array, alive: Set<number>): void {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const k of alive) {
    const cost = (a[k] * a[k]) / dot(rows.data, k * rows.cols, rows.data, k * rows.cols, rows.cols);
    if (cost < least) [best, least] = [k, cost];
  }
  alive.delete(best);
  const gone = rowOf(rows, best).slice();
  const square = dot(gone, 0, gone, 0, gone.length);
  for (const k of alive) {
    const share = dot(rows.data, k * rows.cols, gone, 0, gone.length) / square;
    addTo(rows.data, k * rows.cols, -share, gone, 0, gone.length);
    a[k] -= share * a[best];
  }
  a[best] = 0;
}
