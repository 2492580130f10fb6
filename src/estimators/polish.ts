import {
  type OptionRule,
  type OptionRules,
  Run,
  type RunOptions,
  requireOptions,
  requireThat,
  runRules,
  type Status,
} from '../base/index.js';
import { augment, networkObjective, type ProblemOptions } from '../certificates/index.js';
import type { Matrix, PatternSet } from '../linalg/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import type { Loss } from '../losses/index.js';
import { lossByName } from '../losses/index.js';
import { checkWeights, type NetworkWeights, predictScores } from '../networks/index.js';
import { type FurtherPatterns, solveOwnProgram } from '../solvers/index.js';

export interface PolishOptions extends ProblemOptions, RunOptions {
  /** Relative gap of the program. Default 1e-12: prices are then λ's to 1e-8 or better. */
  readonly gap?: number;
  /** Patterns that the program has besides those of the network's own neurons. */
  readonly further?: FurtherPatterns;
}

export interface Polished {
  /** `stalled`: rounding ended the solve before the gap; what was reached is in `after`. */
  readonly status: Status;
  readonly weights: NetworkWeights;
  /** The patterns of the program; gated: and the gate (g, k) of each. */
  readonly patterns: PatternSet;
  readonly gates: Matrix | null;
  /** Objective of the network as it came, and polished. */
  readonly before: number;
  readonly after: number;
  /** Largest |change| of an output on the rows of X; softmax: less what is added to all outputs of a row alike. */
  readonly moved: number;
}

const objectRule: OptionRule = {
  expected: 'patterns and, for gated networks, their gates',
  accepts: (value) => typeof value === 'object' && value !== null && 'patterns' in value,
};

const rules: OptionRules<PolishOptions> = {
  ...runRules,
  loss: { expected: 'the name of a loss', accepts: (value) => typeof value === 'string' || typeof value === 'object' },
  outputBias: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  hiddenBias: { expected: 'true or false', accepts: (value) => typeof value === 'boolean' },
  gap: {
    expected: 'a number between 0 and 1',
    accepts: (value) => typeof value === 'number' && value > 0 && value < 1,
  },
  further: objectRule,
};

/**
 * Brings a network to the optimum of its own sub-sampled program: the convex program over the patterns of its neurons. There it is a
 * stationary point of the training problem, and its optimal set is known (docs/optimal-set.md).
 *
 * @param weights of any origin; a neuron with several outputs counts as one for each. @param X n×d, encoded.
 * @param y n×c targets, row-major. @param lambda > 0, 1/n scale.
 * @throws `usage` for shapes, biases the problem has not, λ and options; `data` for entries.
 */
export async function polish(
  weights: NetworkWeights,
  X: Matrix,
  y: Float64Array,
  lambda: number,
  options: PolishOptions = {},
): Promise<Polished> {
  requireOptions(options, rules, 'polish');
  checkWeights(weights, 'polish');
  requireThat(lambda > 0, 'polish: lambda must be > 0; without a penalty the optimal networks have no end.');
  const { loss = 'squared', outputBias = true, hiddenBias = false, gap = 1e-12, further } = options;
  const objective = { loss, outputBias, hiddenBias };
  const before = networkObjective(weights, X, y, lambda, objective);
  const data = {
    X: hiddenBias ? augment(X) : X,
    y,
    outputs: y.length / X.rows,
    loss: typeof loss === 'string' ? lossByName(loss) : (loss as Loss),
    outputBias,
    hiddenBias,
    activation: weights.activation,
  };
  const kernels = await createKernels({ threads: 1 });
  try {
    const solved = await solveOwnProgram(kernels, data, lambda, weights, { gap, further }, new Run(options));
    const after = networkObjective(solved.weights, X, y, lambda, objective);
    // A solve that was stopped early, or that rounding has led astray, may be worse than what came
    if (after > before) return { ...solved, weights, before, after: before, moved: 0 };
    return { ...solved, before, after, moved: largestChange(weights, solved.weights, X, data.loss) };
  } finally {
    kernels.dispose();
  }
}

function largestChange(a: NetworkWeights, b: NetworkWeights, X: Matrix, { name }: Loss): number {
  const [f, g] = [predictScores(a, X), predictScores(b, X)];
  let most = 0;
  for (let at = 0; at < f.data.length; at += f.cols) {
    const change = Array.from({ length: f.cols }, (_, k) => g.data[at + k] - f.data[at + k]);
    const shift = name === 'softmax' ? change.reduce((sum, value) => sum + value, 0) / f.cols : 0;
    for (const value of change) most = Math.max(most, Math.abs(value - shift));
  }
  return most;
}
