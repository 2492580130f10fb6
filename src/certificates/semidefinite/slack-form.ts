import { gamma, norm } from '../rounding.js';
import { type Combinations, slackWeight } from './combinations.js';
import type { LineForm } from './lines.js';
import type { SlackMultipliers } from './multipliers.js';

/**
 * What the products of slacks put on t_k t_l, t = |Zv|: with D the weights of the slacks (C×count), ρ = Dt, and A = N⁺ + N⁻
 * of ρs±, it is DᵀA + AᵀD + DᵀND. count×count, symmetric.
 */
export function slackPairs(combinations: Combinations, m: SlackMultipliers, count: number): Float64Array {
  const out = new Float64Array(count * count);
  const { start, line, count: slacks } = combinations;
  const [row, own] = [new Float64Array(count), new Float64Array(count)];
  for (let c = 0; c < slacks; c++) {
    for (let l = 0; l < count; l++) row[l] = Math.max(0, m.nPlus[c * count + l]) + Math.max(0, m.nMinus[c * count + l]);
    ownRow(combinations, m, c, own);
    for (let e = start[c]; e < start[c + 1]; e++) {
      const weight = slackWeight(combinations, c, e);
      const i = line[e];
      for (let l = 0; l < count; l++) {
        const both = weight * row[l];
        out[i * count + l] += both + 0.5 * weight * own[l];
        out[l * count + i] += both + 0.5 * weight * own[l];
      }
    }
  }
  return out;
}

/** Σ_b N_cb D_b. */
function ownRow(combinations: Combinations, m: SlackMultipliers, c: number, out: Float64Array): void {
  const { start, line, count: slacks } = combinations;
  out.fill(0);
  for (let b = 0; b < slacks; b++) {
    const value = Math.max(0, c >= b ? m.n[c * slacks + b] : m.n[b * slacks + c]);
    if (value === 0) continue;
    for (let e = start[b]; e < start[b + 1]; e++) out[line[e]] += value * slackWeight(combinations, b, e);
  }
}

/**
 * Adds Dᵀ[q | (N⁺ − N⁻)Z + p] to C, count×(1 + rank), q read as at least ‖p‖. Returns the sum of the absolute values of all
 * products of slacks where |z_kᵀv| = ‖z_k‖. That shares are rounded and Σ share z is not quite 0 counts only in the check.
 */
export function addSlackProducts({ lines, combinations }: LineForm, m: SlackMultipliers, out: Float64Array): number {
  const { count, rank, z } = lines;
  const { start, line, count: slacks } = combinations;
  const side = 1 + rank;
  const length = Float64Array.from({ length: count }, (_, k) => norm(z, k * rank, rank));
  const sizes = Float64Array.from({ length: slacks }, (_, c) => {
    let sum = 0;
    for (let e = start[c]; e < start[c + 1]; e++) sum += Math.abs(slackWeight(combinations, c, e)) * length[line[e]];
    return sum;
  });
  const row = new Float64Array(side);
  let total = 0;
  for (let c = 0; c < slacks; c++) {
    row.fill(0);
    row[0] = Math.max(m.q[c], norm(m.p, c * rank, rank) * (1 + gamma(rank + 8)));
    let size = 4 * row[0];
    for (let j = 0; j < rank; j++) row[1 + j] = m.p[c * rank + j];
    for (let k = 0; k < count; k++) {
      const [plus, minus] = [Math.max(0, m.nPlus[c * count + k]), Math.max(0, m.nMinus[c * count + k])];
      size += 8 * (plus + minus) * length[k];
      if (plus !== minus) for (let j = 0; j < rank; j++) row[1 + j] += (plus - minus) * z[k * rank + j];
    }
    for (let b = 0; b <= c; b++) size += 4 * Math.max(0, m.n[c * slacks + b]) * sizes[b];
    total += size * sizes[c];
    for (let e = start[c]; e < start[c + 1]; e++) {
      const weight = slackWeight(combinations, c, e);
      for (let j = 0; j < side; j++) out[line[e] * side + j] += weight * row[j];
    }
  }
  return total;
}
