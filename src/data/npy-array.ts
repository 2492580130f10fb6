import { type NpyArray, parse } from 'npyjs';
import { RelucentError } from '../base/index.js';
import { requireFits } from './limits.js';

/** Numbers of any shape: row-major, or column-major where `fortranOrder` says so. */
export interface NumberArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number | bigint | boolean>;
  readonly fortranOrder: boolean;
}

/** An npy file of any shape, for readers of other things than tables. Throws `data` as `parseArray` does. */
export function readNpyArray(bytes: Uint8Array, source: string): NumberArray {
  const { shape, data, fortranOrder } = parseArray(bytes, source);
  return { shape, values: data as unknown as ArrayLike<number | bigint | boolean>, fortranOrder };
}

/** The array of an npy file: integers, floats or booleans of any shape. Throws `data` for other kinds and damaged files. */
export function parseArray(bytes: Uint8Array, source: string): NpyArray {
  let array: NpyArray;
  try {
    // A copy of these bytes alone: the slice of a Buffer would share its pool.
    array = parse(new Uint8Array(bytes).buffer);
  } catch (cause) {
    throw damaged(source, 'npy', cause);
  }
  const expected = array.shape.reduce((product, size) => product * size, 1);
  const found = (array.data as unknown as ArrayLike<unknown>).length;
  const [rows = 1] = array.shape;
  requireFits(source, rows, expected / Math.max(1, rows));
  if (!/^[iufb]\d+$/.test(array.dtype)) {
    throw new RelucentError(
      'data',
      `${source}: dtype ${array.dtype}; expected integers, floats or booleans (text labels: save integers, or use CSV).`,
    );
  }
  if (found !== expected)
    throw damaged(
      source,
      'npy',
      new Error(`shape ${shapeText(array)} needs ${expected} values, the file holds ${found}`),
    );
  return array;
}

export const shapeText = ({ shape }: NpyArray): string =>
  shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;

export const damaged = (source: string, kind: string, cause: unknown): RelucentError =>
  new RelucentError(
    'data',
    `${source}: cannot be read as ${kind} (${cause instanceof Error ? cause.message : String(cause)}); the file is truncated, damaged or of another kind.`,
    { cause },
  );
