import { RelucentError } from '../base/index.js';
import { affine, type Matrix, matrix } from '../linalg/index.js';
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
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  const c = outputBias.length;
  const scores = matrix(X.rows, c);
  const values = new Float64Array(hidden.rows);
  const openings = new Float64Array(hidden.rows);
  for (let i = 0; i < X.rows; i++) {
    affine(hidden, hiddenBias, X.data, i * X.cols, values);
    if (gates && gateBias) closeGates(values, affine(gates, gateBias, X.data, i * X.cols, openings));
    else for (let j = 0; j < values.length; j++) if (values[j] < 0) values[j] = 0;
    scores.data.set(outputBias, i * c);
    for (let j = 0, w = 0; j < values.length; j++) {
      for (let k = 0; k < c; k++, w++) scores.data[i * c + k] += output.data[w] * values[j];
    }
  }
  return scores;
}

function closeGates(values: Float64Array, openings: Float64Array): void {
  for (let j = 0; j < values.length; j++) if (!(openings[j] >= 0)) values[j] = 0;
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
