import type { Run } from '../../base/index.js';
import { inverseFactor } from './cholesky.js';
import type { Lines } from './lines.js';
import type { PairList } from './pairs.js';
import type { QuadraticForm } from './quadratic-form.js';
import { schurSystem } from './schur-system.js';
import type { Workspace } from './workspace.js';

/** Steps in all. */
const STEPS = 30;
/** It ends where what is left of the complementarity is this share of α + μ. */
const LAST = 1e-3;
/** Or where α + μ is this: a bound that small is of no use, and what proves it drowns in rounding. */
const ENOUGH = 0.2;
/** α and μ of a start are no more than this, in units of the bound that is wanted. */
const HIGHEST = 4096;
/** A step goes this far towards the boundary; tries of a length, each LESS of the one before. */
const NEARLY = 0.95;
const TRIES = 20;
const LESS = 0.8;
/** What the complementarity is to become, of what it is. */
const GOAL = 0.1;
/** Least value of a multiplier at the start. */
const SMALL = 1e-3;

/**
 * Better multipliers of some pairs, all others as they are in a form −τᵀTτ + 2τᵀCy + yᵀEy, y = (1, u): the least α + μ with
 * S = diag(α, μI, 0) + [−E, −Cᵀ; −C, T] − Σ change_v sym(f_i f_jᵀ) positive definite, by an interior point method with the
 * moments X beside S (the direction of Helmberg, Rendl, Vanderbei, Wolkowicz, and of Kojima and Monteiro). All its sums are products of an
 * entry of FXFᵀ with one of FS⁻¹Fᵀ. S stays inside, so that it may end at any step, as it does when the run is stopped. Returns the values of the pairs; null
 * where no start was found. Nothing is proved with it.
 */
export async function polish(
  lines: Lines,
  form: QuadraticForm,
  pairs: PairList,
  level: number,
  workspace: Workspace,
  run: Run,
): Promise<Float64Array | null> {
  const mark = workspace.kernels.mark();
  try {
    const barrier = new Barrier(lines, form, pairs, level, workspace);
    return barrier.start() ? await barrier.descend(run) : null;
  } finally {
    workspace.kernels.release(mark);
  }
}

/** Values of the pairs, α and μ, with the lower factor of S. */
interface Point {
  readonly x: Float64Array;
  readonly factor: Float64Array;
}

/** What the unknowns, X and the slopes change by, and sym(dX dS S⁻¹) of it. */
interface Move {
  readonly direction: Float64Array;
  readonly moments: Float64Array;
  readonly slopes: Float64Array;
  readonly second: Float64Array;
}

/** S for lines of length 1, in units of `level`. */
class Barrier {
  readonly #size: number;
  readonly #rank: number;
  readonly #count: number;
  readonly #unknowns: number;
  readonly #base: Float64Array;
  #point: Point | null = null;
  /** size×size, and what the products of the pairs that are at least 0 are in X. */
  #moments: Float64Array;
  #slopes: Float64Array;

