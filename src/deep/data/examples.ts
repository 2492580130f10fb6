import { createRandom, RelucentError, shuffledIndices } from '../../base/index.js';
import { type Shape, shapeText, sizeOf } from '../ir/shape.js';
import { type Numbers, newNumbers, type Precision } from '../onnx/index.js';

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
  const x = Float32Array.from(examples.x, (value, i) => {
    const channel = Math.floor((i % size) / perChannel);
    return (value - mean[channel]) / deviation[channel];
  });
  return { ...examples, x };
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
    const { outputs } = this.examples;
    for (let i = 0; i < this.size; i++) {
      const row = this.#order[first + i];
      this.x.set(this.#source.subarray(row * this.#width, (row + 1) * this.#width), i * this.#width);
      this.target.set(this.#targets.subarray(row * outputs, (row + 1) * outputs), i * outputs);
    }
  }
}
