import { exp, log, requireThat } from '../base/index.js';
import { dot, type Matrix, matrix } from '../linalg/index.js';
import {
  checkNetwork,
  type ParallelNetwork,
  type ParallelSubnetwork,
  parallelScores,
  type Regularizer,
} from './network.js';
import { penaltyOf } from './norms.js';

/** Of a column, relative to its length: what counts as dependent on others. */
const DEPENDENT = 1e-8;

/** A sub-network's predictions on X at size 1, its penalty then, and its size. */
interface Entry {
  readonly subnetwork: ParallelSubnetwork;
  readonly column: Float64Array;
  readonly penalty: number;
  size: number;
}

/**
 * The network without sub-networks that the others can stand in for: while the predictions of one output's sub-networks on X are linearly
 * dependent, their sizes move along a null vector, in the sense in which the penalty does not rise, until one of them is zero. Predictions on
 * X stay as they are up to rounding. At an optimum the penalty does as well, since rᵀg = nλR for each sub-network; elsewhere it falls or
 * stays. A vertex of the optimal set, not always the one of fewest; at most n sub-networks an output remain.
 *
 * @param X n×inputs, encoded, without the column of ones.
 * @param regularizer whose penalty may not rise; weights stay balanced for it if they were.
 * @throws `usage` when the network and X do not fit each other.
 */
export function minimalParallel(network: ParallelNetwork, X: Matrix, regularizer: Regularizer): ParallelNetwork {
  checkNetwork(network, 'minimalParallel');
  requireThat(
    network.inputs === X.cols,
    `minimalParallel: X has ${X.cols} columns, the network takes ${network.inputs}.`,
  );
  const kept: Entry[] = [];
  for (let output = 0; output < network.outputs; output++) {
    const basis: Entry[] = [];
    for (const subnetwork of network.subnetworks.filter((one) => one.output === output))
      join(basis, entryOf(network, subnetwork, X, regularizer));
    kept.push(...basis);
  }
  const places = new Map(network.subnetworks.map((one, k) => [one, k]));
  kept.sort((a, b) => (places.get(a.subnetwork) ?? 0) - (places.get(b.subnetwork) ?? 0));
  const subnetworks = kept.map(({ subnetwork, size }) => scaled(subnetwork, size, network.layers, regularizer));
  return { ...network, subnetworks };
}

function entryOf(network: ParallelNetwork, subnetwork: ParallelSubnetwork, X: Matrix, regularizer: Regularizer): Entry {
  const own = { ...subnetwork, output: 0 };
  const alone = { ...network, outputs: 1, subnetworks: [own], skip: null, outputBias: new Float64Array(1) };
  return { subnetwork, column: parallelScores(alone, X).data, penalty: penaltyOf(alone, regularizer), size: 1 };
}

/** Adds a sub-network to independent ones; where it depends on them, one of all leaves. */
function join(basis: Entry[], entry: Entry): void {
  if (entry.column.every((t) => t === 0)) return;
  const shares = coordinates(
    basis.map(({ column }) => column),
    entry.column,
  );
  basis.push(entry);
  if (shares) moveUntilOneDies(basis, shares);
}

/** Sizes move by t(−shares, 1) to where the first of them is zero; that one leaves. */
function moveUntilOneDies(basis: Entry[], shares: Float64Array): void {
  const along = [...shares.map((share) => -share), 1];
  const slope = along.reduce((sum, t, k) => sum + t * basis[k].penalty, 0);
  const sense = slope > 0 ? -1 : 1;
  // Where the penalty does not rise some size falls, unless rounding hides it: then the other sense
  const direction = along.some((t) => sense * t < 0) ? sense : -sense;
  let [length, dies] = [Number.POSITIVE_INFINITY, -1];
  along.forEach((t, k) => {
    const until = direction * t < 0 ? basis[k].size / -(direction * t) : Number.POSITIVE_INFINITY;
    if (until < length) [length, dies] = [until, k];
  });
  basis.forEach((entry, k) => {
    entry.size = Math.max(0, entry.size + length * direction * along[k]);
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
    // Twice is enough: the second pass removes what rounding left
    for (let pass = 0; pass < 2; pass++) for (let j = 0; j < q.length; j++) r.data[j * m + k] += removed(own, q[j]);
    r.data[k * m + k] = length(own) || length(column) * Number.EPSILON;
    q.push(own.map((t) => t / r.data[k * m + k]));
  });
  const rest = target.slice();
  const along = new Float64Array(m);
  for (let pass = 0; pass < 2; pass++) for (let j = 0; j < m; j++) along[j] += removed(rest, q[j]);
  if (length(rest) > DEPENDENT * length(target) && m < n) return null;
  for (let k = m - 1; k >= 0; k--) {
    for (let j = k + 1; j < m; j++) along[k] -= r.data[k * m + j] * along[j];
    along[k] /= r.data[k * m + k];
  }
  return along;
}

const length = (values: Float64Array): number => Math.sqrt(dot(values, 0, values, 0, values.length));

/** Takes the part along the unit vector out of the values; its length. */
function removed(values: Float64Array, unit: Float64Array): number {
  const along = dot(values, 0, unit, 0, values.length);
  for (let i = 0; i < values.length; i++) values[i] -= along * unit[i];
  return along;
}

/** Outputs times the size, balanced if it was: first layers of the weight-decay problem keep their length, else all layers share it. */
function scaled(subnetwork: ParallelSubnetwork, size: number, layers: number, regularizer: Regularizer) {
  if (size === 1) return subnetwork;
  const { weights, bias, alpha } = subnetwork;
  const firstStays = regularizer === 'weight-decay' && layers === 3;
  const moving = firstStays ? 2 : layers;
  const factor = moving === 2 ? Math.sqrt(size) : exp(log(size) / moving);
  const times = (values: Float64Array): Float64Array => values.map((t) => t * factor);
  return {
    ...subnetwork,
    weights: weights.map((w, l) => (l === 0 && firstStays ? w : matrix(w.rows, w.cols, times(w.data)))),
    bias: firstStays ? bias : times(bias),
    alpha: alpha * factor,
  };
}
