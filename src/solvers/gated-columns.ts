import { GatedGram } from './gated-gram.js';
import { type GatedTarget, GrowingArray, type Support } from './gated-lift.js';
import type { GatedForm, KeptFactor } from './gated-model.js';
import { forwardSubstitute } from './gated-triangular.js';

/** Work in 10⁹ of products, table additions and plain loops a second: only their ratios matter. */
export const speeds = { product: 20, table: 60, loop: 0.7 };
/** Numbers the Gram blocks of a support may take, and the factor. */
const memoryLimit = 1 << 24;

/**
 * Λα = (I − M N⁻¹Mᵀ)(y − b1) by N = ΛI + MᵀM, M = [√η_b D_bX] over the support, from the cached blocks of XᵀD_aD_bX:
 * nothing here has n rows but the final product.
 */
export class ColumnForm implements GatedForm {
  readonly #factor: GrowingArray;
  #threshold = 0;
  #gram: GatedGram | null = null;
  #support: Support = { patterns: [], eta: new Float64Array(0) };

  constructor(readonly target: GatedTarget) {
    this.#factor = new GrowingArray(target.lift.kernels);
  }

  /** Seconds (roughly) that one step takes with this support and about `width` patterns in the Hessian; infinite where over `limit` for sure. */
  cost(patterns: readonly number[], width: number, limit: number): number {
    const { n, d } = this.target.lift;
    const m = patterns.length * d;
    const pairs = (width * (width + 1)) / 2;
    if (pairs * ((d * (d + 1)) / 2) > memoryLimit || m * m > 2 * memoryLimit) return Number.POSITIVE_INFINITY;
    const system = (m * m * m) / 3 + m * m * width + m * width * width;
    if (system / speeds.product / 1e9 > limit) return Number.POSITIVE_INFINITY;
    const known = this.#gram ? (patterns.length * (patterns.length + 1)) / 2 - this.#gram.missing(patterns) : 0;
    const setUp = this.#gram ? 0 : (n * d * d) / 2 / speeds.loop;
    const gram = (Math.max(0, pairs - known) * n * d * d) / speeds.table;
    return (system / speeds.product + setUp + gram + (pairs * d * d * 2 + m * m) / speeds.loop) / 1e9;
  }

  /** Factorises N; returns the blocks z = √η t, t = N⁻¹Mᵀ(y − b1), and the bias; null when that failed. */
  solve(support: Support): { z: Float64Array; bias: number } | null {
    const { lift, y, unit, outputBias } = this.target;
    const { kernels, d } = lift;
    const pricesOfY = this.target.pricesOfY();
    const pricesOfUnit = outputBias ? this.target.pricesOfUnit() : null;
    this.#support = support;
    this.#threshold = this.target.threshold;
    const m = support.patterns.length * d;
    const system = this.#factor.take(m * m);
    this.#gram ??= new GatedGram(lift);
    this.#gram.ensure(support.patterns);
    this.#assemble(this.#gram, system);
    if (m > 0 && kernels.cholesky(m, system) >= 0) return null;
    const mark = kernels.mark();
    const t = kernels.unset(m);
    this.#rows(pricesOfY, t);
    if (m > 0) kernels.choleskySolve(m, system, t);
    let bias = 0;
    if (pricesOfUnit) {
      const e = kernels.unset(m);
      this.#rows(pricesOfUnit, e);
      const ones = Float64Array.from(e);
      if (m > 0) kernels.choleskySolve(m, system, e);
      bias = (dot(unit, y) - dot(ones, t)) / (dot(unit, unit) - dot(ones, e));
      for (let i = 0; i < m; i++) t[i] -= bias * e[i];
    }
    const z = t.map((v, i) => v * Math.sqrt(support.eta[Math.floor(i / d)]));
    kernels.release(mark);
    return { z, bias };
  }

  get size(): number {
    return this.#support.patterns.length * this.target.lift.d;
  }

