import { type Shape, sameShape, sizeOf } from '../ir/shape.js';

/** Row-major strides of `shape` seen as `target`: 0 along stretched axes. */
export function stridesIn(shape: Shape, target: Shape): number[] {
  const strides = new Array<number>(target.length).fill(0);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1) strides[axis + target.length - shape.length] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** Position in a strided tensor for every entry of `shape` in row-major order. */
export function positions(shape: Shape, strides: readonly number[]): Int32Array {
  let list = Int32Array.of(0);
  shape.forEach((size, axis) => {
    const longer = new Int32Array(list.length * size);
    for (let i = 0, at = 0; i < list.length; i++)
      for (let k = 0; k < size; k++) longer[at++] = list[i] + k * strides[axis];
    list = longer;
  });
  return list;
}

export function broadcastTo(values: Float64Array, from: Shape, to: Shape): Float64Array {
  if (sameShape(from, to)) return values;
  return Float64Array.from(positions(to, stridesIn(from, to)), (at) => values[at]);
}

export function sumAxes(values: Float64Array, from: Shape, to: Shape): Float64Array {
  const out = new Float64Array(sizeOf(to));
  positions(from, stridesIn(to, from)).forEach((at, i) => {
    out[at] += values[i];
  });
  return out;
}

export function permute(values: Float64Array, from: Shape, order: readonly number[]): Float64Array {
  const strides = new Array<number>(from.length);
  for (let axis = from.length - 1, stride = 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= from[axis];
  }
  const shape = order.map((axis) => from[axis]);
  const reordered = order.map((axis) => strides[axis]);
  return Float64Array.from(positions(shape, reordered), (at) => values[at]);
}

export function matmul(
  [m, n, k]: readonly [number, number, number],
  [a, transA]: readonly [Float64Array, boolean],
  [b, transB]: readonly [Float64Array, boolean],
): Float64Array {
  const out = new Float64Array(m * n);
  const [rowA, colA] = transA ? [1, m] : [k, 1];
  const [rowB, colB] = transB ? [1, k] : [n, 1];
  for (let i = 0; i < m; i++)
    for (let l = 0; l < k; l++) {
      const factor = a[i * rowA + l * colA];
      for (let j = 0; j < n; j++) out[i * n + j] += factor * b[l * rowB + j * colB];
    }
  return out;
}
