import type { Run } from '../../base/index.js';
import { type Eigen, symmetricEigen } from '../eigen.js';
import { dotAt, gamma, norm, unitVector } from '../rounding.js';
import type { SphereProblem } from './problem.js';

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

/** A bound of max σF and the majorant that proves it. */
export interface TrustBound {
  readonly bound: number;
  readonly majorant: Majorant;
  /** Share of each row that its quadratic does not take: 0 for convex rows; a concave row has it left for a linear part. */
  readonly linearShare: Float64Array;
}

/**
 * The eigenvalue bound of max σF over the ball. With unit rows, ‖v‖ = 1 and t = z_kᵀv
 *   a convex row has |t| ≤ ω/2 + t²/(2ω), any ω > 0,
 *   a concave one −|t| ≤ −αt² − (1 − α)τt, any α in [0, 1] and τ in [−1, 1]:
 * a quadratic, whose maximum over the sphere an eigendecomposition gives. (F is homogeneous: a positive maximum over the
 * ball is one over the sphere.)
 *
 * The best ω, α, τ are the dual of maximising bᵀm + Σ_{w>0} w√s_k − Σ_{w<0} |w| max(s_k, |z_kᵀm|), s_k = E t², over the means m
 * and second moments on the sphere. That is done by Frank and Wolfe's method, the larger of two as a soft one:
 * ω = √s, α and τ from s and m, and the maximiser of the majorant they give is the next vertex. Every iterate proves a
 * bound; the least is returned. O(n·rank² + rank³) an iteration.
 */
export async function trustBound(
  p: SphereProblem,
  sign: number,
  iterations: number,
  run: Run,
): Promise<TrustBound | null> {
  const moments = new Moments(p);
  const linear = p.linear.map((x) => sign * x);
  let best: TrustBound | null = null;
  for (let iteration = 0; iteration < iterations && run.stop === null; iteration++) {
    const { majorant, linearShare } = moments.majorant(sign, 1 + iteration / 10, linear);
    const peak = maximise(majorant);
    if (best === null || peak.bound < best.bound) best = { bound: Math.max(0, peak.bound), majorant, linearShare };
    moments.moveTowards(peak, 2 / (iteration + 3));
    await run.pause();
  }
  return best;
}

/** A majorant, and what it leaves of the concave rows. */
export interface SharedMajorant {
  readonly majorant: Majorant;
  readonly linearShare: Float64Array;
}

/** E (z_kᵀv)² and E z_kᵀv of a distribution on the sphere: the uniform one at first. They need not be exact. */
export class Moments {
  readonly #squares: Float32Array;
  readonly #means: Float32Array;

  constructor(
    readonly p: SphereProblem,
    like?: Moments,
  ) {
    this.#squares = like ? like.#squares.slice() : new Float32Array(p.count).fill(1 / Math.max(1, p.rank));
    this.#means = like ? like.#means.slice() : new Float32Array(p.count);
  }

  moveTowards({ mean, top, rest }: Peak, step: number): void {
    const { count, rank, rows } = this.p;
    for (let k = 0; k < count; k++) {
      const t = dotAt(rows, k * rank, mean, 0, rank);
      const along = dotAt(rows, k * rank, top, 0, rank);
      this.#squares[k] += step * (t * t + rest * along * along - this.#squares[k]);
      this.#means[k] += step * (t - this.#means[k]);
    }
  }

  /**
   * The majorant that these moments suggest for linearᵀv + Σ σw_k|z_kᵀv| over the rows that are not `fixed`. The larger
   * `sharpness`, the more a concave row is either quadratic or linear; Infinity makes all linear.
   */
  majorant(sign: number, sharpness: number, linear: Float64Array, fixed?: Int8Array): SharedMajorant {
    const { p } = this;
    const sum = new MajorantSum(p, linear);
    const linearShare = new Float64Array(p.count);
    for (let k = 0; k < p.count; k++) {
      if (fixed !== undefined && fixed[k] !== 0) continue;
      const w = sign * p.weights[k];
      if (w > 0) sum.addConvex(k, w, Math.sqrt(Math.max(1e-18, this.#squares[k])));
      else {
        linearShare[k] = this.#linearShare(k, sharpness);
        sum.addConcave(k, w, linearShare[k], Math.sign(this.#means[k]));
      }
    }
    return { majorant: sum.result(), linearShare };
  }

  /** 1 − α, near 1 where |E t| exceeds E t². */
  #linearShare(k: number, sharpness: number): number {
    if (sharpness === Number.POSITIVE_INFINITY) return 1;
    const mean = Math.abs(this.#means[k]);
    if (mean === 0) return 0;
    const ratio = this.#squares[k] / mean;
    let power = 1;
    for (let i = 0; i < sharpness; i++) power *= ratio;
    return 1 / (1 + Math.min(power, 1e300));
  }
}

/** Adds up the majorants of rows. */
class MajorantSum {
  readonly #linear: Float64Array;
  readonly #quadratic: Float64Array;
  #constant = 0;
  #size: number;

  constructor(
    readonly p: SphereProblem,
    linear: Float64Array,
  ) {
    this.#linear = linear.slice();
    this.#quadratic = new Float64Array(p.rank ** 2);
    this.#size = p.total;
  }

  addConvex(k: number, w: number, omega: number): void {
    this.#constant += 0.5 * w * omega;
    this.#addSquare(k, w / (2 * omega));
  }

  addConcave(k: number, w: number, share: number, tau: number): void {
    addRow(this.#linear, this.p, k, w * share * tau);
    this.#addSquare(k, w * (1 - share));
  }

  /** Adds factor·z_kz_kᵀ to the lower triangle. */
  #addSquare(k: number, factor: number): void {
    const { rank: r, rows } = this.p;
    this.#size += Math.abs(factor);
    for (let a = 0; a < r; a++) {
      const scaled = factor * rows[k * r + a];
      for (let b = 0; b <= a; b++) this.#quadratic[a * r + b] += scaled * rows[k * r + b];
    }
  }

  result(): Majorant {
    const { rank: r, count } = this.p;
    for (let i = 0; i < r; i++) for (let j = 0; j < i; j++) this.#quadratic[j * r + i] = this.#quadratic[i * r + j];
    const noise = (this.#size + this.#constant) * gamma(2 * count + 3 * r + 16);
    return { constant: this.#constant, linear: this.#linear, quadratic: symmetricEigen(this.#quadratic, r), noise };
  }
}

function addRow(linear: Float64Array, p: SphereProblem, k: number, factor: number): void {
  for (let j = 0; j < p.rank; j++) linear[j] += factor * p.rows[k * p.rank + j];
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
