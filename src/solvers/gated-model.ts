import { dot } from './gated-columns.js';
import type { GatedTarget, GrowingArray, Support } from './gated-lift.js';
import { BoundedQuadratic, type KeptFree } from './gated-quadratic.js';

/** Relative regularisation of the Hessian, and how far it may grow when a factorisation fails. */
const [leastShift, largestShift] = [1e-8, 1e-2];

/** Numbers of a factor that is kept from one λ to the next. */
const keptLimit = 1 << 22;

/** The linear algebra of A at the support of its last `solve`. */
export interface GatedForm {
  /** out ← A⁻¹q, both in kernel memory. */
  inverse(q: Float64Array, out: Float64Array): void;
  /** H (width×width) ← Λ VᵀA⁻¹V for the columns D_pXu_p of `patterns`, and last the unit of the bias when `width` is longer. */
  hessian(patterns: readonly number[], u: Float64Array, width: number, h: Float64Array): void;
  /** Rows of the factor. */
  readonly size: number;
  /** The factor, outside kernel memory, and its return: for the next program over the same patterns. */
  kept(): KeptFactor;
  restore(kept: KeptFactor): void;
}

export interface KeptFactor {
  readonly support: Support;
  readonly threshold: number;
  readonly factor: Float64Array;
}

/** A model outside kernel memory. */
export interface KeptModel {
  readonly rows: boolean;
  readonly factor: KeptFactor;
  readonly patterns: readonly number[];
  readonly u: Float64Array;
  readonly h: Float64Array;
  readonly shifted: Float64Array | null;
  readonly free: KeptFree | null;
}

/** Where the residual is looked for, with the last model. */
export interface NearStart {
  readonly r: Float64Array;
  readonly model: KeptModel;
}

/** What a step of the model starts from. */
export interface ModelledPoint {
  readonly support: Support;
  readonly r: Float64Array;
  readonly prices: Float64Array;
  readonly norms: Float64Array;
  /** y − f − b1 − r: zero where the ridge problem is solved. */
  readonly rest: Float64Array;
  readonly exact: boolean;
}

/**
 * The conditions for r and η linearised where A was factorised last, with its Hessian: Newton's direction there, and steps
 * (`near`) from points close to it, which cost products and two solves with the old factor.
 */
export class GatedModel {
  #patterns: readonly number[];
  /** XᵀD_pα of every pattern, a row of d each. */
  #u: Float64Array;
  #h: Float64Array;
  readonly #place: Map<number, number>;
  #transposed: Uint8Array;
  #quadratic: BoundedQuadratic | null = null;
  #shift = leastShift;
  #factor: KeptFactor | null = null;
  /** A⁻¹unit where there is a bias, and its product with the unit. */
  readonly #unit: { readonly inverse: Float64Array; readonly along: number } | null;

  constructor(
    readonly target: GatedTarget,
    readonly form: GatedForm,
    patterns: readonly number[],
    prices: Float64Array | KeptModel,
    readonly store: GrowingArray,
    readonly vectors: { readonly solved: Float64Array; readonly image: Float64Array },
  ) {
    this.#transposed = target.lift.transposed(patterns);
    this.#patterns = patterns;
    this.#place = new Map(patterns.map((p, k) => [p, k]));
    if ('factor' in prices) {
      this.#u = prices.u;
      this.#h = prices.h;
      this.#factor = prices.factor;
      form.restore(prices.factor);
      if (prices.shifted && prices.free) this.#quadratic = new BoundedQuadratic(prices.shifted, store, prices.free);
    } else {
      this.#u = this.#rows(patterns, prices);
      this.#h = this.#hessian();
    }
    this.#unit = target.outputBias ? this.#solvedUnit() : null;
  }

