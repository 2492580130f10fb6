import { type Inputs, operators } from './operators.js';
import type { OnnxModel, OnnxNode } from './parse.js';
import { Unreadable } from './tensor.js';
import { type Affine, type After, identity, inputs, unknown, type Value } from './values.js';

/** Operators that turn scores into probabilities and labels; what follows them may be any of `followers`. */
const scoreOps = new Set([
  ...['Sigmoid', 'Softmax', 'LogSoftmax', 'ArgMax', 'TopK', 'Binarizer', 'Sign'],
  ...['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual'],
]);

const followers = new Set([
  ...scoreOps,
  ...['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Exp', 'Log', 'Not', 'Equal', 'Where', 'Max', 'Min', 'Clip'],
  ...['Concat', 'Cast', 'Identity', 'Flatten', 'Reshape', 'Squeeze', 'Unsqueeze', 'Gather', 'ReduceMax', 'ReduceSum'],
  ...['ArrayFeatureExtractor', 'ZipMap', 'Normalizer', 'LabelEncoder'],
]);

/** Operators on shapes alone, as PyTorch writes them in front of Reshape. */
const sizeOps = new Set(['Slice', 'Concat', 'Gather', 'Squeeze', 'Unsqueeze', 'Cast', 'Identity', 'Mul', 'ReduceProd']);

/** What each tensor of the graph is, by name. */
export function evaluate(model: OnnxModel): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const [name, tensor] of model.initializers) {
    values.set(
      name,
      attempt(() => ({ kind: 'constant', dims: tensor.dims, data: tensor.values() })),
    );
  }
  const input = onlyInput(model);
  for (const { name } of model.inputs) values.set(name, input);
  for (const node of model.nodes) evaluateNode(model, node, values);
  return values;
}

function onlyInput(model: OnnxModel): Value {
  if (model.inputs.length !== 1) return unknown(`the graph has ${model.inputs.length} inputs, expected one`);
  return identity(inputs, model.inputs[0].shape);
}

function evaluateNode(model: OnnxModel, node: OnnxNode, values: Map<string, Value>): void {
  // An omitted optional input has an empty name; it stays undefined.
  const given = node.inputs.map((name) => (name === '' ? undefined : (values.get(name) ?? undefinedTensor(name))));
  const value = attempt(() => apply(node, given));
  node.outputs.forEach((name, k) => {
    if (name === '') return;
    const other = value.kind === 'after' ? value : unknown(`output ${k} of op ${node.op} is not understood`);
    values.set(name, k === 0 ? value : other);
  });
  // Our own exports name the encoded features; what comes before is preprocessing.
  if (model.producer === 'relucent' && node.outputs[0] === 'features')
    values.set('features', identity({ ...inputs }, null));
}

const undefinedTensor = (name: string): Value => unknown(`tensor '${name}' is used before it is made`);

/** Constants of unsupported types are reported only when something depends on them. */
function attempt(make: () => Value): Value {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unreadable) return unknown(error.message, true);
    throw error;
  }
}

function apply(node: OnnxNode, inputs: Inputs): Value {
  const given = inputs.filter((value) => value !== undefined);
  if (given.some((value) => value.kind === 'after') || isScoreOp(node, given)) return afterScores(node, given);
  const bad = given.find((value) => value.kind === 'unknown');
  if (bad) return bad;
  if (node.op === 'Shape') return { kind: 'size' };
  const sized = given.some((value) => value.kind === 'size');
  if (sizeOps.has(node.op) && given.every((value) => value.kind === 'size' || value.kind === 'constant')) {
    if (sized || node.op === 'Concat') return { kind: 'size' };
  }
  const known = Object.hasOwn(operators, node.op) && ['', 'ai.onnx', 'ai.onnx.ml'].includes(node.domain);
  return known ? operators[node.op](node, inputs) : unsupported(node);
}

function unsupported({ op, domain }: OnnxNode): Value {
  return unknown(`op ${domain && domain !== 'ai.onnx' ? `${domain}.` : ''}${op} is not supported`);
}

const isScores = (value: Value): value is Affine => value.kind === 'affine' && value.base.depth > 0;

const isScoreOp = (node: OnnxNode, inputs: readonly Value[]): boolean => scoreOps.has(node.op) && inputs.some(isScores);

function afterScores(node: OnnxNode, inputs: readonly Value[]): Value {
  const earlier = inputs.filter((value): value is After => value.kind === 'after');
  const ops = earlier.length > 0 ? new Set(earlier.flatMap((value) => value.ops)) : [node.op];
  if (!followers.has(node.op)) return unknown(`op ${node.op} after ${[...ops].join(', ')} is not supported`);
  const scores = new Set([...earlier.flatMap((value) => value.scores), ...inputs.filter(isScores)]);
  return { kind: 'after', scores: [...scores], ops: [...ops] };
}
