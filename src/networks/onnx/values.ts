import { type Matrix, matrix } from '../../linalg/index.js';

/**
 * What a tensor of an ONNX graph is, as a function of the network's inputs:
 * `constant`: known numbers; `affine`: W·base + b per sample; `mask`: 1[affine >= 0]; `after`: made from the scores
 * (probabilities, labels); `size`: made from shapes; `unknown`: what cannot be read, with the reason, which is only
 * reported when an output depends on it.
 */
export type Value = Constant | Affine | Mask | After | Size | Unknown;

export interface Constant {
  readonly kind: 'constant';
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** Sizes of each dimension, null where free; null as a whole when nothing is known. */
export type Shape = readonly (number | null)[] | null;

/** base · weight + bias per sample; weight is in×out, null for the identity (scaled by `scale`, if there is one). */
export interface Affine {
  readonly kind: 'affine';
  readonly base: Base;
  readonly weight: Matrix | null;
  readonly scale: Float64Array | null;
  readonly bias: Float64Array | null;
  readonly shape: Shape;
}

/** What an affine map is applied to; `depth` counts the ReLU layers up to it. */
export type Base =
  | { readonly kind: 'inputs'; readonly depth: 0 }
  | { readonly kind: 'relu'; readonly depth: number; readonly of: Affine }
  | { readonly kind: 'gated'; readonly depth: number; readonly of: Affine; readonly gate: Affine };

export const inputs: Base = { kind: 'inputs', depth: 0 };

export interface Mask {
  readonly kind: 'mask';
  readonly of: Affine;
}

export interface After {
  readonly kind: 'after';
  readonly scores: readonly Affine[];
  readonly ops: readonly string[];
}

export interface Size {
  readonly kind: 'size';
}

export interface Unknown {
  readonly kind: 'unknown';
  readonly reason: string;
  /** The reason already says what to do. */
  readonly advised: boolean;
}

export const unknown = (reason: string, advised = false): Unknown => ({ kind: 'unknown', reason, advised });

export const identity = (base: Base, shape: Shape): Affine => ({
  kind: 'affine',
  base,
  weight: null,
  scale: null,
  bias: null,
  shape,
});

/** Entries per sample; null when the file does not say. */
export function widthOf({ weight, scale, bias, shape }: Affine): number | null {
  return weight?.cols ?? scale?.length ?? bias?.length ?? shape?.at(-1) ?? null;
}

/** Products of layers may be much larger than the file; this many entries (1 GiB) are not made. */
const MOST_ENTRIES = 2 ** 27;

/** value · W for a constant in×out matrix W. */
export function timesMatrix(value: Affine, W: Matrix): Affine | Unknown {
  const width = widthOf(value);
  const rows = value.weight?.rows ?? W.rows;
  if (rows * W.cols > MOST_ENTRIES) return unknown(`layers that multiply to ${rows}×${W.cols} weights are too large`);
  if (width !== null && width !== W.rows) return unknown(`a ${W.rows}×${W.cols} matrix multiplies ${width} numbers`);
  const weight = value.weight ? product(value.weight, W) : value.scale ? scaledRows(W, value.scale) : W;
  const bias = value.bias && product({ rows: 1, cols: W.rows, data: value.bias }, W).data;
  const shape = value.shape && [...value.shape.slice(0, -1), W.cols];
  return { ...value, weight, scale: null, bias, shape };
}

/** value · v entry by entry, v of the value's width. */
export function timesVector(value: Affine, v: Float64Array): Affine {
  const bias = value.bias?.map((b, k) => b * v[k]) ?? null;
  if (value.weight) {
    const { rows, cols, data } = value.weight;
    return {
      ...value,
      bias,
      weight: matrix(
        rows,
        cols,
        data.map((w, i) => w * v[i % cols]),
      ),
    };
  }
  return { ...value, bias, scale: value.scale ? value.scale.map((s, k) => s * v[k]) : v };
}

export function plusVector(value: Affine, v: Float64Array): Affine {
  return { ...value, bias: value.bias ? value.bias.map((b, k) => b + v[k]) : v };
}

function product(A: Matrix, B: Matrix): Matrix {
  const out = matrix(A.rows, B.cols);
  for (let i = 0; i < A.rows; i++) {
    for (let k = 0; k < A.cols; k++) {
      const a = A.data[i * A.cols + k];
      for (let j = 0; j < B.cols; j++) out.data[i * B.cols + j] += a * B.data[k * B.cols + j];
    }
  }
  return out;
}

function scaledRows(W: Matrix, scale: Float64Array): Matrix {
  return matrix(
    W.rows,
    W.cols,
    W.data.map((w, i) => w * scale[Math.floor(i / W.cols)]),
  );
}
