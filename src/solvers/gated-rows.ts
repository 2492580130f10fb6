import { dot, speeds } from './gated-columns.js';
import { type GatedTarget, GrowingArray, type Support } from './gated-lift.js';
import type { GatedForm, KeptFactor } from './gated-model.js';
import { forwardSubstitute } from './gated-triangular.js';

/** Rows from which on n×n matrices take too much memory. */
const rowLimit = 6000;

/**
 * α = A⁻¹(y − b1) with A = ΛI + Σ_b η_b D_bXXᵀD_b of size n×n. The sum is XXᵀ times, entry by entry, the outer Gram matrix
 * of the patterns scaled by √η: it costs n²·patterns, whatever d is.
 */
export class RowForm implements GatedForm {
  readonly #factor: GrowingArray;
  readonly #scaled: GrowingArray;
  #support: Support = { patterns: [], eta: new Float64Array(0) };
  #outer: Float64Array | null = null;

  constructor(readonly target: GatedTarget) {
    this.#factor = new GrowingArray(target.lift.kernels);
    this.#scaled = new GrowingArray(target.lift.kernels);
  }

  /** As in ColumnForm. */
  cost(count: number, width: number): number {
    const { n, d } = this.target.lift;
    if (n > rowLimit) return Number.POSITIVE_INFINITY;
    const setUp = this.#outer ? 0 : n * n * d;
    const products = (n * n * n) / 3 + n * n * count + n * n * width + n * width * width + setUp;
    return (products / speeds.product + (2 * n * n + n * count) / speeds.loop) / 1e9;
  }

  /** Factorises A; r ← Λα; returns the bias, null when that failed. */
  solve(support: Support, r: Float64Array): { bias: number } | null {
    const { lift, y, unit, threshold, outputBias } = this.target;
    const { kernels, n } = lift;
    const system = this.#factor.take(n * n);
    this.#support = support;
    this.#assemble(support, system);
    if (kernels.cholesky(n, system) >= 0) return null;
    const mark = kernels.mark();
    const solved = kernels.unset(n);
    this.inverse(y, r);
    let bias = 0;
    if (outputBias) {
      this.inverse(unit, solved);
      bias = dot(unit, r) / dot(unit, solved);
    }
    for (let i = 0; i < r.length; i++) r[i] = threshold * (r[i] - bias * solved[i]);
    kernels.release(mark);
    return { bias };
  }

  get size(): number {
    return this.target.lift.n;
  }

  kept(): KeptFactor {
    const { n } = this.target.lift;
    return { support: this.#support, threshold: this.target.threshold, factor: this.#factor.take(n * n).slice() };
  }

  restore({ support, factor }: KeptFactor): void {
    const { n } = this.target.lift;
    this.#support = support;
    this.#factor.take(n * n).set(factor);
  }

  inverse(q: Float64Array, out: Float64Array): void {
    const { kernels, n } = this.target.lift;
    out.set(q);
    kernels.choleskySolve(n, this.#factor.take(n * n), out);
  }

  #assemble({ patterns, eta }: Support, system: Float64Array): void {
    const { lift, threshold } = this.target;
    const { kernels, n, d, x, bytes, stride } = lift;
    const count = patterns.length;
    if (!this.#outer) {
      this.#outer = kernels.unset(n * n);
      kernels.outerGram(n, d, x, 0, this.#outer);
    }
    const scaled = this.#scaled.take(n * count);
    for (let k = 0; k < count; k++) {
      const root = Math.sqrt(eta[k]);
      const from = patterns[k] * stride;
      for (let i = 0; i < n; i++) scaled[i * count + k] = (bytes[from + (i >> 3)] >> (i & 7)) & 1 ? root : 0;
    }
    kernels.outerGram(n, count, scaled, 0, system);
    for (let i = 0; i < n; i++) {
      for (let at = i * n, end = at + i; at <= end; at++) system[at] *= this.#outer[at];
      system[i * n + i] += threshold;
    }
  }

  /** As in ColumnForm: H ← Λ VᵀA⁻¹V. */
  hessian(patterns: readonly number[], u: Float64Array, width: number, h: Float64Array): void {
    const { lift, unit, threshold } = this.target;
    const { kernels, n } = lift;
    const system = this.#factor.take(n * n);
    const mark = kernels.mark();
    const v = kernels.unset(n * width);
    lift.columns(patterns, u, v, width);
    if (width > patterns.length) for (let i = 0; i < n; i++) v[(i + 1) * width - 1] = unit[i];
    forwardSubstitute(kernels, n, system, width, v);
    kernels.weightedGram(n, width, v, null, 0, h);
    for (let i = 0; i < h.length; i++) h[i] *= threshold;
    kernels.release(mark);
  }
}
