import { RelucentError } from '../base/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import type { NetworkWeights } from './network.js';

/**
 * The network's outputs for each row of X (n×d, encoded features): an n×c matrix, row-major, float64.
 *
 * A neuron is active when its pre-activation (gated: its gate) is >= 0. Sums run in the order of the inputs, starting
 * from the bias, and then in the order of the neurons; the exported code keeps that order and so gives the same bits.
 *
 * Throws `usage` when X has another number of columns and `data` when an entry of X is not finite.
 */
export function predictScores(weights: NetworkWeights, X: Matrix): Matrix {
  checkInputs(weights, X);
  const { output, outputBias } = weights;
  const c = outputBias.length;
  const scores = matrix(X.rows, c);
  for (let i = 0; i < X.rows; i++) {
    scores.data.set(outputBias, i * c);
    for (let j = 0; j < output.rows; j++) {
      const value = neuronValue(weights, j, X.data, i * X.cols);
      for (let k = 0; k < c; k++) scores.data[i * c + k] += output.data[j * c + k] * value;
    }
  }
  return scores;
}

function neuronValue(weights: NetworkWeights, j: number, x: Float64Array, at: number): number {
  const { hidden, hiddenBias, gates, gateBias } = weights;
  if (gates && gateBias && !(affine(gates, gateBias[j], j, x, at) >= 0)) return 0;
  const value = affine(hidden, hiddenBias[j], j, x, at);
  return value < 0 && !gates ? 0 : value;
}

/** bias + row j of W · (x from position `at`). */
function affine(W: Matrix, bias: number, j: number, x: Float64Array, at: number): number {
  const { data, cols } = W;
  let sum = bias;
  for (let k = 0, w = j * cols; k < cols; k++, w++) sum += data[w] * x[at + k];
  return sum;
}

function checkInputs(weights: NetworkWeights, X: Matrix): void {
  if (X.cols !== weights.hidden.cols) {
    throw new RelucentError(
      'usage',
      `predictScores: expected ${weights.hidden.cols} columns, as the network has inputs, got ${X.cols}.`,
    );
  }
  const bad = X.data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const place = `row ${Math.floor(bad / X.cols)}, column ${bad % X.cols}`;
  throw new RelucentError('data', `predictScores: expected finite numbers, got ${X.data[bad]} at ${place} (from 0).`);
}
