import { type Node, type OpKind, type OpOf, reachable } from '../ir/node.js';
import {
  emitAveragePoolGradient,
  emitConvolution,
  emitImageGradient,
  emitKernelGradient,
  emitMaxPoolGradient,
} from './convolution.js';
import { fusions } from './fuse.js';
import { OnnxModel, type Precision } from './model.js';

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
  const closed = slope === 0 ? model.scalar(0) : model.op('Mul', [dy, model.scalar(slope)]);
  return model.op('Where', [isOpen, dy, closed]);
};

const emitters: { readonly [K in Exclude<OpKind, 'input'>]: Emitter<K> } = {
  constant: (model, { shape }, _, { values }) => model.numbers(values, shape),
  add: plain('Add'),
  subtract: plain('Sub'),
  multiply: plain('Mul'),
  divide: plain('Div'),
  maximum: plain('Max'),
  negate: plain('Neg'),
  exp: plain('Exp'),
  log: plain('Log'),
  sqrt: plain('Sqrt'),
  positive: (model, _, [a]) =>
    model.op('Where', [model.op('Greater', [a, model.scalar(0)]), model.scalar(1), model.scalar(0)]),
  rectify,
  rectifyGradient,
  matmul: (model, _, inputs, { transA, transB }) => model.op('Gemm', inputs, { transA: +transA, transB: +transB }),
  sum: (model, _, [a], { axes }) => model.op('ReduceSum', [a, model.indices(axes)]),
  broadcast: (model, { shape }, [a]) => model.op('Expand', [a, model.indices(shape)]),
  reshape: (model, { shape }, [a]) => model.op('Reshape', [a, model.indices(shape)]),
  transpose: (model, _, [a], { order }) => model.op('Transpose', [a], { perm: order }),
  crossEntropy,
  crossEntropyGradient: (model, _, [logits, target]) =>
    model.op('Sub', [model.op('Softmax', [logits], { axis: 1 }), target]),
  conv2d: (model, { inputs: [, kernel] }, inputs, op) => emitConvolution(model, inputs, kernel.shape, op),
  conv2dImageGradient: emitImageGradient,
  conv2dKernelGradient: emitKernelGradient,
  maxPool: (model, _, [a], { size, stride }) =>
    model.op('MaxPool', [a], { kernel_shape: [size, size], strides: [stride, stride] }),
  averagePool: (model, _, [a], { size, stride }) =>
    model.op('AveragePool', [a], { kernel_shape: [size, size], strides: [stride, stride] }),
  maxPoolGradient: emitMaxPoolGradient,
  averagePoolGradient: emitAveragePoolGradient,
};

export interface Emitted {
  readonly bytes: Uint8Array;
  /** Inputs that the outputs need, in order of construction. */
  readonly inputs: readonly Node[];
}

/**
 * One ONNX file that computes the named outputs; its inputs carry their names from the graph. Nodes that no output needs are
 * left out, and a product with what is added to it becomes one operator. `block`: see `OnnxModel`; float32 only.
 */
export function emitOnnx(outputs: Readonly<Record<string, Node>>, precision: Precision, block = 0): Emitted {
  const model = new OnnxModel(precision, precision === 'float32' ? block : 0);
  const nodes = reachable(Object.values(outputs));
  const fused = fusions(nodes, new Set(Object.values(outputs)));
  const names = new Map<Node, string>();
  for (const node of nodes) {
    const { op } = node;
    const fusion = fused.get(node);
    if (fusion === 'absorbed') continue;
    const nameOf = (input: Node): string => names.get(input)!;
    if (op.kind === 'input') {
      model.input(op.name, node.shape);
      names.set(node, op.name);
    } else if (fusion) names.set(node, fusion(model, nameOf));
    else names.set(node, (emitters[op.kind] as Emitter<OpKind>)(model, node, node.inputs.map(nameOf), op));
  }
  for (const [name, node] of Object.entries(outputs)) {
    model.alias(names.get(node)!, name);
    model.output(name, node.shape);
  }
  return { bytes: model.bytes(), inputs: nodes.filter(({ op }) => op.kind === 'input') };
}
