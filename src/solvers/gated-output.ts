import { exp } from '../base/index.js';
import { ColumnForm, dot } from './gated-columns.js';
import { type GatedTarget, GrowingArray, type Support } from './gated-lift.js';
import { GatedModel, type NearStart } from './gated-model.js';
import { GatedPricing, squaresOf } from './gated-pricing.js';
import { RowForm } from './gated-rows.js';

/** Patterns a cold start begins with. */
const firstPatterns = 10;
const halvings = 25;
/** The first η is made larger by this factor while that helps. */
const growth = 2;
/** A model serves another step while the gap falls by this factor with it. */
const worthwhile = 2;
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
  /** Whether the ridge problem is solved; else value is not known. */
  exact: boolean;
  readonly r: Float64Array;
  /** y − f − b1 − r. */
  readonly rest: Float64Array;
  readonly prices: Float64Array;
  /** ‖XᵀD_p r‖/Λ of every pattern. */
  readonly norms: Float64Array;
}

interface Direction {
  readonly move: Float64Array;
  readonly slope: number;
}

/**
 * One output of a gated program with the squared loss, by Newton's method in the group norms alone. With
 * Λ‖z‖ = min_η Λ/2 (‖z‖²/η + η) and z minimised out (a ridge problem) what is left is convex and smooth in η ≥ 0:
 *
 *   F(η) = Λ/2 ((y − b1)ᵀα + Σ η_p),  A(η) α = y − b1,  A = ΛI + Σ η_p D_pXXᵀD_p,  z_p = η_p XᵀD_pα
 *   ∂F/∂η_p = Λ/2 (1 − ‖XᵀD_pα‖²),  ∂²F = Λ v_pᵀA⁻¹v_q,  v_p = D_pXXᵀD_pα   (projected off A⁻¹1 when b is free)
 *
 * A step minimises the quadratic model over η ≥ 0 for the support and the patterns that violate ‖XᵀD_p r‖ ≤ Λ most
 * (r = Λα). So a step has as many unknowns as groups, and few steps do. Near the answer, and from one λ to the next, an old
 * model serves (`GatedModel.near`): such points solve the ridge problem nearly, and are judged by their gap alone. Derived here;
 * for F compare Bach, Lanckriet & Jordan 2004.
 */
export class GatedOutput {
  /** Steps taken and points evaluated. */
  steps = 0;
  evaluations = 0;
  readonly #store: GrowingArray;
  readonly #vectors: { readonly solved: Float64Array; readonly image: Float64Array };
  readonly #columns: ColumnForm;
  readonly #rows: RowForm;
  #form: ColumnForm | RowForm;
  #point: Point;
  #trial: Point;
  readonly #pricing: GatedPricing;
  /** Of the last factor, where one was made. */
  #model: GatedModel | null = null;
  /** Whether a new model is tried for a step of its own before Armijo's rule: not far from the answer, where that is wasted. */
  #eager = false;
  /** Least gap so far that a step of a model was accepted for. */
  #best = Number.POSITIVE_INFINITY;

