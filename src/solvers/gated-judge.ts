import type { LiftedProgram } from '../programs/index.js';

/** A point of a program with its best bias and what its own residual proves, as a certificate will find it. 1/n scale. */
export interface JudgedPoint {
  readonly z: Float64Array;
  readonly bias: Float64Array;
  readonly primal: number;
  readonly dual: number;
  readonly relativeGap: number;
  readonly neurons: number;
  /** Output-major. */
  readonly residual: Float64Array;
  readonly f: Float64Array;
}

export function judged(program: LiftedProgram, z: Float64Array, startBias: Float64Array): JudgedPoint {
  const { kernels, d, n, rows, outputs, threshold } = program;
  const mark = kernels.mark();
  const f = kernels.float64(rows);
  const residual = kernels.float64(rows);
  const prices = kernels.unset(outputs * program.patternCount * d);
  const bias = Float64Array.from(startBias);
  program.forward(z, bias, f);
  program.improveBias(f, bias);
  program.residual(f, residual);
  if (!program.loss.separable) program.centre(residual);
  program.price(residual, prices);
  let largest = threshold;
  for (let b = 0; b < outputs * program.patternCount; b++) largest = Math.max(largest, norm(prices, b * d, d));
  const primal = program.lossValue(f) + threshold * program.groupNorm(z);
  const dual = program.dualValue(residual, largest).value;
  kernels.release(mark);
  return {
    z,
    bias,
    primal: primal / n,
    dual: dual / n,
    relativeGap: (primal - dual) / Math.max(Math.abs(primal), Number.MIN_VALUE),
    neurons: program.activeBlocks(z).length,
    residual: residual.slice(),
    f: f.slice(),
  };
}

/** Euclidean norm of v[from, from + length). */
export function norm(v: Float64Array, from: number, length: number): number {
  let total = 0;
  for (let j = from; j < from + length; j++) total += v[j] * v[j];
  return Math.sqrt(total);
}
