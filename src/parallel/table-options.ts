import { choiceRule, namesRule, numberRule, type OptionRules, switchRule, textRule, wholeRule } from '../base/index.js';
import { type MeasureName, measureNames } from '../estimators/index.js';
import { type LossName, lossNames } from '../losses/index.js';
import { fitRules, type ParallelFitOptions, type ParallelProblemOptions } from './options.js';

export interface ParallelTableOptions extends Omit<ParallelFitOptions, 'loss' | 'lambda'> {
  /** Column to predict. */
  readonly target: string;
  /** Default `auto`. */
  readonly task?: 'auto' | 'regression' | 'classification';
  /** Default `auto`: squared for numbers, logistic for two classes, softmax for more. */
  readonly loss?: 'auto' | LossName;
  /**
   * Regularisation strength above 0, 1/n loss scale; or how cross-validation on the training rows chooses it: `cv` (default) the λ of least
   * held-out error, `cv-1se` the largest within a standard error of it.
   */
  readonly lambda?: number | 'cv' | 'cv-1se';
  /** Folds of the cross-validation. Default 5, or as many as there are rows. */
  readonly folds?: number;
  /** What cross-validation compares λ by. Default `auto`: mse for numbers; deviance, or accuracy, for classes. */
  readonly measure?: 'auto' | MeasureName;
  /** Share of the rows kept for testing. Default 0.2. */
  readonly testFraction?: number;
  /** Whether numbers are brought to mean 0 and variance 1. Default true. */
  readonly standardize?: boolean;
  /** Columns to leave out, and to take as categories. */
  readonly drop?: readonly string[];
  readonly categorical?: readonly string[];
}

export const tableRules: OptionRules<ParallelTableOptions> = {
  ...fitRules,
  lambda: choiceRule(
    ['cv', 'cv-1se'],
    numberRule('a finite number > 0', (value) => Number.isFinite(value) && value > 0),
  ),
  loss: choiceRule(['auto', ...lossNames]),
  folds: wholeRule(2),
  measure: choiceRule(['auto', ...measureNames]),
  target: textRule('the name of a column'),
  task: choiceRule(['auto', 'regression', 'classification']),
  standardize: switchRule,
  testFraction: numberRule('a number at least 0 and below 1', (value) => value >= 0 && value < 1),
  categorical: namesRule,
  drop: namesRule,
};

/** The part that makes the training problem, without λ and loss. */
export function problemOf({
  layers,
  regularizer,
  width,
  outputBias,
  hiddenBias,
  skip,
}: ParallelTableOptions): Omit<ParallelProblemOptions, 'lambda' | 'loss'> {
  return { layers, regularizer, width, outputBias, hiddenBias, skip };
}
