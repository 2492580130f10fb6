import { createRandom, RelucentError, shuffledIndices } from '../../base/index.js';
import { type Shape, shapeText, sizeOf } from '../ir/shape.js';
import { type Numbers, newNumbers, type Precision } from '../onnx/index.js';
import { type Augmentation, augmentInto } from './augment.js';

/** Rows to learn from: inputs [count, …input] and targets [count, outputs] (one-hot for classes), row-major. */
export interface Examples {
  readonly count: number;
  readonly input: Shape;
  readonly outputs: number;
  readonly x: ArrayLike<number>;
  readonly target: ArrayLike<number>;
}

/** Checks the sizes. Throws `data`: what was expected, what came. */
export function checkExamples({ count, input, outputs, x, target }: Examples, where: string): void {
  if (x.length === count * sizeOf(input) && target.length === count * outputs && count > 0) return;
  throw new RelucentError(
    'data',
    `${where}: expected ${count} examples ${shapeText(input)} with ${outputs} outputs, ` +
      `got ${x.length} and ${target.length} numbers.`,
  );
}

/** Class numbers 0 … classes − 1 as one-hot rows. Throws `data` for others. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) {
      throw new RelucentError('data', `oneHot: row ${i}: expected a class from 0 to ${classes - 1}, got ${labels[i]}.`);
    }
    rows[i * classes + labels[i]] = 1;
  }
  return rows;
}

/** The given rows as new examples. */
export function selectExamples({ input, outputs, x, target }: Examples, rows: ArrayLike<number>): Examples {
  const from = { count: rows.length, input, outputs };
  const [width, list] = [sizeOf(input), Array.from(rows)];
  const copy = (source: ArrayLike<number>, size: number): Float32Array => {
    const out = new Float32Array(rows.length * size);
    list.forEach((row, i) => {
      for (let k = 0; k < size; k++) out[i * size + k] = source[row * size + k];
    });
    return out;
  };
  return { ...from, x: copy(x, width), target: copy(target, outputs) };
}

/** (x − mean) / deviation with one pair of numbers per channel (the first axis), or one for all. */
export function normaliseExamples(examples: Examples, mean: readonly number[], deviation: readonly number[]): Examples {
  const size = sizeOf(examples.input);
  const perChannel = size / mean.length;
  const x = new Float32Array(examples.x.length);
  // A plain loop: `Float32Array.from` with a function takes fifty times as long (MNIST: 13 s).
  for (let start = 0, block = 0; start < x.length; start += perChannel, block++) {
    const channel = block % mean.length;
    for (let i = start; i < start + perChannel; i++) x[i] = (examples.x[i] - mean[channel]) / deviation[channel];
  }
  return { ...examples, x };
}

/** Streams of random numbers from here on are those of batches; the ones below are those of epochs. */
const AUGMENTING = 1_000_000;

/** The rows with the given places of a seeded order: the first `count`, and the rest. */
export function splitExamples(examples: Examples, count: number, seed: number): readonly [Examples, Examples] {
  if (!(count >= 0 && count < examples.count)) {
    throw new RelucentError('usage', `splitExamples: expected fewer than ${examples.count} examples, got ${count}.`);
  }
  const order = shuffledIndices(examples.count, createRandom(seed, 1));
  return [selectExamples(examples, order.subarray(0, count)), selectExamples(examples, order.subarray(count))];
}

/** The first `count` examples of each class in a seeded order; and all others. Throws `data` where a class has fewer. */
export function perClass(examples: Examples, count: number, seed: number): readonly [Examples, Examples] {
  const found = new Array<number>(examples.outputs).fill(0);
  const [kept, rest]: [number[], number[]] = [[], []];
  for (const row of shuffledIndices(examples.count, createRandom(seed, 1))) {
    const label = classOf(examples, row);
    (found[label]++ < count ? kept : rest).push(row);
  }
  const short = found.findIndex((number) => number < count);
  if (short >= 0) {
    throw new RelucentError('data', `perClass: expected ${count} examples of class ${short}, got ${found[short]}.`);
  }
  return [selectExamples(examples, kept), selectExamples(examples, rest)];
}

/** The class of a one-hot row. */
export function classOf({ outputs, target }: Examples, row: number): number {
  for (let k = 0; k < outputs; k++) if (target[row * outputs + k] === 1) return k;
  return 0;
}

/**
 * Batches in a seeded order, without state: batch number k is the same whoever asks for it, so a run that was stopped
 * goes on where it was. Each epoch has its own order; what does not fill a batch waits for the next one.
 */
export class Batches {
  readonly perEpoch: number;
  readonly #width: number;
  #epoch = -1;
  #order: Int32Array = new Int32Array(0);
  readonly x: Numbers;
  readonly target: Numbers;
  readonly #source: Numbers;
  readonly #targets: Numbers;

  constructor(
    readonly examples: Examples,
    readonly size: number,
    readonly seed: number,
    precision: Precision,
    private readonly augmentation: Augmentation | null = null,
  ) {
    this.perEpoch = Math.floor(examples.count / size);
    this.#width = sizeOf(examples.input);
    this.x = newNumbers(precision, size * this.#width);
    this.target = newNumbers(precision, size * examples.outputs);
    const typed = (values: ArrayLike<number>): Numbers =>
      precision === 'float64'
        ? Float64Array.from(values)
        : values instanceof Float32Array
          ? values
          : Float32Array.from(values);
    this.#source = typed(examples.x);
    this.#targets = typed(examples.target);
  }

  /** Puts batch k into `x` and `target`. */
  load(k: number): void {
    const epoch = Math.floor(k / this.perEpoch);
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      this.#order = shuffledIndices(this.examples.count, createRandom(this.seed, epoch + 2));
    }
    const first = (k % this.perEpoch) * this.size;
    const { outputs, input } = this.examples;
    // A generator of its own for every batch: the changes of batch k do not depend on what came before.
    const random = this.augmentation && createRandom(this.seed, AUGMENTING + k);
    for (let i = 0; i < this.size; i++) {
      const row = this.#order[first + i];
      const image = this.#source.subarray(row * this.#width, (row + 1) * this.#width);
      if (random) augmentInto(this.x, i * this.#width, image, input, this.augmentation!, random);
      else this.x.set(image, i * this.#width);
      this.target.set(this.#targets.subarray(row * outputs, (row + 1) * outputs), i * outputs);
    }
  }
}
