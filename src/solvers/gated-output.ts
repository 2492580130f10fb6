import { exp } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { ColumnForm, dot } from './gated-columns.js';
import type { GatedTarget, Support } from './gated-lift.js';
import { boundedMinimiser } from './gated-quadratic.js';
import { RowForm } from './gated-rows.js';

/** Patterns a cold start begins with. */
const firstPatterns = 10;
/** Relative regularisation of the Hessian, and how far it may grow when a factorisation fails. */
const [leastShift, largestShift] = [1e-8, 1e-2];
const halvings = 25;
/** The first η is made larger by this factor while that helps. */
const growth = 2;
/** A model serves another step while the gap falls by this factor with it. */
const worthwhile = 4;
/** Relative changes up to here are bent: F is like a/η + η along each group, so models ask too little of growing ones. */
const bend = 1;

/** A point η with everything that its exact ridge solution says. Sum scale. */
interface Point {
  support: Support;
  bias: number;
  /** F(η), and the objective of z. */
  value: number;
  primal: number;
  dual: number;
  /** One row of d for each pattern of the support. */
  z: Float64Array;
  readonly r: Float64Array;
  readonly prices: Float64Array;
  /** ‖XᵀD_p r‖/Λ of every pattern. */
  readonly norms: Float64Array;
}

interface Direction {
  readonly move: Float64Array;
  readonly slope: number;
}

/** A Hessian and the patterns of its rows. */
interface Model {
  readonly patterns: readonly number[];
  readonly h: Float64Array;
}

/**
 * One output of a gated program with the squared loss, by Newton's method in the group norms alone. With
 * Λ‖z‖ = min_η Λ/2 (‖z‖²/η + η) and z minimised out (a ridge problem) what is left is convex and smooth in η ≥ 0:
 *
 *   F(η) = Λ/2 ((y − b1)ᵀα + Σ η_p),  A(η) α = y − b1,  A = ΛI + Σ η_p D_pXXᵀD_p,  z_p = η_p XᵀD_pα
 *   ∂F/∂η_p = Λ/2 (1 − ‖XᵀD_pα‖²),  ∂²F = Λ v_pᵀA⁻¹v_q,  v_p = D_pXXᵀD_pα   (projected off A⁻¹1 when b is free)
 *
 * A step minimises the quadratic model over η ≥ 0 for the support and the patterns that violate ‖XᵀD_p r‖ ≤ Λ most
 * (r = Λα). So a step has as many unknowns as groups, and few steps do. Derived here; for F compare Bach, Lanckriet &
 * Jordan 2004.
 */
export class GatedOutput {
  /** Steps taken and points evaluated. */
  steps = 0;
  evaluations = 0;
  readonly #kernels: Kernels;
  readonly #columns: ColumnForm;
  readonly #rows: RowForm;
  #form: ColumnForm | RowForm;
  #point: Point;
  #trial: Point;
  /** The last Hessian, outside kernel memory; null once it served badly. */
  #model: Model | null = null;

  constructor(
    readonly target: GatedTarget,
    start?: Support,
  ) {
    const { kernels, n, d, count } = target.lift;
    const point = (): Point => ({
      support: { patterns: [], eta: new Float64Array(0) },
      bias: 0,
      value: Number.POSITIVE_INFINITY,
      primal: Number.POSITIVE_INFINITY,
      dual: Number.NEGATIVE_INFINITY,
      z: new Float64Array(0),
      r: kernels.unset(n),
      prices: kernels.unset(count * d),
      norms: new Float64Array(count),
    });
    this.#kernels = kernels;
    this.#columns = new ColumnForm(target);
    this.#rows = new RowForm(target);
    this.#form = this.#columns;
    this.#point = point();
    this.#trial = point();
    this.#begin(start);
  }

  /** Minimises nothing yet: the start given where it beats the constant model, else a guess from that model's prices. */
  #begin(start?: Support): void {
    if (start && start.patterns.length > 0 && this.#evaluate(start) && this.#trial.value < this.#constantValue) {
      this.#accept();
      return;
    }
    this.#evaluate({ patterns: [], eta: new Float64Array(0) });
    this.#accept();
    const { patterns, eta } = this.#guess();
    if (patterns.length === 0) return;
    for (let factor = 1; this.#improves({ patterns, eta: eta.map((v) => factor * v) }); factor *= growth);
  }

