import { exp, log } from '../base/index.js';
import type { Loss } from './loss.js';

/** p ← softmax(f) of one sample; returns log Σ e^f. */
function probabilities(f: Float64Array, from: number, outputs: number, p: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < outputs; k++) largest = Math.max(largest, f[from + k]);
  let sum = 0;
  for (let k = 0; k < outputs; k++) sum += p[k] = exp(f[from + k] - largest);
  for (let k = 0; k < outputs; k++) p[k] /= sum;
  return largest + log(sum);
}

/** ℓ = log Σ_k e^{f_k} − f_y for one-hot y: softmax cross-entropy. */
export const softmax: Loss = {
  name: 'softmax',
  targets: 'one-hot',
  separable: false,
  curvatureBound: 0.5,
  value(f, y, outputs) {
    const p = new Float64Array(outputs);
    let sum = 0;
    for (let i = 0; i < y.length; i += outputs) {
      sum += probabilities(f, i, outputs, p);
      for (let k = 0; k < outputs; k++) sum -= y[i + k] * f[i + k];
    }
    return sum;
  },
  residual(f, y, outputs, out) {
    const p = new Float64Array(outputs);
    for (let i = 0; i < y.length; i += outputs) {
      probabilities(f, i, outputs, p);
      for (let k = 0; k < outputs; k++) out[i + k] = y[i + k] - p[k];
    }
  },
  conjugate(r, y, outputs) {
    let sum = 0;
    for (let i = 0; i < y.length; i += outputs) {
      let total = 0;
      for (let k = 0; k < outputs; k++) {
        const p = y[i + k] - r[i + k];
        if (p < 0) return Number.POSITIVE_INFINITY;
        total += r[i + k];
        if (p > 0) sum += p * log(p);
      }
      // p must sum to 1; a residual of rounding size is tolerated and its effect on the value is of that size
      if (Math.abs(total) > 1e-12) return Number.POSITIVE_INFINITY;
    }
    return sum;
  },
  curvature(f, y, outputs, out) {
    const p = new Float64Array(outputs);
    for (let i = 0; i < y.length; i += outputs) {
      probabilities(f, i, outputs, p);
      for (let a = 0; a < outputs; a++) {
        for (let b = 0; b < outputs; b++) out[(i + a) * outputs + b] = (a === b ? p[a] : 0) - p[a] * p[b];
      }
    }
  },
  proximal(v, y, outputs, tau, f) {
    for (let i = 0; i < y.length; i += outputs) proximalRow(v, y, i, outputs, tau, f);
  },
  bestBias(f, y, outputs, b) {
    newtonBias(f, y, outputs, b);
  },
};

/** Newton steps of this size leave an error of their square: below rounding. */
const SMALL_STEP = 1e-9;

/**
 * q with q + tau e^q = c by Newton's method from a guess. The function is convex and increasing: from anywhere one step lands right of
 * the root, and from there the iterates fall onto it; but far to the right they fall by 1 at a time, so that none starts there.
 */
function logWeight(c: number, tau: number, guess: number): number {
  let q = guess;
  for (let k = 0; k < 200; k++) {
    const e = tau * exp(q);
    const step = (q + e - c) / (1 + e);
    if (k === 0 && !(Math.abs(step) <= 0.5)) {
      const right = rightOfRoot(c, tau);
      q = right < guess ? right : Math.min(q - step, right);
      continue;
    }
    q -= step;
    if (Math.abs(step) <= SMALL_STEP || (k > 0 && step <= 0)) return q;
  }
  return q;
}

/** A point right of that root, and near it. */
const rightOfRoot = (c: number, tau: number): number => Math.min(c, c > tau ? log(c / tau) : 0);

/**
 * One sample: with p = softmax(f) and s = log Σ e^f, stationarity f = v + τ(y − p) reads log p_k + τ p_k = v_k + τ y_k − s for
 * each class; s is the one number at which the p_k sum to 1. f = log p + s has no cancellation however large τ is.
 *
 * Σ p_k falls with s and is convex, so Newton's method from the left of the root never passes it. At s = max c − τ one p is 1: left.
 * At s = max c − τ/K + log K no p exceeds 1/K: right, and one step from there falls left, closer by far.
 */