  constructor(
    { count, rank }: Lines,
    { t, c, e }: QuadraticForm,
    readonly pairs: PairList,
    level: number,
    readonly workspace: Workspace,
  ) {
    const side = 1 + rank;
    const size = side + count;
    [this.#size, this.#rank, this.#count] = [size, rank, count];
    this.#unknowns = pairs.value.length + 2;
    this.#base = new Float64Array(size * size);
    const { lengths } = pairs;
    this.#moments = new Float64Array(size * size);
    this.#slopes = new Float64Array(pairs.value.length);
    for (let i = 0; i < side; i++) for (let j = 0; j <= i; j++) this.#base[i * size + j] = -e[i * side + j] / level;
    for (let k = 0; k < count; k++) {
      const [row, unit] = [(side + k) * size, lengths[k] / level];
      for (let j = 0; j < side; j++) this.#base[row + j] = -c[k * side + j] * unit;
      for (let l = 0; l <= k; l++) this.#base[row + side + l] = t[k * count + l] * unit * lengths[l];
    }
  }

  /** A point inside: the free multipliers less the same number, then α = μ. */
  start(): boolean {
    const { value, free } = this.pairs;
    const pairs = value.length;
    const at = (lowered: number, height: number): Float64Array =>
      Float64Array.from({ length: pairs + 2 }, (_, v) =>
        v >= pairs ? height : v < free ? value[v] - lowered : Math.max(SMALL, value[v]),
      );
    let lowered = 0.25 / this.#count;
    for (let round = 0; round < 40; round++, lowered *= 2) {
      if (this.#at(at(lowered, HIGHEST)) === null) continue;
      let height = 0.25;
      while (height < HIGHEST && this.#at(at(2 * lowered, height)) === null) height *= 2;
      this.#point = this.#at(at(2 * lowered, 1.5 * height));
      if (this.#point !== null) this.#centre(this.#point);
      return this.#point !== null;
    }
    return false;
  }

  /** X and the slopes with all complementary products alike, so that X is of the right size. */
  #centre({ x }: Point): void {
    const { kernels } = this.workspace;
    const size = this.#size;
    const mark = kernels.mark();
    const inverse = kernels.unset(size * size);
    this.#inverse(inverse);
    let trace = 0;
    for (let i = 0; i <= this.#rank; i++) trace += inverse[i * (size + 1)];
    this.#moments = Float64Array.from(inverse, (p) => (2 / trace) * p);
    this.#slopes = this.#slopes.map((_, v) => (v < this.pairs.free ? 0 : 2 / trace / x[v]));
    kernels.release(mark);
  }

  /** S⁻¹ of the present point. */
  #inverse(out: Float64Array): void {
    const { kernels } = this.workspace;
    const size = this.#size;
    const mark = kernels.mark();
    const l = kernels.unset(size * size);
    l.set(inverseFactor(this.#point!.factor, size));
    kernels.weightedGram(size, size, l, null, 0, out);
    kernels.release(mark);
  }

  async descend(run: Run): Promise<Float64Array> {
    const members = this.#size + this.pairs.value.length - this.pairs.free;
    for (let step = 0; step < STEPS && run.stop === null; step++) {
      const gap = this.#gap();
      if (gap < LAST * this.#height || this.#height < ENOUGH) break;
      if (this.#step((GOAL * gap) / members) === 0) break;
      await run.pause();
    }
    return this.#point!.x.slice(0, this.pairs.value.length);
  }

  get #height(): number {
    const { x } = this.#point!;
    return x[this.#unknowns - 2] + x[this.#unknowns - 1];
  }

  /** tr(XS) + Σ value·slope. */
  #gap(): number {
    const { kernels } = this.workspace;
    const { value, free } = this.pairs;
    const [size, { x }] = [this.#size, this.#point!];
    const mark = kernels.mark();
    const s = this.#matrix(x);
    let sum = 0;
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) sum += (i === j ? 1 : 2) * s[i * size + j] * this.#moments[i * size + j];
    for (let v = free; v < value.length; v++) sum += x[v] * this.#slopes[v];
    kernels.release(mark);
    return sum;
  }

  /** Null where x is outside. */
  #at(x: Float64Array): Point | null {
    const { value, free } = this.pairs;
    for (let v = free; v < value.length; v++) if (!(x[v] > 0)) return null;
    const { kernels } = this.workspace;
    const mark = kernels.mark();
    const s = this.#matrix(x);
    const factor = kernels.cholesky(this.#size, s) < 0 ? Float64Array.from(s) : null;
    kernels.release(mark);
    return factor === null ? null : { x, factor };
  }

  /** S, lower triangle: the base less Fᵀ(change of the pairs)F. */
  #matrix(x: Float64Array): Float64Array {
    const { kernels } = this.workspace;
    const { value } = this.pairs;
    const size = this.#size;
    const s = kernels.unset(size * size);
    s.set(this.#base);
    this.#subtract(
      x.map((y, v) => (v < value.length ? y - value[v] : y)),
      s,
    );
    return s;
  }

  /** S less what these changes of the pairs, and of α and μ, are. */
  #subtract(changes: Float64Array, s: Float64Array): void {
    const { first, second, value, forms } = this.pairs;
    for (let v = 0; v < value.length; v++) if (changes[v] !== 0) forms.subtract(changes[v], first[v], second[v], s);
    s[0] += changes[this.#unknowns - 2];
    for (let i = 1; i <= this.#rank; i++) s[i * (this.#size + 1)] += changes[this.#unknowns - 1];
  }

  /**
   * One step towards the point of the central path where all complementary products are `goal`, with Mehrotra's correction: what
   * the step to goal 0 would leave of second order. The shorter of the lengths of S and X.
   */
  #step(goal: number): number {
    const { kernels } = this.workspace;
    const { value, free } = this.pairs;
    const unknowns = this.#unknowns;
    const mark = kernels.mark();
    const [matrix, inverse] = [unknowns ** 2, this.#size ** 2].map((n) => kernels.unset(n));
    this.#inverse(inverse);
    const { x } = this.#point!;
    const point = { moments: this.#moments, inverse, x, slopes: this.#slopes };
    const traces = schurSystem(this.pairs, 1 + this.#rank, point, matrix);
    if (kernels.cholesky(unknowns, matrix) >= 0) {
      kernels.release(mark);
      return 0;
    }
    const predicted = this.#move(0, traces, matrix, inverse, null);
    const { direction, moments, slopes } = this.#move(goal, traces, matrix, inverse, predicted);
    kernels.release(mark);
    const dual = this.#moveMoments(moments, slopes);
    let length = longest(x, direction, free, value.length);
    for (let round = 0; round < TRIES; round++, length *= LESS) {
      const to = this.#at(x.map((y, v) => y + length * direction[v]));
      if (to === null) continue;
      // not to the boundary itself
      this.#point = length < 1 ? (this.#at(x.map((y, v) => y + NEARLY * length * direction[v])) ?? to) : to;
      return Math.min(dual, length);
    }
    return 0;
  }

  /** What the unknowns, X and the slopes change by, for the factor of the system and tr(A_v S⁻¹). */
  #move(goal: number, traces: Float64Array, matrix: Float64Array, inverse: Float64Array, predicted: Move | null): Move {
    const { kernels } = this.workspace;
    const { value, free } = this.pairs;
    const [pairs, { x }] = [value.length, this.#point!];
    const mark = kernels.mark();
    const right = kernels.unset(this.#unknowns);
    const left = predicted && this.#traces(predicted.second);
    for (let v = 0; v < right.length; v++) {
      const sign = v < pairs ? -1 : 1;
      right[v] = sign * (goal * traces[v] - (left?.[v] ?? 0)) - (v < pairs ? 0 : 1);
    }
    // of second order in the products of values and slopes
    const mixed = (v: number): number => (predicted ? predicted.direction[v] * predicted.slopes[v] : 0);
    for (let v = free; v < pairs; v++) right[v] += (goal - mixed(v)) / x[v];
    kernels.choleskySolve(this.#unknowns, matrix, right);
    const direction = right.slice();
    kernels.release(mark);
    const slopes = this.#slopes.map((z, v) => (v < free ? 0 : (goal - mixed(v) - z * direction[v]) / x[v] - z));
    const change = this.#changeOf(direction);
    const first = this.#symmetric(this.#moments, change, inverse);
    const before = predicted?.second;
    const moments = first.map((y, at) => goal * inverse[at] - this.#moments[at] - y - (before ? before[at] : 0));
    const second = predicted ? first : this.#symmetric(moments, change, inverse);
    return { direction, moments, slopes, second };
  }

  /** dS, both triangles. */
  #changeOf(direction: Float64Array): Float64Array {
    const { kernels } = this.workspace;
    const mark = kernels.mark();
    const change = kernels.float64(this.#size ** 2);
    this.#subtract(direction, change);
    const out = Float64Array.from(change);
    kernels.release(mark);
    return out;
  }

  /** sym(X dS S⁻¹). */
  #symmetric(x: Float64Array, change: Float64Array, inverse: Float64Array): Float64Array {
    const { kernels } = this.workspace;
    const size = this.#size;
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
  #traces(m: Float64Array): Float64Array {
    const { first, second, value, forms } = this.pairs;
    const out = new Float64Array(this.#unknowns);
    for (let v = 0; v < value.length; v++) out[v] = forms.product(first[v], m, second[v]);
    out[value.length] = m[0];
    for (let i = 1; i <= this.#rank; i++) out[value.length + 1] += m[i * (this.#size + 1)];
    return out;
  }

  /** X and the slopes as far as they stay inside; the length of the step. */
  #moveMoments(moments: Float64Array, slopes: Float64Array): number {
    const { kernels } = this.workspace;
    const { value, free } = this.pairs;
    let length = longest(this.#slopes, slopes, free, value.length);
    for (let round = 0; round < TRIES; round++, length *= LESS) {
      const mark = kernels.mark();
      const x = kernels.unset(moments.length);
      for (let at = 0; at < x.length; at++) x[at] = this.#moments[at] + length * moments[at];
      const inside = kernels.cholesky(this.#size, x) < 0;
      kernels.release(mark);
      if (!inside) continue;
      const step = length < 1 ? NEARLY * length : 1;
      this.#moments = this.#moments.map((x, at) => x + step * moments[at]);
      this.#slopes = this.#slopes.map((z, v) => z + step * slopes[v]);
      return length;
    }
    return 0;
  }
}

/** A little less than how far x may go until one of its entries is 0; 1 where it may go so far. */
function longest(x: Float64Array, direction: Float64Array, from: number, to: number): number {
  let length = 1;
  for (let v = from; v < to; v++)
    if (x[v] + direction[v] <= 0) length = Math.min(length, (-NEARLY * x[v]) / direction[v]);
  return length;
}
