import { type Node, type OpKind, type OpOf, reachable } from '../ir/node.js';
import { sameShape } from '../ir/shape.js';
import { emitConvolution, emitImageGradient, emitKernelGradient } from './convolution.js';
import { fusions } from './fuse.js';
import { isBlocked, markBlocked, toBlocks, toRows } from './layout.js';
import { OnnxModel, type Precision } from './model.js';
import { emitAveragePool, emitAveragePoolGradient, emitMaxPool, emitMaxPoolGradient } from './pooling.js';

/** Writes one node, given the names of its inputs; returns the name of its result. */
export type Emitter<K extends OpKind> = (
  model: OnnxModel,
  node: Node,
  inputs: readonly string[],
  op: OpOf<K>,
) => string;

const plain =
  (kind: string): Emitter<OpKind> =>
  (model, _, inputs) =>
    model.op(kind, inputs);

const crossEntropy: Emitter<'crossEntropy'> = (model, _, [logits, target]) => {
  const axis = model.indices([1]);
  const shifted = model.op('Sub', [logits, model.op('ReduceMax', [logits], { axes: [1] })]);
  const norm = model.op('Log', [model.op('ReduceSum', [model.op('Exp', [shifted]), axis])]);
  const logs = model.op('Sub', [shifted, norm]);
  return model.op('Neg', [model.op('ReduceSum', [model.op('Mul', [target, logs]), axis])]);
};

const rectify: Emitter<'rectify'> = (model, _, [a], { slope }) => {
  if (slope === 0) return model.op('Relu', [a]);
  const isOpen = model.op('GreaterOrEqual', [a, model.scalar(0)]);
  return model.op('Where', [isOpen, a, model.op('Mul', [a, model.scalar(slope)])]);
};

const rectifyGradient: Emitter<'rectifyGradient'> = (model, _, [a, dy], { slope }) => {
  const isOpen = model.op('GreaterOrEqual', [a, model.scalar(0)]);
  // Half the time of Where with a scalar.
  if (slope === 0) return model.op('Mul', [dy, model.op('Cast', [isOpen], { to: model.type })]);
  return model.op('Where', [isOpen, dy, model.op('Mul', [dy, model.scalar(slope)])]);
};

/** Sums over images and pixels are taken where the channels lie; others in rows. */
const sum: Emitter<'sum'> = (model, { inputs: [{ shape }] }, [a], { axes }) => {
  const isBias = axes.join() === '0,2,3';
  if (!isBias || !isBlocked(model, a)) return model.op('ReduceSum', [toRows(model, a), model.indices(axes)]);
  const [n, c, height, width] = shape;
  const split = model.op('Reshape', [a, model.indices([(n * c) / model.block, height * width, model.block])]);
  const images = model.op('Reshape', [model.op('ReduceSum', [split, model.indices([1])]), model.indices([n, c])]);
  const total = model.op('ReduceSum', [images, model.indices([0])]);
  return model.op('Reshape', [total, model.indices([1, c, 1, 1])]);
};

/** Operations on tensors of one shape, and scalars, stay in the layout of what they are given. */
function entrywise<K extends OpKind>(emitter: Emitter<K>): Emitter<K> {
  return (model, node, names, op) => {
    const isScalar = (i: number): boolean => node.inputs[i].shape.length === 0;
    const fit = node.inputs.every(({ shape }, i) => isScalar(i) || sameShape(shape, node.shape));
    if (!fit || !names.some((name) => isBlocked(model, name))) {
      const rows = names.map((name) => toRows(model, name));
      return emitter(model, node, rows, op);
    }
    const channels = node.shape[1];
    const blocked = names.map((name, i) => (isScalar(i) ? name : toBlocks(model, name, channels)));
    return markBlocked(model, emitter(model, node, blocked, op), channels);
  };
}

