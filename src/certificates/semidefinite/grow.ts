import { dotAt } from '../rounding.js';
import { noMultipliers, type SignMultipliers } from './multipliers.js';
import type { Relaxation } from './relaxation.js';

/** Multipliers of more lines and combinations, after those that were there; the new ones are 0. */
export function grown(m: SignMultipliers, before: number, count: number, slacks: number): SignMultipliers {
  const rank = before > 0 ? m.pPlus.length / before : 0;
  const out = noMultipliers(count, rank, slacks);
  for (const name of ['qPlus', 'qMinus', 'pPlus', 'pMinus'] as const) out[name].set(m[name]);
  for (const name of ['nPlus', 'nMinus', 'nCross'] as const) copyTable(m[name], before, before, out[name], count);
  const old = m.slack.q.length;
  out.slack.q.set(m.slack.q);
  out.slack.p.set(m.slack.p);
  for (const name of ['nPlus', 'nMinus'] as const) copyTable(m.slack[name], old, before, out.slack[name], count);
  copyTable(m.slack.n, old, old, out.slack.n, slacks);
  return out;
}

function copyTable(from: Float64Array, rows: number, columns: number, to: Float64Array, width: number): void {
  for (let k = 0; k < rows; k++) to.set(from.subarray(k * columns, (k + 1) * columns), k * width);
}

/** A factor (α, u, t̂) in the coordinates of a relaxation with more lines, where t̂ = |â| of each column. */
export function grownFactor(
  before: Relaxation,
  after: Relaxation,
  factor: Float64Array,
  columns: number,
): Float64Array {
  const { rank, count, z } = after.lines;
  const out = new Float64Array((1 + rank + count) * columns);
  out.set(factor.subarray(0, columns));
  out.set(factor.subarray((1 + rank) * columns), (1 + rank) * columns);
  const u = new Float64Array(rank);
  for (let c = 0; c < columns; c++) {
    u.fill(0);
    for (let i = 0; i < rank; i++)
      for (let a = 0; a < rank; a++) u[i] += before.turn.data[i * rank + a] * factor[(1 + a) * columns + c];
    for (let a = 0; a < rank; a++)
      for (let i = 0; i < rank; i++) out[(1 + a) * columns + c] += after.turn.data[i * rank + a] * u[i];
    for (let k = before.lines.count; k < count; k++)
      out[(1 + rank + k) * columns + c] = after.heights[k] * Math.abs(dotAt(z, k * rank, u, 0, rank));
  }
  return out;
}
