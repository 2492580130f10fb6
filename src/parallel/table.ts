import { pickOptions, Run, requireOptions, requireThat, version } from '../base/index.js';
import { digest, encodeFeatures, type Table } from '../data/index.js';
import { lambdaOf, preparedRows } from '../estimators/parts/index.js';
import type { LambdaChoice, Predictions } from '../model/index.js';
import { hasProbability, predictionsOf } from '../model/parts/index.js';
import { fitParallel, type ParallelFit } from './fit.js';
import { truncated } from './low-rank.js';
import type { ParallelModel } from './model.js';
import { type ParallelNetwork, parallelScores } from './network.js';
import { defaultRegularizer, fitRules, parallelProblem } from './options.js';
import { scoresOnParts } from './part-scores.js';
import { shapeOf } from './shape.js';
import { type ParallelTableOptions, problemOf, tableRules } from './table-options.js';

export interface ParallelTableFit {
  readonly model: ParallelModel;
  readonly fit: ParallelFit;
  /** What preprocessing did, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Trains a parallel network on a table: rows split by seed, the preprocessing learnt from the training rows, λ given or cross-validated.
 * Throws `usage` and `data` errors that name option, file, row and column.
 */
export async function fitParallelTable(table: Table, options: ParallelTableOptions): Promise<ParallelTableFit> {
  requireOptions(options, tableRules, 'fitParallel');
  requireThat(typeof options.target === 'string', 'fitParallel: target must be the name of a column, and is missing.');
  const { layers = 3, width = 2, outputBias = true, hiddenBias = false, skip = false, seed = 0 } = options;
  const { widths } = shapeOf(layers, width, 'fitParallel');
  const regularizer = defaultRegularizer({ ...options, layers }, 'fitParallel');
  const started = new Run(options);
  const { split, prepared, loss, train, test } = preparedRows(table, options, seed);
  const { preprocessing, notes } = prepared;
  // Before the cross-validation: what is wrong with the rank must not come to light after it
  if (options.rank !== undefined)
    truncated(
      parallelProblem(train.X, train.y, { ...problemOf(options), loss }, 'fitParallel'),
      options.rank,
      'fitParallel',
    );
  const { lambda, choice, stopped } = await chosenLambda(table, prepared.rows, options, started);
  const { lambda: _, loss: __, timeLimit, ...rest } = options;
  const left = timeLimit === undefined ? {} : { timeLimit: Math.max(1e-3, timeLimit - started.seconds) };
  const fit = await fitParallel(train.X, train.y, { ...pickOptions(rest, fitRules), ...left, lambda, loss });
  const { network, certificate, lowRank } = fit;
  const model: ParallelModel = {
    network,
    preprocessing,
    problem: { layers, width: widths, regularizer, lambda, loss, outputBias, hiddenBias, skip },
    certificate,
    lowRank,
    ...(choice && { choice }),
    rows: { ...split.rows, train: train.X.rows },
    seed,
    scores: scoresOnParts({ train, test }, network, preprocessing, loss),
    dataDigest: digest(train.X, train.y),
    version,
  };
  return { model, fit: { ...fit, status: stopped ?? fit.status, seconds: started.seconds }, notes };
}

/** Share of a time limit that cross-validation may take. */
const choiceShare = 0.6;

interface ChosenLambda {
  readonly lambda: number;
  readonly choice?: LambdaChoice;
  /** Why the cross-validation ended before its time. */
  readonly stopped?: 'aborted' | 'time-limit';
}

async function chosenLambda(
  table: Table,
  rows: Int32Array,
  options: ParallelTableOptions,
  run: Run,
): Promise<ChosenLambda> {
  const { lambda: rule = 'cv', timeLimit = Number.POSITIVE_INFINITY } = options;
  if (typeof rule === 'number') return { lambda: rule };
  const { crossValidateParallel } = await import('./cross-validate.js');
  const part = run.part(timeLimit * choiceShare);
  const { curve, lambdaMax } = await crossValidateParallel(table, rows, options, part);
  // Stopped before there was anything to choose by: the constant is the safe answer
  if (curve === null) return { lambda: lambdaMax || 1, stopped: part.stop ?? 'aborted' };
  const choice = { rule, ...curve };
  const stopped = curve.end === 'complete' || curve.end === 'risen' ? {} : { stopped: curve.end };
  return { lambda: lambdaOf(choice) || 1, choice, ...stopped };
}

/** Predictions in row order: numbers in units of the target, or class labels with probabilities where the loss gives them. */
export function predictParallelTable({ network, preprocessing, problem }: ParallelModel, table: Table): Predictions {
  const { X, warnings } = encodeFeatures(table, preprocessing);
  const probability = givesProbability({ network, problem });
  return predictionsOf(parallelScores(network, X), preprocessing.target, probability, warnings);
}

/** Whether the loss makes the scores log-odds. */
export const givesProbability = ({
  network,
  problem,
}: {
  network: ParallelNetwork;
  problem: ParallelModel['problem'];
}) => hasProbability({ objective: problem, weights: network });
