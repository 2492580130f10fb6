import {
  choiceRule,
  numberRule,
  type OptionRules,
  type RunOptions,
  requireOptions,
  requireThat,
  runRules,
  wholeRule,
} from '../base/index.js';
import {
  checkProof,
  networkObjective,
  type Problem,
  type ProofFile,
  semidefiniteLowerBound,
  trainingProblem,
} from '../certificates/index.js';
import { digest, type Table } from '../data/index.js';
import type { Model } from '../model/index.js';
import { trainingPart } from './fit-table.js';
import { threadsOf } from './inputs.js';
import { provableReason } from './provable.js';

export { readProof, writeProof } from '../certificates/index.js';

export interface ProveModelOptions extends RunOptions {
  /** Relative gap (primal − bound)/primal that is enough. Default 0.05. */
  readonly gap?: number;
  /** Most iterations of the relaxation. Default: until the time limit, or until 1,000 of them have brought nothing. */
  readonly iterations?: number;
  /** Default `auto`: as many as there are cores. The answer does not depend on it. */
  readonly threads?: 'auto' | number;
  /** A proof file to go on from, about the same data and problem. */
  readonly resume?: ProofFile;
  /** Called with every better proof, which the check has accepted. */
  readonly onProof?: (file: ProofFile) => void | Promise<void>;
}

const rules: OptionRules<ProveModelOptions> = {
  ...runRules,
  gap: numberRule('a number between 0 and 1', (value) => value > 0 && value < 1),
  iterations: numberRule('a whole number ≥ 0', (value) => Number.isInteger(value) && value >= 0),
  threads: choiceRule(['auto'], wholeRule(1)),
  resume: { expected: 'a proof file as readProof gives it', accepts: (value) => typeof value === 'object' },
  onProof: { expected: 'a function', accepts: (value) => typeof value === 'function' },
};

/** How near a network is to what is proved about all networks. */
export interface ModelProof {
  /** Proved: no two-layer ReLU network with the biases of the model, of any width, has an objective below; 0 for nothing. */
  readonly bound: number;
  /** Objective of the network, from its weights. */
  readonly primal: number;
  /** (primal − bound)/primal. */
  readonly gap: number;
  readonly status: 'solved' | 'stalled' | 'iteration-limit' | 'aborted' | 'time-limit';
  /** What proves it; null when nothing was found. */
  readonly file: ProofFile | null;
  readonly iterations: number;
}

/**
 * A lower bound on the objective over all networks on a model's training rows, by the semidefinite relaxation
 * (docs/semidefinite.md), until it is within `gap` of the model's. Stopped at any moment it keeps the best proof so far.
 *
 * @throws `usage` for models that the relaxation does not cover (see `provableReason`) and for a proof of something else.
 */
export async function proveModel(model: Model, table: Table, options: ProveModelOptions = {}): Promise<ModelProof> {
  requireOptions(options, rules, 'proveModel');
  const { problem, dataDigest } = problemOf(model, table);
  const reason = provableReason(model);
  requireThat(reason === null, `proveModel: ${reason}.`);
  const { gap = 0.05, iterations = Number.MAX_SAFE_INTEGER, resume, onProof, threads, ...run } = options;
  const mismatch = resume && mismatchOf(resume, model, dataDigest);
  requireThat(!mismatch, `proveModel: the proof to go on from is ${mismatch}.`);
  const primal = objectiveOf(model, problem);
  const about = { dataDigest, ...model.objective };
  const found = await semidefiniteLowerBound(problem, {
    ...run,
    iterations,
    threads: threadsOf(threads),
    patience: 1000,
    goal: (1 - gap) * primal,
    start: model.weights,
    resume,
    onProof: onProof && ((kept) => onProof({ ...about, ...kept })),
    onProgress: run.onProgress && ((event) => run.onProgress?.({ ...event, primal })),
  });
  const { value: bound, kept, status } = found;
  const file = kept && { ...about, ...kept };
  return { bound, primal, gap: relative(primal, bound), status, file, iterations: found.iterations };
}

export interface ProofCheck {
  readonly accepted: boolean;
  /** Why not, one sentence each. */
  readonly reasons: readonly string[];
  readonly bound: number;
  readonly primal: number;
  readonly gap: number;
}

/**
 * Checks a proof file against a model and its table: that it is about these rows and this problem, and that its numbers prove
 * the bound it names. Nothing of the file is believed; `bound` is 0 unless it is accepted.
 */
export async function checkModelProof(model: Model, table: Table, file: ProofFile): Promise<ProofCheck> {
  const { problem, dataDigest } = problemOf(model, table);
  const primal = objectiveOf(model, problem);
  const uncovered = provableReason(model);
  const mismatch = mismatchOf(file, model, dataDigest);
  const reasons = uncovered === null ? [] : [`${uncovered}.`];
  if (mismatch !== null) reasons.push(`the proof is ${mismatch}.`);
  const verdict = reasons.length === 0 ? checkProof(problem, file.proof) : null;
  if (verdict && !verdict.accepted) reasons.push(`${verdict.reason}.`);
  if (verdict?.accepted && !(file.bound <= verdict.value))
    reasons.push(`the file names the bound ${file.bound}, its numbers prove ${verdict.value}.`);
  const bound = reasons.length === 0 && verdict?.accepted ? verdict.value : 0;
  return { accepted: reasons.length === 0, reasons, bound, primal, gap: relative(primal, bound) };
}

/** What a proof is about instead of this model's problem, or null. */
export function mismatchOf(
  file: ProofFile,
  { objective }: Pick<Model, 'objective'>,
  dataDigest: string,
): string | null {
  if (file.dataDigest !== dataDigest) return 'about other data (the digest differs)';
  if (file.lambda !== objective.lambda) return `for λ = ${file.lambda}, not ${objective.lambda}`;
  if (file.loss !== objective.loss) return `for the loss ${file.loss}, not ${objective.loss}`;
  const sameBiases = file.outputBias === objective.outputBias && file.hiddenBias === objective.hiddenBias;
  return sameBiases ? null : 'for other biases';
}

function problemOf(model: Model, table: Table): { problem: Problem; dataDigest: string } {
  const { X, y } = trainingPart(model, table);
  const { loss, lambda, outputBias, hiddenBias } = model.objective;
  return { problem: trainingProblem(X, y, lambda, { loss, outputBias, hiddenBias }), dataDigest: digest(X, y) };
}

function objectiveOf({ weights }: Model, { X, y, lambda, loss, outputBias, hiddenBias }: Problem): number {
  return networkObjective(weights, X, y, lambda, { loss, outputBias, hiddenBias });
}

/** An objective that is not finite is 100 % above every bound. */
const relative = (primal: number, bound: number): number =>
  primal < Number.POSITIVE_INFINITY ? Math.max(0, primal - bound) / Math.max(primal, 1e-300) : 1;
