import { RelucentError } from '../base/index.js';
import { checkFit, weightsFromJson, weightsToJson } from '../networks/index.js';
import { formatJson } from './json.js';
import type { Model, Scores } from './model.js';
import { inWords, MODEL_FORMAT, MODEL_FORMAT_VERSION, type ModelFile, modelFileSchema, TIE_RULE } from './schema.js';

/**
 * The model as the text of a model file: JSON, one line per column and per neuron, keys in a fixed order, every number with
 * all its digits. The same model gives the same bytes.
 *
 * Throws `usage`, one line, for a model that no file can hold: numbers that are not finite (measures excepted), shapes that
 * do not fit.
 */
export function writeModel(model: Model): string {
  const { weights, preprocessing, scores, ...rest } = model;
  const file = {
    ...rest,
    format: MODEL_FORMAT as typeof MODEL_FORMAT,
    formatVersion: MODEL_FORMAT_VERSION as typeof MODEL_FORMAT_VERSION,
    tieRule: TIE_RULE as typeof TIE_RULE,
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

function scoresToJson(scores: Scores): ModelFile['scores']['train'] {
  const names = Object.keys(scores).sort();
  return Object.fromEntries(names.map((name) => [name, Number.isNaN(scores[name]) ? null : scores[name]]));
}

function scoresFromJson(scores: ModelFile['scores']['train']): Scores {
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
  const { format, formatVersion, tieRule, scores, weights: weightsJson, ...rest } = checked.data;
  const weights = weightsFromJson(weightsJson, name);
  checkFit(weights, rest.preprocessing, name, 'model');
  const train = scoresFromJson(scores.train);
  return { ...rest, weights, scores: { train, test: scores.test && scoresFromJson(scores.test) } };
}

const damaged = (name: string, what: string): RelucentError =>
  new RelucentError(
    'model',
    `${name}: ${what}; the model file is damaged or was edited, write it again with relucent fit.`,
  );

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = text.trim() === '' ? 'it is empty' : 'it is not JSON, or cut off';
    throw new RelucentError('model', `${name}: expected a relucent model file, but ${reason}.`, { cause: error });
  }
}

function checkFormat(json: unknown, name: string): void {
  const tags = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {};
  if (tags.format !== MODEL_FORMAT) {
    const got = typeof tags.format === 'string' ? `format '${tags.format.slice(0, 40)}'` : 'JSON without it';
    throw new RelucentError('model', `${name}: expected a relucent model file (format '${MODEL_FORMAT}'), got ${got}.`);
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
function issueText({ issues }: { readonly issues: readonly Issue[] }): string {
  const [{ path, message }] = issues;
  const place = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  const text = message.replace(/^Invalid input: /, '').replace(/, received undefined$/, ', got none');
  return place === '' ? text : `${place.replace(/^\./, '')}: ${text}`;
}
