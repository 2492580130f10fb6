import type { LiftedProgram } from '../programs/index.js';

/** The unit of σ. */
export const sigmaUnit = (program: LiftedProgram): number => 4 / program.spectralSquare;

/** σ in its unit, and τ, where a start is near its optimum and the loss has curvature 1. */
const nearSigma = 4096;
/** Share of it where patterns have joined since: their neurons are not there yet. */
const joinedShare = 1 / 16;
const nearTau = 1000;
/** Curvatures below count as this: beyond, σ would start where it stops growing. */
const leastCurvature = 1 / 256;

/** Of a start near its optimum, for a loss of curvature 1; `joined`: patterns have joined since. */
export const nearFactor = (joined = false): number => nearSigma * (joined ? joinedShare : 1);

/**
 * First proximal terms of a start near its optimum, for a loss of mean curvature h at its outputs f: σ‖X‖² = 4·4096/h and τ = 1000/h, so
 * that both damp as much as in a loss of curvature 1. The logistic and the softmax loss of rows that fit well have h near 1/50 and less:
 * terms that do not know hold them back for two or three outer steps.
 *
 * @param room of the size of a solve's weights; spoilt.
 * @param joined whether patterns have joined since.
 */
export function nearTerms(
  program: LiftedProgram,
  f: Float64Array,
  room: Float64Array,
  joined?: boolean,
): { sigma: number; tau: number } {
  program.curvature(f, room);
  const h = Math.max(leastCurvature, meanDiagonal(room, program.outputs));
  return { sigma: (sigmaUnit(program) * nearFactor(joined)) / h, tau: nearTau / h };
}

/** Mean diagonal entry of the outputs² block of every sample. */
function meanDiagonal(blocks: Float64Array, outputs: number): number {
  const size = outputs * outputs;
  let sum = 0;
  for (let from = 0; from < blocks.length; from += size)
    for (let k = 0; k < outputs; k++) sum += blocks[from + k * (outputs + 1)];
  return (sum * outputs) / blocks.length;
}
