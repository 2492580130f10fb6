import type { Run } from '../base/index.js';
import { isActive, type Matrix, type PatternSet } from '../linalg/index.js';
import { boxLeastSquares } from './box-least-squares.js';
import { above, gamma, norm } from './rounding.js';

/** Bound of the support function over a set of patterns. */
export interface SupportBound {
  /** Proved: h_i(±r) ≤ value for every pattern i looked at. */
  readonly value: number;
  /** All patterns were looked at (the run was not stopped). */
  readonly complete: boolean;
}

/**
 * max over the patterns and both signs of
 *   gated: ‖XᵀD_i r‖,   ReLU: max{±rᵀD_iXu : (2D_i − I)Xu ≥ 0, ‖u‖ ≤ 1} = min over ν ≥ 0 of ‖XᵀD_i(±r) + Xᵀ(2D_i − I)ν‖.
 * Any ν ≥ 0 proves: for u in the cone νᵀ(2D_i − I)Xu ≥ 0. So a pattern is left as soon as its norm is below the largest
 * so far. The value counts every rounding of the norm that ν gives.
 *
 * @param X n×d (with the column of ones when there is a hidden bias).
 * @param r n numbers.
 */
export async function supportBound(
  X: Matrix,
  r: Float64Array,
  patterns: PatternSet,
  gated: boolean,
  run: Run,
): Promise<SupportBound> {
  const rows = new SignedRows(X);
  let value = 0;
  for (let p = 0; p < patterns.count; p++) {
    if (run.stop !== null) return { value, complete: false };
    if (gated) value = Math.max(value, rows.combination(activePart(r, patterns, p)).bound);
    else {
      const active = Uint8Array.from({ length: X.rows }, (_, i) => (isActive(patterns, p, i) ? 1 : 0));
      for (const sign of [1, -1]) value = Math.max(value, rows.coneNorm(r, active, sign, value));
    }
    await run.pause();
  }
  return { value, complete: true };
}

/** D_p r. */
function activePart(r: Float64Array, { bytes, stride }: PatternSet, p: number): Float64Array {
  const out = new Float64Array(r.length);
  for (let i = 0, at = p * stride; i < r.length; i++) {
    if ((bytes[at + (i >> 3)] >> (i & 7)) & 1) out[i] = r[i];
  }
  return out;
}

class SignedRows {
  readonly #lengths: Float64Array;
  readonly #columns: Float64Array;
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;

  constructor(readonly X: Matrix) {
    this.#lengths = Float64Array.from({ length: X.rows }, (_, i) => norm(X.data, i * X.cols, X.cols));
    this.#columns = new Float64Array(X.data.length);
    this.#lower = new Float64Array(X.rows);
    this.#upper = new Float64Array(X.rows).fill(Number.POSITIVE_INFINITY);
  }

  /** Σ a_i x_i as computed, and a bound of its exact norm. */
  combination(a: Float64Array): { vector: Float64Array; bound: number } {
    const { rows: n, cols: d, data } = this.X;
    const vector = new Float64Array(d);
    let size = 0;
    for (let i = 0; i < n; i++) {
      const scale = a[i];
      if (scale === 0) continue;
      for (let j = 0, at = i * d; j < d; j++, at++) vector[j] += scale * data[at];
      size += Math.abs(scale) * this.#lengths[i];
    }
    return { vector, bound: above(norm(vector), d + 8) + gamma(2 * n + d + 8) * size };
  }

  /** The norm for one pattern and sign; some ν's norm below `enough` will do. */
  coneNorm(r: Float64Array, active: Uint8Array, sign: number, enough: number): number {
    const { rows: n, cols: d, data } = this.X;
    const a = r.map((x, i) => sign * x * active[i]);
    const free = this.combination(a);
    if (free.bound <= enough) return free.bound;
    for (let i = 0; i < n; i++) {
      const factor = this.#lengths[i] > 0 ? (active[i] === 1 ? 1 : -1) / this.#lengths[i] : 0;
      for (let j = 0; j < d; j++) this.#columns[i * d + j] = factor * data[i * d + j];
    }
    const nu = new Float64Array(n);
    const box = { dimension: d, count: n, columns: this.#columns, lower: this.#lower, upper: this.#upper };
    boxLeastSquares(box, free.vector, nu, enough * (1 - 1e-12));
    // ν_i/‖x_i‖ rounded is another ν_i ≥ 0
    for (let i = 0; i < n; i++) if (nu[i] > 0) a[i] += ((active[i] === 1 ? 1 : -1) * nu[i]) / this.#lengths[i];
    return this.combination(a).bound;
  }
}
