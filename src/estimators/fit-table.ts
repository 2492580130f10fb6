import { pickOptions, RelucentError, requireOptions, requireThat, version } from '../base/index.js';
import {
  digest,
  encodeFeatures,
  encodeTarget,
  fitPreprocessing,
  inspectTarget,
  type Preprocessing,
  splitRows,
  type Table,
  type TargetTransform,
} from '../data/index.js';
import type { Matrix } from '../linalg/index.js';
import { type LossName, lossByName } from '../losses/index.js';
import type { Model, TrainingRows } from '../model/index.js';
import { predictScores } from '../networks/index.js';
import { fit } from './fit.js';
import { checkOptions } from './inputs.js';
import { fitRules, tableFitRules } from './option-rules.js';
import type { FitResult, TableFit, TableFitOptions } from './options.js';
import { scoresOf } from './scores.js';

/**
 * Trains on a table: splits rows by seed, learns the preprocessing from the training rows, fits the network, scores both
 * parts. Everything that `predict` and `verify` need later is in the returned model.
 * Throws `usage` and `data` errors that name option, file, row and column.
 */
export async function fitTable(table: Table, options: TableFitOptions): Promise<TableFit> {
  requireOptions(options, tableFitRules, 'fit');
  requireThat(typeof options.target === 'string', 'fit: target must be the name of a column, and is missing.');
  const own = pickOptions(options, fitRules);
  const checked = checkOptions(own, 'fit');
  const split = splitRowsOf(table, options, checked.seed);
  const [training, testing] = [split.train.length, split.test.length];
  requireThat(
    training > 1,
    `${table.source}: ${training + testing} rows with a target leave ${training} to train beside ${testing} to test; at least 2 are needed, so add rows or keep a smaller share for testing.`,
    'data',
  );
  const prepared = fitPreprocessing(table, { ...options, rows: split.train });
  const { preprocessing } = prepared;
  const loss = lossFor(preprocessing.target, options.loss);
  const train = encoded(table, preprocessing, loss, prepared.rows);
  // Before the training: what is wrong with a test row must not come to light an hour later
  const test = split.test.length > 0 ? encoded(table, preprocessing, loss, split.test) : null;
  const result = await fit(train.X, asTargets(train), { ...own, loss });
  const model: Model = {
    preprocessing,
    weights: result.weights,
    objective: result.objective,
    certificate: result.certificate,
    patternSource: result.patternSource,
    rows: { ...split.rows, train: train.X.rows },
    seed: checked.seed,
    scores: {
      train: scoresFor(result, train, preprocessing, loss),
      test: test ? scoresFor(result, test, preprocessing, loss) : null,
    },
    dataDigest: digest(train.X, train.y),
    version,
  };
  return { model, fit: result, notes: prepared.notes };
}

/** X and y of some rows. */
interface Encoded {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly outputs: number;
}

function encoded(table: Table, preprocessing: Preprocessing, loss: LossName, rows: Int32Array): Encoded {
  const { X } = encodeFeatures(table, preprocessing, rows);
  return { X, ...encodeTarget(table, preprocessing, lossByName(loss).targets, rows) };
}

const asTargets = ({ y, outputs, X }: Encoded): Float64Array | Matrix =>
  outputs === 1 ? y : { rows: X.rows, cols: outputs, data: y };

function scoresFor(result: FitResult, part: Encoded, preprocessing: Preprocessing, loss: LossName) {
  return scoresOf(predictScores(result.weights, part.X).data, part.y, preprocessing.target, loss);
}

/** Rows of a table (0-based): those that train, those kept for testing. */
export interface TableSplit {
  readonly train: Int32Array;
  readonly test: Int32Array;
  readonly rows: TrainingRows;
}

/** The rows with a target, split by seed, classes kept in proportion. */
function splitRowsOf(
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

/** The rows of a table that trained a model and those kept for testing, found again by its seed. Throws as `fitTable`. */
export function splitTable({ rows, preprocessing }: Pick<Model, 'rows' | 'preprocessing'>, table: Table): TableSplit {
  const { name: target, kind } = preprocessing.target;
  const task = kind === 'number' ? 'regression' : 'classification';
  return splitRowsOf(table, { target, task, testFraction: rows.testFraction }, rows.seed);
}

/** The training part of a table that a model was fitted on, encoded as it was then. */
export const trainingPart = (model: Model, table: Table): Encoded =>
  encoded(table, model.preprocessing, model.objective.loss, splitTable(model, table).train);

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
    `the ${asked} loss does not fit the target '${target.name}'; choose ${choices.join(' or ')}, or pass task classification.`,
  );
}
