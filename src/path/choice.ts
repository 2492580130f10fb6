import { requireThat } from '../base/index.js';

/** Cross-validated error along a path of descending λ. */
export interface ErrorCurve {
  /** Descending. */
  readonly lambdas: ArrayLike<number>;
  /** Mean over folds; less is better. */
  readonly mean: Float64Array;
  /** Standard error of the mean. */
  readonly standardError: Float64Array;
}

export interface Choice {
  /** Index of the λ with the least mean error; of equal ones the largest λ. */
  readonly min: number;
  /** Index of the largest λ whose mean error is within one standard error of the least. Never after `min`. */
  readonly oneStandardError: number;
}

/** lambda.min and lambda.1se of a curve. @throws `data` when no mean is a number. */
export function chooseLambda({ mean, standardError }: ErrorCurve): Choice {
  let min = -1;
  for (let k = 0; k < mean.length; k++) {
    if (!Number.isNaN(mean[k]) && (min < 0 || mean[k] < mean[min])) min = k;
  }
  requireThat(
    min >= 0,
    'cross-validation: no λ has an error that is a number; folds too small for this measure?',
    'data',
  );
  const limit = mean[min] + (Number.isFinite(standardError[min]) ? standardError[min] : 0);
  let oneStandardError = min;
  for (let k = min - 1; k >= 0; k--) if (mean[k] <= limit) oneStandardError = k;
  return { min, oneStandardError };
}

/**
 * Mean and standard error over folds. `errors[fold][k]` is a fold's error at λ_k, `weights[fold]` its number of held-out
 * rows: folds differ in size by a row, and grouped folds by more. A fold without a value at λ_k (NaN: one class only, say)
 * is left out there; one fold has no standard error (NaN).
 */
export function summarise(
  lambdas: ArrayLike<number>,
  errors: readonly ArrayLike<number>[],
  weights: ArrayLike<number>,
): ErrorCurve {
  const mean = new Float64Array(lambdas.length);
  const standardError = new Float64Array(lambdas.length);
  for (let k = 0; k < lambdas.length; k++) {
    const folds = errors.map((_, fold) => fold).filter((fold) => !Number.isNaN(errors[fold][k]));
    const total = folds.reduce((sum, fold) => sum + weights[fold], 0);
    mean[k] = folds.reduce((sum, fold) => sum + (weights[fold] * errors[fold][k]) / total, 0);
    const spread = folds.reduce((sum, fold) => {
      const off = errors[fold][k] - mean[k];
      return sum + (weights[fold] * off * off) / total;
    }, 0);
    standardError[k] = folds.length > 1 ? Math.sqrt(spread / (folds.length - 1)) : Number.NaN;
    if (folds.length === 0) mean[k] = Number.NaN;
  }
  return { lambdas, mean, standardError };
}
