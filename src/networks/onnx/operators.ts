import { type Matrix, matrix, transpose } from '../../linalg/index.js';
import type { OnnxNode } from './parse.js';
import { reshape } from './reshape.js';
import {
  type Affine,
  type Constant,
  identity,
  plusVector,
  timesMatrix,
  timesVector,
  unknown,
  type Value,
  widthOf,
} from './values.js';

/** An operator on values none of which is unknown, made from the scores, or a size. */
export type Operator = (node: OnnxNode, inputs: Inputs) => Value;

/** Inputs of a node, undefined where one is left out. */
export type Inputs = readonly (Value | undefined)[];

/** The operators that a network may be made of. */
export const operators: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: (node, [a, b]) => withMatrix(node, a, asMatrix(b)),
  Add: (node, [a, b]) =>
    a?.kind === 'constant' ? elementwise(node, b, a, plusVector) : elementwise(node, a, b, plusVector),
  Sub: subtract,
  Mul: (node, [a, b]) =>
    a?.kind === 'constant' ? elementwise(node, b, a, timesVector) : elementwise(node, a, b, timesVector),
  Div: (node, [a, b]) =>
    elementwise(node, a, b, (value, v) =>
      timesVector(
        value,
        v.map((entry) => 1 / entry),
      ),
    ),
  Neg: (node, [a]) => elementwise(node, a, scalar(-1), timesVector),
  Relu: (node, [a]) => relu(node, a),
  Max: (node, [a, b]) => (a?.kind === 'constant' ? reluAgainst(node, b, a) : reluAgainst(node, a, b)),
  Clip: clip,
  BatchNormalization: batchNormalization,
  Scaler: scaler,
  Identity: (node, [a]) => a ?? unreadable(node),
  Dropout: (node, [a]) => a ?? unreadable(node),
  Cast: cast,
  Flatten: reshape,
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Transpose: (node, [a]) => transposed(node, a),
  Constant: constant,
  GreaterOrEqual: (node, [a, b]) => (a?.kind === 'affine' && isZero(b) ? { kind: 'mask', of: a } : unreadable(node)),
  Where: where,
};

const unreadable = (node: OnnxNode): Value => unknown(`op ${node.op} is used in a way that is not understood`);
const scalar = (value: number): Constant => ({ kind: 'constant', dims: [], data: Float64Array.of(value) });
const isZero = (value: Value | undefined): boolean =>
  value?.kind === 'constant' && value.data.every((entry) => entry === 0);

function asMatrix(value: Value | undefined): Matrix | null {
  if (value?.kind !== 'constant' || value.dims.length !== 2) return null;
  return matrix(value.dims[0], value.dims[1], value.data);
}

function withMatrix(node: OnnxNode, a: Value | undefined, W: Matrix | null): Value {
  if (a?.kind !== 'affine' || !W || a.shape?.length === 1) return unreadable(node);
  return timesMatrix(a, W);
}

function gemm(node: OnnxNode, [a, b, c]: Inputs): Value {
  const B = asMatrix(b);
  const flag = (name: string): number => node.attributes.get(name)?.int ?? 0;
  const factor = (name: string): number => node.attributes.get(name)?.float ?? 1;
  if (!B || flag('transA') !== 0) return unreadable(node);
  const W = flag('transB') ? transpose(B) : B;
  const alpha = factor('alpha');
  const value = withMatrix(
    node,
    a,
    alpha === 1 ? W : { rows: W.rows, cols: W.cols, data: W.data.map((w) => alpha * w) },
  );
  if (!c || value.kind !== 'affine') return value;
  const beta = factor('beta');
  return elementwise(node, value, c, (sum, v) => plusVector(sum, beta === 1 ? v : v.map((entry) => beta * entry)));
}

/** A limit on sizes that only a shape states, so that a damaged one cannot ask for all memory. */
const WIDEST = 1e7;

/** Applies a vector operation when `b` is constant and has one entry, or one per entry of the samples of `a`. */
function elementwise(
  node: OnnxNode,
  a: Value | undefined,
  b: Value | undefined,
  apply: (value: Affine, v: Float64Array) => Affine,
): Value {
  if (a?.kind === 'affine' && b?.kind === 'affine') return unknown(`op ${node.op} joins two branches of the graph`);
  if (a?.kind !== 'affine' || b?.kind !== 'constant') return unreadable(node);
  const width = widthOf(a) ?? (b.data.length > 1 ? b.data.length : null);
  if (width === null) return unknown(`op ${node.op} acts on inputs whose number the file does not say`);
  if (width > WIDEST) return unknown(`the file says that it has ${width} inputs, more than ${WIDEST}`);
  if (b.data.length === 1) return apply(a, new Float64Array(width).fill(b.data[0]));
  const fits = b.data.length === width && b.dims.at(-1) === width;
  return fits ? apply(a, b.data) : unreadable(node);
}

