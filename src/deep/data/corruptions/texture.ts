import type { Random } from '../../../base/index.js';
import { type Image, mapped, planeOf } from './image.js';

/**
 * Clouds of 0 to 1 by the diamond–square method on a torus: from coarse to fine, each new place is the mean of its four
 * neighbours and a uniform number of ±reach, and the reach is divided by `decay` at every halving.
 */
export function clouds(height: number, width: number, decay: number, random: Random): Image {
  let size = 1;
  while (size < Math.max(height, width)) size *= 2;
  const data = new Float64Array(size * size);
  const at = (i: number, j: number): number => (i & (size - 1)) * size + (j & (size - 1));
  let reach = 1;
  for (let half = size / 2; half >= 1; half /= 2) {
    const mean = (i: number, j: number, offsets: readonly (readonly [number, number])[]): number =>
      offsets.reduce((sum, [a, b]) => sum + data[at(i + a * half, j + b * half)], 0) / 4;
    const fill = (i: number, j: number, offsets: readonly (readonly [number, number])[]): void => {
      data[at(i, j)] = mean(i, j, offsets) + reach * (2 * random.uniform() - 1);
    };
    for (let i = half; i < size; i += 2 * half) for (let j = half; j < size; j += 2 * half) fill(i, j, DIAGONAL);
    for (let i = 0; i < size; i += half)
      for (let j = (i / half) % 2 === 0 ? half : 0; j < size; j += 2 * half) fill(i, j, STRAIGHT);
    reach /= decay;
  }
  const field = planeOf(height, width, (i, j) => data[i * size + j]);
  return stretched(field);
}

const DIAGONAL = [
  [-1, -1],
  [-1, 1],
  [1, -1],
  [1, 1],
] as const;
const STRAIGHT = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;

/** From the least value at 0 to the largest at 1; all 0 where they are the same. */
export function stretched(plane: Image): Image {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of plane.data) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return mapped(plane, (value) => (most > least ? (value - least) / (most - least) : 0));
}

/** Independent normal numbers. */
export const normalField = (height: number, width: number, mean: number, deviation: number, random: Random): Image =>
  planeOf(height, width, () => mean + deviation * random.normal());

/** Bright needles and ferns between dark gaps: the crests of clouds, sharpened. For frost. */
export function crystals(height: number, width: number, random: Random): Image {
  const [coarse, fine] = [clouds(height, width, 1.6, random), clouds(height, width, 1.3, random)];
  const crest = (value: number): number => 1 - Math.abs(2 * value - 1);
  const ridges = planeOf(height, width, (i, j) => {
    const k = i * width + j;
    return 0.3 * coarse.data[k] + 0.7 * crest(coarse.data[k]) ** 2 * (0.4 + 0.6 * crest(fine.data[k]));
  });
  return stretched(ridges);
}
