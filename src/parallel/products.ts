import type { Matrix } from '../linalg/index.js';

/** out[to + i] ← factor · x_i·w[at …] for every row of X; four rows at a time, each added in order. */
export function rowProducts(
  { rows: n, cols: d, data }: Matrix,
  w: Float64Array,
  at: number,
  factor: number,
  out: Float64Array,
  to: number,
): void {
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const x = i * d;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let k = 0; k < d; k++) {
      const t = w[at + k];
      s0 += data[x + k] * t;
      s1 += data[x + d + k] * t;
      s2 += data[x + 2 * d + k] * t;
      s3 += data[x + 3 * d + k] * t;
    }
    out[to + i] = factor * s0;
    out[to + i + 1] = factor * s1;
    out[to + i + 2] = factor * s2;
    out[to + i + 3] = factor * s3;
  }
  for (; i < n; i++) {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += data[i * d + k] * w[at + k];
    out[to + i] = factor * sum;
  }
}

/** out[to + k] += Σ_i t[from + i] x_ik, four rows at a time. */
export function addTransposed(
  { rows: n, cols: d, data }: Matrix,
  t: Float64Array,
  from: number,
  out: Float64Array,
  to: number,
): void {
  let i = 0;
  for (; i + 3 < n; i += 4) {
    const x = i * d;
    const [t0, t1, t2, t3] = [t[from + i], t[from + i + 1], t[from + i + 2], t[from + i + 3]];
    for (let k = 0; k < d; k++)
      out[to + k] += t0 * data[x + k] + t1 * data[x + d + k] + t2 * data[x + 2 * d + k] + t3 * data[x + 3 * d + k];
  }
  for (; i < n; i++) for (let k = 0; k < d; k++) out[to + k] += t[from + i] * data[i * d + k];
}
