import { Run, type RunOptions } from '../base/index.js';
import { digest, type Table } from '../data/index.js';
import { type Encoded, encoded, splitRowsOf } from '../estimators/parts/index.js';
import type { ParallelCertificate } from './certificate.js';
import { certifyParallel, residualOf } from './certify.js';
import { type LowRankInterval, lowRankInterval, truncated } from './low-rank.js';
import type { ParallelModel } from './model.js';
import { parallelProblem } from './options.js';
import { sampledCertificate } from './sampled.js';

export interface ParallelVerdict {
  readonly accepted: boolean;
  readonly reasons: readonly string[];
  readonly recomputed: ParallelCertificate;
}

const PRIMAL_TOLERANCE = 1e-9;
const DUAL_TOLERANCE = 1e-7;

/** Makes the certificate and the low-rank interval again from weights and table; rejects what cannot be derived. */
export async function verifyParallelModel(
  model: ParallelModel,
  table: Table,
  options: RunOptions = {},
): Promise<ParallelVerdict> {
  const { problem, certificate: claimed, network } = model;
  const part = trainingPart(model, table);
  const recomputed = await certifyParallel(network, part.X, part.y, {
    ...options,
    ...problem,
    tolerance: claimed.tolerance,
    seed: claimed.search?.seed,
    starts: claimed.search?.starts,
  });
  const known = digest(part.X, part.y) === model.dataDigest;
  const reasons = [
    ...(known ? [] : ['the table is not the one the model was trained on (its digest differs).']),
    ...(await refuted(model, part, recomputed, options)),
    ...(model.lowRank ? await refutedInterval(model, part, model.lowRank, recomputed, options) : []),
  ];
  return { accepted: reasons.length === 0, reasons, recomputed };
}

/** The rows that trained the model, encoded as they were then. */
function trainingPart({ preprocessing, rows, problem }: ParallelModel, table: Table): Encoded {
  const { name: target, kind } = preprocessing.target;
  const task = kind === 'number' ? 'regression' : 'classification';
  const { train } = splitRowsOf(table, { target, task, testFraction: rows.testFraction }, rows.seed);
  return encoded(table, preprocessing, problem.loss, train);
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
  if (claimed.scope === 'sampled') {
    const dual = claimed.sample ? await sampledDual(now, part, problem, claimed.sample, options) : now.bound;
    if (claimed.dual > dual + slack)
      reasons.push(`the dual value ${claimed.dual} exceeds ${dual}, that of the sampled patterns.`);
    return reasons;
  }
  if (strength[claimed.scope] > strength[now.scope])
    reasons.push(`the scope '${claimed.scope}' cannot be derived, only '${now.scope}'.`);
  if (claimed.dual > now.dual + slack) reasons.push(`the dual value ${claimed.dual} exceeds ${now.dual}.`);
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
  return reasons;
}
