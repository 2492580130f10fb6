import { gamma, norm } from '../rounding.js';
import type { Doubled } from './lines.js';
import type { Pairs, ProofSide } from './proof.js';
import { addSlacks } from './slack-form.js';

/**
 * wᵀQw, w = (1, u, τ), τ = |Zu|: 2σF plus all products of a side, so an upper bound of 2σF up to `noise`, for ‖u‖ ≤ 1.
 * In `matrix` the lower triangle of Q, (1 + d + K)².
 */
export interface SideForm {
  readonly size: number;
  readonly matrix: Float64Array;
  readonly noise: number;
}

/** What multiplies τ_kτ_l, τ_k a_l and a_k a_l, a = Zu, and the sum of all absolute terms where |a_k| = τ_k = ‖z_k‖. */
interface PairSums {
  readonly tt: Float64Array;
  readonly ta: Float64Array;
  readonly aa: Float64Array;
  size: number;
}

export function sideForm(form: Doubled, sign: number, side: ProofSide): SideForm {
  const { count, d, length } = form;
  const sums = pairSums(form, side);
  const size = 1 + d + count;
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < count; k++) {
    const row = (1 + d + k) * size;
    const [plus, minus] = [height(side.qPlus[k], side.pPlus, k, d), height(side.qMinus[k], side.pMinus, k, d)];
    matrix[row] = 0.5 * (sign * form.weight[k] + 2 * (plus + minus));
    const linear = 0.5 * (sign * form.slope[k] + 2 * (plus - minus));
    for (let j = 0; j < d; j++) {
      matrix[(1 + j) * size] += linear * form.z[k * d + j];
      matrix[row + 1 + j] = side.pPlus[k * d + j] + side.pMinus[k * d + j];
    }
    for (let l = 0; l <= k; l++) {
      matrix[row + 1 + d + l] = k === l ? sums.tt[k * count + k] : 0.5 * sums.tt[k * count + l];
    }
    sums.size += length[k] * (Math.abs(form.weight[k]) + Math.abs(form.slope[k]) + 8 * (plus + minus));
  }
  addProducts(form, sums, side, matrix, size);
  sums.size += addSlacks(form, side.slack, matrix, size);
  // a line may come more than once in a combination
  const terms = count + d + form.slacks.count + form.slacks.line.length;
  const roundings = gamma(4 * terms + 128);
  const largest = length.reduce((a, b) => Math.max(a, b), 0);
  const rows = form.slacks.size.reduce((a, b) => Math.max(a, b), 0);
  const underflow = 1e-310 * (terms + 8) * (terms + 8) * (terms + 8) * (1 + largest + rows) ** 2;
  return { size, matrix, noise: 2 * roundings * sums.size + underflow };
}

/** q as it is read: no less than ‖p‖. */
const height = (q: number, p: Float64Array, k: number, d: number): number =>
  Math.max(q, norm(p, k * d, d) * (1 + gamma(d + 8)));

/** s⁺s⁺, s⁻s⁻ and s⁺s⁻ in τ and a; tt and aa have both orders of a pair in the lower place (k, l), k ≥ l. */
function pairSums({ count, length }: Doubled, side: ProofSide): PairSums {
  const [tt, ta, aa] = [0, 1, 2].map(() => new Float64Array(count * count));
  const sums = { tt, ta, aa, size: 0 };
  const add = ({ at, value }: Pairs, first: number, second: number): void => {
    for (let e = 0; e < at.length; e++) {
      const c = Math.max(0, value[e]);
      const [k, l] = [Math.floor(at[e] / count), at[e] % count];
      const low = k >= l ? at[e] : l * count + k;
      tt[low] += c;
      aa[low] += first * second * c;
      ta[at[e]] += second * c;
      ta[l * count + k] += first * c;
      sums.size += 4 * c * length[k] * length[l];
    }
  };
  add(side.plus, 1, 1);
  add(side.minus, -1, -1);
  add(side.cross, 1, -1);
  for (let k = 0; k < count; k++) {
    tt[k * count + k] += side.diagonal[k];
    aa[k * count + k] -= side.diagonal[k];
    sums.size += 4 * Math.abs(side.diagonal[k]) * length[k] * length[k];
  }
  return sums;
}

/** The parts of τu and uu: ½ ta·Z, and the symmetric part of Zᵀ(aa·Z + 2(P⁺ − P⁻)). */
function addProducts(
  { count, d, z }: Doubled,
  sums: PairSums,
  side: ProofSide,
  matrix: Float64Array,
  size: number,
): void {
  const full = new Float64Array(d * d);
  const row = new Float64Array(d);
  for (let k = 0; k < count; k++) {
    const mixed = matrix.subarray((1 + d + k) * size + 1, (1 + d + k) * size + 1 + d);
    for (let j = 0; j < d; j++) row[j] = 2 * (side.pPlus[k * d + j] - side.pMinus[k * d + j]);
    for (let l = 0; l < count; l++) {
      const cross = 0.5 * sums.ta[k * count + l];
      const both = l <= k ? sums.aa[k * count + l] : 0;
      if (cross === 0 && both === 0) continue;
      for (let j = 0; j < d; j++) {
        mixed[j] += cross * z[l * d + j];
        row[j] += both * z[l * d + j];
      }
    }
    for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) full[i * d + j] += z[k * d + i] * row[j];
  }
  for (let i = 0; i < d; i++)
    for (let j = 0; j <= i; j++) matrix[(1 + i) * size + 1 + j] = 0.5 * (full[i * d + j] + full[j * d + i]);
}