function proximalRow(v: Float64Array, y: Float64Array, i: number, outputs: number, tau: number, f: Float64Array): void {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < outputs; k++) largest = Math.max(largest, v[i + k] + tau * y[i + k]);
  let s = largest - tau / outputs + log(outputs);
  for (let k = 0; k < outputs; k++) f[i + k] = rightOfRoot(v[i + k] + tau * y[i + k] - s, tau);
  for (let round = 0; round < 200; round++) {
    let [excess, slope] = [-1, 0];
    for (let k = 0; k < outputs; k++) {
      f[i + k] = logWeight(v[i + k] + tau * y[i + k] - s, tau, f[i + k]);
      const p = exp(f[i + k]);
      excess += p;
      slope += p / (1 + tau * p);
    }
    const next = Math.max(s + excess / slope, largest - tau);
    const step = next - s;
    s = next;
    if (Math.abs(step) <= SMALL_STEP || (round > 1 && step <= 0)) break;
  }
  for (let k = 0; k < outputs; k++) f[i + k] = logWeight(v[i + k] + tau * y[i + k] - s, tau, f[i + k]) + s;
}

/** Newton for the class biases; the free constant is fixed by mean zero. */
function newtonBias(f: Float64Array, y: Float64Array, outputs: number, b: Float64Array): void {
  const n = y.length / outputs;
  const p = new Float64Array(outputs);
  const shifted = new Float64Array(outputs);
  const value = (bias: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < y.length; i += outputs) {
      for (let k = 0; k < outputs; k++) shifted[k] = f[i + k] + bias[k];
      sum += probabilities(shifted, 0, outputs, p);
      for (let k = 0; k < outputs; k++) sum -= y[i + k] * shifted[k];
    }
    return sum / n;
  };
  b.fill(0);
  let current = value(b);
  for (let iteration = 0; iteration < 100; iteration++) {
    const g = new Float64Array(outputs);
    const h = new Float64Array(outputs * outputs);
    for (let i = 0; i < y.length; i += outputs) {
      for (let k = 0; k < outputs; k++) shifted[k] = f[i + k] + b[k];
      probabilities(shifted, 0, outputs, p);
      for (let k = 0; k < outputs; k++) {
        g[k] += (p[k] - y[i + k]) / n;
        for (let l = 0; l < outputs; l++) h[k * outputs + l] += ((k === l ? p[k] : 0) - p[k] * p[l]) / n;
      }
    }
    // The Hessian is singular along the all-ones vector: adding 1/outputs there fixes the constant and changes nothing else.
    for (let k = 0; k < h.length; k++) h[k] += 1 / outputs;
    const step = solveSymmetric(h, g, outputs);
    let slope = 0;
    for (let k = 0; k < outputs; k++) slope += g[k] * step[k];
    if (!(slope > 1e-32)) return;
    let length = 1;
    const trial = new Float64Array(outputs);
    for (; length > 1e-10; length /= 2) {
      for (let k = 0; k < outputs; k++) trial[k] = b[k] - length * step[k];
      const next = value(trial);
      if (next <= current - 1e-4 * length * slope || slope < 1e-12 * (1 + Math.abs(current))) {
        current = next;
        break;
      }
    }
    if (length <= 1e-10) return;
    b.set(trial);
  }
}

/** Gaussian elimination with partial pivoting for the small class system; a zero pivot leaves that unknown at 0. */
function solveSymmetric(a: Float64Array, rhs: Float64Array, size: number): Float64Array {
  const m = Float64Array.from(a);
  const x = Float64Array.from(rhs);
  for (let k = 0; k < size; k++) {
    let best = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(m[i * size + k]) > Math.abs(m[best * size + k])) best = i;
    if (m[best * size + k] === 0) continue;
    for (let j = 0; j < size; j++) [m[k * size + j], m[best * size + j]] = [m[best * size + j], m[k * size + j]];
    [x[k], x[best]] = [x[best], x[k]];
    for (let i = k + 1; i < size; i++) {
      const factor = m[i * size + k] / m[k * size + k];
      for (let j = k; j < size; j++) m[i * size + j] -= factor * m[k * size + j];
      x[i] -= factor * x[k];
    }
  }
  for (let k = size - 1; k >= 0; k--) {
    for (let j = k + 1; j < size; j++) x[k] -= m[k * size + j] * x[j];
    x[k] = m[k * size + k] === 0 ? 0 : x[k] / m[k * size + k];
  }
  return x;
}
