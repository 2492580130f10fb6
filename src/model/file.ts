import { RelucentError } from '../base/index.js';
import { checkFit, type NetworkWeights, weightsFromJson, weightsToJson } from '../networks/index.js';
import { formatJson } from './json.js';
import type { CrossValidation, LambdaChoice, Model, Scores } from './model.js';
import type { PathModel } from './path-model.js';
import {
  inWords,
  MODEL_FORMAT,
  MODEL_FORMAT_VERSION,
  type ModelFile,
  modelFileSchema,
  PATH_FORMAT,
  type PathFile,
  pathFileSchema,
  TIE_RULE,
  weightsSchema,
} from './schema.js';

/**
 * The model as the text of a model file: JSON, one line per column and per neuron, keys in a fixed order, every number with
 * all its digits. The same model gives the same bytes.
 *
 * Throws `usage`, one line, for a model that no file can hold: numbers that are not finite (measures excepted), shapes that
 * do not fit.
 */
export function writeModel(model: Model): string {
  const { weights, preprocessing, scores, choice, ...rest } = model;
  const file = {
    ...rest,
    format: MODEL_FORMAT as typeof MODEL_FORMAT,
    formatVersion: MODEL_FORMAT_VERSION as typeof MODEL_FORMAT_VERSION,
    tieRule: TIE_RULE as typeof TIE_RULE,
    ...(choice && { choice: choiceToJson(choice) }),
    scores: { train: scoresToJson(scores.train), test: scores.test && scoresToJson(scores.test) },
    preprocessing,
    weights: weightsToJson(weights),
  };
  const typed: ModelFile = file as Writable<typeof file>;
  const checked = modelFileSchema.safeParse(typed, inWords);
  if (!checked.success) throw new RelucentError('usage', `writeModel: ${issueText(checked.error)}.`);
  checkFit(weights, preprocessing, 'writeModel');
  return `${formatJson(checked.data)}\n`;
}

/** Only so that the compiler holds the schema to the types of the model. */
type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> };

export function scoresToJson(scores: Scores): ModelFile['scores']['train'] {
  const names = Object.keys(scores).sort();
  return Object.fromEntries(names.map((name) => [name, Number.isNaN(scores[name]) ? null : scores[name]]));
}

/**
 * The path as the text of a path file, in the manner of `writeModel`. Throws `usage` as that does.
 */
export function writePath({ preprocessing, points, lambdas, crossValidation, ...rest }: PathModel): string {
  const file = {
    ...rest,
    format: PATH_FORMAT as typeof PATH_FORMAT,
    formatVersion: MODEL_FORMAT_VERSION as typeof MODEL_FORMAT_VERSION,
    tieRule: TIE_RULE as typeof TIE_RULE,
    preprocessing,
    lambdas: [...lambdas],
    ...(crossValidation && { crossValidation: { ...crossValidation, ...curveToJson(crossValidation) } }),
    points: points.map(({ scores, weights, ...point }) => ({
      ...point,
      scores: { train: scoresToJson(scores.train), test: scores.test && scoresToJson(scores.test) },
      weights: weightsToJson(weights),
    })),
  };
  const typed: PathFile = file as Writable<typeof file>;
  const checked = pathFileSchema.safeParse(typed, inWords);
  if (!checked.success) throw new RelucentError('usage', `writePath: ${issueText(checked.error)}.`);
  for (const { weights } of points) checkFit(weights, preprocessing, 'writePath');
  return `${formatJson(checked.data)}\n`;
}

/**
 * The path in the text of a path file. Throws `model`, one line that begins with `name`, as `readModel` does.
 *
 * @param name what to call the file in messages; default `path`
 */
export function readPath(text: string, name = 'path'): PathModel {
  const json = parseJson(text, name, 'path');
  checkFormat(json, name, PATH_FORMAT, 'path');
  const checked = pathFileSchema.safeParse(json, inWords);
  if (!checked.success) throw damaged(name, issueText(checked.error), 'path');
  const { format, formatVersion, tieRule, points, crossValidation, ...rest } = checked.data;
  return {
    ...rest,
    ...(crossValidation && { crossValidation: { ...crossValidation, ...curveFromJson(crossValidation) } }),
    points: points.map(({ scores, weights: weightsJson, ...point }) => {
      const weights = weightsFromJson(weightsJson, name);
      checkFit(weights, rest.preprocessing, name, 'model');
      const train = scoresFromJson(scores.train);
      return { ...point, weights, scores: { train, test: scores.test && scoresFromJson(scores.test) } };
    }),
  };
}