  /** F(0). */
  get #constantValue(): number {
    const { y, unit, outputBias } = this.target;
    const along = outputBias ? dot(unit, y) : 0;
    return (dot(y, y) - (along * along) / dot(unit, unit)) / 2;
  }

  #improves(support: Support): boolean {
    const better = this.#evaluate(support) && this.#trial.value < this.#point.value;
    if (better) this.#accept();
    return better;
  }

  /** The most violated patterns, sized by the model in which y is an eigenvector of the sum. */
  #guess(): Support {
    const { r, norms } = this.#point;
    const { threshold } = this.target;
    const patterns = this.#violating(firstPatterns);
    const weights = patterns.map((p) => norms[p] - 1);
    const total = weights.reduce((s, w) => s + w, 0);
    const size = dot(r, r);
    const curvature = patterns.reduce((s, p, k) => s + (weights[k] / total) * (norms[p] * threshold) ** 2, 0) / size;
    const scale = (Math.sqrt(curvature * size) - threshold) / curvature;
    return { patterns, eta: Float64Array.from(weights, (w) => (scale * w) / total) };
  }

  get point(): Readonly<Point> {
    return this.#point;
  }

  /** Patterns off the support with ‖XᵀD_p r‖ > Λ, the most violated first. */
  #violating(limit: number): number[] {
    const { norms, support } = this.#point;
    const held = new Set(support.patterns);
    const found: number[] = [];
    for (let p = 0; p < norms.length; p++) if (norms[p] > 1 && !held.has(p)) found.push(p);
    return found.sort((p, q) => norms[q] - norms[p]).slice(0, limit);
  }

  /** One step; false when it found nothing better. With the Hessian of an earlier one while that serves, else Newton's. */
  step(): boolean {
    const { patterns, eta } = this.#point.support;
    const all = [...patterns, ...this.#violating(Math.max(firstPatterns, patterns.length >> 1))];
    if (all.length === 0) return false;
    const old = Float64Array.from(all, (_, k) => eta[k] ?? 0);
    this.steps++;
    const before = this.#gap;
    const known = this.#known(all, old);
    if (known && this.#search(all, old, known)) {
      if (worthwhile * this.#gap > before) this.#model = null;
      return true;
    }
    if (this.#newton(all, old)) return true;
    if (!this.#rows.stale) return false;
    return this.#evaluate(this.#point.support, true) && this.#newton(all, old);
  }

  get #gap(): number {
    return this.#point.primal - this.#point.dual;
  }

  #newton(all: readonly number[], old: Float64Array): boolean {
    const mark = this.#kernels.mark();
    this.#model = { patterns: all, h: Float64Array.from(this.#hessian(all)) };
    this.#kernels.release(mark);
    const direction = this.#direction(all, old, this.#model.h);
    return direction !== null && this.#search(all, old, direction);
  }

  /** The step by the last Hessian, when it knows all these patterns. */
  #known(all: readonly number[], old: Float64Array): Direction | null {
    if (!this.#model) return null;
    const { patterns, h } = this.#model;
    const place = new Map(patterns.map((p, k) => [p, k]));
    const at = all.map((p) => place.get(p) ?? -1);
    if (at.includes(-1)) return null;
    const own = new Float64Array(at.length * at.length);
    for (let i = 0; i < at.length; i++) {
      const row = at[i] * patterns.length;
      for (let j = 0; j < at.length; j++) own[i * at.length + j] = h[row + at[j]];
    }
    return this.#direction(all, old, own);
  }

  #gradient(patterns: readonly number[]): Float64Array {
    const { norms } = this.#point;
    return Float64Array.from(patterns, (p) => (this.target.threshold / 2) * (1 - norms[p] * norms[p]));
  }

  /** The minimiser of the model, with a small multiple of the mean curvature added: optimal η need not be unique. */
  #direction(all: readonly number[], old: Float64Array, hessian: Float64Array): Direction | null {
    const h = hessian.slice();
    const gradient = this.#gradient(all);
    const lower = old.map((v) => -v);
    let mean = 0;
    for (let k = 0; k < all.length; k++) mean += h[k * (all.length + 1)] / all.length;
    for (let shift = leastShift, added = 0; shift <= largestShift; shift *= 100) {
      for (let k = 0; k < all.length; k++) h[k * (all.length + 1)] += (shift - added) * mean;
      added = shift;
      const move = boundedMinimiser(this.#kernels, h, gradient, lower);
      const slope = move ? dot(gradient, move) : 0;
      if (move && slope < 0) return { move, slope };
    }
    return null;
  }

  /** The Hessian over some patterns, in kernel memory; the free bias eliminated. */
  #hessian(patterns: readonly number[]): Float64Array {
    const { lift, threshold, outputBias } = this.target;
    const { kernels, d } = lift;
    const size = patterns.length;
    const width = size + (outputBias ? 1 : 0);
    const u = kernels.unset(size * d);
    patterns.forEach((p, k) => {
      for (let j = 0; j < d; j++) u[k * d + j] = this.#point.prices[p * d + j] / threshold;
    });
    const h = kernels.unset(width * width);
    this.#form.hessian(patterns, u, width, h);
    if (!outputBias) return h;
    const out = kernels.unset(size * size);
    const corner = h[width * width - 1];
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++)
        out[a * size + b] = h[a * width + b] - (h[a * width + size] * h[b * width + size]) / corner;
    return out;
  }

  /** Armijo's rule on F, with an allowance for rounding. */
  #search(all: readonly number[], old: Float64Array, { move, slope }: Direction): boolean {
    const { value } = this.#point;
    for (let k = 0, t = 1; k < halvings; k++, t /= 2) {
      const eta = old.map((v, j) => moved(v, t * move[j]));
      const kept = all.flatMap((_, j) => (eta[j] > 0 ? [j] : []));
      const support = { patterns: kept.map((j) => all[j]), eta: Float64Array.from(kept, (j) => eta[j]) };
      if (!this.#evaluate(support)) continue;
      if (this.#trial.value <= value + 1e-4 * t * slope + 1e-14 * Math.abs(value)) {
        this.#accept();
        return true;
      }
    }
    return false;
  }

  #accept(): void {
    [this.#point, this.#trial] = [this.#trial, this.#point];
  }

  /**
   * Solves the ridge problem at η and prices its residual, into the trial point (`exact`: with a new
   * factor); false when a factorisation failed.
   */
  #evaluate(support: Support, exact = false): boolean {
    const { threshold, lift } = this.target;
    const trial = this.#trial;
    this.evaluations++;
    if (!this.#solve(support, exact)) return false;
    const { z, norms } = trial;
    let [penalty, groups] = [0, 0];
    for (let k = 0; k < support.patterns.length; k++) {
      const squares = squaresOf(z, k * lift.d, lift.d);
      penalty += squares / support.eta[k] + support.eta[k];
      groups += Math.sqrt(squares);
    }
    const fit = dot(trial.r, trial.r) / 2;
    trial.value = fit + (threshold / 2) * penalty;
    trial.primal = fit + threshold * groups;
    let largest = 1;
    for (let p = 0; p < norms.length; p++) {
      norms[p] = Math.sqrt(squaresOf(trial.prices, p * lift.d, lift.d)) / threshold;
      if (norms[p] > largest) largest = norms[p];
    }
    const along = dot(trial.r, this.target.y);
    const scale = fit > 0 ? Math.max(0, Math.min(1 / largest, along / (2 * fit))) : 0;
    trial.dual = scale * along - scale * scale * fit;
    return Number.isFinite(trial.value);
  }

  #solve(support: Support, exact: boolean): boolean {
    const { lift, threshold } = this.target;
    const trial = this.#trial;
    const { r, prices } = trial;
    trial.support = support;
    this.#form = this.#cheapest(support.patterns);
    if (this.#form === this.#columns) {
      const solved = this.#columns.solve(support);
      if (!solved) return false;
      trial.z = solved.z;
      trial.bias = this.#residual(solved.z, solved.bias);
      lift.price(r, prices);
      return true;
    }
    const solved = this.#rows.solve(support, r, exact);
    if (!solved) return false;
    trial.bias = solved.bias;
    lift.price(r, prices);
    trial.z = new Float64Array(support.patterns.length * lift.d);
    support.patterns.forEach((p, k) => {
      const scale = support.eta[k] / threshold;
      for (let j = 0; j < lift.d; j++) trial.z[k * lift.d + j] = scale * prices[p * lift.d + j];
    });
    return true;
  }

  #cheapest(patterns: readonly number[]): ColumnForm | RowForm {
    const width = patterns.length + Math.max(firstPatterns, patterns.length >> 1);
    const rows = this.#rows.cost(patterns.length, width);
    return this.#columns.cost(patterns, width, rows) <= rows ? this.#columns : this.#rows;
  }

  /** r ← y − f − bias; a free bias is taken from the residual itself. Returns the bias. */
  #residual(z: Float64Array, bias: number): number {
    const { lift, y, unit, outputBias } = this.target;
    const { support, r } = this.#trial;
    lift.forward(support.patterns, z, r);
    for (let i = 0; i < r.length; i++) r[i] = y[i] - r[i];
    const b = outputBias ? dot(unit, r) / dot(unit, unit) : bias;
    for (let i = 0; i < r.length; i++) r[i] -= b * unit[i];
    return b;
  }
}

/** max(0, v + change), a growing v along exp(change / v) instead: equal to first order. */
function moved(v: number, change: number): number {
  if (v === 0 || change <= 0) return Math.max(0, v + change);
  return Math.max(v + change, v * exp(Math.min(bend, change / v)));
}

function squaresOf(v: Float64Array, from: number, length: number): number {
  let total = 0;
  for (let j = from; j < from + length; j++) total += v[j] * v[j];
  return total;
}
