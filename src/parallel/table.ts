import { RelucentError, Run, type RunOptions, requireThat, version } from '../base/index.js';
import {
  decodeTarget,
  digest,
  encodeFeatures,
  encodeTarget,
  fitPreprocessing,
  inspectTarget,
  type Preprocessing,
  splitRows,
  type Table,
} from '../data/index.js';
import type { Matrix } from '../linalg/index.js';
import { type LossName, lossByName } from '../losses/index.js';
import type { ParallelCertificate } from './certificate.js';
import { certifyParallel } from './certify.js';
import { fitParallel, type ParallelFit } from './fit.js';
import { type ParallelJson, parallelFromJson, parallelToJson } from './json.js';
import type { LowRankInterval } from './low-rank.js';
import { type ParallelNetwork, parallelScores, type Regularizer } from './network.js';
import { type ParallelFitOptions, parallelProblem } from './options.js';
import { sampledCertificate } from './sampled.js';

/** What a file of a parallel model holds: all that `predict` and `verify` need. */
export interface ParallelModel {
  readonly network: ParallelNetwork;
  readonly preprocessing: Preprocessing;
  readonly problem: {
    readonly layers: number;
    readonly width: readonly number[];
    readonly regularizer: Regularizer;
    readonly lambda: number;
    readonly loss: LossName;
    readonly outputBias: boolean;
    readonly hiddenBias: boolean;
    readonly skip: boolean;
  };
  readonly certificate: ParallelCertificate;
  readonly lowRank: LowRankInterval | null;
  readonly split: { readonly testFraction: number; readonly seed: number };
  /** Mean loss of the encoded rows. */
  readonly scores: { readonly train: number; readonly test: number | null };
  readonly dataDigest: string;
  readonly version: string;
}

export interface ParallelTableOptions extends Omit<ParallelFitOptions, 'loss'> {
  readonly target: string;
  readonly task?: 'auto' | 'regression' | 'classification';
  readonly loss?: 'auto' | LossName;
  readonly testFraction?: number;
  readonly standardize?: boolean;
  readonly drop?: readonly string[];
  readonly categorical?: readonly string[];
}

const FORMAT = 'relucent-parallel';
const FORMAT_VERSION = 1;

/** Trains a parallel network on a table: rows split by seed, the preprocessing learnt from the training rows. */
export async function fitParallelTable(
  table: Table,
  options: ParallelTableOptions,
): Promise<{ readonly model: ParallelModel; readonly fit: ParallelFit; readonly notes: readonly string[] }> {
  const { target, task, loss: asked, testFraction = 0.2, standardize, drop, categorical, ...own } = options;
  const seed = own.seed ?? 0;
  const { train, test } = rowsOf(table, target, task, testFraction, seed);
  requireThat(
    train.length > 1,
    `${table.source}: ${train.length} rows are left to train; at least 2 are needed.`,
    'data',
  );
  const { preprocessing, rows, notes } = fitPreprocessing(table, {
    target,
    task,
    standardize,
    drop,
    categorical,
    rows: train,
  });
  const loss = lossOf(preprocessing, asked);
  const part = encodedRows(table, preprocessing, loss, rows);
  const fit = await fitParallel(part.X, part.y, { ...own, loss });
  const { network, certificate, lowRank } = fit;
  const { layers = 3, lambda = 1e-3, outputBias = true, hiddenBias = false, skip = false, width = 2 } = own;
  const widths = typeof width === 'number' ? new Array<number>(layers - 2).fill(width) : [...width];
  const regularizer = own.regularizer ?? (layers > 3 ? 'path' : 'weight-decay');
  const mean = ({ X, y }: { X: Matrix; y: Float64Array }): number =>
    lossByName(loss).value(parallelScores(network, X).data, y, network.outputs) / X.rows;
  const model: ParallelModel = {
    network,
    preprocessing,
    problem: { layers, width: widths, regularizer, lambda, loss, outputBias, hiddenBias, skip },
    certificate,
    lowRank,
    split: { testFraction, seed },
    scores: {
      train: mean(part),
      test: test.length > 0 ? mean(encodedRows(table, preprocessing, loss, test)) : null,
    },
    dataDigest: digest(part.X, part.y),
    version,
  };
  return { model, fit, notes };
}

function rowsOf(table: Table, target: string, task: ParallelTableOptions['task'], testFraction: number, seed: number) {
  const facts = inspectTarget(table, target, task);
  const { train, test } = splitRows(facts.rows.length, { testFraction, seed, strata: facts.strata ?? undefined });
  return { train: train.map((i) => facts.rows[i]), test: test.map((i) => facts.rows[i]) };
}

function lossOf({ target }: Preprocessing, asked: 'auto' | LossName = 'auto'): LossName {
  if (asked === 'auto') return target.kind === 'number' ? 'squared' : target.kind === 'binary' ? 'logistic' : 'softmax';
  const fits = target.kind !== 'number' || asked === 'squared' || asked === 'huber';
  requireThat(
    fits,
    `the ${asked} loss does not fit the target '${target.name}'; choose squared or huber, or pass task classification.`,
  );
  return asked;
}

function encodedRows(table: Table, preprocessing: Preprocessing, loss: LossName, rows: Int32Array) {
  const { X } = encodeFeatures(table, preprocessing, rows);
  const { y } = encodeTarget(table, preprocessing, lossByName(loss).targets, rows);
  return { X, y };
}

