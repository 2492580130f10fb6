import { exp } from '../base/index.js';
import { decodeTarget, encodeFeatures, type Table, type TargetTransform } from '../data/index.js';
import { type Matrix, matrix, rowOf } from '../linalg/index.js';
import { predictScores } from '../networks/index.js';
import type { Model } from './model.js';

/** What predictions need of a model: a network between two of a path has no more. */
export type Predictor = Pick<Model, 'preprocessing' | 'objective' | 'weights'>;

/** Predictions for rows of a table, in row order. */
export type Predictions = NumberPredictions | ClassPredictions;

interface Common {
  /** The network's outputs, rows × c. */
  readonly scores: Matrix;
  /** What the encoding noticed: unseen levels, cells filled, columns not used. */
  readonly warnings: readonly string[];
}

export interface NumberPredictions extends Common {
  readonly kind: 'number';
  /** In units of the target. */
  readonly values: Float64Array;
}

export interface ClassPredictions extends Common {
  readonly kind: 'class';
  readonly labels: readonly string[];
  readonly classes: readonly string[];
  /** rows × classes, in the order of `classes`; null for losses that give none (all but logistic and softmax). */
  readonly probabilities: Matrix | null;
}

/**
 * Predictions of the model for the given rows of a table (default all): numbers in units of the target, or class labels
 * with probabilities (logistic: sigmoid of the score; softmax: softmax of the scores).
 *
 * Throws `data` when a column that the model needs is missing or holds text in place of numbers.
 */
export function predictTable(model: Predictor, table: Table, rows?: Int32Array): Predictions {
  const { preprocessing, weights } = model;
  const { X, warnings } = encodeFeatures(table, preprocessing, rows);
  const scores = predictScores(weights, X);
  const predictions = predictionsOf(scores, preprocessing.target, hasProbability(model), warnings);
  return { ...predictions, warnings: [...predictions.warnings, ...overflowing(predictions)] };
}

/** Features near 1e308 are more than doubles can add. */
function overflowing(predictions: Predictions): string[] {
  const { scores } = predictions;
  const values = predictions.kind === 'number' ? predictions.values : scores.data;
  const each = values.length / Math.max(1, scores.rows);
  let count = 0;
  for (let i = 0; i < scores.rows; i++) {
    if (!values.subarray(i * each, (i + 1) * each).every(Number.isFinite)) count++;
  }
  return count === 0
    ? []
    : [`${count} of ${scores.rows} rows overflow: what is predicted there is not a finite number.`];
}

/** Predictions from the scores of a network of any kind. */
export function predictionsOf(
  scores: Matrix,
  target: TargetTransform,
  probability: boolean,
  warnings: readonly string[],
): Predictions {
  const decoded = decodeTarget(scores, target);
  if (target.kind === 'number') return { kind: 'number', values: decoded as Float64Array, scores, warnings };
  const probabilities = probability ? probabilitiesOf(scores) : null;
  return { kind: 'class', labels: decoded as string[], classes: target.classes, probabilities, scores, warnings };
}

/** Whether the loss makes the scores log-odds: logistic with one score, softmax with one per class. */
export function hasProbability({
  objective,
  weights,
}: {
  readonly objective: Pick<Model['objective'], 'loss'>;
  readonly weights: Pick<Model['weights'], 'outputBias'>;
}): boolean {
  return weights.outputBias.length === 1 ? objective.loss === 'logistic' : objective.loss === 'softmax';
}

/** One score a row: [1/(1+eˢ), 1/(1+e⁻ˢ)], written twice so that neither loses digits; several: their softmax. */
function probabilitiesOf(scores: Matrix): Matrix {
  const out = matrix(scores.rows, Math.max(2, scores.cols));
  for (let i = 0; i < scores.rows; i++)
    rowOf(out, i).set(scores.cols === 1 ? sigmoids(scores.data[i]) : softmax(rowOf(scores, i)));
  return out;
}

const sigmoids = (score: number): number[] => [1 / (1 + exp(score)), 1 / (1 + exp(-score))];

function softmax(scores: Float64Array): Float64Array {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const powers = scores.map((score) => exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
