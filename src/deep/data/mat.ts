import { unzlibSync } from 'fflate';
import { RelucentError } from '../../base/index.js';
import type { Shape } from '../ir/shape.js';
import { type Examples, oneHot } from './examples.js';

/** A variable of a MATLAB file: entries in column-major order. */
export interface MatArray {
  readonly name: string;
  readonly shape: Shape;
  readonly values: Float64Array | Uint8Array;
}

const HEADER = 128;
const TYPE = { int8: 1, uint8: 2, int32: 5, uint32: 6, double: 9, matrix: 14, compressed: 15 } as const;

interface Element {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** The elements one after another: a tag of 8 bytes and data filled up to 8, or both within 8 bytes (small data). */
function* elements(bytes: Uint8Array): Generator<Element> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const first = view.getUint32(at, true);
    const small = first >>> 16;
    const type = small > 0 ? first & 0xffff : first;
    const [start, length] = small > 0 ? [at + 4, small] : [at + 8, view.getUint32(at + 4, true)];
    if (start + length > bytes.length) throw new RangeError(`an element of ${length} bytes goes past the end`);
    yield { type, bytes: bytes.subarray(start, start + length) };
    at = small > 0 ? at + 8 : start + length + (type === TYPE.compressed ? 0 : (8 - (length % 8)) % 8);
  }
}

function numbersOf({ type, bytes }: Element): Float64Array | Uint8Array {
  if (type === TYPE.uint8 || type === TYPE.int8) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Readonly<Record<number, readonly [number, (at: number) => number]>> = {
    [TYPE.int32]: [4, (at) => view.getInt32(at, true)],
    [TYPE.uint32]: [4, (at) => view.getUint32(at, true)],
    [TYPE.double]: [8, (at) => view.getFloat64(at, true)],
  };
  const reader = read[type];
  if (!reader) throw new RangeError(`numbers of type ${type} are not read`);
  return Float64Array.from({ length: bytes.length / reader[0] }, (_, i) => reader[1](i * reader[0]));
}

/** Flags, sizes, name, numbers. */
function arrayOf(bytes: Uint8Array): MatArray {
  const [, sizes, name, values] = [...elements(bytes)];
  if (!values) throw new RangeError('a variable is incomplete');
  return { name: new TextDecoder().decode(name.bytes), shape: [...numbersOf(sizes)], values: numbersOf(values) };
}

function variables(bytes: Uint8Array): MatArray[] {
  return [...elements(bytes)].flatMap((element) => {
    if (element.type === TYPE.compressed) return variables(unzlibSync(element.bytes));
    return element.type === TYPE.matrix ? [arrayOf(element.bytes)] : [];
  });
}

/** The arrays of a MATLAB file, version 5, little-endian. Throws `data` for other files, naming `name`. */
export function parseMat(bytes: Uint8Array, name = 'MATLAB file'): MatArray[] {
  const isMat = new TextDecoder('latin1').decode(bytes.subarray(0, 19)) === 'MATLAB 5.0 MAT-file';
  const fail = (got: string, cause?: unknown): never => {
    throw new RelucentError('data', `${name}: expected a MATLAB 5 file, got ${got}; use the official one.`, { cause });
  };
  if (!isMat || bytes.length < HEADER) fail('another kind of file');
  try {
    return variables(bytes.subarray(HEADER));
  } catch (error) {
    return fail(`a damaged one (${error instanceof Error ? error.message : String(error)})`, error);
  }
}

/** SVHN's cropped digits: X [32, 32, 3, n] and y [n, 1], where 10 stands for the digit 0. Pixels in [0, 1]. */
export function svhnExamples(arrays: readonly MatArray[], name = 'SVHN file'): Examples {
  const [X, y] = ['X', 'y'].map((wanted) => arrays.find((array) => array.name === wanted));
  const count = X?.shape[3] ?? 0;
  if (!X || !y || `${X.shape.slice(0, 3)}` !== '32,32,3' || y.values.length !== count) {
    const got = arrays.map((array) => `${array.name} [${array.shape.join(', ')}]`).join(', ');
    throw new RelucentError('data', `${name}: expected X [32, 32, 3, n] and y [n, 1], got ${got || 'nothing'}.`);
  }
  const size = 3 * 32 * 32;
  const x = new Float32Array(count * size);
  // Column-major: the row of a pixel runs fastest, then its column, then its colour.
  for (let i = 0; i < count; i++)
    for (let k = 0; k < size; k++) {
      const [colour, row, column] = [Math.floor(k / 1024), Math.floor((k % 1024) / 32), k % 32];
      x[i * size + k] = X.values[i * size + colour * 1024 + column * 32 + row] / 255;
    }
  const labels = Array.from(y.values, (label) => label % 10);
  return { count, input: [3, 32, 32], outputs: 10, x, target: oneHot(labels, 10) };
}
