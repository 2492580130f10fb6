import type { Lines } from './lines.js';
import type { PairList } from './pairs.js';
import type { QuadraticForm } from './quadratic-form.js';
import { placeOf } from './schur-system.js';
import { triangularInverse } from './triangular.js';
import type { Workspace } from './workspace.js';

/** α and μ of a start are no more than this, in units of the bound that is wanted. */
const HIGHEST = 4096;
/** A step goes this far towards the boundary; tries of a length, each LESS of the one before. */
export const NEARLY = 0.95;
export const TRIES = 20;
export const LESS = 0.8;
/** Least value of a multiplier at the start. */
const SMALL = 1e-3;

/** A point inside, with the lower factor of S. */
export interface Inside {
  /** In the order of `placeOf`. */
  readonly x: Float64Array;
  readonly factor: Float64Array;
}

/**
 * S = diag(α, μI, 0) + [−E, −Cᵀ; −C, T] − Σ change_v sym(f_i f_jᵀ) of one sign, for lines of length 1 and in units of `level`, and X beside it:
 * what an interior point method asks of one positive definite matrix.
 */
export class Barrier {
  readonly size: number;
  readonly #rank: number;
  readonly #count: number;
  readonly #base: Float64Array;
  readonly #was: Float64Array;
  moments: Float64Array;

  constructor(
    { count, rank }: Lines,
    { t, c, e }: QuadraticForm,
    readonly pairs: PairList,
    level: number,
    readonly workspace: Workspace,
  ) {
    const side = 1 + rank;
    const size = side + count;
    [this.size, this.#rank, this.#count] = [size, rank, count];
    this.#base = new Float64Array(size * size);
    this.moments = new Float64Array(size * size);
    this.#was = new Float64Array(pairs.value.length + 2);
    pairs.value.forEach((y, v) => void (this.#was[placeOf(pairs, v)] = y));
    const { lengths } = pairs;
    for (let i = 0; i < side; i++) for (let j = 0; j <= i; j++) this.#base[i * size + j] = -e[i * side + j] / level;
    for (let k = 0; k < count; k++) {
      const [row, unit] = [(side + k) * size, lengths[k] / level];
      for (let j = 0; j < side; j++) this.#base[row + j] = -c[k * side + j] * unit;
      for (let l = 0; l <= k; l++) this.#base[row + side + l] = t[k * count + l] * unit * lengths[l];
    }
  }

  /** 1 + rank: α and u come before the lines. */
  get side(): number {
    return 1 + this.#rank;
  }

  /** Pairs that are not shared: they come first, then α and μ. */
  get own(): number {
    return this.pairs.value.length - this.pairs.shared;
  }

  /** A point inside: the free multipliers less the same number, then α = μ; null where none was found. */
  start(): Inside | null {
    const { free } = this.pairs;
    const { own } = this;
    const at = (lowered: number, height: number): Float64Array =>
      this.#was.map((y, p) => {
        if (p >= own) return p < own + 2 ? height : y;
        return p < free ? y - lowered : Math.max(SMALL, y);
      });
    let lowered = 0.25 / this.#count;
    for (let round = 0; round < 40; round++, lowered *= 2) {
      if (this.at(at(lowered, HIGHEST)) === null) continue;
      let height = 0.25;
      while (height < HIGHEST && this.at(at(2 * lowered, height)) === null) height *= 2;
      return this.at(at(2 * lowered, 1.5 * height));
    }
    return null;
  }

  /** The point with α = μ = height, no lower than they are. */
  raised({ x }: Inside, height: number): Inside {
    const { own } = this;
    const to = this.at(x.map((y, p) => (p === own || p === own + 1 ? height : y)));
    return to ?? this.at(x)!;
  }

  /** X = S⁻¹; its trace in α and u. */
  centre({ factor }: Inside): number {
    const { kernels } = this.workspace;
    const { size } = this;
    const mark = kernels.mark();
    const inverse = kernels.unset(size * size);
    this.inverse(factor, inverse);
    this.moments = Float64Array.from(inverse);
    kernels.release(mark);
    let trace = 0;
    for (let i = 0; i <= this.#rank; i++) trace += this.moments[i * (size + 1)];
    return trace;
  }

  scaleMoments(c: number): void {
    this.moments = this.moments.map((x) => c * x);
  }

  /** S⁻¹ from the factor of S, into memory of the kernels. */
  inverse(factor: Float64Array, out: Float64Array): void {
    const { kernels } = this.workspace;
    const { size } = this;
    const mark = kernels.mark();
    const l = kernels.float64(size * size);
    triangularInverse(factor, size, l, kernels);
    kernels.weightedGram(size, size, l, null, 0, out);
    kernels.release(mark);
  }

  /** Null where x is outside. */
  at(x: Float64Array): Inside | null {
    const { kernels } = this.workspace;
    for (let p = this.pairs.free; p < this.own; p++) if (!(x[p] > 0)) return null;
    const mark = kernels.mark();
    const s = this.#matrix(x);
    const factor = kernels.cholesky(this.size, s) < 0 ? Float64Array.from(s) : null;
    kernels.release(mark);
    return factor === null ? null : { x, factor };
  }

  /** tr(XS). */
  gap({ x }: Inside): number {
    const { kernels } = this.workspace;
    const { size } = this;
    const mark = kernels.mark();
    const s = this.#matrix(x);
    let sum = 0;
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) sum += (i === j ? 1 : 2) * s[i * size + j] * this.moments[i * size + j];
    kernels.release(mark);
    return sum;
  }

  /** S, lower triangle, in memory of the kernels. */
  #matrix(x: Float64Array): Float64Array {
    const s = this.workspace.kernels.unset(this.size ** 2);
    s.set(this.#base);
    this.#subtract(
      x.map((y, p) => y - this.#was[p]),
      s,
    );
    return s;
  }

  /** S less what these changes of the pairs, and of α and μ, are. */
  #subtract(changes: Float64Array, s: Float64Array): void {
    const { first, second, value, forms } = this.pairs;
    const { own, size } = this;
    const ofPairs = value.map((_, v) => changes[placeOf(this.pairs, v)]);
    forms.subtract(ofPairs, first, second, s, this.workspace.kernels);
    s[0] += changes[own];
    for (let i = 1; i <= this.#rank; i++) s[i * (size + 1)] += changes[own + 1];
  }

  /** dS, both triangles. */
  changeOf(direction: Float64Array): Float64Array {
    const out = new Float64Array(this.size ** 2);
    this.#subtract(direction, out);
    return out;
  }

  /** sym(X dS S⁻¹). */
  symmetric(x: Float64Array, change: Float64Array, inverse: Float64Array): Float64Array {
    const { kernels } = this.workspace;
    const { size } = this;
    const mark = kernels.mark();
    const [left, right, once] = [0, 1, 2].map(() => kernels.unset(size * size));
    left.set(x);
    right.set(change);
    kernels.gemm(size, size, size, 1, left, false, right, false, 0, once);
    kernels.gemm(size, size, size, 1, once, false, inverse, false, 0, left);
    const out = new Float64Array(size * size);
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++)
        out[i * size + j] = out[j * size + i] = 0.5 * (left[i * size + j] + left[j * size + i]);
    kernels.release(mark);
    return out;
  }

