import { pickOptions, RelucentError, Run, requireOptions, requireThat } from '../base/index.js';
import { augment } from '../certificates/index.js';
import {
  findColumn,
  fitPreprocessing,
  inspectTarget,
  levelOf,
  type Table,
  type TargetTransform,
} from '../data/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { type LossName, lossByName } from '../losses/index.js';
import type { CrossValidation } from '../model/index.js';
import {
  chooseLambda,
  createFoldPool,
  type Fold,
  type HeldOut,
  heldOutErrors,
  lambdaGrid,
  makeFolds,
  summarise,
} from '../path/index.js';
import { Training } from '../solvers/index.js';
import { type CheckedOptions, checkOptions } from './inputs.js';
import { type CrossValidationMeasure, foldGap, type MeasureName, measured, measureFor } from './measures.js';
import { crossValidationRules, fitRules } from './option-rules.js';
import type { TableFitOptions } from './options.js';
import { type Encoded, encoded, lossFor, splitRowsOf } from './prepared-rows.js';

/** How λ is cross-validated. */
export interface FoldChoices {
  /** Default 10, or as many as there are rows. */
  readonly folds?: number;
  /** Repetitions with other folds. Default 1. */
  readonly repeats?: number;
  /** Column whose equal values are held out together; no feature. */
  readonly groups?: string;
  /** Column with the fold of each row (whole numbers from 0 or 1); no feature. */
  readonly foldColumn?: string;
  /** Whether each fold gets its share of every class. Default true for classes. */
  readonly stratify?: boolean;
  /** Default `auto`: mse for numbers; deviance, or accuracy, for classes. */
  readonly measure?: 'auto' | MeasureName;
  /** How many λ, or the λ themselves. Default 30. */
  readonly lambdas?: number | readonly number[];
  /** The last λ over λ_max. Default 1e-3. */
  readonly minRatio?: number;
  /**
   * Ends the path when the least error is this many λ back. Default: the whole path.
   */
  readonly patience?: number;
}

/** Options of `crossValidate`. */
export interface CrossValidationOptions extends Omit<TableFitOptions, 'lambda'>, FoldChoices {}

const defaultLambdas = 30;
const defaultFolds = 10;

/**
 * Cross-validated error over a path of λ, all preprocessing learnt again in every fold. The λ are the same in all folds, from λ_max
 * of all rows down.
 *
 * @throws `usage` and `data` errors that name option, file, row and column.
 */
export async function crossValidate(table: Table, options: CrossValidationOptions): Promise<CrossValidation> {
  requireOptions(options, crossValidationRules, 'crossValidate');
  requireThat(
    typeof options.target === 'string',
    'crossValidate: target must be the name of a column, and is missing.',
  );
  const checked = checkOptions({ gap: foldGap, ...pickOptions(options, fitRules) }, 'crossValidate');
  const { train } = splitRowsOf(table, { ...options, testFraction: options.testFraction ?? 0 }, checked.seed);
  const { curve } = await crossValidateRows(table, train, options, checked, new Run(options));
  requireThat(
    curve !== null,
    'cross-validation: stopped before any λ was done in every fold; give it more time or fewer folds.',
    'resource',
  );
  return curve;
}

export interface HeldOutCurve {
  /** null when the run was stopped before any λ was done in every fold. */
  readonly curve: CrossValidation | null;
  /** Of all rows, as far as the stop let it be found. */
  readonly lambdaMax: number;
}

/** As `crossValidate`, over some rows that all have a target. */
export async function crossValidateRows(
  table: Table,
  rows: Int32Array,
  options: CrossValidationOptions,
  checked: CheckedOptions,
  run: Run,
): Promise<HeldOutCurve> {
  const task = new Folding(table, rows, options, checked);
  const pool = await createFoldPool(Math.min(checked.threads, task.folds.length));
  try {
    const lambdaMax = await task.lambdaMax(run);
    const lambdas = lambdaGrid(lambdaMax, { lambdas: defaultLambdas, ...picked(options) });
    const held = await heldOutErrors(
      {
        folds: task.folds.map(({ train, held: { X } }) => ({ ...train, heldX: X })),
        settings: { ...checked, loss: task.loss },
        lambdas,
        error: (fold, outputs) => task.error(fold, outputs),
        patience: options.patience,
      },
      pool,
      run,
    );
    return { curve: held.lambdas.length > 0 ? task.result(held, lambdas, run) : null, lambdaMax };
  } finally {
    pool.close();
  }
}

const picked = ({ lambdas, minRatio }: FoldChoices) => ({
  ...(lambdas === undefined ? {} : { lambdas }),
  ...(minRatio === undefined ? {} : { minRatio }),
});

interface EncodedFold {
  readonly train: Encoded;
  readonly held: Encoded;
  /** Units of the target in this fold. */
  readonly target: TargetTransform;
}

/** A table cut into folds, each encoded by what its own training rows teach. */
class Folding {
  readonly loss: LossName;
  readonly folds: readonly EncodedFold[];
  readonly #whole: Encoded;
  readonly #measure: CrossValidationMeasure;
  readonly #cuts: readonly Fold[];

