import {
  pickOptions,
  RelucentError,
  Run,
  type RunOptions,
  requireOptions,
  requireThat,
  runRules,
  version,
} from '../base/index.js';
import { certify } from '../certificates/index.js';
import { digest, type Table } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import { type Model, modelOfPoint, type PathModel, type PathModelPoint } from '../model/index.js';
import { type FitPathPoint, fitPath, type PathOptions, sourceAsked } from './fit-path.js';
import { encodedParts, preparedRows, scoresOn } from './fit-table.js';
import { type CheckedOptions, checkOptions } from './inputs.js';
import { fitRules, pathRules, tablePathRules } from './option-rules.js';
import type { TableFitOptions } from './options.js';
import { networkAt } from './path-points.js';
import { asTargets } from './prepared-rows.js';

/** Options of `fitTablePath`: those of `fitPath` and what concerns the table. */
export interface TablePathOptions
  extends Omit<PathOptions, 'resume' | 'onPoint'>,
    Pick<TableFitOptions, 'target' | 'task' | 'standardize' | 'testFraction' | 'categorical' | 'drop'> {
  /** A path over the same table with the same options, to go on from. */
  readonly resume?: PathModel;
}

export interface TablePath {
  readonly path: PathModel;
  /** What preprocessing did, in sentences. */
  readonly notes: readonly string[];
  readonly seconds: number;
}

/**
 * The regularisation path on a table: splits rows by seed, learns the preprocessing from the training rows, and gives
 * the network at every λ with its certificate and its scores on both parts.
 * Throws `usage` and `data` errors that name option, file, row and column.
 */
export async function fitTablePath(table: Table, options: TablePathOptions): Promise<TablePath> {
  requireOptions(options, tablePathRules, 'path');
  requireThat(typeof options.target === 'string', 'path: target must be the name of a column, and is missing.');
  const { resume, ...rest } = options;
  const checked = checkOptions(pickOptions(rest, fitRules), 'path');
  const { seed } = checked;
  const { split, prepared, loss, train, test } = preparedRows(table, rest, seed);
  const { preprocessing } = prepared;
  const dataDigest = digest(train.X, train.y);
  requireThat(
    resume === undefined || (resume.dataDigest === dataDigest && resume.seed === seed),
    `path: the path to go on with was made from other rows than those of ${table.source} with seed ${seed}; resume with the table and options it was begun with.`,
  );
  if (resume) requireSameProblem(resume, loss, checked);
  const result = await fitPath(train.X, asTargets(train), {
    ...pickOptions(rest, pathRules),
    loss,
    ...(resume && { resume: resume.points }),
  });
  const scored = (point: FitPathPoint): PathModelPoint => ({
    lambda: point.lambda,
    status: point.status,
    certificate: point.certificate,
    scores: scoresOn({ train, test }, point.weights, preprocessing, loss),
    weights: point.weights,
  });
  const path: PathModel = {
    preprocessing,
    objective: result.objective,
    end: result.end,
    patternSource: result.patternSource,
    rows: { ...split.rows, train: train.X.rows },
    seed,
    dataDigest,
    version,
    lambdaMax: result.lambdaMax,
    nullLoss: result.nullLoss,
    lambdas: Array.from(result.lambdas),
    points: result.points.map(scored),
  };
  return { path, notes: prepared.notes, seconds: result.seconds };
}

/** λ given as a list say nothing about the rest of the options. */
function requireSameProblem({ objective, patternSource }: PathModel, loss: LossName, checked: CheckedOptions): void {
  const { outputBias, hiddenBias } = checked;
  const asked = { loss, outputBias, hiddenBias };
  const other = (Object.keys(asked) as (keyof typeof asked)[]).find((name) => objective[name] !== asked[name]);
  requireThat(
    other === undefined,
    `path: the path to go on with was made with ${other} ${other && objective[other]}, not ${other && asked[other]}; resume with the options it was begun with.`,
  );
  const [was, is] = [JSON.stringify(patternSource), JSON.stringify(sourceAsked(checked))];
  requireThat(
    was === is,
    `path: the path to go on with has its patterns from ${was}, not ${is}; resume with the options it was begun with.`,
  );
}

/**
 * The model of a path at λ. At one of its points it is that network with its certificate; between two it is interpolated in
 * the convex variables and certified anew, for which the training table is needed.
 * @throws `usage` for a λ outside the path, or between points without a table.
 */
export async function modelAt(
  path: PathModel,
  lambda: number,
  table?: Table,
  options: RunOptions = {},
): Promise<Model> {
  requireOptions<RunOptions>(options, runRules, 'modelAt');
  const k = path.points.findIndex((point) => point.lambda === lambda);
  if (k >= 0) return modelOfPoint(path, k);
  requireThat(
    table !== undefined,
    `path: λ = ${lambda} is between two points; name the training table to interpolate, or one of the λ of the path.`,
  );
  const objective = { ...path.objective, lambda };
  const parts = encodedParts({ ...path, objective }, table);
  const part = parts.train;
  if (digest(part.X, part.y) !== path.dataDigest) {
    throw new RelucentError('data', `${table.source}: is not the table the path was trained on (its digest differs).`);
  }
  const weights = networkAt(path.points, lambda, part.X);
  const run = new Run(options);
  const { loss, outputBias, hiddenBias } = path.objective;
  const patterns = path.patternSource.kind === 'gaussian' ? path.patternSource : undefined;
  const { tolerance } = path.points[0].certificate;
  const own = { loss, outputBias, hiddenBias, patterns, tolerance, seed: path.seed };
  const certificate = await certify(weights, part.X, part.y, lambda, { ...run.options, ...own });
  const { preprocessing, patternSource, rows, seed, dataDigest } = path;
  return {
    preprocessing,
    weights,
    objective,
    certificate,
    patternSource,
    rows,
    seed,
    scores: scoresOn(parts, weights, preprocessing, loss),
    dataDigest,
    version: path.version,
  };
}
