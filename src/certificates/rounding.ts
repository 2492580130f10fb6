import { scaledNorm } from '../linalg/index.js';

/**
 * Rounding, once for the whole room. u = 2⁻⁵³; a sum of k products of doubles, in any order, is within
 * γ_k = k u/(1 − k u) of the exact one, times the sum of the absolute products (Higham, Accuracy and Stability, §3.1).
 * Every bound here is computed in doubles and then widened by such a term; `gamma` already doubles it, so that the
 * rounding of the widening itself (a few u more) is covered as well.
 */
export const unitRoundoff = 2 ** -53;

/** Twice γ_k: a safe relative error of a sum of k products. Infinity when k is absurd. */
export function gamma(k: number): number {
  const ku = k * unitRoundoff;
  return ku < 0.25 ? (2 * ku) / (1 - ku) : Number.POSITIVE_INFINITY;
}

/** A little above a computed non-negative number: more than k roundings can have lost. */
export const above = (value: number, k = 8): number => value * (1 + gamma(k)) + Number.MIN_VALUE;

/** Above all that underflow can add to a sum of products over rows, each below 2⁻¹⁰⁷⁴; no other double notices it. */
export const underflow = 1e-310;

/** Σ_j a[i + j] b[k + j] over `length` terms. */
export function dotAt(a: Float64Array, i: number, b: Float64Array, k: number, length: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) sum += a[i + j] * b[k + j];
  return sum;
}

/** Euclidean norm, without overflow or harmful underflow. */
export const norm = scaledNorm;

/** v/‖v‖, or v when it is zero. */
export function unitVector(v: Float64Array): Float64Array {
  const length = norm(v);
  return length > 0 ? v.map((x) => x / length) : v;
}
