import { pickOptions, Run, requireOptions, requireThat, version } from '../base/index.js';
import { digest, fitPreprocessing, type Preprocessing, type Table } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { LambdaChoice, Model, Scores } from '../model/index.js';
import { type NetworkWeights, predictScores } from '../networks/index.js';
import type { CrossValidationState } from './cross-validation-state.js';
import { fit } from './fit.js';
import { checkOptions } from './inputs.js';
import { foldGap } from './measures.js';
import { fitRules, tableFitRules } from './option-rules.js';
import type { TableFit, TableFitOptions } from './options.js';
import { asTargets, type Encoded, encoded, lossFor, splitRowsOf, type TableSplit } from './prepared-rows.js';
import { scoresOf } from './scores.js';

/**
 * Trains on a table: splits rows by seed, learns the preprocessing from the training rows, fits the network, scores both
 * parts. Everything that `predict` and `verify` need later is in the returned model.
 * Throws `usage` and `data` errors that name option, file, row and column.
 */
export async function fitTable(table: Table, options: TableFitOptions): Promise<TableFit> {
  requireOptions(options, tableFitRules, 'fit');
  requireThat(typeof options.target === 'string', 'fit: target must be the name of a column, and is missing.');
  const { lambda = 'cv', folds: _, measure: __, resume, ...rest } = options;
  requireThat(
    resume === undefined || typeof lambda === 'string',
    'fit: resume goes on with a cross-validation, and lambda is a number; leave out one of them.',
  );
  const own = pickOptions(rest, fitRules);
  const checked = checkOptions(own, 'fit');
  const started = new Run(options);
  const { split, prepared, loss, train, test } = preparedRows(table, options, checked.seed);
  const chosen =
    typeof lambda === 'number'
      ? ({ lambda, choice: null } as ChosenLambda)
      : await chosenLambda(table, prepared.rows, options, lambda, started);
  const { choice } = chosen;
  const left =
    options.timeLimit === undefined ? {} : { timeLimit: Math.max(1e-3, options.timeLimit - started.seconds) };
  const result = await fit(train.X, asTargets(train), { ...own, ...left, lambda: chosen.lambda, loss });
  const { preprocessing } = prepared;
  const model: Model = {
    preprocessing,
    weights: result.weights,
    objective: result.objective,
    certificate: result.certificate,
    patternSource: result.patternSource,
    ...(choice && { choice }),
    rows: { ...split.rows, train: train.X.rows },
    seed: checked.seed,
    scores: scoresOn({ train, test }, result.weights, preprocessing, loss),
    dataDigest: digest(train.X, train.y),
    version,
  };
  const status = chosen.stopped ?? result.status;
  const cut = status === 'aborted' || status === 'time-limit';
  return {
    model,
    fit: { ...result, status, seconds: started.seconds },
    notes: prepared.notes,
    ...(cut && chosen.folds && { folds: chosen.folds }),
  };
}

/** Share of a time limit that cross-validation may take. */
const choiceShare = 0.6;
/** λ that the held-out error may rise over before the cross-validation of `fit` ends: the rest would not be chosen. */
const patience = 5;

interface ChosenLambda {
  readonly lambda: number;
  readonly choice: LambdaChoice | null;
  /** Why the cross-validation ended before its time. */
  readonly stopped?: 'aborted' | 'time-limit';
  /** How far its folds came. */
  readonly folds?: CrossValidationState | null;
}

async function chosenLambda(
  table: Table,
  rows: Int32Array,
  options: TableFitOptions,
  rule: 'cv' | 'cv-1se',
  run: Run,
): Promise<ChosenLambda> {
  const { lambda: _, gap: __, ...rest } = options;
  const limit = (options.timeLimit ?? Number.POSITIVE_INFINITY) * choiceShare;
  const checked = checkOptions({ ...pickOptions(rest, fitRules), gap: foldGap }, 'fit');
  const { crossValidateRows } = await import('./cross-validate.js');
  const part = run.part(limit);
  const { curve, lambdaMax, state: folds } = await crossValidateRows(table, rows, { ...rest, patience }, checked, part);
  // Stopped before there was anything to choose by: the constant is the safe answer
  if (curve === null) return { lambda: lambdaMax || 1, choice: null, stopped: part.stop ?? 'aborted', folds };
  const choice = { rule, ...curve };
  const stopped = curve.end === 'complete' || curve.end === 'risen' ? {} : { stopped: curve.end };
  return { lambda: lambdaOf(choice), choice, ...stopped, folds };
}

/** The λ that a cross-validation chose. */
export const lambdaOf = ({ rule, lambdas, min, oneStandardError }: LambdaChoice): number =>
  lambdas[rule === 'cv' ? min : oneStandardError];

/** Everything between a table and the matrices that train and test. */
export function preparedRows(
  table: Table,
  options: Pick<TableFitOptions, 'target' | 'task' | 'testFraction' | 'standardize' | 'drop' | 'categorical' | 'loss'>,
  seed: number,
) {
  const split = splitRowsOf(table, options, seed);
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
  return { split, prepared, loss, train, test };
}

export function scoresFor(
  weights: NetworkWeights,
  part: Encoded,
  preprocessing: Preprocessing,
  loss: LossName,
): Scores {
  return scoresOf(predictScores(weights, part.X).data, part.y, preprocessing.target, loss);
}

/** The same on both parts of the rows. */
export const scoresOn = (
  { train, test }: { readonly train: Encoded; readonly test: Encoded | null },
  weights: NetworkWeights,
  preprocessing: Preprocessing,
  loss: LossName,
): Model['scores'] => ({
  train: scoresFor(weights, train, preprocessing, loss),
  test: test && scoresFor(weights, test, preprocessing, loss),
});

/** The rows of a table that trained a model and those kept for testing, found again by its seed. Throws as `fitTable`. */
export function splitTable({ rows, preprocessing }: Pick<Model, 'rows' | 'preprocessing'>, table: Table): TableSplit {
  const { name: target, kind } = preprocessing.target;
  const task = kind === 'number' ? 'regression' : 'classification';
  return splitRowsOf(table, { target, task, testFraction: rows.testFraction }, rows.seed);
}

/** The training part of a table that a model was fitted on, encoded as it was then. */
export const trainingPart = (model: Pick<Model, 'preprocessing' | 'objective' | 'rows'>, table: Table): Encoded =>
  encoded(table, model.preprocessing, model.objective.loss, splitTable(model, table).train);

/** The rows that trained a model and those kept for testing (null for none), encoded as they were then. */
export function encodedParts(
  model: Pick<Model, 'preprocessing' | 'objective' | 'rows'>,
  table: Table,
): { readonly train: Encoded; readonly test: Encoded | null } {
  const { train, test } = splitTable(model, table);
  const part = (rows: Int32Array): Encoded => encoded(table, model.preprocessing, model.objective.loss, rows);
  return { train: part(train), test: test.length > 0 ? part(test) : null };
}
