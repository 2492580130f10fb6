import { patternsOf } from '../arrangements/index.js';
import {
  numberRule,
  type OptionRule,
  type OptionRules,
  RelucentError,
  requireOptions,
  requireThat,
  switchRule,
} from '../base/index.js';
import { augment, type Problem, type ProblemOptions } from '../certificates/index.js';
import { type Matrix, matrix, type PatternSet } from '../linalg/index.js';
import { type LossName, lossNames } from '../losses/index.js';
import type { Offer } from './members.js';

export interface OptimalSetOptions extends ProblemOptions {
  /**
   * ReLU: further patterns of the program (on the rows of X), beside those of the network's own neurons. What joins the
   * set is where their cones' projected price is as large as λ allows.
   */
  readonly patterns?: PatternSet;
  /** Further gates g (P×d), or (g, k) (P×(d+1)); for a ReLU network their patterns count. */
  readonly gates?: Matrix;
  /**
   * A given pattern is in the set where ‖v_i‖ ≥ nλ(1 − tolerance). Default 1e-6. A larger one gives a set of nearly optimal
   * networks: all have the fit, and a penalty of at most 1/(1 − tolerance) times the least.
   */
  readonly tolerance?: number;
  /** A column this near (of its length) to the span of others depends on them. Default 1e-10. */
  readonly rankTolerance?: number;
}

const lossRule: OptionRule = {
  expected: `one of ${lossNames.join(', ')}`,
  accepts: (value) =>
    typeof value === 'string' ? lossNames.includes(value as LossName) : typeof value === 'object' && value !== null,
};

const patternsRule: OptionRule = {
  expected: 'a pattern set',
  accepts: (value) => typeof value === 'object' && value !== null && 'bytes' in value,
};

const matrixRule: OptionRule = {
  expected: 'a Matrix',
  accepts: (value) => typeof value === 'object' && value !== null && 'data' in value && 'cols' in value,
};

const share = numberRule('a number > 0 and < 1', (value) => value > 0 && value < 1);

const rules: OptionRules<OptimalSetOptions> = {
  loss: lossRule,
  outputBias: switchRule,
  hiddenBias: switchRule,
  patterns: patternsRule,
  gates: matrixRule,
  tolerance: share,
  rankTolerance: share,
};

export const checkOptions = (options: OptimalSetOptions): void => requireOptions(options, rules, 'optimalSet');

/** The patterns that are offered besides the network's own; null for none. */
export function offerOf(options: OptimalSetOptions, problem: Problem, gated: boolean): Offer | null {
  const { patterns, gates } = options;
  if (patterns !== undefined && gates !== undefined) {
    throw new RelucentError('usage', 'optimalSet: give patterns or gates, not both.');
  }
  if (patterns) {
    requireThat(
      !gated,
      'optimalSet: a gated network needs gates, got patterns; predictions on new rows depend on them.',
    );
    requireThat(
      patterns.n === problem.X.rows,
      `optimalSet: the patterns are of ${patterns.n} rows, X has ${problem.X.rows}; they must agree.`,
    );
    return { patterns, gates: null };
  }
  return gates ? fromGates(gates, problem, gated) : null;
}

function fromGates(gates: Matrix, problem: Problem, gated: boolean): Offer {
  const d = problem.X.cols;
  requireThat(
    gates.cols === d || gates.cols === d + 1,
    `optimalSet: the gates have ${gates.cols} columns; expected ${d}, or ${d + 1} with their offsets.`,
  );
  const whole = matrix(gates.rows, d + 1);
  for (let p = 0; p < gates.rows; p++) {
    whole.data.set(gates.data.subarray(p * gates.cols, (p + 1) * gates.cols), p * (d + 1));
  }
  return { patterns: patternsOf(augment(problem.X), whole), gates: gated ? whole : null };
}
