import { gamma, norm } from '../rounding.js';
import type { Doubled } from './lines.js';
import type { Pairs, SlackSide } from './proof.js';

/**
 * Adds Σ_c ρ_c Y_c to wᵀQw, w = (1, u, τ), lower triangle, where Y_c = 2(q_c + p_cᵀu) + Σ_k(N⁺_ck s⁺_k + N⁻_ck s⁻_k) + Σ_b N_cb ρ_b is never
 * negative: ρ_c and Y_c are linear in w. Returns the sum of all absolute terms for ‖u‖ ≤ 1, τ = ‖z‖.
 */
export function addSlacks(form: Doubled, side: SlackSide, matrix: Float64Array, size: number): number {
  const { d, slacks } = form;
  const factor = new Float64Array(size);
  let total = 0;
  const partners = [side.plus, side.minus, side.pairs].map((pairs) => new Reader(pairs));
  for (let c = 0; c < slacks.count; c++) {
    factor.fill(0);
    const sizes = factorOf(form, side, c, partners, factor);
    total += slacks.size[c] * sizes;
    addProduct(matrix, size, 0, slacks.defect[c], factor);
    for (let e = slacks.start[c]; e < slacks.start[c + 1]; e++)
      addProduct(matrix, size, 1 + d + slacks.line[e], slacks.weight[e], factor);
  }
  return total;
}

/** Y_c, and the sum of its absolute terms. */
function factorOf(
  { count, d, z, length, slacks }: Doubled,
  side: SlackSide,
  c: number,
  [plus, minus, pairs]: readonly Reader[],
  out: Float64Array,
): number {
  const q = Math.max(side.q[c], norm(side.p, c * d, d) * (1 + gamma(d + 8)));
  out[0] += 2 * q;
  for (let j = 0; j < d; j++) out[1 + j] += 2 * side.p[c * d + j];
  let sizes = 4 * q;
  for (const [reader, sign] of [
    [plus, 1],
    [minus, -1],
  ] as const) {
    reader.row(c, count, (k, value) => {
      out[1 + d + k] += value;
      for (let j = 0; j < d; j++) out[1 + j] += sign * value * z[k * d + j];
      sizes += 2 * value * length[k];
    });
  }
  pairs.row(c, slacks.count, (b, value) => {
    out[0] += value * slacks.defect[b];
    for (let e = slacks.start[b]; e < slacks.start[b + 1]; e++) out[1 + d + slacks.line[e]] += value * slacks.weight[e];
    sizes += value * slacks.size[b];
  });
  return sizes;
}

/** weight·w_i·(factorᵀw), symmetric: half of it on either side of the diagonal. */
function addProduct(matrix: Float64Array, size: number, i: number, weight: number, factor: Float64Array): void {
  for (let l = 0; l < size; l++) {
    const half = 0.5 * weight * factor[l];
    if (l < i) matrix[i * size + l] += half;
    else if (l > i) matrix[l * size + i] += half;
    else matrix[i * size + i] += 2 * half;
  }
}

/** Goes through pairs in the order of their places, a row at a time; values below 0 are read as 0. */
class Reader {
  #next = 0;

  constructor(readonly pairs: Pairs) {}

  row(c: number, width: number, visit: (k: number, value: number) => void): void {
    const { at, value } = this.pairs;
    for (; this.#next < at.length && at[this.#next] < (c + 1) * width; this.#next++) {
      if (value[this.#next] > 0) visit(at[this.#next] - c * width, value[this.#next]);
    }
  }
}
