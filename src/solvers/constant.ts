import { arrangementOf, searchViolations } from '../arrangements/index.js';
import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { TwoLayerProblem } from '../programs/index.js';

/** The best network without neurons. */
export interface ConstantModel {
  readonly bias: Float64Array;
  /** Its objective, 1/n scale. */
  readonly value: number;
  /** n×outputs, row-major. */
  readonly residual: Float64Array;
}

export function constantModel({ X, y, outputs, loss, outputBias }: TwoLayerProblem): ConstantModel {
  const bias = new Float64Array(outputs);
  if (outputBias) loss.bestBias(new Float64Array(y.length), y, outputs, bias);
  const f = Float64Array.from(y, (_, at) => bias[at % outputs]);
  const residual = new Float64Array(y.length);
  loss.residual(f, y, outputs, residual);
  return { bias, value: loss.value(f, y, outputs) / X.rows, residual };
}

/**
 * λ_max as far as the oracle sees: the largest |r'(Xu)_+|/n over the unit ball, r the residual of the constant model. At and
 * above it the constant is optimal.
 */
export async function searchLambdaMax(
  kernels: Kernels,
  problem: TwoLayerProblem,
  constant: ConstantModel,
  seed: number,
  run: Run,
): Promise<number> {
  const { X, outputs } = problem;
  const arrangement = arrangementOf(X);
  let largest = 0;
  for (let k = 0; k < outputs; k++) {
    const r = Float64Array.from({ length: X.rows }, (_, i) => constant.residual[i * outputs + k]);
    const found = await searchViolations(arrangement, r, { starts: 200, seed, kernels, signal: run.options.signal });
    largest = Math.max(largest, found[0]?.value ?? 0);
  }
  return largest / X.rows;
}