const emitters: { readonly [K in Exclude<OpKind, 'input'>]: Emitter<K> } = {
  constant: (model, { shape }, _, { values }) => model.numbers(values, shape),
  add: entrywise(plain('Add')),
  subtract: entrywise(plain('Sub')),
  multiply: entrywise(plain('Mul')),
  divide: entrywise(plain('Div')),
  maximum: entrywise(plain('Max')),
  negate: entrywise(plain('Neg')),
  exp: entrywise(plain('Exp')),
  log: entrywise(plain('Log')),
  sqrt: entrywise(plain('Sqrt')),
  positive: (model, _, [a]) =>
    model.op('Where', [model.op('Greater', [a, model.scalar(0)]), model.scalar(1), model.scalar(0)]),
  rectify: entrywise(rectify),
  rectifyGradient: entrywise(rectifyGradient),
  matmul: (model, _, inputs, { transA, transB }) => model.op('Gemm', inputs, { transA: +transA, transB: +transB }),
  sum,
  broadcast: (model, { shape }, [a]) => model.op('Expand', [a, model.indices(shape)]),
  reshape: (model, { shape }, [a]) => model.op('Reshape', [a, model.indices(shape)]),
  transpose: (model, _, [a], { order }) => model.op('Transpose', [a], { perm: order }),
  crossEntropy,
  crossEntropyGradient: (model, _, [logits, target]) =>
    model.op('Sub', [model.op('Softmax', [logits], { axis: 1 }), target]),
  conv2d: (model, node, inputs, op) => emitConvolution(model, inputs, node, op),
  conv2dImageGradient: emitImageGradient,
  conv2dKernelGradient: emitKernelGradient,
  maxPool: emitMaxPool,
  averagePool: emitAveragePool,
  maxPoolGradient: emitMaxPoolGradient,
  averagePoolGradient: emitAveragePoolGradient,
};

/** Kinds whose emitters take images as they lie; all others get rows. */
const anyLayout: ReadonlySet<OpKind> = new Set([
  ...(['add', 'subtract', 'multiply', 'divide', 'maximum', 'negate', 'exp', 'log', 'sqrt'] as const),
  ...(['rectify', 'rectifyGradient', 'sum', 'maxPool', 'averagePool'] as const),
  ...(['conv2d', 'conv2dImageGradient', 'conv2dKernelGradient', 'maxPoolGradient', 'averagePoolGradient'] as const),
]);

/** What a node reshapes: the numbers are the same, and an output that only reshapes would be a copy. */
const unshaped = (node: Node): Node => (node.op.kind === 'reshape' ? unshaped(node.inputs[0]) : node);

export interface Emitted {
  readonly bytes: Uint8Array;
  /** Inputs that the outputs need, in order of construction. */
  readonly inputs: readonly Node[];
  /** Outputs as the file has them: shapes may differ from the ones asked for, numbers do not. */
  readonly outputs: Readonly<Record<string, Node>>;
}

/**
 * One ONNX file that computes the named outputs; its inputs carry their names from the graph. Nodes that no output needs are
 * left out, and a product with what is added to it becomes one operator. `block`: see `OnnxModel`; float32 only.
 */
export function emitOnnx(asked: Readonly<Record<string, Node>>, precision: Precision, block = 0): Emitted {
  const outputs = Object.fromEntries(Object.entries(asked).map(([name, node]) => [name, unshaped(node)]));
  const model = new OnnxModel(precision, precision === 'float32' ? block : 0);
  const nodes = reachable(Object.values(outputs));
  const fused = fusions(nodes, new Set(Object.values(outputs)));
  const names = new Map<Node, string>();
  const nameOf = (input: Node): string => names.get(input)!;
  const inputsOf = ({ op, inputs }: Node): string[] =>
    inputs.map((input) => (anyLayout.has(op.kind) ? nameOf(input) : toRows(model, nameOf(input))));
  for (const node of nodes) {
    const { op } = node;
    const fusion = fused.get(node);
    if (fusion === 'absorbed') continue;
    if (op.kind === 'input') {
      model.input(op.name, node.shape);
      names.set(node, op.name);
    } else if (fusion) names.set(node, fusion(model, nameOf));
    else names.set(node, (emitters[op.kind] as Emitter<OpKind>)(model, node, inputsOf(node), op));
  }
  for (const [name, node] of Object.entries(outputs)) {
    model.alias(toRows(model, nameOf(node)), name);
    model.output(name, node.shape);
  }
  return { bytes: model.bytes(), inputs: nodes.filter(({ op }) => op.kind === 'input'), outputs };
}
