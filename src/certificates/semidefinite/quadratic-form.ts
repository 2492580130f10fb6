import { gamma, norm } from '../rounding.js';
import type { LineForm } from './lines.js';
import type { SignMultipliers } from './multipliers.js';
import { addSlackProducts, slackPairs } from './slack-form.js';

/**
 * 2σF plus all products of `SignMultipliers`, as a quadratic in t = |Zv| and y = (1, v):
 *   −tᵀTt + 2tᵀCy + yᵀEy,   up to `noise` for every unit v.
 */
export interface QuadraticForm {
  readonly count: number;
  readonly rank: number;
  /** count×count, symmetric. */
  readonly t: Float64Array;
  /** count×(1 + rank). */
  readonly c: Float64Array;
  /** (1 + rank)². */
  readonly e: Float64Array;
  readonly noise: number;
}

/** T, and the matrices of t_k a_l and a_k a_l, with the sums of absolute values behind them. */
interface Pairs {
  readonly t: Float64Array;
  readonly g: Float64Array;
  readonly h: Float64Array;
  readonly size: Float64Array;
}

/**
 * The form of the multipliers as they are read. From s± = t ± a: the products of N give
 *   T = −(N⁺⁺ + N⁻⁻ + N⁺⁻ + N⁺⁻ᵀ) less `slackPairs`, G = N⁺⁺ − N⁻⁻ − N⁺⁻ + N⁺⁻ᵀ (of 2tᵀGa), H = N⁺⁺ + N⁻⁻ − N⁺⁻ − N⁺⁻ᵀ (of aᵀHa).
 */
export function quadraticForm(form: LineForm, sign: number, m: SignMultipliers): QuadraticForm {
  const { count, rank, z } = form.lines;
  const pairs = pairMatrices(m, count);
  const c = new Float64Array(count * (1 + rank));
  const e = new Float64Array((1 + rank) ** 2);
  const hz = new Float64Array(count * rank);
  const sizes = new NoiseSum(form, pairs.size);
  for (let k = 0; k < count; k++) {
    const [plus, minus] = [coneHeight(m.qPlus[k], m.pPlus, k, rank), coneHeight(m.qMinus[k], m.pMinus, k, rank)];
    sizes.addLine(k, plus + minus);
    c[k * (1 + rank)] = sign * form.w[k] + plus + minus;
    for (let j = 0; j < rank; j++) {
      c[k * (1 + rank) + 1 + j] = m.pPlus[k * rank + j] + m.pMinus[k * rank + j];
      e[1 + j] += (plus - minus) * z[k * rank + j];
    }
    addProducts(pairs.g, z, k, count, rank, c, k * (1 + rank) + 1);
    addProducts(pairs.h, z, k, count, rank, hz, k * rank);
    for (let j = 0; j < rank; j++) hz[k * rank + j] += 2 * (m.pPlus[k * rank + j] - m.pMinus[k * rank + j]);
  }
  for (let j = 0; j < rank; j++) e[1 + j] += sign * form.b[j];
  if (form.combinations.count > 0) {
    slackPairs(form.combinations, m.slack, count).forEach((x, at) => void (pairs.t[at] -= x));
    sizes.add(addSlackProducts(form, m.slack, c));
  }
  addSymmetric(e, z, hz, count, rank);
  return { count, rank, t: pairs.t, c, e, noise: sizes.noise(count + form.combinations.count, rank) };
}

/** q as it is read: no less than ‖p‖. */
export function coneHeight(q: number, p: Float64Array, k: number, rank: number): number {
  return Math.max(q, norm(p, k * rank, rank) * (1 + gamma(rank + 8)));
}

function pairMatrices(m: SignMultipliers, count: number): Pairs {
  const [t, g, h, size] = [0, 1, 2, 3].map(() => new Float64Array(count * count));
  for (let k = 0; k < count; k++) {
    for (let l = 0; l <= k; l++) {
      const plus = Math.max(0, m.nPlus[k * count + l]);
      const minus = Math.max(0, m.nMinus[k * count + l]);
      const cross = k === l ? m.nCross[k * count + k] : Math.max(0, m.nCross[k * count + l]);
      const other = k === l ? cross : Math.max(0, m.nCross[l * count + k]);
      t[k * count + l] = t[l * count + k] = -(plus + minus + (cross + other));
      h[k * count + l] = h[l * count + k] = plus + minus - (cross + other);
      g[k * count + l] = plus - minus - (cross - other);
      g[l * count + k] = plus - minus + (cross - other);
      size[k * count + l] = size[l * count + k] = plus + minus + Math.abs(cross) + Math.abs(other);
    }
  }
  return { t, g, h, size };
}

/** out[at …) += Σ_l a_kl z_l. */
function addProducts(
  a: Float64Array,
  z: Float64Array,
  k: number,
  count: number,
  rank: number,
  out: Float64Array,
  at: number,
): void {
  for (let l = 0; l < count; l++) {
    const factor = a[k * count + l];
    if (factor !== 0) for (let j = 0; j < rank; j++) out[at + j] += factor * z[l * rank + j];
  }
}

/** The v-block of e: the symmetric part of Zᵀ(HZ + 2R), R = P⁺ − P⁻; and its first column from its first row. */
function addSymmetric(e: Float64Array, z: Float64Array, hz: Float64Array, count: number, rank: number): void {
  const full = new Float64Array(rank * rank);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < rank; i++) {
      const factor = z[k * rank + i];
      for (let j = 0; j < rank; j++) full[i * rank + j] += factor * hz[k * rank + j];
    }
  }
  const side = 1 + rank;
  for (let i = 0; i < rank; i++) {
    e[(1 + i) * side] = e[1 + i];
    for (let j = 0; j < rank; j++) {
      e[(1 + i) * side + 1 + j] = 0.5 * (full[i * rank + j] + full[j * rank + i]);
    }
  }
}

/** Σ of |every term| for unit v, where |z_kᵀv| ≤ ‖z_k‖: rounding is a small multiple of it. */
class NoiseSum {
  readonly #length: Float64Array;
  #sum: number;

  constructor(
    readonly form: LineForm,
    pairs: Float64Array,
  ) {
    const { count, rank, z } = form.lines;
    this.#length = Float64Array.from({ length: count }, (_, k) => norm(z, k * rank, rank));
    this.#sum = norm(form.b);
    for (let k = 0; k < count; k++) {
      let row = 0;
      for (let l = 0; l < count; l++) row += pairs[k * count + l] * this.#length[l];
      this.#sum += 4 * row * this.#length[k];
    }
  }

  /** A line with its weight and q⁺ + q⁻, which bound ‖p⁺‖ + ‖p⁻‖. */
  addLine(k: number, heights: number): void {
    this.#sum += 4 * this.#length[k] * (Math.abs(this.form.w[k]) + heights);
  }

  add(size: number): void {
    this.#sum += size;
  }

  noise(count: number, rank: number): number {
    return 2 * gamma(4 * count + 2 * rank + 64) * this.#sum;
  }
}
