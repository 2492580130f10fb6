import { norm2 } from '../../solvers/index.js';
import { nonNegativeFit } from './nnls.js';
import { addTo, complementOf, DEPENDENT, dot, spanOf, without } from './span.js';

/** The least-norm member of {a ≥ 0 : Σ a_i z_i (+ b1) = f̂}, and how large that set is. */
export interface LeastNormMember {
  /** Lengths a_i of the least Σ a_i². */
  readonly a: Float64Array;
  /** The z_i (and 1, with a free bias) are independent. */
  readonly independent: boolean;
  /** Dimension of the set: 0 where it is one point. */
  readonly dimension: number;
}

/** Lengths below this share of the largest are zero. */
const zeroShare = 1e-9;

/**
 * @param columns the z_i of the equicorrelation set, centred where the bias is free.
 * @param some one member: lengths a_i ≥ 0 that give f̂.
 */
export function leastNormMember(columns: readonly Float64Array[], some: Float64Array): LeastNormMember {
  const null_ = nullSpace(columns);
  if (null_.length === 0) return { a: some, independent: true, dimension: 0 };
  const inside = without(some, null_);
  // a = inside + N t ≥ 0, ‖t‖ least (least distance programming, Lawson and Hanson, chapter 23)
  const t = leastDistance(null_, inside);
  const a = Float64Array.from(inside);
  null_.forEach((direction, k) => {
    addTo(a, t[k], direction);
  });
  const largest = a.reduce((most, v) => Math.max(most, v), 0);
  for (let i = 0; i < a.length; i++) if (a[i] <= zeroShare * largest) a[i] = 0;
  return { a, independent: false, dimension: dimensionOf(null_, a) };
}

/**
 * Orthonormal basis of {β : Σ β_i z_i = 0}; the z_i are scaled to one length, and one of which the others leave a smaller
 * share than `tolerance` depends on them.
 */
export function nullSpace(columns: readonly Float64Array[], tolerance = DEPENDENT): Float64Array[] {
  const m = columns.length;
  if (m === 0) return [];
  const sizes = columns.map((c) => norm2(c));
  const n = columns[0].length;
  const units = columns.map((c, k) => c.map((v) => (sizes[k] > 0 ? v / sizes[k] : 0)));
  const rank = spanOf(units, tolerance);
  if (rank.length === m) return [];
  const rows = rank.map((q) => Float64Array.from(units, (c) => dot(q, c)));
  const relations = complementOf(spanOf(rows, 1e-11), m).slice(0, m - Math.min(rank.length, n));
  const scaled = relations.map((beta) => beta.map((v, k) => (sizes[k] > 0 ? v / sizes[k] : v)));
  return spanOf(scaled, 1e-12);
}

/** The least t with inside + N t ≥ 0. */
function leastDistance(null_: readonly Float64Array[], inside: Float64Array): Float64Array {
  const m = null_.length;
  const scale = norm2(inside) || 1;
  const columns = Array.from(inside.keys(), (i) =>
    Float64Array.from({ length: m + 1 }, (_, k) => (k < m ? null_[k][i] : -inside[i] / scale)),
  );
  const target = new Float64Array(m + 1);
  target[m] = 1;
  const { rest } = nonNegativeFit(columns, target);
  return Float64Array.from({ length: m }, (_, k) => (-rest[k] / rest[m]) * scale);
}

/** Nullity less the directions that leave the orthant: a zero length that no direction can raise binds as an equation. */
function dimensionOf(null_: readonly Float64Array[], a: Float64Array): number {
  const zeros = Array.from(a.keys()).filter((i) => a[i] === 0);
  const rows = zeros.map((i) => Float64Array.from(null_, (direction) => direction[i]));
  const binding = rows.filter((row, k) => {
    const size = norm2(row);
    if (size <= 1e-12) return false;
    // Tucker: N_i t = 0 on the whole cone {N_Z t ≥ 0} exactly when −N_i is a non-negative combination of the others
    const others = rows.filter((_, j) => j !== k);
    return (
      norm2(
        nonNegativeFit(
          others,
          row.map((v) => -v),
        ).rest,
      ) <=
      1e-9 * size
    );
  });
  return null_.length - spanOf(binding).length;
}

/** v less its mean. */
export function centred(v: Float64Array): Float64Array {
  const mean = v.reduce((sum, t) => sum + t, 0) / v.length;
  return v.map((t) => t - mean);
}
