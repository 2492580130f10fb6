import { bestDualPoint, residualOf, type trainingProblem } from '../certificates/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import { hiddenNorms, type NetworkWeights, predictScores } from '../networks/index.js';

type Problem = ReturnType<typeof trainingProblem>;

/**
 * The dual value of a network whose residual is scaled until it respects the neurons of another one: at most what a certificate that
 * knew those neurons could say.
 */
export function dualBesides(neurons: NetworkWeights, weights: NetworkWeights, problem: Problem): number {
  const r = residualOf(weights, problem);
  const limit = problem.X.rows * problem.lambda;
  return bestDualPoint(
    problem,
    r,
    prices(neurons, r, problem).map((price) => Math.max(limit, price)),
  ).value;
}

/** The largest |r_kᵀ(Xu)_+| / ‖u‖ over the neurons of each output k. */
function prices(neurons: NetworkWeights, r: Float64Array, { X, outputs }: Problem): Float64Array {
  const norms = hiddenNorms(neurons);
  const largest = new Float64Array(outputs);
  for (let j = 0; j < neurons.hidden.rows; j++) {
    const active = activation(neurons, j, X);
    for (let k = 0; k < outputs; k++) {
      if (neurons.output.data[j * outputs + k] === 0 || norms[j] === 0) continue;
      let value = 0;
      for (let i = 0; i < X.rows; i++) value += r[i * outputs + k] * active[i];
      largest[k] = Math.max(largest[k], Math.abs(value) / norms[j]);
    }
  }
  return largest;
}

/** (u_j·x_i + h_j)_+ of every row. */
function activation({ hidden, hiddenBias }: NetworkWeights, j: number, X: Matrix): Float64Array {
  const alone: NetworkWeights = {
    activation: 'relu',
    hidden: matrix(1, hidden.cols, hidden.data.slice(j * hidden.cols, (j + 1) * hidden.cols)),
    hiddenBias: hiddenBias.slice(j, j + 1),
    output: matrix(1, 1, Float64Array.of(1)),
    outputBias: new Float64Array(1),
  };
  return predictScores(alone, X).data;
}
