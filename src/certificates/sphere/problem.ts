import { above, dotAt, gamma, norm } from '../rounding.js';
import type { Reduced } from './row-space.js';

/**
 * Normal form of the constraint function. With (t)_+ = (t + |t|)/2,
 *
 *     θᵀ(Xu)_+ = bᵀv + Σ_k w_k |z_kᵀv|  ± margin      for ‖u‖ ≤ 1, v = Vᵀu, ‖v‖ ≤ stretch,
 *
 * z_k unit rows, zero rows dropped, parallel and opposite rows merged. The bounds of this folder are about
 * M = max_{‖v‖≤1} |F(v)|, F the right side with b, w, z read as exact numbers; then h(θ) ≤ stretch · M + margin.
 */
export interface SphereProblem {
  readonly rank: number;
  readonly count: number;
  readonly linear: Float64Array;
  readonly weights: Float64Array;
  /** count×rank, row-major; unit to rounding, and never longer than 1 + 4u·rank. */
  readonly rows: Float64Array;
  readonly stretch: number;
  readonly margin: number;
  /** ‖b‖ + Σ|w_k|: every margin is a multiple of it; also the crudest bound, and a Lipschitz constant of F. */
  readonly total: number;
}

/** Two unit rows nearer than this are merged; what that changes is added to the margin. */
const MERGE = 1e-10;

/**
 * The normal form for θ. `weight` is θ itself for ReLU networks. For gated ones, max_D ‖XᵀDθ‖ over *all* subsets D is
 * max_u Σ(θ_i x_iᵀu)_+: the same b with weights |θ_i|.
 */
export function sphereProblem(reduced: Reduced, theta: Float64Array, absolute = false): SphereProblem {
  const { rank, rows, defect } = reduced;
  const linear = new Float64Array(rank);
  const merged = mergedRows(reduced, theta);
  const weights = new Float64Array(merged.rows.length / Math.max(1, rank));
  let margin = 0;
  let size = 0;
  for (let i = 0; i < theta.length; i++) {
    if (theta[i] === 0) continue;
    const length = merged.lengths[i];
    size += Math.abs(theta[i]) * length;
    margin += Math.abs(theta[i]) * defect[i];
    for (let j = 0; j < rank; j++) linear[j] += 0.5 * theta[i] * rows.data[i * rank + j];
    if (!(length > 0)) continue;
    const weight = 0.5 * (absolute ? Math.abs(theta[i]) : theta[i]);
    weights[merged.unit[i]] += weight * length;
    margin += Math.abs(weight) * length * merged.distances[i] * (1 + gamma(rank + 4));
  }
  margin = (margin + gamma(theta.length + 2 * rank + 16) * size) * (1 + gamma(theta.length + 4));
  const absoluteWeights = weights.reduce((a, w) => a + Math.abs(w), 0);
  return {
    rank,
    count: weights.length,
    linear,
    weights,
    rows: merged.rows,
    stretch: reduced.stretch,
    margin,
    total: above(norm(linear) + absoluteWeights, weights.length + rank + 8),
  };
}

/** h(θ) from a bound of M. */
export const unreduce = (problem: SphereProblem, bound: number): number =>
  above(Math.max(0, bound) * problem.stretch + problem.margin);

/** F(v) as computed. */
export function valueAt(problem: SphereProblem, v: Float64Array): number {
  const { rank, rows, weights } = problem;
  let sum = dotAt(problem.linear, 0, v, 0, rank);
  for (let k = 0; k < weights.length; k++) sum += weights[k] * Math.abs(dotAt(rows, k * rank, v, 0, rank));
  return sum;
}

/** Unit rows up to sign, and for each row of X which of them it is a multiple of; nobody writes to them. */
interface MergedRows {
  /** count×rank. */
  readonly rows: Float64Array;
  /** Norms of the rows of X. */
  readonly lengths: Float64Array;
  /** Of a row that is not zero. */
  readonly unit: Int32Array;
  /** From the row's own unit row to the one that stands for it. */
  readonly distances: Float64Array;
}

/** What the normal forms of one X share as long as θ has no zero: along a path all of it. */
const wholly = new WeakMap<Reduced, MergedRows>();

/** The rows where θ is not zero, merged. */
function mergedRows(reduced: Reduced, theta: Float64Array): MergedRows {
  if (theta.includes(0)) return merge(reduced, theta);
  const known = wholly.get(reduced) ?? merge(reduced, theta);
  wholly.set(reduced, known);
  return known;
}

function merge({ rank, rows: { data } }: Reduced, theta: Float64Array): MergedRows {
  const lengths = new Float64Array(theta.length);
  const unit = new Int32Array(theta.length);
  const distances = new Float64Array(theta.length);
  const merged = new RowMerger(rank);
  for (let i = 0; i < theta.length; i++) {
    if (theta[i] === 0) continue;
    lengths[i] = norm(data, i * rank, rank);
    if (lengths[i] > 0) [unit[i], distances[i]] = merged.add(data, i * rank, lengths[i]);
  }
  return { rows: Float64Array.from(merged.rows), lengths, unit, distances };
}

/** Collects unit rows up to sign. */
class RowMerger {
  readonly rows: number[] = [];
  #count = 0;
  readonly #cells = new Map<string, number>();
  readonly #unit: Float64Array;
  constructor(readonly rank: number) {
    this.#unit = new Float64Array(rank);
  }

  /** Adds a row; returns which unit row stands for it, and how far from its own that is. */
  add(data: Float64Array, start: number, length: number): readonly [number, number] {
    const { rank } = this;
    const unit = this.#unit;
    let leading = 0;
    for (let j = 0; j < rank; j++) if (Math.abs(data[start + j]) > Math.abs(data[start + leading])) leading = j;
    const sign = data[start + leading] < 0 ? -1 : 1;
    for (let j = 0; j < rank; j++) unit[j] = (sign * data[start + j]) / length;
    const key = Array.from(unit, (t) => Math.round(t / MERGE)).join();
    const known = this.#cells.get(key);
    if (known !== undefined) return [known, this.#distanceTo(known)];
    this.#cells.set(key, this.#count);
    for (const t of unit) this.rows.push(t);
    return [this.#count++, 0];
  }

  #distanceTo(known: number): number {
    const difference = this.#unit.map((t, j) => t - this.rows[known * this.rank + j]);
    return norm(difference);
  }
}
