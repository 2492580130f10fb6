import type { Matrix } from '../../linalg/index.js';
import { above, gamma, norm } from '../rounding.js';
import type { LineCombinations, Proof } from './proof.js';

/** 2F(u) = Σ_k slope_k z_kᵀu + weight_k |z_kᵀu| ± margin for ‖u‖ ≤ 1, from the rows of X and t. */
export interface Doubled {
  readonly count: number;
  readonly d: number;
  /** count×d: rows of X, then auxiliary lines. */
  readonly z: Float64Array;
  /** ‖z_k‖, from above. */
  readonly length: Float64Array;
  readonly slope: Float64Array;
  readonly weight: Float64Array;
  readonly margin: number;
  readonly slacks: Slacks;
}

/** ρ_c = defect_c + Σ weight |z·u| ≥ 0 for ‖u‖ ≤ 1: its entries, and from above the sum of all absolute terms at |z·u| = ‖z‖. */
export interface Slacks {
  readonly count: number;
  readonly start: Int32Array;
  readonly line: Int32Array;
  readonly weight: Float64Array;
  readonly defect: Float64Array;
  readonly size: Float64Array;
}

/**
 * A row of a line is along·z_k up to a measured defect, and 2(τ)_+ = τ + |τ|; a row of no line counts with its whole norm.
 * So a wrong line weakens the proof and cannot falsify it.
 */
export function doubledForm(
  { cols: d, rows, data }: Matrix,
  { t, lines, of, auxiliary, combinations }: Proof,
): Doubled {
  const count = lines.length + auxiliary.length / d;
  const z = new Float64Array(count * d);
  z.set(auxiliary, lines.length * d);
  for (let k = 0; k < lines.length; k++) z.set(data.subarray(lines[k] * d, (lines[k] + 1) * d), k * d);
  const length = Float64Array.from({ length: count }, (_, k) => above(norm(z, k * d, d), d + 8));
  const [slope, weight] = [new Float64Array(count), new Float64Array(count)];
  let margin = 0;
  let size = 0;
  for (let i = 0; i < rows; i++) {
    const k = of[i];
    const along = k < 0 ? 0 : lines[k] === i ? 1 : projection(data, i * d, z, k * d, d);
    margin += 2 * Math.abs(t[i]) * (along === 1 && lines[k] === i ? 0 : distance(data, i * d, z, k * d, d, along));
    if (k < 0) continue;
    slope[k] += t[i] * along;
    weight[k] += t[i] * Math.abs(along);
    size += 2 * Math.abs(t[i] * along) * length[k];
  }
  const slacks = slacksOf(combinations, z, d, length);
  return { count, d, z, length, slope, weight, margin: above(margin + gamma(rows + 8) * size, rows + 8), slacks };
}

/** Σ share z = δ gives |share z·u| of the first ≤ Σ|share z·u| of the others + ‖δ‖‖u‖, whatever the shares are. */
function slacksOf(
  { count, start, line, share }: LineCombinations,
  z: Float64Array,
  d: number,
  length: Float64Array,
): Slacks {
  const weight = share.map(Math.abs);
  const [defect, size] = [new Float64Array(count), new Float64Array(count)];
  const [rest, terms] = [new Float64Array(d), new Float64Array(d)];
  for (let c = 0; c < count; c++) {
    rest.fill(0);
    terms.fill(0);
    const entries = start[c + 1] - start[c];
    weight[start[c]] = -weight[start[c]];
    for (let e = start[c]; e < start[c + 1]; e++) {
      size[c] += Math.abs(share[e]) * length[line[e]];
      for (let j = 0; j < d; j++) {
        rest[j] += share[e] * z[line[e] * d + j];
        terms[j] += Math.abs(share[e] * z[line[e] * d + j]);
      }
    }
    const rounding = gamma(entries + 8) * above(norm(terms), d + 8);
    defect[c] = above(norm(rest), d + 8) + rounding + 1e-300;
    size[c] = above(size[c] + defect[c], entries + 8);
  }
  return { count, start, line, weight, defect, size };
}

function projection(a: Float64Array, i: number, z: Float64Array, k: number, d: number): number {
  let [along, square] = [0, 0];
  for (let j = 0; j < d; j++) {
    along += a[i + j] * z[k + j];
    square += z[k + j] * z[k + j];
  }
  const share = along / square;
  return Number.isFinite(share) ? share : 0;
}

/** ‖a − along·z‖ from above; along = 0 leaves ‖a‖. */
function distance(a: Float64Array, i: number, z: Float64Array, k: number, d: number, along: number): number {
  const rest = new Float64Array(d);
  const size = new Float64Array(d);
  for (let j = 0; j < d; j++) {
    const part = along === 0 ? 0 : along * z[k + j];
    rest[j] = a[i + j] - part;
    size[j] = Math.abs(a[i + j]) + Math.abs(part);
  }
  return above(norm(rest), d + 8) + gamma(4) * above(norm(size), d + 8) + 1e-300;
}
