import { binaryExponent } from '../base/index.js';
import type { Loss } from '../losses/index.js';

/**
 * A free output bias asks for dual points with 1ᵀθ = 0 exactly: any other sum, however small, times an unbounded bias,
 * is no bound at all. So the point is moved to where the sum is zero in exact arithmetic. All entries become multiples
 * of one power of two q, with n·max|t| ≤ 2⁵² q: then every partial sum is an integer below 2⁵³ times q and the doubles
 * add without any rounding. What is left over is taken from the largest entries. All moves are towards 0 (for
 * softmax: between probabilities of a class), so the point stays in the domain of the conjugate, which is convex and holds 0.
 *
 * Changes t (n×outputs) in place. For a coupled loss each row must come as (one-hot − probabilities) times s ∈ [0, 1].
 */
export function makeZeroSum(loss: Loss, t: Float64Array, y: Float64Array, outputs: number, outputBias: boolean): void {
  if (!loss.separable) balanceProbabilities(t, y, outputs, outputBias);
  else if (outputBias) for (let k = 0; k < outputs; k++) balanceColumn(t, k, outputs);
}

/** q with count·largest ≤ 2⁵² q, but not below the smallest normal number. */
function gridFor(largest: number, count: number): number {
  const exponent = binaryExponent(largest) + binaryExponent(count) + 2 - 52;
  return 2 ** Math.max(exponent, -1021);
}

function balanceColumn(t: Float64Array, k: number, outputs: number): void {
  shrinkLargerSide(t, k, outputs);
  let largest = 0;
  for (let i = k; i < t.length; i += outputs) largest = Math.max(largest, Math.abs(t[i]));
  if (largest === 0) return;
  const q = gridFor(largest, t.length / outputs);
  let excess = 0;
  for (let i = k; i < t.length; i += outputs) excess += t[i] = q * Math.trunc(t[i] / q);
  while (excess !== 0) excess -= takeFromLargest(t, k, outputs, excess);
}

/** Scales the positive or the negative entries down so that the sums agree, up to rounding. */
function shrinkLargerSide(t: Float64Array, k: number, outputs: number): void {
  let plus = 0;
  let minus = 0;
  for (let i = k; i < t.length; i += outputs) {
    if (t[i] > 0) plus += t[i];
    else minus -= t[i];
  }
  const factor = Math.min(plus, minus) / Math.max(plus, minus, Number.MIN_VALUE);
  for (let i = k; i < t.length; i += outputs) if (t[i] > 0 === plus > minus) t[i] *= factor;
}

/** Moves the largest entry of the excess's sign towards 0 by at most the excess; returns by how much. */
function takeFromLargest(t: Float64Array, k: number, outputs: number, excess: number): number {
  const sign = Math.sign(excess);
  let at = k;
  for (let i = k; i < t.length; i += outputs) if (sign * t[i] > sign * t[at]) at = i;
  const taken = sign * Math.min(Math.abs(excess), Math.abs(t[at]));
  t[at] -= taken;
  return taken;
}

/**
 * Softmax: p = y − t must be probabilities in every row (the domain), and have the column sums of y when there is a free
 * bias. p is put on the grid, the label's probability takes up the row's remainder, then mass moves within rows.
 */
function balanceProbabilities(t: Float64Array, y: Float64Array, outputs: number, outputBias: boolean): void {
  const q = gridFor(1, t.length / outputs);
  const p = new Float64Array(t.length);
  for (let i = 0; i < t.length; i += outputs) {
    const label = y.subarray(i, i + outputs).indexOf(1);
    let rest = 1;
    for (let k = 0; k < outputs; k++) {
      if (k === label) continue;
      const wanted = q * Math.trunc(Math.max(0, -t[i + k]) / q);
      rest -= p[i + k] = Math.min(wanted, rest);
    }
    p[i + label] = rest;
  }
  if (outputBias) levelColumns(p, y, outputs);
  for (let i = 0; i < t.length; i++) t[i] = y[i] - p[i];
}

function levelColumns(p: Float64Array, y: Float64Array, outputs: number): void {
  const excess = new Float64Array(outputs);
  for (let i = 0; i < p.length; i++) excess[i % outputs] += p[i] - y[i];
  for (;;) {
    const from = excess.findIndex((e) => e > 0);
    const to = excess.findIndex((e) => e < 0);
    if (from < 0 || to < 0) return;
    let row = 0;
    for (let i = 0; i < p.length; i += outputs) if (p[i + from] > p[row + from]) row = i;
    const moved = Math.min(excess[from], -excess[to], p[row + from]);
    p[row + from] -= moved;
    p[row + to] += moved;
    excess[from] -= moved;
    excess[to] += moved;
  }
}
