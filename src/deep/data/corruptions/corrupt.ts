import { createRandom, type Random, RelucentError } from '../../../base/index.js';
import { sizeOf } from '../../ir/shape.js';
import { checkExamples, type Examples } from '../examples.js';
import { asBytes, type Image, type Severity } from './image.js';
import { corruptionSets } from './sets.js';

/** `mnist-c` for images of one channel, `cifar10-c` for those of three. */
export type CorruptionSet = keyof typeof corruptionSets;

/** The names of a set's corruptions: fifteen of MNIST-C, nineteen of CIFAR-10-C. */
export const corruptionNames = (set: CorruptionSet): string[] => Object.keys(corruptionSets[set]);

export interface CorruptOptions {
  readonly set: CorruptionSet;
  /** One of `corruptionNames(set)`. */
  readonly name: string;
  /** From 1 (weak) to 5. */
  readonly severity: number;
  /** Default 0. */
  readonly seed?: number;
  /** The number of the first image, for those who take a set in parts; default 0. */
  readonly first?: number;
}

/**
 * The examples with their images corrupted: [channels, height, width] with pixels in [0, 1] (before they are normalised), channels
 * 1 or 3, rounded to 256 levels as image files hold them. The changes of image i depend on seed, name and i alone: a set
 * can be cut short, and all severities draw the same numbers. Throws `usage` for other names, severities and shapes.
 */
export function corruptExamples(
  examples: Examples,
  { set, name, severity, seed = 0, first = 0 }: CorruptOptions,
): Examples {
  checkExamples(examples, 'corruptExamples');
  const { count, input, x } = examples;
  const corruption = corruptionSets[set]?.[name];
  const fail = (what: string, expected: string, got: unknown): never => {
    throw new RelucentError('usage', `corruptExamples: ${what}: expected ${expected}, got ${got}.`);
  };
  if (!Object.hasOwn(corruptionSets, set)) fail('set', Object.keys(corruptionSets).join(' or '), `'${set}'`);
  if (!Object.hasOwn(corruptionSets[set], name)) fail('name', `one of ${corruptionNames(set).join(', ')}`, `'${name}'`);
  if (!isSeverity(severity)) return fail('severity', 'a whole number from 1 to 5', severity);
  if (input.length !== 3 || (input[0] !== 1 && input[0] !== 3)) {
    fail('examples', 'images [1 or 3, height, width]', `[${input.join(', ')}]`);
  }
  const size = sizeOf(input);
  const out = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    const image = imageOf(x, i * size, input);
    out.set(asBytes(corruption(image, severity, streamOf(seed, name, first + i))).data, i * size);
  }
  return { ...examples, x: out };
}

const isSeverity = (value: number): value is Severity => Number.isInteger(value) && value >= 1 && value <= 5;

function imageOf(x: ArrayLike<number>, start: number, [channels, height, width]: readonly number[]): Image {
  const data = Float64Array.from({ length: channels * height * width }, (_, k) => x[start + k]);
  return { channels, height, width, data };
}

/** A generator for one image. The first numbers of neighbouring seeds are alike: they are left out. */
function streamOf(seed: number, name: string, index: number): Random {
  let mixed = 0;
  for (const letter of name) mixed = (Math.imul(mixed, 31) + letter.charCodeAt(0)) | 0;
  const random = createRandom(seed, (Math.imul(mixed, 0x85ebca6b) + index) | 0);
  for (let k = 0; k < 8; k++) random.uniform();
  return random;
}
