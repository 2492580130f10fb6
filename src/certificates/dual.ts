import type { Loss } from '../losses/index.js';
import type { Problem } from './problem.js';
import { above, gamma, underflow } from './rounding.js';
import { makeZeroSum } from './zero-sum.js';

/** A feasible dual point θ = t/n and the lower bound it proves. */
export interface DualPoint {
  /** −(1/n)Σℓ*(−t_i), rounding subtracted, never below 0 (the zero point's value: every loss is ≥ 0). */
  readonly value: number;
  /** n×c, exactly feasible as the doubles they are. */
  readonly t: Float64Array;
  /** t ≈ scale·r; one an output when the loss is separable. */
  readonly scale: Float64Array;
}

/**
 * The best multiple of r that is dual feasible. `norms[k]` is a proved bound of max over the pattern set and both signs
 * of the support function of r_k (not divided by n), so s ≤ nλ/norms[k].
 *
 * Weak duality, for every network f = Σα_j(Xu_j)_+ + b and t with |t_kᵀ(Xu)_+| ≤ nλ‖u‖ and, with a free bias, 1ᵀt_k = 0:
 * Σℓ(f_i) ≥ −Σ t_i f_i − Σℓ*(−t_i) (Fenchel and Young) ≥ −nλ Σ_j‖u_j‖|α_j| − Σℓ*(−t_i).
 */
export function bestDualPoint(problem: Problem, r: Float64Array, norms: Float64Array): DualPoint {
  const { loss, outputs, y } = problem;
  if (!loss.separable || outputs === 1) return scaledPoint(problem, r, y, outputs, largest(norms));
  const points = Array.from({ length: outputs }, (_, k) =>
    scaledPoint(problem, column(r, k, outputs), column(y, k, outputs), 1, norms[k]),
  );
  const t = new Float64Array(r.length);
  points.forEach((point, k) => {
    for (let i = 0; i < point.t.length; i++) t[i * outputs + k] = point.t[i];
  });
  const value = points.reduce((sum, point) => sum + point.value, 0) * (1 - gamma(outputs + 2));
  return { value, t, scale: Float64Array.from(points, (point) => point.scale[0]) };
}

const largest = (values: Float64Array): number => values.reduce((most, v) => Math.max(most, v), 0);

/** Column k of an n×outputs array. */
export function column(values: Float64Array, k: number, outputs: number): Float64Array {
  return Float64Array.from({ length: values.length / outputs }, (_, i) => values[i * outputs + k]);
}

function scaledPoint(problem: Problem, r: Float64Array, y: Float64Array, outputs: number, norm: number): DualPoint {
  const { loss, lambda, outputBias, rowNorms } = problem;
  const n = r.length / outputs;
  const zero = { value: 0, t: new Float64Array(r.length), scale: Float64Array.of(0) };
  const capacity = n * lambda * (1 - gamma(4));
  let limit = norm > 0 ? capacity / norm : Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 6; attempt++) {
    const s = bestScale(loss, r, y, outputs, limit);
    const t = r.map((x) => s * x);
    makeZeroSum(loss, t, y, outputs, outputBias);
    const moved = distance(r, t, s, outputs, rowNorms);
    if (s === 0 || above(s * norm) + moved <= capacity) {
      const value = dualValue(loss, t, y, outputs);
      return value > 0 ? { value, t, scale: Float64Array.of(s) } : zero;
    }
    // room for the move, which another s changes a little
    limit = Math.min(limit, s) * (1 - gamma(8)) * Math.max(0, 1 - (2 ** (1 + 2 * attempt) * moved) / capacity);
  }
  return zero;
}

/** Bound of max_k |(t − s r)_kᵀ(Xu)_+| for unit u: rounding and the move to a zero sum. */
function distance(r: Float64Array, t: Float64Array, s: number, outputs: number, rowNorms: Float64Array): number {
  const sums = new Float64Array(outputs);
  for (let i = 0; i < r.length; i++) {
    const gap = Math.abs(t[i] - s * r[i]) + gamma(2) * Math.abs(t[i]);
    sums[i % outputs] += gap * rowNorms[Math.floor(i / outputs)];
  }
  return above(largest(sums), r.length + 8);
}

/** −(1/n)Σℓ*(−t), less all that rounding can have added. */
export function dualValue(loss: Loss, t: Float64Array, y: Float64Array, outputs: number): number {
  const conjugate = loss.conjugate(t, y, outputs);
  if (!Number.isFinite(conjugate)) return Number.NEGATIVE_INFINITY;
  // a term is t(t/2 − y) or an entropy q log q of 1 or several q in [0, 1]; 1 − q and log cost a few u more
  let size = loss.targets === 'number' ? 0 : 2 * t.length;
  for (let i = 0; i < t.length; i++) size += Math.abs(t[i]) * (Math.abs(t[i]) + Math.abs(y[i]));
  const n = t.length / outputs;
  return -(conjugate + gamma(t.length + 64) * size) / n - underflow;
}

/** argmax over s ∈ [0, limit] of the concave −Σℓ*(−s r). Any s is feasible: this need not be exact. */
export function bestScale(loss: Loss, r: Float64Array, y: Float64Array, outputs: number, limit: number): number {
  if (loss.name === 'squared') return clampedQuotient(r, y, limit);
  const scaled = new Float64Array(r.length);
  const value = (s: number): number => {
    for (let i = 0; i < r.length; i++) scaled[i] = s * r[i];
    return -loss.conjugate(scaled, y, outputs);
  };
  return goldenMaximum(value, limit);
}

/** The squared loss: s = rᵀy/‖r‖², clamped. */
function clampedQuotient(r: Float64Array, y: Float64Array, limit: number): number {
  let along = 0;
  let size = 0;
  for (let i = 0; i < r.length; i++) {
    along += r[i] * y[i];
    size += r[i] * r[i];
  }
  return size > 0 ? Math.min(limit, Math.max(0, along / size)) : 0;
}

/** Golden sections: the maximum is known to 4e-9 of the bracket then, its value to the square of that. */
const SECTIONS = 40;
/** A limit below 1 is the maximum, as a rule: so it is when the value still rises this far below it. */
const BELOW = 1e-6;

/** A coupled or bounded domain ends at or beyond s = 1, where r itself is: first the bracket, then golden sections. */
function goldenMaximum(value: (s: number) => number, limit: number): number {
  const atLimit = limit <= 1 ? value(limit) : Number.NEGATIVE_INFINITY;
  if (Number.isFinite(atLimit) && atLimit >= value(limit * (1 - BELOW))) return limit;
  let high = Math.min(1, limit);
  while (high < limit && high < 1e8 && value(2 * high) > value(high)) high *= 2;
  high = Math.min(limit, 2 * high);
  const ratio = (Math.sqrt(5) - 1) / 2;
  let low = 0;
  let a = high - ratio * (high - low);
  let b = low + ratio * (high - low);
  let [atA, atB] = [value(a), value(b)];
  for (let k = 0; k < SECTIONS; k++) {
    if (atA >= atB) {
      [high, b, atB] = [b, a, atA];
      a = high - ratio * (high - low);
      atA = value(a);
    } else {
      [low, a, atA] = [a, b, atB];
      b = low + ratio * (high - low);
      atB = value(b);
    }
  }
  const middle = 0.5 * (low + high);
  const candidates = [Math.min(1, limit), limit, middle, low].filter(Number.isFinite);
  return candidates.reduce((best, s) => (value(s) > value(best) ? s : best), 0);
}
