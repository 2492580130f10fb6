import { RelucentError, type RunOptions, requireOptions, requireThat, runRules, type Status } from '../base/index.js';
import type { Certificate } from '../certificates/index.js';
import { findColumn, levelOf, type Table, tableFrom } from '../data/index.js';
import type { LambdaChoice, Model } from '../model/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { fitTable } from './fit-table.js';
import { featureMatrix, type MatrixLike } from './inputs.js';
import { estimatorRules } from './option-rules.js';
import type { TableFitOptions } from './options.js';

/** Parameters that both estimators take; all have defaults. */
export interface ReluParams {
  /** λ on the 1/n loss scale, or how cross-validation chooses it (see `TableFitOptions`). Default `cv`. */
  lambda: number | 'cv' | 'cv-1se';
  /** Folds of the cross-validation. Default `auto`: 10, or as many as there are rows. */
  folds: 'auto' | number;
  /** Default `relu`. */
  activation: 'relu' | 'gated';
  /** Where activation patterns come from (see `FitOptions`). Default `auto`. */
  patterns: 'auto' | 'exact' | number;
  /** Relative gap to reach at the chosen λ. Default 1e-6. */
  gap: number;
  /** Default 0. */
  seed: number;
  /** Default `auto`: the cores there are, at most 8. The answer does not depend on it. */
  threads: 'auto' | number;
  /** A hidden bias, penalised with the weights. Default false. */
  hiddenBias: boolean;
  /** A free output bias. Default true. */
  outputBias: boolean;
  /** Centre and scale columns (and a regression target). Default true. */
  standardize: boolean;
}

export const commonDefaults: Readonly<ReluParams> = {
  lambda: 'cv',
  folds: 'auto',
  activation: 'relu',
  patterns: 'auto',
  gap: 1e-6,
  seed: 0,
  threads: 'auto',
  hiddenBias: false,
  outputBias: true,
  standardize: true,
};

interface Fitted {
  readonly model: Model;
  readonly status: Status | null;
}

/** Name of the target column in the tables and model files of estimators. */
const targetName = 'y';

/**
 * What both estimators share: parameters in and out, a fitted model that is the one `fitTable` gives for a table of the columns
 * x0, x1, … and y. Attributes of the fit throw `usage` before there is one.
 */
export abstract class ReluEstimator<P extends ReluParams & Pick<TableFitOptions, 'loss' | 'measure'>> {
  #params: P;
  #fitted: Fitted | null = null;

  protected constructor(
    readonly name: string,
    readonly task: 'regression' | 'classification',
    defaults: P,
    params: Partial<P>,
  ) {
    this.#params = { ...defaults };
    this.setParams(params);
  }

