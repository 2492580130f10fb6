import type { Eigen } from '../eigen.js';
import { dotAt, gamma, norm, unitVector } from '../rounding.js';

/** σF(v) ≤ constant + bᵀv + vᵀAv for ‖v‖ = 1, up to `noise`; A as its eigendecomposition. */
export interface Majorant {
  readonly constant: number;
  readonly linear: Float64Array;
  readonly quadratic: Eigen;
  readonly noise: number;
}

/** The maximiser of a majorant: a mean, and what is left of the unit length along the top eigenvector. */
export interface Peak {
  readonly bound: number;
  readonly mean: Float64Array;
  readonly top: Float64Array;
  readonly rest: number;
}

/**
 * The maximum over the sphere. With A = QΛQᵀ and c = Qᵀb it is at most min over μ > max λ of μ + ¼ Σ c_i²/(μ − λ_i);
 * every μ proves, so only the evaluation needs care: the errors of Q and Λ are measured and added, and so is rounding.
 */
export function maximise({ constant, linear, quadratic, noise }: Majorant): Peak {
  const { values, vectors, defect, skew } = quadratic;
  const r = values.length;
  const along = Float64Array.from({ length: r }, (_, i) => dotAt(vectors, i * r, linear, 0, r));
  const mu = secularRoot(values, along);
  const mean = new Float64Array(r);
  let bound = mu + skew * Math.abs(mu);
  let size = Math.abs(bound);
  let used = 0;
  for (let i = 0; i < r; i++) {
    const v = along[i] === 0 ? 0 : along[i] / (2 * (mu - values[i]));
    bound += 0.5 * along[i] * v;
    size += Math.abs(0.5 * along[i] * v);
    used += v * v;
    for (let j = 0; j < r; j++) mean[j] += v * vectors[i * r + j];
  }
  bound += constant + noise + defect + linearDefect(linear, vectors, along) + gamma(4 * r + 16) * size;
  const top = values.indexOf(values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY));
  return { bound, mean, top: vectors.slice(top * r, (top + 1) * r), rest: Math.max(0, 1 - used) };
}

/** A unit vector where the majorant is near its maximum. */
export const peakPoint = ({ mean, top, rest }: Peak): Float64Array =>
  unitVector(mean.map((x, j) => x + Math.sqrt(rest) * top[j]));

/** ‖b − QQᵀb‖, with its rounding. */
function linearDefect(linear: Float64Array, vectors: Float64Array, along: Float64Array): number {
  const r = linear.length;
  const back = linear.slice();
  for (let i = 0; i < r; i++) for (let j = 0; j < r; j++) back[j] -= along[i] * vectors[i * r + j];
  return norm(back) * (1 + gamma(r + 8)) + 2 * r * gamma(r + 6) * norm(linear);
}

/** argmin over μ of μ + ¼ Σ c²/(μ − λ), μ above every λ, by bisection; a little above in the hard case. */
function secularRoot(values: Float64Array, along: Float64Array): number {
  const top = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const length = norm(along);
  const floor = top + 1e-14 * Math.max(length, Math.abs(top), 1e-290);
  let low = top;
  let high = Math.max(floor, top + 0.5 * length);
  for (let k = 0; k < 100; k++) {
    const middle = low + 0.5 * (high - low);
    if (middle <= low || middle >= high) break;
    let slope = 1;
    for (let i = 0; i < values.length; i++) if (along[i] !== 0) slope -= (along[i] / (2 * (middle - values[i]))) ** 2;
    if (slope < 0) low = middle;
    else high = middle;
  }
  return Math.max(high, floor);
}
