import { RelucentError } from '../../base/index.js';
import type { Shape } from '../ir/shape.js';
import { type Examples, oneHot } from './examples.js';

/** An array of unsigned bytes from an idx file (MNIST, Fashion-MNIST). */
export interface IdxArray {
  readonly shape: Shape;
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 8;

/** Reads an idx file of unsigned bytes (big-endian sizes). Throws `data` for other files, naming `name`. */
export function parseIdx(bytes: Uint8Array, name = 'idx file'): IdxArray {
  const fail = (expected: string, got: string): never => {
    throw new RelucentError('data', `${name}: expected ${expected}, got ${got}; use the official idx files, unpacked.`);
  };
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) fail('an idx file', 'another kind of file');
  if (bytes[2] !== UNSIGNED_BYTE) fail('unsigned bytes (type 8)', `type ${bytes[2]}`);
  const rank = bytes[3];
  const start = 4 + 4 * rank;
  if (bytes.length < start) fail(`${rank} sizes`, 'the end of the file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const total = shape.reduce((product, size) => product * size, 1);
  if (bytes.length !== start + total) fail(`${total} values`, `${bytes.length - start}`);
  return { shape, values: bytes.subarray(start) };
}

/** Images and labels as examples [1, height, width], pixels in [0, 1]. Throws `data` where they do not belong together. */
export function idxExamples(images: IdxArray, labels: IdxArray, classes = 10): Examples {
  const [count, height, width] = images.shape;
  if (images.shape.length !== 3 || labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw new RelucentError(
      'data',
      `idxExamples: expected images [n, height, width] and n labels, got [${images.shape}] and [${labels.shape}].`,
    );
  }
  const x = new Float32Array(images.values.length);
  for (let i = 0; i < x.length; i++) x[i] = images.values[i] / 255;
  return { count, input: [1, height, width], outputs: classes, x, target: oneHot(labels.values, classes) };
}
