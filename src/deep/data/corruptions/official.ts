import { RelucentError } from '../../../base/index.js';
import { type NumberArray, readNpyArray } from '../../../data/index.js';
import { type Examples, oneHot } from '../examples.js';

/**
 * A corruption of MNIST-C: `test_images.npy` [n, 28, 28, 1] (or train_…) and `test_labels.npy` [n], bytes and integers. Pixels in
 * [0, 1]. Throws `data` for other files, naming `name`.
 */
export function mnistCExamples(images: Uint8Array, labels: Uint8Array, name = 'MNIST-C'): Examples {
  const pixels = imagesOf(images, name, [28, 28, 1]);
  return examplesOf(pixels, labelsOf(labels, name, pixels.shape[0]), 0, pixels.shape[0]);
}

/**
 * One severity, 1 to 5, of a corruption of CIFAR-10-C: `<corruption>.npy` [50000, 32, 32, 3] holds five times 10,000 images, from
 * weak to strong, and `labels.npy` [50000] their classes. Pixels in [0, 1]. Throws `data` for other files, naming `name`.
 */
export function cifarCExamples(
  images: Uint8Array,
  labels: Uint8Array,
  severity: number,
  name = 'CIFAR-10-C',
): Examples {
  const pixels = imagesOf(images, name, [32, 32, 3]);
  const [count] = pixels.shape;
  const block = count / 5;
  if (count === 0 || !Number.isInteger(block)) fail(name, 'as many images of each of five severities', `${count}`);
  if (!Number.isInteger(severity) || severity < 1 || severity > 5) {
    throw new RelucentError('usage', `${name}: severity: expected a whole number from 1 to 5, got ${severity}.`);
  }
  return examplesOf(pixels, labelsOf(labels, name, count), (severity - 1) * block, severity * block);
}

function fail(name: string, expected: string, got: string): never {
  throw new RelucentError('data', `${name}: expected ${expected}, got ${got}; use the official files.`);
}

const shapeWords = ({ shape }: NumberArray): string => `[${shape.join(', ')}]`;

function imagesOf(bytes: Uint8Array, name: string, size: readonly number[]): NumberArray {
  const array = readNpyArray(bytes, name);
  const expected = `images [n, ${size.join(', ')}] of bytes`;
  const { shape, values, fortranOrder } = array;
  if (`${shape.slice(1)}` !== `${size}` || shape.length !== 4) fail(name, expected, shapeWords(array));
  if (!(values instanceof Uint8Array) || fortranOrder) fail(name, expected, 'numbers of another kind');
  return array;
}

function labelsOf(bytes: Uint8Array, name: string, count: number): NumberArray {
  const array = readNpyArray(bytes, `${name}: labels`);
  if (`${array.shape}` !== `${count}`) fail(`${name}: labels`, `[${count}]`, shapeWords(array));
  return array;
}

/** Rows from `first` to `last`; channels become planes. */
function examplesOf({ shape, values }: NumberArray, labels: NumberArray, first: number, last: number): Examples {
  const [, height, width, channels] = shape;
  const [size, plane] = [height * width * channels, height * width];
  const x = new Float32Array((last - first) * size);
  for (let i = first; i < last; i++)
    for (let k = 0; k < size; k++) {
      x[(i - first) * size + (k % channels) * plane + Math.floor(k / channels)] = Number(values[i * size + k]) / 255;
    }
  const classes = Array.from({ length: last - first }, (_, i) => Number(labels.values[first + i]));
  return { count: last - first, input: [channels, height, width], outputs: 10, x, target: oneHot(classes, 10) };
}
