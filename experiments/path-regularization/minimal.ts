import type { Matrix } from '../../src/linalg/index.js';
import { matrix } from '../../src/linalg/index.js';
import { type ParallelNetwork, type ParallelSubnetwork, parallelScores } from '../../src/parallel/index.js';
import { dot } from '../optimal-sets/numbers.js';

/** Of a column, relative to its length: what counts as dependent on others. */
const DEPENDENT = 1e-8;

/**
 * How many sub-networks remain when dependent ones are removed without a change of predictions on X or of the penalty: while
 * the sub-networks' outputs are dependent, sizes move along a null vector until one is zero. At an optimum each sub-network has
 * rᵀg = nλR, so what keeps the predictions keeps the penalty. A vertex of the
 * optimal set, not always the one of fewest. One output.
 */
export function minimalCount(network: ParallelNetwork, X: Matrix): number {
  const basis: { column: Float64Array; size: number }[] = [];
  for (const subnetwork of network.subnetworks) {
    const column = outputOf(network, subnetwork, X);
    if (dot(column, column) === 0) continue;
    const shares = coordinates(
      basis.map((entry) => entry.column),
      column,
    );
    basis.push({ column, size: 1 });
    if (shares) moveUntilOneDies(basis, shares);
  }
  return basis.length;
}

/** What one sub-network adds to the predictions on X. */
export function outputOf(network: ParallelNetwork, subnetwork: ParallelSubnetwork, X: Matrix): Float64Array {
  const alone = { ...network, subnetworks: [subnetwork], skip: null, outputBias: new Float64Array(1) };
  return parallelScores(alone, X).data;
}

/** Sizes move by t(−shares, 1) to where the first of them is zero; that one leaves. */
function moveUntilOneDies(basis: { column: Float64Array; size: number }[], shares: Float64Array): void {
  const along = [...shares.map((share) => -share), 1];
  // Along a null vector either sense keeps the predictions; the penalty is constant, so some entry must fall
  const sense = along.some((t) => t < 0) ? 1 : -1;
  let [length, dies] = [Number.POSITIVE_INFINITY, -1];
  along.forEach((t, k) => {
    const until = sense * t < 0 ? basis[k].size / -(sense * t) : Number.POSITIVE_INFINITY;
    if (until < length) [length, dies] = [until, k];
  });
  basis.forEach((entry, k) => {
    entry.size = Math.max(0, entry.size + length * sense * along[k]);
  });
  basis.splice(dies, 1);
}

/** Coefficients of the column in independent ones; null when it is independent of them. */
function coordinates(columns: readonly Float64Array[], target: Float64Array): Float64Array | null {
  const m = columns.length;
  const n = target.length;
  const q: Float64Array[] = [];
  const r = matrix(m, m);
  columns.forEach((column, k) => {
    const own = column.slice();
    const size = Math.sqrt(dot(own, own));
    // Twice is enough: the second pass removes what rounding left
    for (let pass = 0; pass < 2; pass++) for (let j = 0; j < q.length; j++) r.data[j * m + k] += removed(own, q[j]);
    r.data[k * m + k] = Math.sqrt(dot(own, own)) || size * Number.EPSILON;
    q.push(own.map((t) => t / r.data[k * m + k]));
  });
  const rest = target.slice();
  const along = new Float64Array(m);
  for (let pass = 0; pass < 2; pass++) for (let j = 0; j < m; j++) along[j] += removed(rest, q[j]);
  if (Math.sqrt(dot(rest, rest)) > DEPENDENT * Math.sqrt(dot(target, target)) && m < n) return null;
  for (let k = m - 1; k >= 0; k--) {
    for (let j = k + 1; j < m; j++) along[k] -= r.data[k * m + j] * along[j];
    along[k] /= r.data[k * m + k];
  }
  return along;
}

/** Takes the part along the unit vector out of the values; its length. */
function removed(values: Float64Array, unit: Float64Array): number {
  const along = dot(values, unit);
  for (let i = 0; i < values.length; i++) values[i] -= along * unit[i];
  return along;
}