  /** All parameters, with their defaults where none was given. */
  getParams(): P {
    return { ...this.#params };
  }

  /**
   * Changes some parameters, for the next `fit`; what is undefined stays as it is.
   * @throws `usage` for an unknown name and a wrong value; then none is changed.
   */
  setParams(params: Partial<P>): this {
    requireOptions<object>(params, estimatorRules[this.task], this.name);
    const given = Object.entries(params).filter(([, value]) => value !== undefined);
    this.#params = { ...this.#params, ...Object.fromEntries(given) };
    return this;
  }

  /** How the fit ended; null for an estimator of a model, which does not say. */
  get status(): Status | null {
    return this.#whatIsFitted().status;
  }

  get network(): NetworkWeights {
    return this.toModel().weights;
  }

  get certificate(): Certificate {
    return this.toModel().certificate;
  }

  /** The λ that the network was trained at. */
  get lambda(): number {
    return this.toModel().objective.lambda;
  }

  /** The cross-validation that chose λ; null where λ was given. */
  get choice(): LambdaChoice | null {
    return this.toModel().choice ?? null;
  }

  get neurons(): number {
    return this.network.hidden.rows;
  }

  /** Names of the network's inputs: columns of X that vary, and `x3 missing` where X has NaN. */
  get features(): readonly string[] {
    return this.toModel().preprocessing.features;
  }

  /** The fitted model, for `writeModel`, `exportModel`, `verifyModel` and the like. @throws `usage` before a fit. */
  toModel(): Model {
    return this.#whatIsFitted().model;
  }

  /** Trains on all rows; an error leaves the earlier fit as it was. */
  protected async train(X: MatrixLike, y: ArrayLike<unknown>, run: RunOptions): Promise<Model> {
    requireOptions<RunOptions>(run, runRules, `${this.name}.fit`);
    const { folds, ...params } = this.#params;
    const options = { ...params, ...run, ...(folds === 'auto' ? {} : { folds }), task: this.task, target: targetName };
    const { model, fit } = await fitTable(tableOf(X, y, this.name), { ...options, testFraction: 0 });
    this.#fitted = { model, status: fit.status };
    return model;
  }

  /** Takes over a model that was fitted before, with the parameters that gave it as far as it tells. */
  protected adopt(model: Model): void {
    const where = `${this.name}.fromModel`;
    requireOwnTask(model, this.task, where);
    requireNumbersOnly(model, where);
    this.setParams(paramsOf(model) as Partial<P>);
    this.#fitted = { model, status: null };
  }

  /** New rows as a table of the columns the model was fitted on. */
  protected rowsOf(X: MatrixLike): Table {
    const { columns } = this.toModel().preprocessing;
    const { rows, cols, data } = featureMatrix(X, this.name, 'missing');
    requireThat(
      cols === columns.length,
      `${this.name}: X has ${cols} columns, but the fit had ${columns.length}; give the same columns in the same order.`,
      'data',
    );
    return tableFrom(
      columnsOf({ rows, cols, data }, (k) => columns[k].name),
      this.name,
    );
  }

  #whatIsFitted(): Fitted {
    if (this.#fitted !== null) return this.#fitted;
    throw new RelucentError('usage', `${this.name}: not fitted yet; call await fit(X, y) first.`);
  }
}

/** Entries of y as the table spells them; null where it takes them as missing. */
export function levelsOf(y: ArrayLike<unknown>, where: string): (string | null)[] {
  const column = findColumn(tableFrom({ [targetName]: y }, where), targetName);
  return Array.from({ length: y.length }, (_, i) => (column ? levelOf(column, i) : null));
}

/** The length that y must have. */
export function requireLength(y: unknown, rows: number, where: string): asserts y is ArrayLike<unknown> {
  const list = typeof y === 'object' && y !== null && 'length' in y;
  requireThat(list, `${where}: y must be an array with a target for each row of X.`);
  const { length } = y as ArrayLike<unknown>;
  requireThat(length === rows, `${where}: X has ${rows} rows but y has ${length}; they must agree.`, 'data');
}

function tableOf(X: MatrixLike, y: ArrayLike<unknown>, where: string): Table {
  const features = featureMatrix(X, where, 'missing');
  requireLength(y, features.rows, where);
  return tableFrom({ ...columnsOf(features, (k) => `x${k}`), [targetName]: y }, where);
}

function columnsOf(
  { rows, cols, data }: ReturnType<typeof featureMatrix>,
  name: (k: number) => string,
): Record<string, Float64Array> {
  const column = (k: number): Float64Array => Float64Array.from({ length: rows }, (_, i) => data[i * cols + k]);
  return Object.fromEntries(Array.from({ length: cols }, (_, k) => [name(k), column(k)]));
}

function requireOwnTask({ preprocessing: { target } }: Model, task: ReluEstimator<never>['task'], where: string): void {
  const own = target.kind === 'number' ? 'regression' : 'classification';
  requireThat(
    own === task,
    `${where}: the model is one of ${own}, expected ${task}; use the other estimator.`,
    'model',
  );
}

function requireNumbersOnly({ preprocessing: { columns } }: Model, where: string): void {
  const text = columns.find(
    (column) => column.kind === 'category' && !column.levels.every((level) => Number.isFinite(Number(level))),
  );
  requireThat(
    text === undefined,
    `${where}: the model reads text in column '${text?.name}', and X holds numbers; use predictTable.`,
    'model',
  );
}

function paramsOf({ objective, choice, patternSource, weights, seed, certificate, preprocessing }: Model) {
  const { loss, lambda, outputBias, hiddenBias } = objective;
  const numbers = preprocessing.columns.filter((column) => column.kind === 'number');
  const raw = numbers.length > 0 && numbers.every(({ shift, scale }) => shift === 0 && scale === 1);
  const patterns = { all: 'exact', found: 'auto', gaussian: 'auto' } as const;
  return {
    lambda: choice?.rule ?? lambda,
    ...(choice && { measure: choice.measure, folds: choice.folds }),
    loss,
    outputBias,
    hiddenBias,
    activation: weights.activation,
    patterns:
      patternSource.kind === 'gaussian' && patternSource.count > 0 ? patternSource.count : patterns[patternSource.kind],
    gap: certificate.tolerance,
    seed,
    standardize: !raw,
  };
}
