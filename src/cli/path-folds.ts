import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { CrossValidationOptions, PathModel, Table, TablePath } from '../index.js';
import { Output } from './files.js';
import { begunFolds, crossValidated } from './held-out.js';
import { heldOutText } from './held-out-file.js';
import type { PathCommand } from './path.js';
import type { Session } from './session.js';

/** The path with held-out errors at its λ, when it came to its end and the folds do as well. */
export async function compared(
  session: Session,
  table: Table,
  { path, seconds }: TablePath,
  options: PathCommand,
): Promise<PathModel> {
  if (stoppedShort(path) || session.signal.aborted) return path;
  const { timeLimit, resume, output } = options;
  const left = timeLimit === undefined ? {} : { timeLimit: Math.max(1e-3, timeLimit - seconds) };
  const lambdas = path.points.map(({ lambda }) => lambda);
  const file = output === '-' ? null : foldsFile(output);
  const begun: Pick<CrossValidationOptions, 'resume'> =
    resume && file !== null && existsSync(file) ? { resume: await begunFolds(file) } : {};
  const held = await crossValidated(session, table, { ...foldOptions(options), ...left, ...begun, lambdas });
  if (held.state !== undefined) {
    if (file !== null) await (await Output.prepare(file)).write(heldOutText(held.curve, held.state));
    return path;
  }
  if (begun.resume && file !== null) await rm(file, { force: true });
  return held.curve === null ? path : { ...path, crossValidation: held.curve };
}

/** What the folds have in common with the path; their gap is that of held-out errors. */
export function foldOptions(options: PathCommand): CrossValidationOptions {
  const { target = '', task, activation, loss, patterns, seed, threads, hiddenBias, outputBias, standardize } = options;
  const { drop, categorical, testFraction, folds, measure } = options;
  const problem = { target, task, activation, loss, patterns, seed, threads, hiddenBias, outputBias, standardize };
  return { ...problem, drop, categorical, testFraction, folds, measure };
}

/**
 * Where the folds of an interrupted cross-validation wait beside the output: `path.json` and `path.folds.json`. Not `path.cv.json`, which
 * somebody may have named the output of `cv`.
 */
export const foldsFile = (output: string): string => `${output.replace(/\.json$/, '')}.folds.json`;

/** Whether a path was stopped before its end: it can go on. */
export const stoppedShort = ({ end }: PathModel): boolean => end === 'aborted' || end === 'time-limit';
