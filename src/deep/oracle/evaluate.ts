import { exp, log, RelucentError } from '../../base/index.js';
import { type Node, type OpKind, type OpOf, reachable } from '../ir/node.js';
import { type Shape, sizeOf } from '../ir/shape.js';
import { broadcastTo, matmul, permute, sumAxes } from './elementwise.js';
import { averagePool, averagePoolGradient, eachProduct, maxPool, maxPoolGradient } from './windows.js';

type Kernel<K extends OpKind> = (node: Node, inputs: readonly Float64Array[], op: OpOf<K>) => Float64Array;

type Plain = (node: Node, inputs: readonly Float64Array[]) => Float64Array;

const unary =
  (f: (x: number) => number): Plain =>
  (_, [a]) =>
    a.map(f);

const binary =
  (f: (x: number, y: number) => number): Plain =>
  ({ inputs, shape }, [a, b]) => {
    const right = broadcastTo(b, inputs[1].shape, shape);
    return broadcastTo(a, inputs[0].shape, shape).map((x, i) => f(x, right[i]));
  };

const product: Kernel<'matmul'> = ({ inputs, shape: [m, n] }, [a, b], { transA, transB }) =>
  matmul([m, n, inputs[0].shape[transA ? 0 : 1]], [a, transA], [b, transB]);

function convolve(
  shapes: readonly [image: Shape, kernel: Shape, result: Shape],
  op: OpOf<'conv2d' | 'conv2dImageGradient' | 'conv2dKernelGradient'>,
  [a, b]: readonly Float64Array[],
): Float64Array {
  const out = new Float64Array(sizeOf(shapes[op.kind === 'conv2d' ? 2 : op.kind === 'conv2dImageGradient' ? 0 : 1]));
  eachProduct(...shapes, op, (image, kernel, result) => {
    if (op.kind === 'conv2d') out[result] += a[image] * b[kernel];
    else if (op.kind === 'conv2dImageGradient') out[image] += a[result] * b[kernel];
    else out[kernel] += a[image] * b[result];
  });
  return out;
}

const rowwise = (
  { inputs }: Node,
  [logits, target]: readonly Float64Array[],
  row: (z: Float64Array, t: Float64Array) => ArrayLike<number>,
): Float64Array => {
  const [rows, cols] = inputs[0].shape;
  const cut = (values: Float64Array, i: number): Float64Array => values.subarray(i * cols, (i + 1) * cols);
  return Float64Array.from(
    Array.from({ length: rows }, (_, i) => [...Array.from(row(cut(logits, i), cut(target, i)))]).flat(),
  );
};

function logSoftmax(z: Float64Array): Float64Array {
  const top = z.reduce((a, b) => Math.max(a, b));
  const norm = top + log(z.reduce((sum, x) => sum + exp(x - top), 0));
  return z.map((x) => x - norm);
}

const kernels: { readonly [K in Exclude<OpKind, 'input'>]: Kernel<K> } = {
  constant: (_, __, { values }) => values,
  add: binary((x, y) => x + y),
  subtract: binary((x, y) => x - y),
  multiply: binary((x, y) => x * y),
  divide: binary((x, y) => x / y),
  maximum: binary(Math.max),
  negate: unary((x) => -x),
  exp: unary(exp),
  log: unary(log),
  sqrt: unary(Math.sqrt),
  positive: unary((x) => (x > 0 ? 1 : 0)),
  rectify: (_, [a], { slope }) => a.map((x) => (x >= 0 ? x : slope * x)),
  rectifyGradient: (_, [a, dy], { slope }) => dy.map((g, i) => (a[i] >= 0 ? g : slope * g)),
  matmul: product,
  sum: ({ inputs, shape }, [a]) => sumAxes(a, inputs[0].shape, shape),
  broadcast: ({ inputs, shape }, [a]) => broadcastTo(a, inputs[0].shape, shape),
  reshape: (_, [a]) => a,
  transpose: ({ inputs }, [a], { order }) => permute(a, inputs[0].shape, order),
  crossEntropy: (node, values) =>
    rowwise(node, values, (z, t) => [-logSoftmax(z).reduce((sum, l, i) => sum + t[i] * l, 0)]),
  crossEntropyGradient: (node, values) => rowwise(node, values, (z, t) => logSoftmax(z).map((l, i) => exp(l) - t[i])),
  conv2d: ({ inputs: [a, k], shape }, values, op) => convolve([a.shape, k.shape, shape], op, values),
  conv2dImageGradient: ({ inputs: [dy, k], shape }, values, op) => convolve([shape, k.shape, dy.shape], op, values),
  conv2dKernelGradient: ({ inputs: [a, dy], shape }, values, op) => convolve([a.shape, shape, dy.shape], op, values),
  maxPool: ({ inputs: [a], shape }, [values], op) => maxPool(values, a.shape, shape, op.size, op),
  averagePool: ({ inputs: [a], shape }, [values], op) => averagePool(values, a.shape, shape, op.size, op),
  maxPoolGradient: ({ inputs, shape }, [a, , dy], op) => maxPoolGradient([a, dy], shape, inputs[2].shape, op.size, op),
  averagePoolGradient: ({ inputs: [dy], shape }, [g], op) => averagePoolGradient(g, shape, dy.shape, op.size, op),
};

function feed(name: string, shape: Shape, feeds: Readonly<Record<string, ArrayLike<number>>>): Float64Array {
  const values = feeds[name];
  if (values?.length === sizeOf(shape)) return Float64Array.from(values);
  const got = values ? `${values.length} numbers` : 'nothing';
  throw new RelucentError('usage', `evaluate: expected ${sizeOf(shape)} numbers for '${name}', got ${got}.`);
}

/**
 * Runs a graph in plain float64: slow, readable, and what every other way of running a graph is compared with.
 * `feeds` has the numbers of every input that the outputs need, row-major. Throws `usage` where one is missing.
 */
export function evaluate(outputs: readonly Node[], feeds: Readonly<Record<string, ArrayLike<number>>>): Float64Array[] {
  const values = new Map<Node, Float64Array>();
  for (const node of reachable(outputs)) {
    const { op } = node;
    const inputs = node.inputs.map((input) => values.get(input)!);
    const kernel = op.kind === 'input' ? null : (kernels[op.kind] as Kernel<OpKind>);
    values.set(node, kernel ? kernel(node, inputs, op) : feed((op as OpOf<'input'>).name, node.shape, feeds));
  }
  return outputs.map((node) => values.get(node)!);
}
