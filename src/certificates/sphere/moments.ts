import { type Decompose, symmetricEigen } from '../eigen.js';
import { dotAt, gamma } from '../rounding.js';
import type { Majorant, Peak } from './majorant.js';
import type { SphereProblem } from './problem.js';

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
    readonly decompose: Decompose,
    like?: Moments,
  ) {
    this.#squares = like ? like.#squares.slice() : new Float32Array(p.count).fill(1 / Math.max(1, p.rank));
    this.#means = like ? like.#means.slice() : new Float32Array(p.count);
  }

  copy(): Moments {
    return new Moments(this.p, this.decompose, this);
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
    const sum = new MajorantSum(p, linear, this.decompose);
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
  /** Its lower triangle. */
  readonly #quadratic: Float64Array;
  #constant = 0;
  #size: number;
  /** Squares to add: up to four rows and their factors. */
  readonly #waiting: number[] = [];
  readonly #factors: number[] = [];

  constructor(
    readonly p: SphereProblem,
    linear: Float64Array,
    readonly decompose: Decompose,
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

  /** Adds factor·z_kz_kᵀ to the lower triangle, four at a time and in their order. */
  #addSquare(k: number, factor: number): void {
    this.#size += Math.abs(factor);
    this.#waiting.push(k * this.p.rank);
    this.#factors.push(factor);
    if (this.#waiting.length < 4) return;
    addFourOuters(this.#quadratic, this.p.rank, this.#factors, this.p.rows, this.#waiting);
    this.#waiting.length = 0;
    this.#factors.length = 0;
  }

  result(): Majorant {
    const { rank: r, count } = this.p;
    this.#waiting.forEach((from, i) => {
      addOuter(this.#quadratic, r, this.#factors[i], this.p.rows, from);
    });
    const noise = (this.#size + this.#constant) * gamma(2 * count + 3 * r + 16);
    const quadratic = symmetricEigen(this.#quadratic, r, this.decompose);
    return { constant: this.#constant, linear: this.#linear, quadratic, noise };
  }
}

/** Adds factor·zzᵀ to the lower triangle, z at `from`. */
function addOuter(out: Float64Array, size: number, factor: number, rows: Float64Array, from: number): void {
  for (let a = 0; a < size; a++) {
    const scaled = factor * rows[from + a];
    const at = a * size;
    for (let b = 0; b <= a; b++) out[at + b] += scaled * rows[from + b];
  }
}

/** The same of four rows, added in their order: the triangle is read and written once for all. */
function addFourOuters(
  out: Float64Array,
  size: number,
  [f0, f1, f2, f3]: readonly number[],
  rows: Float64Array,
  [z0, z1, z2, z3]: readonly number[],
): void {
  for (let a = 0; a < size; a++) {
    const [s0, s1, s2, s3] = [f0 * rows[z0 + a], f1 * rows[z1 + a], f2 * rows[z2 + a], f3 * rows[z3 + a]];
    const at = a * size;
    for (let b = 0; b <= a; b++) {
      out[at + b] = out[at + b] + s0 * rows[z0 + b] + s1 * rows[z1 + b] + s2 * rows[z2 + b] + s3 * rows[z3 + b];
    }
  }
}

function addRow(linear: Float64Array, p: SphereProblem, k: number, factor: number): void {
  for (let j = 0; j < p.rank; j++) linear[j] += factor * p.rows[k * p.rank + j];
}
