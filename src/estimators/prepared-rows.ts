import { RelucentError } from '../base/index.js';
import {
  encodeFeatures,
  encodeTarget,
  inspectTarget,
  type Preprocessing,
  splitRows,
  type Table,
  type TargetTransform,
} from '../data/index.js';
import type { Matrix } from '../linalg/index.js';
import { type LossName, lossByName } from '../losses/index.js';
import type { TrainingRows } from '../model/index.js';
import type { TableFitOptions } from './options.js';

/** X and y of some rows. */
export interface Encoded {
  readonly X: Matrix;
  /** rows × outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
}

export function encoded(table: Table, preprocessing: Preprocessing, loss: LossName, rows: Int32Array): Encoded {
  const { X } = encodeFeatures(table, preprocessing, rows);
  return { X, ...encodeTarget(table, preprocessing, lossByName(loss).targets, rows) };
}

/** y in the form that `fit` takes. */
export const asTargets = ({ y, outputs, X }: Encoded): Float64Array | Matrix =>
  outputs === 1 ? y : { rows: X.rows, cols: outputs, data: y };

/** Rows of a table (0-based): those that train, those kept for testing. */
export interface TableSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly rows: TrainingRows;
}

/** The rows with a target, split by seed, classes kept in proportion. */
export function splitRowsOf(
  table: Table,
  options: Pick<TableFitOptions, 'target' | 'task' | 'testFraction'>,
  seed: number,
): TableSplit {
  const facts = inspectTarget(table, options.target, options.task);
  const testFraction = options.testFraction ?? 0.2;
  const { train, test } = splitRows(facts.rows.length, { testFraction, seed, strata: facts.strata ?? undefined });
  return {
    train: train.map((i) => facts.rows[i]),
    test: test.map((i) => facts.rows[i]),
    rows: {
      total: table.rowCount,
      train: train.length,
      test: test.length,
      testFraction,
      seed,
      withoutTarget: table.rowCount - facts.rows.length,
    },
  };
}

/** Squared for numbers, logistic for two classes, softmax for more; an asked loss must fit the target. */
export function lossFor(target: TargetTransform, asked: TableFitOptions['loss']): LossName {
  const fitting: Record<TargetTransform['kind'], readonly LossName[]> = {
    number: ['squared', 'huber'],
    binary: ['logistic', 'squared-hinge', 'squared', 'huber', 'softmax'],
    classes: ['softmax', 'squared', 'huber', 'logistic', 'squared-hinge'],
  };
  const choices = fitting[target.kind];
  if (asked === undefined || asked === 'auto') return choices[0];
  if (choices.includes(asked)) return asked;
  throw new RelucentError(
    'usage',
    `the ${asked} loss does not fit the target '${target.name}'; choose ${choices.join(' or ')}, or set the task to classification.`,
  );
}
