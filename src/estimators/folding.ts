import { RelucentError, type Run, requireThat } from '../base/index.js';
import {
  digest,
  findColumn,
  fitPreprocessing,
  inspectTarget,
  levelOf,
  type Table,
  type TargetTransform,
} from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { CrossValidation } from '../model/index.js';
import { chooseLambda, type Fold, type HeldOut, makeFolds, summarise } from '../path/index.js';
import type { CrossValidationOptions, FoldChoices } from './cross-validate.js';
import { type CrossValidationMeasure, type MeasureName, measured, measureFor } from './measures.js';
import { type Encoded, encoded, lossFor } from './prepared-rows.js';

const defaultFolds = 10;

interface EncodedFold {
  readonly train: Encoded;
  readonly held: Encoded;
  /** Units of the target in this fold. */
  readonly target: TargetTransform;
}

/** A table cut into folds, each encoded by what its own training rows teach. */
export class Folding {
  readonly loss: LossName;
  readonly folds: readonly EncodedFold[];
  /** All rows, encoded by what they teach. */
  readonly whole: Encoded;
  readonly #measure: CrossValidationMeasure;
  readonly #cuts: readonly Fold[];

  constructor(
    readonly table: Table,
    readonly rows: Int32Array,
    readonly options: CrossValidationOptions,
    readonly seed: number,
  ) {
    const own = withoutRoles(options);
    const { preprocessing, task } = fitPreprocessing(table, { ...own, rows });
    this.loss = lossFor(preprocessing.target, options.loss);
    this.#measure = measureFor(preprocessing.target, this.loss, options.measure);
    this.whole = encoded(table, preprocessing, this.loss, rows);
    this.#cuts = cutsOf(table, rows, options, seed);
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

  /** Of the rows held out; less is better. */
  error(fold: number, outputs: Float64Array): number {
    return this.#costOf(this.folds[fold], this.folds[fold].held.y, outputs);
  }

  /** Of the rows that the fold trains on; less is better. */
  trainError(fold: number, outputs: Float64Array): number {
    return this.#costOf(this.folds[fold], this.folds[fold].train.y, outputs);
  }

  #costOf({ target }: EncodedFold, y: Float64Array, outputs: Float64Array): number {
    return this.#sign * measured(this.#measure, outputs, y, target, this.loss) + 0;
  }

  get #sign(): 1 | -1 {
    return this.#measure.better === 'more' ? -1 : 1;
  }

  get measure(): MeasureName {
    return this.#measure.name;
  }

  /** Recognises rows, their encoding, and folds. */
  get digest(): string {
    const { X, y } = this.whole;
    return digest(X, Float64Array.from([...y, ...this.#cuts.flatMap(({ held }) => [-1, ...held])]));
  }

  result(held: HeldOut, lambdas: Float64Array, run: Run): CrossValidation {
    const weights = this.folds.map((fold) => fold.held.X.rows);
    const curve = summarise(held.lambdas, held.errors, weights);
    const { min, oneStandardError } = chooseLambda(curve);
    const train =
      held.trainErrors &&
      summarise(
        held.lambdas,
        held.trainErrors,
        this.folds.map(({ train: { X } }) => X.rows),
      ).mean;
    const inUnits = (costs: Float64Array): number[] => Array.from(costs, (cost) => this.#sign * cost + 0);
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
      mean: inUnits(curve.mean),
      standardError: Array.from(curve.standardError),
      ...(train && { train: inUnits(train) }),
      neurons: Array.from(held.lambdas, (_, k) => average(held.neurons.map((counts) => counts[k]))),
      min,
      oneStandardError,
    };
  }
}

const average = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;

/** Columns that say how rows hang together are no features. */
function withoutRoles<T extends CrossValidationOptions>(options: T): T {
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