/** Whether a text is that of a path file, whole or not. */
export const isPathFile = (text: string): boolean => /^\uFEFF?\s*\{\s*"format"\s*:\s*"relucent-path"/.test(text);

/** Whether a text is that of a network alone: JSON with neurons and without a format. */
export const isWeightsFile = (text: string): boolean =>
  /^\uFEFF?\s*\{/.test(text) && !/"format"\s*:/.test(text.slice(0, 10_000)) && /"neurons"\s*:/.test(text);

/**
 * The network in a JSON text of weights alone (`weightsToJson`). Throws `model`, one line that begins with `name`.
 *
 * @param name what to call the file in messages; default `network`
 */
export function readWeights(text: string, name = 'network'): NetworkWeights {
  const checked = weightsSchema.safeParse(parseJson(text, name), inWords);
  if (checked.success) return weightsFromJson(checked.data, name);
  throw new RelucentError(
    'model',
    `${name}: ${issueText(checked.error)}; expected a network {activation, inputs, outputs, outputBias, neurons}.`,
  );
}

const nullForNaN = (values: readonly number[]): (number | null)[] =>
  values.map((value) => (Number.isNaN(value) ? null : value));
const nanForNull = (values: readonly (number | null)[]): number[] => values.map((value) => value ?? Number.NaN);

const curveToJson = ({ lambdas, neurons, mean, standardError, train }: CrossValidation) => ({
  lambdas: [...lambdas],
  neurons: [...neurons],
  mean: nullForNaN(mean),
  standardError: nullForNaN(standardError),
  train: train && nullForNaN(train),
});

const curveFromJson = ({ mean, standardError, train }: NonNullable<PathFile['crossValidation']>) => ({
  mean: nanForNull(mean),
  standardError: nanForNull(standardError),
  train: train && nanForNull(train),
});

export const choiceToJson = (choice: LambdaChoice) => ({ ...choice, ...curveToJson(choice) });

export const choiceFromJson = (choice: NonNullable<ModelFile['choice']>): LambdaChoice => ({
  ...choice,
  ...curveFromJson(choice),
});

export function scoresFromJson(scores: ModelFile['scores']['train']): Scores {
  return Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, value ?? Number.NaN]));
}

/**
 * The model in the text of a model file.
 *
 * Throws `model`, one line that begins with `name`: text that is no JSON (cut off), another format, a newer format version,
 * fields that are missing, unknown or of the wrong kind (the first is named), shapes that do not fit.
 *
 * @param name what to call the file in messages; default `model`
 */
export function readModel(text: string, name = 'model'): Model {
  const json = parseJson(text, name);
  checkFormat(json, name);
  const checked = modelFileSchema.safeParse(json, inWords);
  if (!checked.success) throw damaged(name, issueText(checked.error));
  const { format, formatVersion, tieRule, scores, choice, weights: weightsJson, ...rest } = checked.data;
  const weights = weightsFromJson(weightsJson, name);
  checkFit(weights, rest.preprocessing, name, 'model');
  const train = scoresFromJson(scores.train);
  const chosen = choice && { choice: choiceFromJson(choice) };
  return { ...rest, ...chosen, weights, scores: { train, test: scores.test && scoresFromJson(scores.test) } };
}

/** A file whose content is not what was written. */
export const damaged = (name: string, what: string, kind: 'model' | 'path' = 'model'): RelucentError =>
  new RelucentError(
    'model',
    `${name}: ${what}; the ${kind} file is damaged or was edited, write it again with relucent ${kind === 'model' ? 'fit' : 'path'}.`,
  );

/** Throws `model` for text that is no JSON. */
export function parseJson(text: string, name: string, what = 'model'): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off';
    throw new RelucentError('model', `${name}: expected a relucent ${what} file, but ${reason}.`, { cause: error });
  }
}

/** Throws `model` for another format and for a newer version of it. */
export function checkFormat(json: unknown, name: string, format: string = MODEL_FORMAT, what = 'model'): void {
  const tags = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  if (tags.format !== format) {
    const got = typeof tags.format === 'string' ? `format '${tags.format.slice(0, 40)}'` : 'JSON without it';
    throw new RelucentError('model', `${name}: expected a relucent ${what} file (format '${format}'), got ${got}.`);
  }
  const { formatVersion } = tags;
  if (typeof formatVersion === 'number' && formatVersion > MODEL_FORMAT_VERSION) {
    const writer = typeof tags.version === 'string' ? ` (relucent ${tags.version.slice(0, 40)})` : '';
    throw new RelucentError(
      'model',
      `${name}: expected format version ${MODEL_FORMAT_VERSION}, got ${formatVersion}${writer}; install a newer relucent.`,
    );
  }
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** The first problem as `weights.neurons[3].bias: …`. */
export function issueText({ issues }: { readonly issues: readonly Issue[] }): string {
  const [{ path, message }] = issues;
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const text = message.replace(/^Invalid input: /, '').replace(/, received undefined$/, ', got none');
  return place === '' ? text : `${place.replace(/^\./, '')}: ${text}`;
}
