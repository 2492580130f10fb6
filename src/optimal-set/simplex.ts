import { RelucentError } from '../base/index.js';
import type { Tableau } from './tableau.js';

/** Reduced costs above −this (relative to the costs) count as none. */
const OPTIMAL = 1e-11;

/** Columns that may not enter the basis: 1 for each. */
export type Barred = Uint8Array | null;

/**
 * Moves the tableau from its vertex to one that minimises Σ cost_i a_i (primal simplex: the steepest reduced cost, and after a
 * row of steps of length zero Bland's rule, which cannot cycle). Returns the least value.
 */
export function minimise(tableau: Tableau, cost: Float64Array, barred: Barred = null): number {
  const { rank, rest } = tableau;
  const limit = 200 + 50 * (rank + rest.length);
  let still = 0;
  for (let step = 0; ; step++) {
    if (step > limit) throw new RelucentError('internal', `optimalSet: no vertex is best after ${limit} pivots.`);
    const entering = choose(tableau, cost, barred, still > 20);
    if (entering < 0) break;
    const block = tableau.blocking(entering, 1);
    if (block.row < 0) throw new RelucentError('internal', 'optimalSet: a direction of the polytope has no end.');
    tableau.move(entering, block.step);
    tableau.exchange(block.row, entering);
    still = block.step > 0 ? 0 : still + 1;
  }
  return cost.reduce((sum, c, i) => sum + c * tableau.point[i], 0);
}

function choose(tableau: Tableau, cost: Float64Array, barred: Barred, first: boolean): number {
  const reduced = reducedCosts(tableau, cost);
  const size = cost.reduce((most, c) => Math.max(most, Math.abs(c)), 0);
  let best = -1;
  for (let q = 0; q < reduced.length; q++) {
    if (reduced[q] >= -OPTIMAL * size || barred?.[tableau.rest[q]] === 1) continue;
    const better = best < 0 || (first ? tableau.rest[q] < tableau.rest[best] : reduced[q] < reduced[best]);
    if (better) best = q;
  }
  return best;
}

/** cost of column q less that of its expression in the basis. */
export function reducedCosts(tableau: Tableau, cost: Float64Array): Float64Array {
  const { rest, basis, entries } = tableau;
  const width = rest.length;
  const out = Float64Array.from(rest, (j) => cost[j]);
  for (let k = 0; k < basis.length; k++) {
    const price = cost[basis[k]];
    if (price !== 0) for (let q = 0; q < width; q++) out[q] -= price * entries[k * width + q];
  }
  return out;
}