  constructor(
    readonly table: Table,
    readonly rows: Int32Array,
    readonly options: CrossValidationOptions,
    readonly checked: CheckedOptions,
  ) {
    const own = withoutRoles(options);
    const { preprocessing, task } = fitPreprocessing(table, { ...own, rows });
    this.loss = lossFor(preprocessing.target, options.loss);
    this.#measure = measureFor(preprocessing.target, this.loss, options.measure);
    this.#whole = encoded(table, preprocessing, this.loss, rows);
    this.#cuts = cutsOf(table, rows, options, checked.seed);
    this.folds = this.#cuts.map((cut) => {
      const train = cut.train.map((i) => rows[i]);
      const learnt = withoutFold(cut, () => fitPreprocessing(table, { ...own, task, rows: train })).preprocessing;
      const target = preprocessing.target.kind === 'number' ? learnt.target : preprocessing.target;
      const both = { ...learnt, target };
      return {
        train: encoded(table, both, this.loss, train),
        held: encoded(
          table,
          both,
          this.loss,
          cut.held.map((i) => rows[i]),
        ),
        target,
      };
    });
  }

  /** λ_max of all rows. */
  async lambdaMax(run: Run): Promise<number> {
    const { checked, loss } = this;
    const kernels = await createKernels({ threads: checked.threads });
    try {
      const { X, y, outputs } = this.#whole;
      const data = { ...checked, X: checked.hiddenBias ? augment(X) : X, y, outputs, loss: lossByName(loss) };
      return await new Training(kernels, data, checked).lambdaMax(run);
    } finally {
      kernels.dispose();
    }
  }

  /** Less is better. */
  error(fold: number, outputs: Float64Array): number {
    const { held, target } = this.folds[fold];
    const value = measured(this.#measure, outputs, held.y, target, this.loss);
    return this.#measure.better === 'more' ? -value : value;
  }

  result(held: HeldOut, lambdas: Float64Array, run: Run): CrossValidation {
    const weights = this.folds.map((fold) => fold.held.X.rows);
    const curve = summarise(held.lambdas, held.errors, weights);
    const { min, oneStandardError } = chooseLambda(curve);
    const sign = this.#measure.better === 'more' ? -1 : 1;
    const complete = held.lambdas.length === lambdas.length;
    const repeats = this.#cuts[this.#cuts.length - 1].repeat + 1;
    return {
      measure: this.#measure.name,
      better: this.#measure.better,
      folds: this.folds.length / repeats,
      repeats,
      manner: mannerOf(this.options, this.rows.length, this.folds[0].target),
      end: complete ? 'complete' : held.risen ? 'risen' : (run.stop ?? 'aborted'),
      lambdas: Array.from(held.lambdas),
      mean: Array.from(curve.mean, (value) => sign * value + 0),
      standardError: Array.from(curve.standardError),
      neurons: Array.from(held.lambdas, (_, k) => average(held.neurons.map((counts) => counts[k]))),
      min,
      oneStandardError,
    };
  }
}

const average = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Columns that say how rows hang together are no features. */
export function withoutRoles<T extends CrossValidationOptions>(options: T): T {
  const roles = [options.groups, options.foldColumn].filter((name) => name !== undefined);
  return { ...options, drop: [...new Set([...(options.drop ?? []), ...roles])] };
}

function cutsOf(table: Table, rows: Int32Array, options: CrossValidationOptions, seed: number): Fold[] {
  const { repeats = 1, groups, foldColumn } = options;
  requireThat(
    groups === undefined || foldColumn === undefined,
    'cross-validation: groups and foldColumn both say which rows go together; choose one.',
  );
  const folds = options.folds ?? Math.min(defaultFolds, rows.length);
  const facts = inspectTarget(table, options.target, options.task, rows);
  requireThat(
    !(options.stratify === true && facts.strata === null),
    'cross-validation: stratify needs classes, and the target holds numbers; leave it out.',
  );
  if (foldColumn !== undefined) return makeFolds(rows.length, { assignment: assignmentOf(table, rows, foldColumn) });
  if (groups !== undefined)
    return makeFolds(rows.length, { folds, repeats, seed, groups: labelsOf(table, rows, groups) });
  const strata = (options.stratify ?? true) ? (facts.strata ?? undefined) : undefined;
  return makeFolds(rows.length, { folds, repeats, seed, strata });
}

function labelsOf(table: Table, rows: Int32Array, name: string): string[] {
  const column = findColumn(table, name);
  requireThat(column !== null, `cross-validation: ${table.source} has no column '${name}'.`);
  // a row of no group is a group of its own
  return Array.from(rows, (row) => levelOf(column, row) ?? `\u0000${row}`);
}

function assignmentOf(table: Table, rows: Int32Array, name: string): Int32Array {
  const labels = labelsOf(table, rows, name).map(Number);
  requireThat(
    labels.every((fold) => Number.isInteger(fold) && fold >= 0),
    `cross-validation: the fold column '${name}' must hold whole numbers from 0 or 1, a fold for every row with a target.`,
    'data',
  );
  const used = [...new Set(labels)].sort((a, b) => a - b);
  return Int32Array.from(labels, (label) => used.indexOf(label));
}

/** What the rows left without a fold cannot teach (one class only, a constant target) is said of that fold. */
function withoutFold<T>({ fold }: Fold, learn: () => T): T {
  try {
    return learn();
  } catch (error) {
    if (!(error instanceof RelucentError)) throw error;
    const message = error.message.replace(/\.$/, '');
    const text = `cross-validation: without the rows of fold ${fold + 1}, ${message}; choose other folds, or fewer.`;
    throw new RelucentError(error.kind, text, { cause: error });
  }
}

function mannerOf({ groups, foldColumn, stratify }: FoldChoices, rows: number, target: TargetTransform): string {
  if (foldColumn !== undefined) return `folds of column ${foldColumn}`;
  if (groups !== undefined) return `groups of ${groups} held out together`;
  return target.kind !== 'number' && (stratify ?? true) ? 'stratified by class' : `random folds of ${rows} rows`;
}
