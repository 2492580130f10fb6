import type { Shape } from './shape.js';
import { type LiftedParallel, liftedNorm, subnetValues } from './subnet.js';
import type { TrainingProblem } from './train.js';

/** A lifted network with its objective (1/n scale) and r = −∂ℓ/∂f, n×outputs. */
export interface Scored {
  readonly network: LiftedParallel;
  readonly residual: Float64Array;
  readonly objective: number;
}

export function scored(problem: TrainingProblem, shape: Shape, network: LiftedParallel): Scored {
  const { X, y, outputs, loss, lambda, regularizer, skipInputs } = problem;
  const f = constants(problem, network);
  let penalty = 0;
  for (const subnet of network.subnets) {
    const values = subnetValues(X, shape, subnet);
    for (let i = 0; i < X.rows; i++) f[i * outputs + subnet.output] += subnet.sign * values[i];
    penalty += liftedNorm(subnet.z, X.cols, regularizer === 'path');
  }
  for (let k = 0; k < network.skip.length; k += skipInputs)
    penalty += liftedNorm(network.skip.subarray(k, k + skipInputs), skipInputs, true);
  const bias = network.bias.slice();
  if (problem.outputBias) moveBias(problem, f, bias);
  const residual = new Float64Array(f.length);
  loss.residual(f, y, outputs, residual);
  return { network: { ...network, bias }, residual, objective: loss.value(f, y, outputs) / X.rows + lambda * penalty };
}

/** Biases and the linear branch. */
function constants({ X, y, outputs, skipInputs }: TrainingProblem, { skip, bias }: LiftedParallel): Float64Array {
  return Float64Array.from(y, (_, at) => {
    const k = at % outputs;
    let sum = bias[k];
    for (let l = 0, row = Math.floor(at / outputs) * X.cols; l < skipInputs; l++)
      sum += skip[k * skipInputs + l] * X.data[row + l];
    return sum;
  });
}

/** To the best biases, where there are any. */
function moveBias({ loss, y, outputs }: TrainingProblem, f: Float64Array, bias: Float64Array): void {
  const move = new Float64Array(outputs);
  loss.bestBias(f, y, outputs, move);
  if (!move.every(Number.isFinite)) return;
  for (let k = 0; k < outputs; k++) bias[k] += move[k];
  for (let i = 0; i < f.length; i++) f[i] += move[i % outputs];
}

/** Shares of the largest sub-network below which others are left out, the boldest first. */
const shares = [Number.POSITIVE_INFINITY, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-9];

/**
 * The network without the sub-networks that local training or an early end of the program left behind: the smallest go as long as the
 * objective does not rise. Above λ_max that is all of them.
 */
export function withoutTraces(problem: TrainingProblem, shape: Shape, start: Scored): Scored {
  const { subnets } = start.network;
  const sizes = subnets.map(({ z }) => liftedNorm(z, problem.X.cols, problem.regularizer === 'path'));
  const largest = Math.max(0, ...sizes);
  for (const share of shares) {
    const kept = subnets.filter((_, k) => sizes[k] > 0 && sizes[k] >= share * largest);
    if (kept.length === subnets.length) continue;
    const now = scored(problem, shape, { ...start.network, subnets: kept });
    if (now.objective <= start.objective) return now;
  }
  return start;
}
