import { RelucentError } from '../../base/index.js';
import { matrix, transpose } from '../../linalg/index.js';
import type { NetworkWeights } from '../network.js';
import { checkWeights } from '../weights.js';
import { evaluate } from './graph.js';
import { type ExternalData, type OnnxModel, parseModel } from './parse.js';
import { WireError } from './protobuf.js';
import type { Affine, After, Value } from './values.js';

export interface OnnxReadOptions {
  /** What to call the file in messages. Default `fromOnnx`. */
  readonly name?: string;
  /** Second files that the ONNX file keeps its weights in (PyTorch writes `NAME.onnx.data`), by the name it gives them. */
  readonly externalData?: ExternalData;
}

/**
 * Reads a two-layer ReLU network from an ONNX file: PyTorch's export of Linear–ReLU–Linear, scikit-learn's
 * MLPRegressor and MLPClassifier through skl2onnx, and what `toOnnx` writes. Layers may be Gemm or MatMul and Add;
 * scaling and batch normalisation around them are multiplied in; of a classifier the scores before
 * Sigmoid or Softmax are taken. The weights are float64 and act on the file's inputs.
 *
 * `warnings` says in words what the file does besides: preprocessing of our own exports (the weights then act on the
 * encoded features), parts after the scores, outputs that are not read.
 *
 * Throws `model`, one line, for damaged files, for other operators (named), and for deeper networks (with their depth).
 */
export function fromOnnx(
  bytes: Uint8Array,
  options: OnnxReadOptions = {},
): { weights: NetworkWeights; warnings: string[] } {
  const name = options.name ?? 'fromOnnx';
  try {
    const model = parseModel(bytes, options.externalData ?? {});
    const values = evaluate(model);
    const { scores, warnings } = scoresOf(model, values);
    const weights = weightsOf(scores);
    checkWeights(weights, name, 'model');
    return { weights, warnings };
  } catch (error) {
    if (error instanceof WireError) throw damaged(name, error);
    if (error instanceof Refusal) throw new RelucentError('model', `${name}: ${error.message}`);
    throw error;
  }
}

function damaged(name: string, error: WireError): RelucentError {
  const text = `${name}: expected an ONNX file, but ${error.message}; the file is damaged or of another kind.`;
  return new RelucentError('model', text, { cause: error });
}

/** What an ONNX file holds, as plain data. Throws `model`, one line that names the file, for damaged ones. */
export function parseOnnx(bytes: Uint8Array, name: string, external: ExternalData = {}): OnnxModel {
  try {
    return parseModel(bytes, external);
  } catch (error) {
    if (error instanceof WireError) throw damaged(name, error);
    throw error;
  }
}

/** A sound file that holds something else than a two-layer network. */
class Refusal extends Error {}

const EXPECTED = 'expected a two-layer ReLU network (Gemm or MatMul and Add, Relu, Gemm or MatMul and Add)';

/** The one tensor that holds the scores: an output itself, or what labels and probabilities are made from. */
function scoresOf(model: OnnxModel, values: ReadonlyMap<string, Value>): { scores: Affine; warnings: string[] } {
  const outputs = model.outputs.map((name) => ({ name, value: values.get(name) }));
  const after = outputs.map(({ value }) => value).filter((value): value is After => value?.kind === 'after');
  const direct = outputs.filter((output): output is { name: string; value: Affine } => output.value?.kind === 'affine');
  const named = direct.filter(({ name }) => name === 'score');
  const candidates = new Set((named.length > 0 ? named : direct).map(({ value }) => value));
  if (direct.length === 0) for (const { scores } of after) for (const value of scores) candidates.add(value);
  const [scores] = candidates;
  if (!scores) throw new Refusal(`${reasonOf(outputs)}.`);
  if (candidates.size > 1) {
    const names = outputs.map((output) => output.name).join(', ');
    throw new Refusal(
      `expected one output of scores, got ${candidates.size} different ones (${names}); name it 'score'.`,
    );
  }
  return { scores, warnings: warningsOf(model, values, direct.length > 0 ? [] : after) };
}

function reasonOf(outputs: readonly { name: string; value: Value | undefined }[]): string {
  const unread = outputs.map(({ value }) => value).find((value) => value?.kind === 'unknown');
  if (unread?.kind === 'unknown') return unread.advised ? unread.reason : `${unread.reason}; ${EXPECTED}`;
  return outputs.length === 0 ? 'the graph has no output' : `output '${outputs[0].name}' does not depend on the inputs`;
}

function warningsOf(model: OnnxModel, values: ReadonlyMap<string, Value>, after: readonly After[]): string[] {
  const warnings: string[] = [];
  if (model.producer === 'relucent' && values.has('features')) {
    warnings.push('The preprocessing in the file is left out: the weights act on its encoded features.');
  }
  const ops = [...new Set(after.flatMap((value) => value.ops))];
  if (ops.length > 0) warnings.push(`The scores are taken before ${ops.join(', ')}.`);
  for (const name of model.outputs) {
    const value = values.get(name);
    if (value?.kind === 'unknown') warnings.push(`Output '${name}' is not read: ${value.reason}.`);
  }
  return warnings;
}

function weightsOf(scores: Affine): NetworkWeights {
  const depth = scores.base.depth;
  if (depth === 0) throw new Refusal(`the network has one layer and no ReLU; ${EXPECTED}.`);
  if (depth > 1)
    throw new Refusal(`the network has ${depth + 1} layers (${depth} ReLU layers), expected two layers (one).`);
  const { base } = scores;
  if (base.kind === 'inputs') throw new Refusal(`the network has no ReLU; ${EXPECTED}.`);
  const hidden = layer(base.of, 'hidden');
  const output = layer(scores, 'output');
  const gate = base.kind === 'gated' ? layer(base.gate, 'gate') : null;
  return {
    activation: gate ? 'gated' : 'relu',
    hidden: transpose(hidden.weight),
    hiddenBias: hidden.bias,
    output: output.weight,
    outputBias: output.bias,
    ...(gate && { gates: transpose(gate.weight), gateBias: gate.bias }),
  };
}

function layer({ weight, bias }: Affine, what: string): { weight: NetworkWeights['hidden']; bias: Float64Array } {
  if (!weight) throw new Refusal(`the ${what} layer has no weight matrix; ${EXPECTED}.`);
  const copy = matrix(weight.rows, weight.cols, weight.data.slice());
  return { weight: copy, bias: bias ? bias.slice() : new Float64Array(weight.cols) };
}
