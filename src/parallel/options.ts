import {
  choiceRule,
  numberRule,
  type OptionRules,
  type RunOptions,
  requireThat,
  runRules,
  seedRule,
  switchRule,
  wholeRule,
} from '../base/index.js';
import { augment, type Problem, trainingProblem } from '../certificates/index.js';
import { type Matrix, matrixFromRows } from '../linalg/index.js';
import { type Loss, type LossName, lossNames } from '../losses/index.js';
import type { Regularizer } from './network.js';
import { type Shape, shapeOf } from './shape.js';
import type { TrainingProblem } from './train.js';

/** What makes the training problem of a parallel network; everything has a default. */
export interface ParallelProblemOptions {
  /** L, at least 2. Default 3. */
  readonly layers?: number;
  /** Default `weight-decay` for L ≤ 3 and `path` beyond, where it is the only one. */
  readonly regularizer?: Regularizer;
  /** m₁: neurons that each unit above the first layer reads; for L > 3 one number for all levels or one each, from below. Default 2. */
  readonly width?: number | readonly number[];
  /** Regularisation strength above 0, 1/n loss scale. Default 1e-3. */
  readonly lambda?: number;
  /** Default `squared`. Labels −1/+1 for logistic and squared-hinge, one-hot rows for softmax. */
  readonly loss?: LossName;
  /** A free output bias. Default true. */
  readonly outputBias?: boolean;
  /** A bias in each first-layer neuron, penalised with its weights. Default false. */
  readonly hiddenBias?: boolean;
  /** A linear branch beside the sub-networks, penalised by λ‖c‖ an output. Default false. */
  readonly skip?: boolean;
}

export interface ParallelFitOptions extends ParallelProblemOptions, RunOptions {
  /**
   * `auto` (default): found by local training and priced until no sub-network violates; `exact`: besides, proved over all patterns (tiny
   * problems); a number: that many random sub-networks' patterns.
   */
  readonly patterns?: 'auto' | 'exact' | number;
  /** Train on the rank-κ truncation of X: κ. Default: X as it is. */
  readonly rank?: number;
  /** Relative gap to reach. Default 1e-4. */
  readonly gap?: number;
  /** Rounds of pricing at most, each with a convex program; 0: local training alone. Ends with `iteration-limit`. Default 60. */
  readonly rounds?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Threads, or `auto` (default). The answer does not depend on it. */
  readonly threads?: 'auto' | number;
}

const lambdaRule = numberRule('a finite number > 0', (value) => Number.isFinite(value) && value > 0);
const widthRule = {
  expected: 'a whole number ≥ 1, or an array of them',
  accepts: (value: unknown) => typeof value === 'number' || Array.isArray(value),
};

export const problemRules: OptionRules<ParallelProblemOptions> = {
  layers: numberRule('a number', () => true),
  regularizer: choiceRule(['weight-decay', 'path']),
  width: widthRule,
  lambda: lambdaRule,
  loss: choiceRule(lossNames),
  outputBias: switchRule,
  hiddenBias: switchRule,
  skip: switchRule,
};

export const fitRules: OptionRules<ParallelFitOptions> = {
  ...problemRules,
  ...runRules,
  patterns: choiceRule(['auto', 'exact'], wholeRule(1)),
  rank: numberRule('a whole number ≥ 1', (value) => Number.isSafeInteger(value) && value >= 1),
  gap: numberRule('a number between 0 and 1', (value) => value > 0 && value < 1),
  rounds: wholeRule(0),
  seed: seedRule,
  threads: choiceRule(['auto'], wholeRule(1)),
};

/** A checked problem: what solvers and certificates share. */
export interface ParallelProblem {
  readonly shape: Shape;
  readonly training: TrainingProblem;
  /** Of the certificates, with checked data. */
  readonly base: Problem;
  readonly inputs: number;
  readonly hiddenBias: boolean;
  readonly skip: boolean;
}

export type Rows = Matrix | ReadonlyArray<ArrayLike<number>>;

export const featuresOf = (X: Rows): Matrix => ('data' in X ? X : matrixFromRows(X));

export const targetsOf = (y: ArrayLike<number> | Matrix): Float64Array =>
  Float64Array.from('data' in y ? (y as Matrix).data : y);

/** The one asked for, or that which fits the layers. Throws `usage` where it has no convex program. */
export function defaultRegularizer(
  { layers, regularizer }: { readonly layers: number; readonly regularizer?: Regularizer },
  where: string,
): Regularizer {
  requireThat(
    regularizer !== 'weight-decay' || layers <= 3,
    `${where}: weight decay has a convex program for at most 3 layers, got ${layers}; use the regularizer 'path'.`,
  );
  return regularizer ?? (layers > 3 ? 'path' : 'weight-decay');
}

/** Throws `usage` for an option, `data` for an entry, in one line that begins with `where`. */
export function parallelProblem(
  X: Matrix,
  y: Float64Array,
  options: ParallelProblemOptions,
  where: string,
): ParallelProblem {
  const {
    layers = 3,
    width = 2,
    lambda = 1e-3,
    loss = 'squared',
    outputBias = true,
    hiddenBias = false,
    skip = false,
  } = options;
  const shape = shapeOf(layers, width, where);
  const regularizer = defaultRegularizer({ ...options, layers }, where);
  const base = trainingProblem(X, y, lambda, { loss, outputBias, hiddenBias });
  const training = {
    X: hiddenBias ? augment(X) : X,
    y,
    outputs: base.outputs,
    loss: base.loss as Loss,
    lambda,
    regularizer,
    outputBias,
    skipInputs: skip ? X.cols : 0,
  };
  return { shape, training, base, inputs: X.cols, hiddenBias, skip };
}
