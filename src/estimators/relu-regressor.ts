import { type RunOptions, requireThat } from '../base/index.js';
import { type Model, type NumberPredictions, predictTable } from '../model/index.js';
import type { MatrixLike } from './inputs.js';
import { commonDefaults, ReluEstimator, type ReluParams, requireLength } from './relu-estimator.js';
import { scoresOf } from './scores.js';

export interface ReluRegressorParams extends ReluParams {
  /** Default `auto`: squared. */
  loss: 'auto' | 'squared' | 'huber';
  /** What cross-validation compares λ by. Default `auto`: mse. */
  measure: 'auto' | 'mse' | 'mae';
}

/**
 * A ReLU network for numbers, in scikit-learn's manners. Training is that of `fitTable` on all rows: columns are standardised, λ is
 * chosen by cross-validation unless it is given, the network is solved to a certified gap.
 *
 *     const model = await new ReluRegressor().fit(X, y);
 *     model.predict(X2);
 */
export class ReluRegressor extends ReluEstimator<ReluRegressorParams> {
  /** @throws `usage` for an unknown parameter and a wrong value. */
  constructor(params: Partial<ReluRegressorParams> = {}) {
    super('ReluRegressor', 'regression', { ...commonDefaults, loss: 'auto', measure: 'auto' }, params);
  }

  /** An unfitted estimator of the same parameters. */
  clone(): ReluRegressor {
    return new ReluRegressor(this.getParams());
  }

  /**
   * @param X n×d, a Matrix or an array of rows; NaN is a missing value, filled with the column's mean and marked.
   * @param y n finite numbers.
   * @param run signal, onProgress, timeLimit (seconds); after a stop the best answer so far is kept (see `status`).
   * @throws `usage` and `data`, one line that names what is wrong; `resource` when a stop came before cross-validation had any λ.
   */
  async fit(X: MatrixLike, y: ArrayLike<number>, run: RunOptions = {}): Promise<this> {
    requireNumbers(y);
    await this.train(X, y, run);
    return this;
  }

  /** n predictions, in units of y. @throws `usage` before a fit, `data` for other columns than it had. */
  predict(X: MatrixLike): Float64Array {
    return (predictTable(this.toModel(), this.rowsOf(X)) as NumberPredictions).values;
  }

  /** R² of the predictions: 1 − Σ(y − f)²/Σ(y − ȳ)²; NaN where y is constant. */
  score(X: MatrixLike, y: ArrayLike<number>): number {
    const predicted = this.predict(X);
    requireLength(y, predicted.length, this.name);
    requireNumbers(y);
    const target = { kind: 'number', name: 'y', shift: 0, scale: 1 } as const;
    return scoresOf(predicted, Float64Array.from(y), target, 'squared').r2;
  }

  /** The estimator of a fitted model (`toModel`, `readModel`), columns in the order of its table. @throws `model` for one of classes. */
  static fromModel(model: Model): ReluRegressor {
    const estimator = new ReluRegressor();
    estimator.adopt(model);
    return estimator;
  }
}

function requireNumbers(y: ArrayLike<unknown>): void {
  for (let i = 0; i < (y?.length ?? 0); i++) {
    requireThat(
      Number.isFinite(y[i]),
      `ReluRegressor: y[${i}] is ${String(y[i])}; every target must be a finite number.`,
      'data',
    );
  }
}