  /** tr(A_v M) for all unknowns. */
  traces(m: Float64Array): Float64Array {
    const { first, second, value, forms } = this.pairs;
    const { own } = this;
    const { kernels } = this.workspace;
    const out = new Float64Array(value.length + 2);
    const mark = kernels.mark();
    const product = forms.times(m, this.size, kernels);
    for (let v = 0; v < value.length; v++) out[placeOf(this.pairs, v)] = forms.along(product, first[v], second[v]);
    kernels.release(mark);
    out[own] = m[0];
    for (let i = 1; i <= this.#rank; i++) out[own + 1] += m[i * (this.size + 1)];
    return out;
  }

  /** Whether X + length·change is positive definite. */
  momentsInside(change: Float64Array, length: number): boolean {
    const { kernels } = this.workspace;
    const mark = kernels.mark();
    const x = kernels.unset(change.length);
    for (let at = 0; at < x.length; at++) x[at] = this.moments[at] + length * change[at];
    const inside = kernels.cholesky(this.size, x) < 0;
    kernels.release(mark);
    return inside;
  }

  moveMoments(change: Float64Array, step: number): void {
    this.moments = this.moments.map((x, at) => x + step * change[at]);
  }
}

/** A little less than how far x may go, `from` … `to`, until an entry is 0; 1 where it may go so far. */
export function longest(x: Float64Array, direction: Float64Array, from = 0, to = x.length): number {
  let length = 1;
  for (let v = from; v < to; v++)
    if (x[v] + direction[v] <= 0) length = Math.min(length, (-NEARLY * x[v]) / direction[v]);
  return length;
}