  constructor(
    readonly target: GatedTarget,
    start?: Support,
    near?: NearStart,
  ) {
    const { kernels, n, d, count } = target.lift;
    const point = (): Point => ({
      support: { patterns: [], eta: new Float64Array(0) },
      bias: 0,
      value: Number.POSITIVE_INFINITY,
      primal: Number.POSITIVE_INFINITY,
      dual: Number.NEGATIVE_INFINITY,
      z: new Float64Array(0),
      exact: true,
      r: kernels.unset(n),
      rest: kernels.unset(n),
      prices: kernels.unset(count * d),
      norms: new Float64Array(count),
    });
    this.#pricing = new GatedPricing(target);
    this.#store = new GrowingArray(kernels);
    this.#vectors = { solved: kernels.unset(n), image: kernels.unset(n) };
    this.#columns = new ColumnForm(target);
    this.#rows = new RowForm(target);
    this.#form = this.#columns;
    this.#point = point();
    this.#trial = point();
    if (!start || !near || !this.#beginNear(start, near)) this.#begin(start);
  }

  /** At an expected point and with the model of one before; false where that is worse than no neurons. */
  #beginNear(start: Support, { r, model }: NearStart): boolean {
    this.#trial.r.set(r);
    this.#measure(start);
    if (!(this.#trial.primal < this.#constantValue)) return false;
    this.#accept();
    this.#form = model.rows ? this.#rows : this.#columns;
    this.#model = new GatedModel(this.target, this.#form, model.patterns, model, this.#store, this.#vectors);
    this.#pricing.narrow(model.patterns, this.#point, this.#trial);
    this.#eager = true;
    return true;
  }

  /** For the next program over the same patterns. */
  kept(): NearStart | null {
    const model = this.#model?.kept(this.#form === this.#rows);
    return model ? { r: this.#point.r.slice(), model } : null;
  }

  /** Minimises nothing yet: the start given where it beats the constant model, else a guess from that model's prices. */
  #begin(start?: Support): void {
    if (start && start.patterns.length > 0 && this.#evaluate(start) && this.#trial.value < this.#constantValue) {
      this.#eager = true;
      this.#accept();
      return;
    }
    this.#evaluate({ patterns: [], eta: new Float64Array(0) });
    this.#accept();
    const { patterns, eta } = this.#guess();
    if (patterns.length === 0) return;
    for (let factor = 1; this.#improves({ patterns, eta: eta.map((v) => factor * v) }); factor *= growth);
    // the factor is that of a point that was worse
    if (this.#evaluate(this.#point.support)) this.#accept();
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

  /** One step; false when it found nothing better. By the last model while that serves, else Newton's. */
  step(): boolean {
    const { patterns } = this.#point.support;
    const all = [...patterns, ...this.#violating(Math.max(firstPatterns, patterns.length >> 1))];
    if (all.length === 0) return false;
    this.steps++;
    if (this.#near(all)) return true;
    if (!this.#point.exact) {
      // off the ridge solution F says nothing
      if (!this.#evaluate(this.#point.support)) return false;
      this.#accept();
      return true;
    }
    this.#model = new GatedModel(this.target, this.#form, all, this.#point.prices, this.#store, this.#vectors);
    if (this.#eager && this.#near(all)) return true;
    const before = this.#gap;
    const moved = this.#newton(this.#model);
    this.#eager = worthwhile * this.#gap <= before;
    return moved;
  }

  get #gap(): number {
    return this.#point.primal - this.#point.dual;
  }

  /** A step of the present model, where it brings the gap down by enough. */
  #near(all: readonly number[]): boolean {
    const model = this.#model;
    if (!model) return false;
    const unknown = model.unknown(all);
    if (unknown.length > Math.max(firstPatterns, all.length >> 3)) return false;
    if (unknown.length > 0) model.extend(unknown, this.#point.prices);
    const support = model.near(this.#point, this.#trial.r);
    if (!support) return false;
    this.evaluations++;
    this.#measure(support);
    const before = Math.min(this.#best, this.#gap);
    const after = this.#trial.primal - this.#trial.dual;
    if (!(worthwhile * after <= before)) return false;
    this.#best = after;
    this.#accept();
    return true;
  }

  /** Values of the trial point with what its r and η say. */
  #measure(support: Support): void {
    const { lift, threshold, y, unit, outputBias } = this.target;
    const trial = this.#trial;
    const { r, rest, prices } = trial;
    trial.support = support;
    this.#pricing.price(r, prices);
    trial.z = this.#pricing.blocks(support, prices);
    lift.forward(support.patterns, trial.z, rest);
    for (let i = 0; i < rest.length; i++) rest[i] = y[i] - rest[i];
    trial.bias = outputBias ? dot(unit, rest) / dot(unit, unit) : 0;
    for (let i = 0; i < rest.length; i++) rest[i] -= trial.bias * unit[i];
    let groups = 0;
    for (let k = 0; k < support.patterns.length; k++) groups += Math.sqrt(squaresOf(trial.z, k * lift.d, lift.d));
    trial.value = Number.NaN;
    trial.exact = false;
    trial.primal = dot(rest, rest) / 2 + threshold * groups;
    trial.dual = this.#pricing.dual(trial);
    for (let i = 0; i < rest.length; i++) rest[i] -= r[i];
  }

  /** Prices all patterns at the present point: some may violate that were not watched. */
  refresh(): void {
    if (!this.#pricing.narrowed || this.#point.exact) return;
    this.#pricing.widen();
    this.#trial.r.set(this.#point.r);
    this.#measure(this.#point.support);
    this.#accept();
  }

  #newton(model: GatedModel): boolean {
    const eta = model.eta(this.#point.support);
    const gradient = model.gradient(this.#point);
    const move = model.minimiser(gradient, eta);
    const slope = move ? dot(gradient, move) : 0;
    return move !== null && slope < 0 && this.#search(model.patterns, eta, { move, slope });
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

  /** Solves the ridge problem at η and prices its residual, into the trial point; false when a factorisation failed. */
  #evaluate(support: Support): boolean {
    const { threshold, lift } = this.target;
    const trial = this.#trial;
    this.evaluations++;
    this.#model = null;
    if (!this.#solve(support)) return false;
    let [penalty, groups] = [0, 0];
    for (let k = 0; k < support.patterns.length; k++) {
      const squares = squaresOf(trial.z, k * lift.d, lift.d);
      penalty += squares / support.eta[k] + support.eta[k];
      groups += Math.sqrt(squares);
    }
    const fit = dot(trial.r, trial.r) / 2;
    trial.exact = true;
    trial.value = fit + (threshold / 2) * penalty;
    trial.primal = fit + threshold * groups;
    trial.dual = this.#pricing.dual(trial);
    return Number.isFinite(trial.value);
  }

  #solve(support: Support): boolean {
    const trial = this.#trial;
    const { r, prices } = trial;
    trial.support = support;
    this.#form = this.#cheapest(support.patterns);
    if (this.#form === this.#columns) {
      const solved = this.#columns.solve(support);
      if (!solved) return false;
      trial.z = solved.z;
      trial.bias = this.#residual(solved.z, solved.bias);
      this.#pricing.price(r, prices);
      return true;
    }
    const solved = this.#rows.solve(support, r);
    if (!solved) return false;
    trial.bias = solved.bias;
    this.#pricing.price(r, prices);
    trial.z = this.#pricing.blocks(support, prices);
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
