import { type Problem, residualOf } from '../certificates/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type Candidate, candidatePatterns, keysOf, type Offer, offeredCandidates, ownCandidates } from './members.js';
import { activationColumns } from './networks.js';
import { type Prices, projectedPrices } from './prices.js';
import { dot, length } from './vectors.js';

/** The equicorrelation set of a network's program, and how nearly the network is optimal for it. */
export interface Equicorrelation {
  readonly candidates: readonly Candidate[];
  /** m×(n·outputs): z_i as they are. */
  readonly activations: Matrix;
  /** The same less their mean over the rows where the output bias is free: what the polytope is made of. */
  readonly columns: Matrix;
  /** −∂ℓ/∂f (n·outputs). */
  readonly residual: Float64Array;
  /** Largest |r·z_i/(nλ) − 1|: 0 at an exact optimum; members may differ by this share of the penalty they exchange. */
  readonly deviation: number;
  /** Largest ‖v_i‖/(nλ) − 1 over the given patterns, at least 0: 0 where the network is optimal over them. */
  readonly excess: number;
}

export async function equicorrelation(
  weights: NetworkWeights,
  problem: Problem,
  offer: Offer | null,
  tolerance: number,
): Promise<Equicorrelation> {
  const capacity = problem.X.rows * problem.lambda;
  const residual = residualOf(weights, problem);
  const own = ownCandidates(weights, problem);
  const prices = offer ? await projectedPrices(problem.augmented, offer.patterns, residual, offer.gates === null) : [];
  const taken = keysOf(own, candidatePatterns(own, problem));
  const offered = offer ? offeredCandidates(own, taken, offer, prices, capacity, tolerance) : [];
  const candidates = [...own, ...offered];
  const activations = activationColumns(candidates, problem.X, problem.outputs);
  const columns = comparable(activations, problem);
  return {
    candidates,
    activations,
    columns,
    residual,
    deviation: deviationOf(activations, residual, capacity),
    excess: Math.max(0, ...prices.map((price) => longest(price, problem.augmented.cols) / capacity - 1)),
  };
}

/**
 * The activations as far as the loss tells them apart: less their means over the rows where the output bias is free, and less their
 * means over the outputs for softmax, which does not see what is added to all scores of a row.
 */
function comparable(activations: Matrix, { outputBias, outputs, loss }: Problem): Matrix {
  const shifted = outputBias ? centred(activations, outputs) : activations;
  return loss.name === 'softmax' ? withoutShifts(shifted, outputs) : shifted;
}

function withoutShifts(columns: Matrix, outputs: number): Matrix {
  const out = matrix(columns.rows, columns.cols, columns.data.slice());
  for (let at = 0; at < out.data.length; at += outputs) {
    const scores = out.data.subarray(at, at + outputs);
    const mean = scores.reduce((sum, value) => sum + value, 0) / outputs;
    for (let k = 0; k < outputs; k++) scores[k] -= mean;
  }
  return out;
}

function deviationOf({ rows, cols, data }: Matrix, residual: Float64Array, capacity: number): number {
  let most = 0;
  for (let i = 0; i < rows; i++) {
    most = Math.max(most, Math.abs(dot(data, i * cols, residual, 0, cols) / capacity - 1));
  }
  return most;
}

function longest({ plus, minus }: Prices, d: number): number {
  let most = 0;
  for (let at = 0; at < plus.length; at += d) {
    most = Math.max(most, length(plus.subarray(at, at + d)), length(minus.subarray(at, at + d)));
  }
  return most;
}

/** Each column less its mean, for each output apart: a free bias makes good for it. */
export function centred(columns: Matrix, outputs: number): Matrix {
  const out = matrix(columns.rows, columns.cols, columns.data.slice());
  for (let i = 0; i < out.rows; i++) {
    const row = out.data.subarray(i * out.cols, (i + 1) * out.cols);
    const means = meansOf(row, outputs);
    for (let k = 0; k < row.length; k++) row[k] -= means[k % outputs];
  }
  return out;
}

/** Means over the samples of n·outputs numbers, one for each output. */
export function meansOf(values: Float64Array, outputs: number): Float64Array {
  const sums = new Float64Array(outputs);
  for (let k = 0; k < values.length; k++) sums[k % outputs] += values[k];
  return sums.map((sum) => (sum * outputs) / values.length);
}
