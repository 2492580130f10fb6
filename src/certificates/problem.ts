import { RelucentError, requireThat } from '../base/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import { type Loss, type LossName, lossByName } from '../losses/index.js';
import { type NetworkWeights, penalty, predictScores, weightsFault } from '../networks/index.js';
import { keptWith } from './kept.js';
import { rowNormBounds } from './sphere/crude.js';

/** What, besides λ, makes the training problem. */
export interface ProblemOptions {
  /** Default `squared`. */
  readonly loss?: LossName | Loss;
  /** A free, unpenalised output bias. Default true. */
  readonly outputBias?: boolean;
  /** A hidden bias, penalised with the weights (a column of ones in X). Default false. */
  readonly hiddenBias?: boolean;
}

/** min (1/n) Σℓ(f_i, y_i) + λ Σ_j ‖(u_j, h_j)‖ Σ_k |α_jk|, checked. */
export interface Problem {
  /** n×d as given. */
  readonly X: Matrix;
  /** X, with the column of ones when there is a hidden bias. */
  readonly augmented: Matrix;
  /** n×outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: Loss;
  readonly lambda: number;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
  /** Bounds of the norms of the rows of `augmented`. */
  readonly rowNorms: Float64Array;
}

/** X with a column of ones appended: h_j becomes the last weight. */
export function augment(X: Matrix): Matrix {
  const out = matrix(X.rows, X.cols + 1);
  for (let i = 0; i < X.rows; i++) {
    out.data.set(X.data.subarray(i * X.cols, (i + 1) * X.cols), i * out.cols);
    out.data[i * out.cols + X.cols] = 1;
  }
  return out;
}

/**
 * Checks shapes and numbers. y holds n×c numbers (labels −1/+1 for logistic and squared hinge, one-hot rows for softmax).
 * @throws `usage` for λ or a shape, `data` for an entry.
 */
export function trainingProblem(X: Matrix, y: Float64Array, lambda: number, options: ProblemOptions = {}): Problem {
  const { loss = 'squared', outputBias = true, hiddenBias = false } = options;
  requireThat(X.rows > 0, 'certify: X has no rows; at least one is needed.', 'data');
  requireThat(X.data.every(Number.isFinite), 'certify: X must hold finite numbers only.', 'data');
  requireThat(y.every(Number.isFinite), 'certify: y must hold finite numbers only.', 'data');
  requireThat(Number.isFinite(lambda) && lambda >= 0, `certify: lambda must be a finite number ≥ 0, got ${lambda}.`);
  const outputs = y.length / X.rows;
  requireThat(
    Number.isInteger(outputs) && outputs > 0,
    `certify: y has ${y.length} numbers, which is not a multiple of the ${X.rows} rows of X.`,
  );
  const chosen = typeof loss === 'string' ? lossByName(loss) : loss;
  checkTargets(chosen, y, outputs);
  const augmented = hiddenBias ? augmentedOf(X) : X;
  const rowNorms = rowNormBounds(augmented);
  return { X, augmented, y, outputs, loss: chosen, lambda, outputBias, hiddenBias, rowNorms };
}

/** The same matrix as long as X is the same: what is prepared from it is kept with it. */
const augmentedOf = keptWith(augment);

/** The conjugates are right for these targets only. */
function checkTargets(loss: Loss, y: Float64Array, outputs: number): void {
  if (loss.targets === 'number') return;
  const fail = (at: number, expected: string): never => {
    throw new RelucentError('data', `certify: the ${loss.name} loss takes ${expected}, but y[${at}] is ${y[at]}.`);
  };
  if (loss.targets === 'label') {
    const bad = y.findIndex((v) => v !== 1 && v !== -1);
    if (bad >= 0) fail(bad, 'labels −1 and +1');
    return;
  }
  for (let i = 0; i < y.length; i += outputs) {
    const row = y.subarray(i, i + outputs);
    const ones = row.filter((v) => v === 1).length;
    if (ones !== 1 || row.some((v) => v !== 0 && v !== 1)) fail(i, 'one-hot rows');
  }
}

/**
 * Why the network is not one of the problem's, or null: an output bias or a hidden bias where none is allowed, shapes that do
 * not fit, numbers that are not finite, gates of a ReLU network (they would open and close it, and the bounds know of none).
 */
export function misfit(weights: NetworkWeights, problem: Problem): string | null {
  const { hidden, hiddenBias, output, outputBias } = weights;
  const fault = weightsFault(weights);
  if (fault !== null) return fault;
  if (hidden.cols !== problem.X.cols) return `the network has ${hidden.cols} inputs, X has ${problem.X.cols} columns`;
  if (outputBias.length !== problem.outputs || output.cols !== problem.outputs) {
    return `the network has ${output.cols} outputs, y has ${problem.outputs} a row`;
  }
  if (!problem.outputBias && outputBias.some((b) => b !== 0))
    return 'the network has an output bias, the problem has none';
  if (!problem.hiddenBias && hiddenBias.some((h) => h !== 0))
    return 'the network has a hidden bias, the problem has none';
  return null;
}

/** The network's outputs on X (n×c). */
export const outputsOf = (weights: NetworkWeights, problem: Problem): Float64Array =>
  predictScores(weights, problem.X).data;

/** The objective of the network itself, from its weights. */
export function objectiveOf(weights: NetworkWeights, problem: Problem): number {
  const { loss, y, outputs, X, lambda } = problem;
  return loss.value(outputsOf(weights, problem), y, outputs) / X.rows + lambda * penalty(weights);
}

/**
 * (1/n) Σℓ(f_i, y_i) + λ Σ_j ‖(u_j, h_j)‖ Σ_k |α_jk| of a network.
 *
 * @param X n×d, encoded; without the column of ones.
 * @param y n×c targets, row-major.
 * @throws `usage` when the network is not one of the problem (shapes, biases), and as `trainingProblem`.
 */
export function networkObjective(
  weights: NetworkWeights,
  X: Matrix,
  y: Float64Array,
  lambda: number,
  options: ProblemOptions = {},
): number {
  const problem = trainingProblem(X, y, lambda, options);
  requireFit(weights, problem, 'networkObjective');
  return objectiveOf(weights, problem);
}

export function requireFit(weights: NetworkWeights, problem: Problem, where: string): void {
  const reason = misfit(weights, problem);
  requireThat(reason === null, `${where}: ${reason}.`);
}

/** The output bias (c) that minimises the loss with all other weights fixed; the network's own where none is allowed. */
export function improvedOutputBias(weights: NetworkWeights, problem: Problem): Float64Array {
  const { loss, y, outputs } = problem;
  if (!problem.outputBias) return weights.outputBias.slice();
  const shift = new Float64Array(outputs);
  loss.bestBias(outputsOf(weights, problem), y, outputs, shift);
  return weights.outputBias.map((b, k) => (Number.isFinite(b + shift[k]) ? b + shift[k] : b));
}

/** r = −∂ℓ/∂f (n×c) at the network's outputs, the output bias improved. */
export function residualOf(weights: NetworkWeights, problem: Problem): Float64Array {
  const { loss, y, outputs } = problem;
  const f = outputsOf({ ...weights, outputBias: improvedOutputBias(weights, problem) }, problem);
  const r = new Float64Array(y.length);
  loss.residual(f, y, outputs, r);
  return r;
}
