import { RelucentError } from '../base/index.js';
import type { TargetTransform } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import { scoresOf } from './scores.js';

/** What cross-validation compares λ by: `deviance` is −2 log-likelihood a row; `mse` and `mae` are in units of the target. */
export type MeasureName = 'mse' | 'mae' | 'deviance' | 'accuracy' | 'auc';

/** Relative gap of the networks in folds: held-out errors need no more digits. */
export const foldGap = 3e-3;

export const measureNames: readonly MeasureName[] = ['mse', 'mae', 'deviance', 'accuracy', 'auc'];

export interface CrossValidationMeasure {
  readonly name: MeasureName;
  readonly better: 'less' | 'more';
}

/**
 * The measure asked for; `auto`: mean squared error for numbers, deviance where the loss gives probabilities, accuracy for
 * other losses on classes. Throws `usage` for one that does not fit the target or the loss.
 */
export function measureFor(
  target: TargetTransform,
  loss: LossName,
  asked: 'auto' | MeasureName = 'auto',
): CrossValidationMeasure {
  const fitting = fittingMeasures(target, loss);
  const name = asked === 'auto' ? fitting[0] : asked;
  if (!fitting.includes(name)) {
    throw new RelucentError(
      'usage',
      `cross-validation: the measure ${name} does not fit the target '${target.name}' with the ${loss} loss; choose ${fitting.join(' or ')}.`,
    );
  }
  return { name, better: name === 'accuracy' || name === 'auc' ? 'more' : 'less' };
}

function fittingMeasures(target: TargetTransform, loss: LossName): readonly MeasureName[] {
  if (target.kind === 'number') return ['mse', 'mae'];
  const likelihood: readonly MeasureName[] = loss === 'logistic' || loss === 'softmax' ? ['deviance'] : [];
  const ranks: readonly MeasureName[] = target.kind === 'binary' && loss !== 'softmax' ? ['auc'] : [];
  const oneScore = target.kind === 'classes' && loss === 'logistic';
  return [...(oneScore ? [] : likelihood), 'accuracy', ...ranks];
}

/** The measure of network outputs f against encoded targets y (both rows × outputs); NaN where it is not defined. */
export function measured(
  { name }: CrossValidationMeasure,
  f: Float64Array,
  y: Float64Array,
  target: TargetTransform,
  loss: LossName,
): number {
  const scores = scoresOf(f, y, target, loss);
  if (name === 'mse') return scores.rmse * scores.rmse;
  return name === 'deviance' ? 2 * scores.logLoss : scores[name];
}
