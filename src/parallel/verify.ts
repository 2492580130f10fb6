import { Run, type RunOptions } from '../base/index.js';
import { digest, type Table } from '../data/index.js';
import { type Encoded, encoded, otherScores, splitRowsOf } from '../estimators/parts/index.js';
import type { ParallelCertificate } from './certificate.js';
import { certifyParallel, residualOf } from './certify.js';
import { type LowRankInterval, lowRankInterval, truncated } from './low-rank.js';
import type { ParallelModel } from './model.js';
import { parallelProblem } from './options.js';
import { scoresOnParts } from './part-scores.js';
import { sampledCertificate } from './sampled.js';

export interface ParallelVerdict {
  readonly accepted: boolean;
  readonly reasons: readonly string[];
  readonly recomputed: ParallelCertificate;
}

const PRIMAL_TOLERANCE = 1e-9;
const DUAL_TOLERANCE = 1e-7;

/** Makes the certificate, the low-rank interval and the scores again from weights and table; rejects what cannot be derived. */
export async function verifyParallelModel(
  model: ParallelModel,
  table: Table,
  options: RunOptions = {},
): Promise<ParallelVerdict> {
  const { problem, certificate: claimed, network, preprocessing } = model;
  const parts = partsOf(model, table);
  const part = parts.train;
  const recomputed = await certifyParallel(network, part.X, part.y, {
    ...options,
    ...problem,
    tolerance: claimed.tolerance,
    seed: claimed.search?.seed,
    starts: claimed.search?.starts,
  });
  const known = digest(part.X, part.y) === model.dataDigest;
  const reasons = [
    ...(known
      ? otherScores(model.scores, scoresOnParts(parts, network, preprocessing, problem.loss))
      : ['the table is not the one the model was trained on (its digest differs).']),
    ...(await refuted(model, part, recomputed, options)),
    ...(model.lowRank ? await refutedInterval(model, part, model.lowRank, recomputed, options) : []),
  ];
  return { accepted: reasons.length === 0, reasons, recomputed };
}

/** The rows that trained the model and those kept for testing (null for none), encoded as they were then. */
function partsOf(
  { preprocessing, rows, problem }: ParallelModel,
  table: Table,
): { readonly train: Encoded; readonly test: Encoded | null } {
  const { name: target, kind } = preprocessing.target;
  const task = kind === 'number' ? 'regression' : 'classification';
  const split = splitRowsOf(table, { target, task, testFraction: rows.testFraction }, rows.seed);
  const part = (chosen: Int32Array): Encoded => encoded(table, preprocessing, problem.loss, chosen);
  return { train: part(split.train), test: split.test.length > 0 ? part(split.test) : null };
}

const strength = { exact: 3, priced: 2, sampled: 1, bound: 0 } as const;

async function refuted(
  { certificate: claimed, problem }: ParallelModel,
  part: Encoded,
  now: ParallelCertificate,
  options: RunOptions,
): Promise<string[]> {
  const slack = sizeOf(now) * DUAL_TOLERANCE;
  const reasons: string[] = [];
  if (Math.abs(claimed.primal - now.primal) > PRIMAL_TOLERANCE * sizeOf(now))
    reasons.push(`the objective of the network is ${now.primal}, not ${claimed.primal}.`);
  if (claimed.bound > now.bound + slack)
    reasons.push(`the lower bound ${claimed.bound} exceeds ${now.bound}, what could be proved.`);
  if (Math.abs(claimed.relativeGap * sizeOf(now) - Math.max(0, claimed.primal - claimed.dual)) > slack)
    reasons.push(`the gap ${claimed.relativeGap} is not that of the objective and the dual value.`);
  if (Math.abs(claimed.gap - Math.max(0, claimed.primal - claimed.dual)) > slack)
    reasons.push(`the gap ${claimed.gap} is not primal − dual = ${claimed.primal - claimed.dual}.`);
  if (claimed.scope === 'sampled') {
    const dual = claimed.sample ? await sampledDual(now, part, problem, claimed.sample, options) : now.bound;
    if (claimed.dual > dual + slack)
      reasons.push(`the dual value ${claimed.dual} exceeds ${dual}, that of the sampled patterns.`);
    return reasons;
  }
  if (strength[claimed.scope] > strength[now.scope])
    reasons.push(`the scope '${claimed.scope}' cannot be derived, only '${now.scope}'.`);
  // what is called a bound is proved, whatever a search may say besides
  const dual = claimed.scope === 'bound' ? now.bound : now.dual;
  if (claimed.dual > dual + slack) reasons.push(`the dual value ${claimed.dual} exceeds ${dual}.`);
  return reasons;
}

const sizeOf = ({ primal }: ParallelCertificate): number => Math.max(Math.abs(primal), Number.MIN_VALUE);

/** Of the program over the sampled patterns, which their seed gives again. */
async function sampledDual(
  certificate: ParallelCertificate,
  { X, y }: Encoded,
  problem: ParallelModel['problem'],
  { count, seed }: NonNullable<ParallelCertificate['sample']>,
  options: RunOptions,
): Promise<number> {
  const checked = parallelProblem(X, y, problem, 'verify');
  return (await sampledCertificate(certificate, checked, count, seed, new Run(options))).dual;
}

async function refutedInterval(
  { network, problem }: ParallelModel,
  { X, y }: Encoded,
  claimed: LowRankInterval,
  certificate: ParallelCertificate,
  options: RunOptions,
): Promise<string[]> {
  const checked = parallelProblem(X, y, problem, 'verify');
  const reduced = truncated(checked, claimed.rank, 'verify');
  const residual = residualOf(network, X, checked);
  const now = await lowRankInterval(checked, reduced, residual, certificate.primal, new Run(options));
  const slack = sizeOf(certificate) * DUAL_TOLERANCE;
  const reasons: string[] = [];
  if (claimed.lower > now.lower + slack)
    reasons.push(`the lower end ${claimed.lower} of the low-rank interval exceeds ${now.lower}, what could be proved.`);
  if (claimed.upper < now.upper - slack)
    reasons.push(`the upper end ${claimed.upper} of the low-rank interval is below the objective ${now.upper}.`);
  if (claimed.factor < now.factor * (1 - DUAL_TOLERANCE))
    reasons.push(`the a-priori factor is ${now.factor}, not ${claimed.factor}.`);
  if (claimed.tail < now.tail * (1 - DUAL_TOLERANCE)) reasons.push(`the tail is ${now.tail}, not ${claimed.tail}.`);
  if (claimed.exact && !now.exact) reasons.push('the low-rank interval does not rest on a proof over all patterns.');
  return reasons;
}
