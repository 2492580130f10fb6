import { dot, speeds } from './gated-columns.js';
import { type GatedTarget, GrowingArray, type Support } from './gated-lift.js';
import { forwardSubstitute } from './gated-triangular.js';

/** Rows from which on n×n matrices take too much memory. */
const rowLimit = 6000;
/** Relative change of η up to which an old factor serves as preconditioner: the more rows, the dearer a new one. */
const nearby = (n: number): number => Math.min(0.1, n / 10_000);
const [gradientSteps, accuracy] = [24, 1e-13];

/**
 * α = A⁻¹(y − b1) with A = ΛI + Σ_b η_b D_bXXᵀD_b of size n×n. The sum is XXᵀ times, entry by entry, the outer Gram matrix
 * of the patterns scaled by √η: it costs n²·patterns, whatever d is.
 */
export class RowForm {
  /** Whether the factor is that of an earlier support: a step with it may be too bold. */
  stale = false;
  readonly #factor: GrowingArray;
  /** η of every pattern that the factor is for. */
  readonly #factored: Float64Array;
  #known = false;
  readonly #scaled: GrowingArray;
  #outer: Float64Array | null = null;

  constructor(readonly target: GatedTarget) {
    this.#factor = new GrowingArray(target.lift.kernels);
    this.#scaled = new GrowingArray(target.lift.kernels);
    this.#factored = new Float64Array(target.lift.count);
  }

  /** As in ColumnForm. */
  cost(count: number, width: number): number {
    const { n, d } = this.target.lift;
    if (n > rowLimit) return Number.POSITIVE_INFINITY;
    const setUp = this.#outer ? 0 : n * n * d;
    const products = (n * n * n) / 3 + n * n * count + n * n * width + n * width * width + setUp;
    return (products / speeds.product + (2 * n * n + n * count) / speeds.loop) / 1e9;
  }

  /** r ← Λα, by a new factor of A or by conjugate gradients with a near one; returns the bias, null when that failed. */
  solve(support: Support, r: Float64Array, exact: boolean): { bias: number } | null {
    const { lift, y, unit, threshold, outputBias } = this.target;
    this.stale = !exact && this.#near(support);
    if (!this.stale && !this.#factorise(support)) return null;
    const mark = lift.kernels.mark();
    const solved = lift.kernels.unset(lift.n);
    let done = this.#apply(support, y, r);
    let bias = 0;
    if (outputBias) {
      done = this.#apply(support, unit, solved) && done;
      bias = dot(unit, r) / dot(unit, solved);
    }
    for (let i = 0; i < r.length; i++) r[i] = threshold * (r[i] - bias * solved[i]);
    lift.kernels.release(mark);
    return done ? { bias } : this.solve(support, r, true);
  }

  /** Whether η has moved so little since the last factorisation that conjugate gradients cost less than a new one. */
  #near({ patterns, eta }: Support): boolean {
    const { n } = this.target.lift;
    if (!this.#known) return false;
    const left = Float64Array.from(this.#factored);
    let total = 0;
    patterns.forEach((p, k) => {
      left[p] -= eta[k];
      total += eta[k];
    });
    return left.reduce((s, v) => s + Math.abs(v), 0) <= nearby(n) * total;
  }

  #factorise(support: Support): boolean {
    const { kernels, n } = this.target.lift;
    const system = this.#factor.take(n * n);
    this.#assemble(support, system);
    this.#known = kernels.cholesky(n, system) < 0;
    this.#factored.fill(0);
    support.patterns.forEach((p, k) => {
      this.#factored[p] = support.eta[k];
    });
    return this.#known;
  }

  /** x ← A⁻¹b; false when conjugate gradients with a stale factor do not get there. */
  #apply(support: Support, b: Float64Array, x: Float64Array): boolean {
    const { lift } = this.target;
    const { kernels, n } = lift;
    const factor = this.#factor.take(n * n);
    x.set(b);
    kernels.choleskySolve(n, factor, x);
    if (!this.stale) return true;
    const mark = kernels.mark();
    const [rest, image, z, p] = [0, 1, 2, 3].map(() => kernels.float64(n));
    const transposed = lift.transposed(support.patterns);
    this.#multiply(support, transposed, x, image);
    for (let i = 0; i < n; i++) rest[i] = b[i] - image[i];
    const enough = accuracy * Math.sqrt(dot(b, b));
    let [old, size] = [1, Math.sqrt(dot(rest, rest))];
    for (let k = 0; k < gradientSteps && size > enough; k++) {
      z.set(rest);
      kernels.choleskySolve(n, factor, z);
      const now = dot(rest, z);
      for (let i = 0; i < n; i++) p[i] = z[i] + (k > 0 ? now / old : 0) * p[i];
      this.#multiply(support, transposed, p, image);
      const step = now / dot(p, image);
      for (let i = 0; i < n; i++) {
        x[i] += step * p[i];
        rest[i] -= step * image[i];
      }
      [old, size] = [now, Math.sqrt(dot(rest, rest))];
    }
    kernels.release(mark);
    return size <= enough;
  }

  /** out ← A v. */
  #multiply({ patterns, eta }: Support, transposed: Uint8Array, v: Float64Array, out: Float64Array): void {
    const { lift, threshold } = this.target;
    const { kernels, n, d } = lift;
    const mark = kernels.mark();
    const z = kernels.unset(patterns.length * d);
    lift.priceOf(patterns.length, transposed, v, z);
    for (let k = 0; k < patterns.length; k++) for (let j = k * d; j < (k + 1) * d; j++) z[j] *= eta[k];
    lift.forward(patterns, z, out);
    for (let i = 0; i < n; i++) out[i] += threshold * v[i];
    kernels.release(mark);
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