function subtract(node: OnnxNode, [a, b]: Inputs): Value {
  if (a?.kind !== 'constant')
    return elementwise(node, a, b, (value, v) =>
      plusVector(
        value,
        v.map((entry) => -entry),
      ),
    );
  const negated = elementwise(node, b, scalar(-1), timesVector);
  return elementwise(node, negated, a, plusVector);
}

function relu(node: OnnxNode, a: Value | undefined): Value {
  if (a?.kind !== 'affine') return unreadable(node);
  return identity({ kind: 'relu', depth: a.base.depth + 1, of: a }, a.shape && [...a.shape.slice(0, -1), widthOf(a)]);
}

const reluAgainst = (node: OnnxNode, a: Value | undefined, b: Value | undefined): Value =>
  isZero(b) ? relu(node, a) : unreadable(node);

/** Clip(x, 0, none) is a ReLU; the bounds are inputs, or attributes before opset 11. */
function clip(node: OnnxNode, [a, min, max]: Inputs): Value {
  const bound = (value: Value | undefined, name: string): number | undefined =>
    value?.kind === 'constant' ? value.data[0] : node.attributes.get(name)?.float;
  const largestFloat = 3.4e38;
  const open = (bound(max, 'max') ?? Number.POSITIVE_INFINITY) >= largestFloat;
  return open && bound(min, 'min') === 0 ? relu(node, a) : unreadable(node);
}

function batchNormalization(node: OnnxNode, [a, scale, bias, mean, variance]: Inputs): Value {
  const parts = [scale, bias, mean, variance].map((value) => (value?.kind === 'constant' ? value.data : null));
  const [s, b, m, v] = parts;
  if (!s || !b || !m || !v || node.attributes.get('training_mode')?.int) return unreadable(node);
  const epsilon = node.attributes.get('epsilon')?.float ?? 1e-5;
  const factor = s.map((entry, k) => entry / Math.sqrt(v[k] + epsilon));
  const scaled = elementwise(node, a, { kind: 'constant', dims: [factor.length], data: factor }, timesVector);
  const shift = b.map((entry, k) => entry - m[k] * factor[k]);
  return elementwise(node, scaled, { kind: 'constant', dims: [shift.length], data: shift }, plusVector);
}

/** ai.onnx.ml: (x − offset) · scale. */
function scaler(node: OnnxNode, [a]: Inputs): Value {
  const vector = (name: string, sign: number): Constant => {
    const data = Float64Array.from(node.attributes.get(name)?.floats ?? [], (entry) => sign * entry);
    return { kind: 'constant', dims: [data.length], data };
  };
  const centred = elementwise(node, a, vector('offset', -1), plusVector);
  return elementwise(node, centred, vector('scale', 1), timesVector);
}

const FLOAT = 1;
const DOUBLE = 11;

function cast(node: OnnxNode, [a]: Inputs): Value {
  const to = node.attributes.get('to')?.int;
  if (to !== FLOAT && to !== DOUBLE) return a?.kind === 'constant' ? a : unreadable(node);
  return a?.kind === 'constant' && to === FLOAT ? { ...a, data: a.data.map(Math.fround) } : (a ?? unreadable(node));
}

function transposed(node: OnnxNode, a: Value | undefined): Value {
  const W = asMatrix(a);
  const order = node.attributes.get('perm')?.ints ?? [1, 0];
  if (!W || order.join() !== '1,0') return unreadable(node);
  return { kind: 'constant', dims: [W.cols, W.rows], data: transpose(W).data };
}

function constant(node: OnnxNode): Value {
  const attribute = node.attributes;
  const tensor = attribute.get('value')?.tensor;
  if (tensor) return { kind: 'constant', dims: tensor.dims, data: tensor.values() };
  const single = attribute.get('value_float')?.float ?? attribute.get('value_int')?.int;
  if (single !== undefined) return scalar(single);
  const list = attribute.get('value_floats')?.floats ?? attribute.get('value_ints')?.ints;
  return list ? { kind: 'constant', dims: [list.length], data: Float64Array.from(list) } : unreadable(node);
}

/** Where(gate >= 0, x, 0): a gated layer. */
function where(node: OnnxNode, [mask, a, zero]: Inputs): Value {
  if (mask?.kind !== 'mask' || a?.kind !== 'affine' || !isZero(zero)) return unreadable(node);
  if (mask.of.base !== a.base || widthOf(mask.of) !== widthOf(a)) return unreadable(node);
  return identity(
    { kind: 'gated', depth: a.base.depth + 1, of: a, gate: mask.of },
    a.shape && [...a.shape.slice(0, -1), widthOf(a)],
  );
}
