import { circlePoint, type Random } from '../../../base/index.js';
import { smoothed } from './filters.js';
import { type Corruption, type Five, type Image, mapped, planeOf, sampled, warped } from './image.js';

type Matrix = readonly [a: number, b: number, c: number, d: number];

/** About the middle: each pixel from where the matrix takes its place, zeros from outside. */
function linear(image: Image, [a, b, c, d]: Matrix): Image {
  const [middle, centre] = [(image.height - 1) / 2, (image.width - 1) / 2];
  return warped(image, 'zero', (i, j) => {
    const [down, right] = [i - middle, j - centre];
    return [middle + a * down + b * right, centre + c * down + d * right];
  });
}

const sign = (random: Random): 1 | -1 => (random.integer(2) === 1 ? 1 : -1);

/** By these angles (radians), to either side. */
export const rotate =
  (angles: Five<number>): Corruption =>
  (image, severity, random) => {
    const [cos, sin] = circlePoint(sign(random) * angles[severity - 1]);
    return linear(image, [cos, -sin, sin, cos]);
  };

/** Rows pushed sideways by this much a row, to either side. */
export const shear =
  (slopes: Five<number>): Corruption =>
  (image, severity, random) =>
    linear(image, [1, 0, sign(random) * slopes[severity - 1], 1]);

/** Drawn smaller by these factors. */
export const scale =
  (factors: Five<number>): Corruption =>
  (image, severity) => {
    const inverse = 1 / factors[severity - 1];
    return linear(image, [inverse, 0, 0, inverse]);
  };

/** By so many pixels up or down and to the left or right. */
export const translate =
  (pixels: Five<number>): Corruption =>
  (image, severity, random) => {
    const [down, right] = [sign(random) * pixels[severity - 1], sign(random) * pixels[severity - 1]];
    return warped(image, 'zero', (i, j) => [i - down, j - right]);
  };

/** Shares of the image's width. */
export interface Elasticity {
  /** Of the smooth displacements: how far, and the deviation that they are smoothed by. */
  readonly reach: number;
  readonly sigma: number;
  /** How far each of three points of a triangle may move. */
  readonly affine: number;
}

/** An affine map that moves three points at random, then smooth random displacements; mirrored at the borders. */
export const elastic =
  (settings: Five<Elasticity>): Corruption =>
  (image, severity, random) => {
    const { reach, sigma, affine } = settings[severity - 1];
    const moved = warped(image, 'mirror', trianglePush(image, affine * image.width, random));
    const field = (): Image => displacements(image, reach * image.width, sigma * image.width, random);
    const [down, right] = [field(), field()];
    return warped(moved, 'mirror', (i, j) => [i + sampled(down, i, j, 'edge'), j + sampled(right, i, j, 'edge')]);
  };

/** Uniform numbers of [−1, 1], smoothed, times `reach`. */
function displacements({ height, width }: Image, reach: number, sigma: number, random: Random): Image {
  const rough = planeOf(height, width, () => 2 * random.uniform() - 1);
  return mapped(sigma > 0 ? smoothed(rough, sigma) : rough, (value) => value * reach);
}

/** Where each pixel comes from when three points about the middle move by at most `reach` along each axis. */
function trianglePush({ height, width }: Image, reach: number, random: Random) {
  const third = Math.floor(Math.min(height, width) / 3);
  const [middle, centre] = [height / 2, width / 2];
  // Corners: lower right, lower left, upper left.
  const moves = Array.from({ length: 3 }, () => [0, 1].map(() => reach * (2 * random.uniform() - 1)));
  return (i: number, j: number): readonly [number, number] => {
    const lower = (i - (middle - third)) / (2 * third);
    const toRight = (j - (centre - third)) / (2 * third);
    const shares = [toRight, lower - toRight, 1 - lower];
    const push = (axis: number): number => shares.reduce((sum, share, k) => sum + share * moves[k][axis], 0);
    return [i + push(0), j + push(1)];
  };
}