/** Predictions in row order: numbers in units of the target, or class labels; with the network's scores. */
export function predictParallelTable(
  { network, preprocessing }: ParallelModel,
  table: Table,
): { readonly values: Float64Array | string[]; readonly scores: Matrix; readonly warnings: readonly string[] } {
  const { X, warnings } = encodeFeatures(table, preprocessing);
  const scores = parallelScores(network, X);
  return { values: decodeTarget(scores, preprocessing.target) as Float64Array | string[], scores, warnings };
}

export interface ParallelVerdict {
  readonly accepted: boolean;
  readonly reasons: readonly string[];
  readonly recomputed: ParallelCertificate;
}

const PRIMAL_TOLERANCE = 1e-9;
const DUAL_TOLERANCE = 1e-7;

/** Makes the certificate again from weights and table; rejects what cannot be derived. */
export async function verifyParallelModel(
  model: ParallelModel,
  table: Table,
  options: RunOptions = {},
): Promise<ParallelVerdict> {
  const { preprocessing, problem, split, certificate: claimed, network } = model;
  const { target } = preprocessing;
  const task = target.kind === 'number' ? 'regression' : 'classification';
  const { train } = rowsOf(table, target.name, task, split.testFraction, split.seed);
  const { X, y } = encodedRows(table, preprocessing, problem.loss, train);
  const now = await certifyParallel(network, X, y, {
    ...options,
    ...problem,
    tolerance: claimed.tolerance,
    seed: claimed.search?.seed,
    starts: claimed.search?.starts,
  });
  const size = Math.max(Math.abs(now.primal), Number.MIN_VALUE);
  const reasons: string[] = [];
  if (digest(X, y) !== model.dataDigest)
    reasons.push('the table is not the one the model was trained on (its digest differs).');
  if (Math.abs(claimed.primal - now.primal) > PRIMAL_TOLERANCE * size)
    reasons.push(`the objective of the network is ${now.primal}, not ${claimed.primal}.`);
  if (claimed.bound > now.bound + DUAL_TOLERANCE * size)
    reasons.push(`the lower bound ${claimed.bound} exceeds ${now.bound}, what could be proved.`);
  const rank = { exact: 3, priced: 2, sampled: 1, bound: 0 };
  if (claimed.scope === 'sampled') {
    const { sample } = claimed;
    const dual = sample ? await sampledDual(now, X, y, problem, sample, options) : now.bound;
    if (claimed.dual > dual + DUAL_TOLERANCE * size)
      reasons.push(`the dual value ${claimed.dual} exceeds ${dual}, that of the sampled patterns.`);
  } else {
    if (rank[claimed.scope] > rank[now.scope])
      reasons.push(`the scope '${claimed.scope}' cannot be derived, only '${now.scope}'.`);
    if (claimed.dual > now.dual + DUAL_TOLERANCE * size)
      reasons.push(`the dual value ${claimed.dual} exceeds ${now.dual}.`);
  }
  return { accepted: reasons.length === 0, reasons, recomputed: now };
}

/** Of the program over the sampled patterns, which their seed gives again. */
async function sampledDual(
  certificate: ParallelCertificate,
  X: Matrix,
  y: Float64Array,
  problem: ParallelModel['problem'],
  { count, seed }: NonNullable<ParallelCertificate['sample']>,
  options: RunOptions,
): Promise<number> {
  const checked = parallelProblem(X, y, problem, 'verify');
  return (await sampledCertificate(certificate, checked, count, seed, new Run(options))).dual;
}

/** The model as the text of a file. */
export function writeParallelModel({ network, ...rest }: ParallelModel): string {
  const file = { format: FORMAT, formatVersion: FORMAT_VERSION, ...rest, network: parallelToJson(network) };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** Whether a text is that of a parallel model file, whole or not. */
export const isParallelFile = (text: string): boolean =>
  /^\uFEFF?\s*\{\s*"format"\s*:\s*"relucent-parallel"/.test(text);

/** Throws `model`, one line that begins with `name`, for a damaged file. */
export function readParallelModel(text: string, name = 'model'): ParallelModel {
  let json: Partial<ParallelModel> & { formatVersion?: number; network?: unknown };
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new RelucentError('model', `${name}: expected a relucent model file, but it is not JSON, or cut off.`, {
      cause: error,
    });
  }
  const {
    network,
    preprocessing,
    problem,
    certificate,
    split,
    scores,
    lowRank = null,
    dataDigest = '',
    version: by = '',
  } = json;
  if (!isParallelFile(text) || !network || !preprocessing || !problem || !certificate || !split || !scores) {
    throw new RelucentError(
      'model',
      `${name}: parts of the parallel model are missing; the file is damaged, write it again with relucent fit.`,
    );
  }
  if ((json.formatVersion ?? 0) > FORMAT_VERSION) {
    throw new RelucentError(
      'model',
      `${name}: expected format version ${FORMAT_VERSION}, got ${json.formatVersion}; install a newer relucent.`,
    );
  }
  const own = parallelFromJson(network as unknown as ParallelJson, name);
  return { network: own, preprocessing, problem, certificate, split, scores, lowRank, dataDigest, version: by };
}
