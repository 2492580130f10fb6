import type { RunOptions, Status } from '../base/index.js';
import type { Certificate } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import type { LossName } from '../losses/index.js';
import type { Model, Objective, PatternSource } from '../model/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { CrossValidationState } from './cross-validation-state.js';
import type { MeasureName } from './measures.js';

/** Options of `fit`; the defaults solve, nothing needs tuning. */
export interface FitOptions extends RunOptions {
  /** Regularisation strength on the 1/n loss scale. Default 1e-3. */
  readonly lambda?: number;
  /** Default `relu`. */
  readonly activation?: 'relu' | 'gated';
  /** Default `auto`: squared for numbers, logistic for two classes, softmax for more. */
  readonly loss?: 'auto' | LossName;
  /**
   * Where activation patterns come from. `auto` (default): found by local training and priced until none is missing;
   * `exact`: all of them, enumerated; a number: that many random gates, as in the papers.
   */
  readonly patterns?: 'auto' | 'exact' | number;
  /** Relative gap to reach. Default 1e-6. */
  readonly gap?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Threads, or `auto` (default): the cores there are, at most 8. At most four a core (or eight) are started. The answer does not depend on it. */
  readonly threads?: 'auto' | number;
  /** A free output bias. Default true. */
  readonly outputBias?: boolean;
  /** A hidden bias, penalised with the weights. Default false. */
  readonly hiddenBias?: boolean;
}

/** What `fit` returns. */
export interface FitResult {
  readonly status: Status;
  readonly weights: NetworkWeights;
  readonly certificate: Certificate;
  readonly objective: Objective;
  readonly patternSource: PatternSource;
  readonly neurons: number;
  /** Network outputs (n×c) for new rows, a Matrix or an array of rows. */
  predict(X: Matrix | ReadonlyArray<ArrayLike<number>>): Matrix;
  readonly seconds: number;
}

/** Options of `fitTable`: those of `fit` and what concerns the table. */
export interface TableFitOptions extends Omit<FitOptions, 'lambda'> {
  /**
   * Regularisation strength on the 1/n loss scale, or how cross-validation on the training rows chooses it: `cv` (default) the λ
   * of least held-out error, `cv-1se` the largest within a standard error of it.
   */
  readonly lambda?: number | 'cv' | 'cv-1se';
  /** Folds of the cross-validation. Default 10, or as many as there are rows. */
  readonly folds?: number;
  /** What cross-validation compares λ by. Default `auto`: mse for numbers; deviance, or accuracy, for classes. */
  readonly measure?: 'auto' | MeasureName;
  readonly target: string;
  /** Default `auto`: numbers with more than ten distinct values, or with a fraction, mean regression. */
  readonly task?: 'auto' | 'regression' | 'classification';
  /** Centre and scale number columns (and a regression target). Default true. */
  readonly standardize?: boolean;
  /** Share of rows kept for testing. Default 0.2; 0 for none. */
  readonly testFraction?: number;
  /** Columns to take as categories, whatever they hold. */
  readonly categorical?: readonly string[];
  /** Columns to leave out. */
  readonly drop?: readonly string[];
  /** `folds` of an earlier call over the same table and options that was stopped: the result is that of one that never was. */
  readonly resume?: CrossValidationState;
}

export interface TableFit {
  /** What preprocessing did, in sentences. */
  readonly notes: readonly string[];
  readonly model: Model;
  readonly fit: FitResult;
  /** Of a call that was aborted or out of time: the cross-validation as far as it came, for `resume`. */
  readonly folds?: CrossValidationState;
}