  /** null where it takes much memory. */
  kept(rows: boolean): KeptModel | null {
    if (this.form.size ** 2 > keptLimit) return null;
    this.#factor ??= this.form.kept();
    const quadratic = this.#shift === leastShift ? this.#quadratic : null;
    const free = quadratic?.kept() ?? null;
    return {
      ...{ rows, factor: this.#factor, patterns: this.#patterns, u: this.#u, h: this.#h },
      ...{ shifted: quadratic?.h ?? null, free },
    };
  }

  get patterns(): readonly number[] {
    return this.#patterns;
  }

  /** Patterns among these that the model does not know. */
  unknown(patterns: readonly number[]): number[] {
    return patterns.filter((p) => !this.#place.has(p));
  }

  #rows(patterns: readonly number[], prices: Float64Array): Float64Array {
    const { lift, threshold } = this.target;
    const { d } = lift;
    const u = new Float64Array(patterns.length * d);
    patterns.forEach((p, k) => {
      for (let j = 0; j < d; j++) u[k * d + j] = prices[p * d + j] / threshold;
    });
    return u;
  }

  /** η of the model's patterns at a point. */
  eta({ patterns, eta }: Support): Float64Array {
    const out = new Float64Array(this.#patterns.length);
    patterns.forEach((p, k) => {
      out[this.#place.get(p) as number] = eta[k];
    });
    return out;
  }

  gradient({ norms }: ModelledPoint): Float64Array {
    const { threshold } = this.target;
    return Float64Array.from(this.#patterns, (p) => (threshold / 2) * (1 - norms[p] * norms[p]));
  }

  /** The minimiser of the model, with a small multiple of the mean curvature added: optimal η need not be unique. */
  minimiser(gradient: Float64Array, eta: Float64Array): Float64Array | null {
    const lower = eta.map((v) => -v);
    for (; this.#shift <= largestShift; this.#shift *= 100) {
      this.#quadratic ??= new BoundedQuadratic(this.#shifted(), this.store);
      const move = this.#quadratic.minimiser(gradient, lower);
      if (move) return move;
      this.#quadratic = null;
    }
    return null;
  }

  #shifted(): Float64Array {
    const h = this.#h.slice();
    const count = this.#patterns.length;
    let mean = 0;
    for (let k = 0; k < count; k++) mean += h[k * (count + 1)] / count;
    for (let k = 0; k < count; k++) h[k * (count + 1)] += this.#shift * mean;
    return h;
  }

  /** Where the linearised conditions lead from a point near the model's own: r is overwritten; null when the model fails. */
  near(point: ModelledPoint, r: Float64Array): Support | null {
    const { lift, threshold } = this.target;
    const { kernels, n, d } = lift;
    const eta = this.eta(point.support);
    const gradient = this.gradient(point);
    const { solved, image } = this.vectors;
    solved.fill(0);
    if (!point.exact) {
      this.#inverse(point.rest, solved);
      const mark = kernels.mark();
      const prices = this.#prices(solved);
      for (let k = 0; k < eta.length; k++) {
        let total = 0;
        for (let j = k * d; j < (k + 1) * d; j++) total += this.#u[j] * prices[j];
        gradient[k] -= threshold * total;
      }
      kernels.release(mark);
    }
    const move = this.minimiser(gradient, eta);
    if (move) {
      lift.forward(this.#patterns, this.#scaled(move), r);
      this.#inverse(r, image);
      for (let i = 0; i < n; i++) r[i] = point.r[i] + threshold * (solved[i] - image[i]);
    }
    if (!move) return null;
    const kept = this.#patterns.flatMap((_, k) => (eta[k] + move[k] > 0 ? [k] : []));
    return { patterns: kept.map((k) => this.#patterns[k]), eta: Float64Array.from(kept, (k) => eta[k] + move[k]) };
  }

  #scaled(move: Float64Array): Float64Array {
    const { d } = this.target.lift;
    const out = new Float64Array(this.#u.length);
    for (let k = 0, at = 0; k < move.length; k++) for (let j = 0; j < d; j++, at++) out[at] = move[k] * this.#u[at];
    return out;
  }

  #prices(r: Float64Array): Float64Array {
    const { lift } = this.target;
    const out = lift.kernels.unset(this.#patterns.length * lift.d);
    lift.priceOf(this.#patterns.length, this.#transposed, r, out);
    return out;
  }

  /** out ← A⁻¹q, off the unit where there is a bias. */
  #inverse(q: Float64Array, out: Float64Array): void {
    this.form.inverse(q, out);
    if (!this.#unit) return;
    const { inverse, along } = this.#unit;
    const share = dot(this.target.unit, out) / along;
    for (let i = 0; i < out.length; i++) out[i] -= share * inverse[i];
  }

  #solvedUnit() {
    const { lift, unit } = this.target;
    const mark = lift.kernels.mark();
    const out = lift.kernels.unset(lift.n);
    this.form.inverse(unit, out);
    const inverse = out.slice();
    lift.kernels.release(mark);
    return { inverse, along: dot(unit, inverse) };
  }

  /** More patterns, with their rows of prices at the present point. */
  extend(patterns: readonly number[], prices: Float64Array): void {
    const { lift, threshold } = this.target;
    const { kernels, n, d } = lift;
    const u = this.#rows(patterns, prices);
    const [old, size] = [this.#patterns.length, this.#patterns.length + patterns.length];
    const all = new Float64Array(size * d);
    all.set(this.#u);
    all.set(u, this.#u.length);
    const h = new Float64Array(size * size);
    for (let i = 0; i < old; i++) h.set(this.#h.subarray(i * old, (i + 1) * old), i * size);
    this.#u = all;
    this.#patterns = [...this.#patterns, ...patterns];
    this.#transposed = lift.transposed(this.#patterns);
    patterns.forEach((p, k) => {
      this.#place.set(p, old + k);
    });
    patterns.forEach((p, k) => {
      const mark = kernels.mark();
      const [column, solved] = [kernels.unset(n), kernels.unset(n)];
      lift.forward([p], u.subarray(k * d, (k + 1) * d), column);
      this.#inverse(column, solved);
      const priced = this.#prices(solved);
      for (let q = 0; q < size; q++) {
        let total = 0;
        for (let j = q * d; j < (q + 1) * d; j++) total += all[j] * priced[j];
        h[(old + k) * size + q] = threshold * total;
        h[q * size + old + k] = threshold * total;
      }
      kernels.release(mark);
    });
    this.#h = h;
    this.#quadratic = null;
    this.#shift = leastShift;
  }

  /** The Hessian, the free bias eliminated. */
  #hessian(): Float64Array {
    const { kernels } = this.target.lift;
    const size = this.#patterns.length;
    const width = size + (this.target.outputBias ? 1 : 0);
    const mark = kernels.mark();
    const u = kernels.unset(this.#u.length);
    u.set(this.#u);
    const h = kernels.unset(width * width);
    this.form.hessian(this.#patterns, u, width, h);
    const out = new Float64Array(size * size);
    if (width === size) out.set(h);
    else {
      const corner = h[width * width - 1];
      for (let a = 0; a < size; a++)
        for (let b = 0; b < size; b++)
          out[a * size + b] = h[a * width + b] - (h[a * width + size] * h[b * width + size]) / corner;
    }
    kernels.release(mark);
    return out;
  }
}
