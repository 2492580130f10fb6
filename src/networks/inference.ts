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

/**
 * out ← bias + W · (x from position `at`). Four sums run side by side, because one alone waits for its last addition; each
 * still adds in the order of the inputs.
 */
function affine(W: Matrix, bias: Float64Array, x: Float64Array, at: number, out: Float64Array): Float64Array {
  const { data, rows, cols } = W;
  let j = 0;
  for (; j + 4 <= rows; j += 4) {
    let s0 = bias[j];
    let s1 = bias[j + 1];
    let s2 = bias[j + 2];
    let s3 = bias[j + 3];
    for (let k = 0, w = j * cols; k < cols; k++, w++) {
      const value = x[at + k];
      s0 += data[w] * value;
      s1 += data[w + cols] * value;
      s2 += data[w + 2 * cols] * value;
      s3 += data[w + 3 * cols] * value;
    }
    out[j] = s0;
    out[j + 1] = s1;
    out[j + 2] = s2;
    out[j + 3] = s3;
  }
  for (; j < rows; j++) {
    let sum = bias[j];
    for (let k = 0, w = j * cols; k < cols; k++, w++) sum += data[w] * x[at + k];
    out[j] = sum;
  }
  return out;
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
