import type { Loss } from './loss.js';

/** p ← softmax(f) of one sample; returns log Σ e^f. */
function probabilities(f: Float64Array, from: number, outputs: number, p: Float64Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < outputs; k++) largest = Math.max(largest, f[from + k]);
  let sum = 0;
  for (let k = 0; k < outputs; k++) sum += p[k] = Math.exp(f[from + k] - largest);
  for (let k = 0; k < outputs; k++) p[k] /= sum;
  return largest + Math.log(sum);
}

/** x ← (diag(p + shift) − p pᵀ)⁻¹ g by Sherman and Morrison. */
function solveShifted(p: Float64Array, shift: number, g: Float64Array, x: Float64Array): void {
  let pg = 0;
  let pp = 0;
  for (let k = 0; k < p.length; k++) {
    x[k] = g[k] / (p[k] + shift);
    pg += p[k] * x[k];
    pp += (p[k] * p[k]) / (p[k] + shift);
  }
  // 1 − pp = Σ p·shift/(p + shift): no cancellation
  let rest = 0;
  for (let k = 0; k < p.length; k++) rest += (p[k] * shift) / (p[k] + shift);
  const factor = pg / (pp < 0.5 ? 1 - pp : rest);
  for (let k = 0; k < p.length; k++) x[k] += (factor * p[k]) / (p[k] + shift);
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
        if (p > 0) sum += p * Math.log(p);
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
    const work = newtonWork(outputs);
    for (let i = 0; i < y.length; i += outputs) proximalRow(v, y, i, outputs, tau, f, work);
  },
  bestBias(f, y, outputs, b) {
    newtonBias(f, y, outputs, b);
  },
};

interface NewtonWork {
  readonly p: Float64Array;
  readonly g: Float64Array;
  readonly step: Float64Array;
}

const newtonWork = (outputs: number): NewtonWork => ({
  p: new Float64Array(outputs),
  g: new Float64Array(outputs),
  step: new Float64Array(outputs),
});

/** Damped Newton on one sample: log-sum-exp − f_y + ‖f − v‖²/(2τ). */
function proximalRow(
  v: Float64Array,
  y: Float64Array,
  i: number,
  outputs: number,
  tau: number,
  f: Float64Array,
  work: NewtonWork,
): void {
  const { p, g, step } = work;
  const at = f.subarray(i, i + outputs);
  const trial = new Float64Array(outputs);
  at.set(v.subarray(i, i + outputs));
  const value = (u: Float64Array): number => {
    let sum = probabilities(u, 0, outputs, p);
    for (let k = 0; k < outputs; k++) sum += (u[k] - v[i + k]) ** 2 / (2 * tau) - y[i + k] * u[k];
    return sum;
  };
  let current = value(at);
  for (let iteration = 0, last = 0; iteration < 100 && last < 3; iteration++) {
    probabilities(at, 0, outputs, p);
    let size = 0;
    for (let k = 0; k < outputs; k++) {
      g[k] = p[k] - y[i + k] + (at[k] - v[i + k]) / tau;
      size = Math.max(size, Math.abs(g[k]));
    }
    if (size <= 1e-15) return;
    solveShifted(p, 1 / tau, g, step);
    let slope = 0;
    for (let k = 0; k < outputs; k++) slope += g[k] * step[k];
    // Near the end the decrease drowns in rounding: full Newton steps then, a few
    if (slope <= 1e-12 * (1 + Math.abs(current))) {
      for (let k = 0; k < outputs; k++) at[k] -= step[k];
      last++;
      continue;
    }
    let length = 1;
    for (; length > 1e-10; length /= 2) {
      for (let k = 0; k < outputs; k++) trial[k] = at[k] - length * step[k];
      const next = value(trial);
      if (next <= current - 1e-4 * length * slope) {
        current = next;
        break;
      }
    }
    if (length <= 1e-10) return;
    at.set(trial);
  }
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
