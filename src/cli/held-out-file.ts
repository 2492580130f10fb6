import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { RelucentError, requireThat } from '../base/index.js';
import { type CrossValidation, type CrossValidationState, readWeights, weightsToJson } from '../index.js';

/** Errors that are not defined (NaN in memory) are null in the file. */
const errors = z.array(z.nullable(z.number()));
const count = z.int().check(z.minimum(0));

/** What folds need to go on; networks are read by the reader of networks. */
const stateSchema = z.strictObject({
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  digest: z.string(),
  lambdas: z.array(z.number()),
  folds: z.array(z.strictObject({ errors, trainErrors: errors, neurons: z.array(count), last: z.unknown() })),
});
type FoldJson = z.infer<typeof stateSchema>['folds'][number];

/**
 * A cross-validation as JSON text: the curve, and under `unfinished` what goes on from where it was stopped. The text of a
 * finished one does not depend on whether it ever was. No curve: no λ was done in every fold.
 */
export function heldOutText(curve: CrossValidation | null, state?: CrossValidationState): string {
  if (state === undefined) return `${JSON.stringify(curve, null, 2)}\n`;
  const folds = state.folds.map(({ last, ...fold }) => ({ ...fold, last: last && weightsToJson(last) }));
  return `${JSON.stringify({ ...curve, unfinished: { ...state, folds } })}\n`;
}

/**
 * What the text of an unfinished cross-validation goes on from.
 * @throws `model`, one line that begins with `name`, for text that is damaged or of something else, `usage` for a
 * cross-validation that is finished.
 */
export function readHeldOutState(text: string, name: string): CrossValidationState {
  const json = parsed(text, name) as { unfinished?: unknown; oneStandardError?: unknown } | null;
  const finished = json?.oneStandardError !== undefined && json.unfinished === undefined;
  requireThat(!finished, `${name}: this cross-validation is finished; leave out --resume to make it again.`);
  if (json?.unfinished === undefined) throw damaged(name, 'it holds none');
  const checked = stateSchema.safeParse(json.unfinished, { error: en().localeError });
  if (!checked.success) {
    const [{ path, message }] = checked.error.issues;
    throw damaged(name, ['unfinished', ...path, message].join(': '), checked.error);
  }
  const { folds, ...rest } = checked.data;
  return { ...rest, folds: folds.map((fold, k) => foldFromJson(fold, rest.lambdas.length, name, k)) };
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(name, text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off', error);
  }
}

function foldFromJson({ last, ...fold }: FoldJson, lambdas: number, name: string, k: number) {
  const done = fold.errors.length;
  const fits = fold.trainErrors.length === done && fold.neurons.length === done && done <= lambdas;
  if (!fits || (last === null) !== (done === 0))
    throw damaged(name, `the lists of fold ${k + 1} do not fit each other`);
  return {
    errors: nanForNull(fold.errors),
    trainErrors: nanForNull(fold.trainErrors),
    neurons: fold.neurons,
    last: last === null ? null : readWeights(JSON.stringify(last), `${name}: fold ${k + 1}`),
  };
}

const nanForNull = (values: readonly (number | null)[]): number[] => values.map((value) => value ?? Number.NaN);

const damaged = (name: string, what: string, cause?: unknown): RelucentError =>
  new RelucentError(
    'model',
    `${name}: expected an unfinished cross-validation of relucent (${what}); leave out --resume to begin one.`,
    { cause },
  );
