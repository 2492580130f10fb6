import { RelucentError } from '../base/index.js';
import {
  checkFormat,
  choiceFromJson,
  choiceToJson,
  damaged,
  formatJson,
  inWords,
  issueText,
  MODEL_FORMAT_VERSION,
  parseJson,
  scoresFromJson,
  scoresToJson,
  TIE_RULE,
} from '../model/parts/index.js';
import { checkSizes } from '../networks/parts/index.js';
import { parallelWords } from './certificate.js';
import { parallelFromJson, parallelToJson } from './json.js';
import type { ParallelModel } from './model.js';
import { PARALLEL_FORMAT, type ParallelFile, parallelFileSchema } from './schema.js';
import { shapeOf } from './shape.js';

/**
 * The model as the text of a file, in the manner of `writeModel`: the same model gives the same bytes. Throws `usage`, one line, for a
 * model that no file can hold.
 */
export function writeParallelModel(model: ParallelModel): string {
  const { network, certificate, scores, choice, ...rest } = model;
  const { words: _, ...plain } = certificate;
  const file = {
    ...rest,
    format: PARALLEL_FORMAT as typeof PARALLEL_FORMAT,
    formatVersion: MODEL_FORMAT_VERSION as typeof MODEL_FORMAT_VERSION,
    tieRule: TIE_RULE as typeof TIE_RULE,
    certificate: plain,
    ...(choice && { choice: choiceToJson(choice) }),
    scores: { train: scoresToJson(scores.train), test: scores.test && scoresToJson(scores.test) },
    network: parallelToJson(network),
  };
  const typed: ParallelFile = file as Writable<typeof file>;
  const checked = parallelFileSchema.safeParse(typed, inWords);
  if (!checked.success) throw new RelucentError('usage', `writeParallelModel: ${issueText(checked.error)}.`);
  checkSizes(network, model.preprocessing, 'writeParallelModel');
  return `${formatJson(checked.data)}\n`;
}

/** Only so that the compiler holds the schema to the types of the model. */
type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> };

/** Whether a text is that of a parallel model file, whole or not. */
export const isParallelFile = (text: string): boolean =>
  /^\uFEFF?\s*\{\s*"format"\s*:\s*"relucent-parallel"/.test(text);

/**
 * The model in the text of a file. Throws `model`, one line that begins with `name`: text that is no JSON (cut off), another format, a newer
 * version, fields that are missing, unknown or of the wrong kind (the first is named), shapes that do not fit.
 *
 * @param name what to call the file in messages; default `model`
 */
export function readParallelModel(text: string, name = 'model'): ParallelModel {
  const json = parseJson(text, name);
  checkFormat(json, name, PARALLEL_FORMAT);
  const checked = parallelFileSchema.safeParse(json, inWords);
  if (!checked.success) throw damaged(name, issueText(checked.error));
  const { format, formatVersion, tieRule, scores, choice, network: plain, certificate, ...rest } = checked.data;
  const network = parallelFromJson(plain, name);
  checkSizes(network, rest.preprocessing, name, 'model');
  checkProblem(rest, network, name);
  const chosen = choice && { choice: choiceFromJson(choice) };
  return {
    ...rest,
    ...chosen,
    network,
    certificate: { ...certificate, words: parallelWords(certificate) },
    scores: { train: scoresFromJson(scores.train), test: scores.test && scoresFromJson(scores.test) },
  };
}

/** The network is one of the class that its problem names. */
function checkProblem({ problem }: Pick<ParallelModel, 'problem'>, network: ParallelModel['network'], name: string) {
  const { layers, width, skip, outputBias } = problem;
  try {
    shapeOf(layers, width, 'problem');
  } catch (error) {
    throw damaged(name, (error as Error).message.replace(/\.$/, ''));
  }
  if (layers !== network.layers) throw damaged(name, `problem.layers: expected ${network.layers}, as the network has`);
  if (skip !== (network.skip !== null)) throw damaged(name, `problem.skip: expected ${!skip}, as the network has it`);
  if (!outputBias && network.outputBias.some((b) => b !== 0))
    throw damaged(name, 'problem.outputBias: expected true, as the network has one');
}
