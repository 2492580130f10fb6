import { dot } from '../linalg/index.js';
import { bestDualScale } from '../programs/index.js';
import { type ConicLayout, type ConicProgram, type ConicSolution, predictions, pricesOf } from './conic.js';
import type { ConicPoint } from './conic-point.js';

/** What a price that should be 0 takes from the dual value, and a point outside its cones adds to the primal one: neither may count as converged. */
const LOOSE = 1e3;

/** The point with its best bias, and the dual value that its multipliers prove over the blocks. */
export function evaluate(
  program: ConicProgram,
  layout: ConicLayout,
  point: ConicPoint,
  iterations: number,
): ConicSolution {
  const { loss, y, outputs, threshold } = program;
  const { bias, f } = withBestBias(program, layout, point);
  const residual = new Float64Array(f.length);
  loss.residual(f, y, outputs, residual);
  const u = pricesOf(program, layout, residual);
  layout.addRowsTranspose(point.nu, u);
  let penalty = LOOSE * violation(layout, point.z);
  let largest = 0;
  for (let g = 0; g < layout.groups; g++) {
    penalty += groupNorm(layout, point.z, g);
    largest = Math.max(largest, groupNorm(layout, u, g));
  }
  const limit = largest > 0 ? threshold / largest : Number.POSITIVE_INFINITY;
  return {
    z: point.z.slice(),
    bias,
    f,
    residual,
    slack: point.slack.slice(),
    nu: point.nu.slice(),
    primal: loss.value(f, y, outputs) + threshold * penalty,
    dual: bestDualScale(loss, residual, y, outputs, limit).value - LOOSE * freePrices(layout, u),
    iterations,
  };
}

function withBestBias(
  program: ConicProgram,
  layout: ConicLayout,
  point: ConicPoint,
): { bias: Float64Array; f: Float64Array } {
  const { loss, y, outputs } = program;
  const f = predictions(program, layout, point.z, point.bias);
  const bias = point.bias.slice();
  if (!program.bias) return { bias, f };
  const move = new Float64Array(outputs);
  loss.bestBias(f, y, outputs, move);
  for (let k = 0; k < outputs; k++) bias[k] += move[k];
  for (let i = 0; i < f.length; i++) f[i] += move[i % outputs];
  return { bias, f };
}

function groupNorm({ groupFrom, groupSize }: ConicLayout, values: Float64Array, g: number): number {
  return Math.sqrt(dot(values, groupFrom[g], values, groupFrom[g], groupSize[g]));
}

/** How far the point is outside its cones. */
function violation(layout: ConicLayout, z: Float64Array): number {
  const rows = new Float64Array(layout.rows);
  layout.applyRows(z, rows);
  let most = 0;
  for (let r = 0; r < rows.length; r++) most = Math.max(most, -rows[r]);
  return most;
}

/** The largest price of a variable in no group, which must be 0 for the dual value to hold. */
function freePrices({ blocks, offsets }: ConicLayout, u: Float64Array): number {
  let most = 0;
  blocks.forEach(({ groupEnds, size }, b) => {
    for (let k = groupEnds[groupEnds.length - 1] ?? 0; k < size; k++)
      most = Math.max(most, Math.abs(u[offsets[b] + k]));
  });
  return most;
}