  kept(): KeptFactor {
    const m = this.size;
    return { support: this.#support, threshold: this.#threshold, factor: this.#factor.take(m * m).slice() };
  }

  restore({ support, threshold, factor }: KeptFactor): void {
    this.#support = support;
    this.#threshold = threshold;
    this.#factor.take(factor.length).set(factor);
  }

  inverse(q: Float64Array, out: Float64Array): void {
    const { lift } = this.target;
    const threshold = this.#threshold;
    const { kernels, d } = lift;
    const { patterns, eta } = this.#support;
    const m = patterns.length * d;
    const system = this.#factor.take(m * m);
    const mark = kernels.mark();
    const t = kernels.unset(m);
    if (m > 0) lift.priceOf(patterns.length, lift.transposed(patterns), q, t);
    for (let i = 0; i < m; i++) t[i] *= Math.sqrt(eta[Math.floor(i / d)]);
    if (m > 0) kernels.choleskySolve(m, system, t);
    for (let i = 0; i < m; i++) t[i] *= Math.sqrt(eta[Math.floor(i / d)]);
    lift.forward(patterns, t, out);
    for (let i = 0; i < out.length; i++) out[i] = (q[i] - out[i]) / threshold;
    kernels.release(mark);
  }

  /** out ← √η_b times the row of each pattern of the support. */
  #rows(prices: Float64Array, out: Float64Array): void {
    const { d } = this.target.lift;
    this.#support.patterns.forEach((p, k) => {
      const root = Math.sqrt(this.#support.eta[k]);
      for (let j = 0; j < d; j++) out[k * d + j] = root * prices[p * d + j];
    });
  }

  /** The lower triangle of N. */
  #assemble(gram: GatedGram, system: Float64Array): void {
    const { d } = this.target.lift;
    const { patterns, eta } = this.#support;
    const m = patterns.length * d;
    const { values } = gram;
    for (let a = 0; a < patterns.length; a++) {
      for (let b = 0; b <= a; b++) {
        let from = gram.offset(patterns[a], patterns[b]);
        const scale = Math.sqrt(eta[a] * eta[b]);
        const corner = a * d * m + b * d;
        for (let i = 0; i < d; i++) {
          for (let j = 0; j < i; j++) {
            const value = scale * values[from++];
            system[corner + i * m + j] = value;
            system[corner + j * m + i] = value;
          }
          system[corner + i * m + i] = scale * values[from++];
        }
      }
      for (let i = a * d; i < (a + 1) * d; i++) system[i * m + i] += this.target.threshold;
    }
  }

  /**
   * H (width×width) ← Vᵀ(I − M N⁻¹Mᵀ)V for the columns D_bXu_b of `patterns` and, last, the unit of the bias when `width` is longer.
   * The support comes first among the patterns.
   */
  hessian(patterns: readonly number[], u: Float64Array, width: number, h: Float64Array): void {
    const { lift, unit } = this.target;
    const { kernels, d } = lift;
    // there since the solve before
    const pricesOfUnit = width > patterns.length ? this.target.pricesOfUnit() : null;
    const gram = this.#gram as GatedGram;
    gram.ensure(patterns);
    const m = this.#support.patterns.length * d;
    const system = this.#factor.take(m * m);
    const mark = kernels.mark();
    const t = kernels.unset(m * width);
    const products = new Float64Array(width * width);
    const row = new Float64Array(d);
    patterns.forEach((p, a) => {
      const root = a * d < m ? Math.sqrt(this.#support.eta[a]) : 0;
      const ua = u.subarray(a * d, (a + 1) * d);
      patterns.forEach((q, b) => {
        blockTimes(gram.values, gram.offset(p, q), u, b * d, row);
        if (b <= a) products[a * width + b] = dot(ua, row);
        if (root > 0) for (let j = 0; j < d; j++) t[(a * d + j) * width + b] = root * row[j];
      });
      if (!pricesOfUnit) return;
      const ones = pricesOfUnit.subarray(p * d, (p + 1) * d);
      products[(width - 1) * width + a] = dot(ua, ones);
      if (root > 0) for (let j = 0; j < d; j++) t[(a * d + j + 1) * width - 1] = root * ones[j];
    });
    if (width > patterns.length) products[width * width - 1] = dot(unit, unit);
    if (m > 0) forwardSubstitute(kernels, m, system, width, t);
    kernels.weightedGram(m, width, t, null, 0, h);
    for (let a = 0; a < width; a++)
      for (let b = 0; b <= a; b++) {
        h[a * width + b] = products[a * width + b] - h[a * width + b];
        h[b * width + a] = h[a * width + b];
      }
    kernels.release(mark);
  }
}

/** out ← G u for a block stored as its lower triangle. */
function blockTimes(values: Float64Array, from: number, u: Float64Array, at: number, out: Float64Array): void {
  let k = from;
  for (let i = 0; i < out.length; i++) {
    const ui = u[at + i];
    let total = 0;
    for (let j = 0; j < i; j++) {
      const value = values[k++];
      total += value * u[at + j];
      out[j] += value * ui;
    }
    out[i] = total + values[k++] * ui;
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}
