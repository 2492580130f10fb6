import { createRandom, type Random, shuffledIndices } from '../base/index.js';
import { type Arrangement, coordinatesOf, directionOf } from './arrangement.js';
import { normalDot, TOUCH_TOLERANCE } from './positive-part.js';
import type { SampleOptions } from './sample.js';
import { dot } from './vectors.js';

/** Endless gates of d columns. */
export type GateSource = Generator<Float64Array, never, void>;

/** The sources to draw from in turn; each has a stream of random numbers of its own. */
export function gateSources(
  arrangement: Arrangement,
  { seed, kind = 'gaussian', labels }: SampleOptions,
): GateSource[] {
  const gaussian = (): GateSource => gaussianGates(arrangement.X.cols, createRandom(seed));
  // With one hyperplane or none there is nothing to aim at.
  if (kind === 'gaussian' || arrangement.normals.count < 2) return [gaussian()];
  const vertices = (): GateSource => vertexGates(arrangement, createRandom(seed, 1));
  const rows = (): GateSource => rowGates(arrangement, createRandom(seed, 2), labels);
  if (kind === 'data-normals') return [vertices()];
  return kind === 'rows' ? [rows()] : [gaussian(), vertices(), rows()];
}

function* gaussianGates(d: number, random: Random): GateSource {
  for (;;) yield gaussianVector(d, random);
}

/** Normals through rank − 1 random hyperplanes, each moved to two opposite sides. */
function* vertexGates(arrangement: Arrangement, random: Random): GateSource {
  for (;;) {
    const vertex = randomVertex(arrangement, random);
    const move = stepOff(arrangement, vertex, random);
    yield directionOf(arrangement, combine(vertex, 1, move));
    yield directionOf(arrangement, combine(vertex, -1, move));
  }
}

/** Means, rows in random order, then differences of random rows, each with its negative. */
function* rowGates(arrangement: Arrangement, random: Random, labels?: ArrayLike<number>): GateSource {
  const points = rowPoints(arrangement, random, labels);
  for (;;) {
    const base = points.next().value;
    const length = Math.sqrt(dot(base, base));
    if (!(length > 0)) continue;
    for (const sign of [1, -1]) {
      const point = base.map((entry) => (sign * entry) / length);
      yield directionOf(arrangement, combine(point, 1, stepOff(arrangement, point, random)));
    }
  }
}

function* rowPoints(arrangement: Arrangement, random: Random, labels?: ArrayLike<number>): GateSource {
  const { count, rank, data } = arrangement.normals;
  const normal = (g: number): Float64Array => data.slice(g * rank, (g + 1) * rank);
  yield* means(arrangement, labels);
  for (const g of shuffledIndices(count, random)) yield normal(g);
  for (;;) yield combine(normal(random.integer(count)), random.uniform() < 0.5 ? -1 : 1, normal(random.integer(count)));
}

/** The mean row and that of each class, where they are not zero (up to rounding, as for centred data). */
function means(arrangement: Arrangement, labels?: ArrayLike<number>): Float64Array[] {
  const { X, scale } = arrangement;
  const sums = new Map<number | null, Float64Array>([[null, new Float64Array(X.cols)]]);
  for (let i = 0; i < X.rows; i++) {
    for (const key of labels === undefined ? [null] : [null, labels[i]]) {
      const sum = sums.get(key) ?? new Float64Array(X.cols);
      for (let j = 0; j < X.cols; j++) sum[j] += X.data[i * X.cols + j];
      sums.set(key, sum);
    }
  }
  const size = scale.reduce((total, value) => total + Math.abs(value), 0);
  return [...sums.values()]
    .map((sum) => coordinatesOf(arrangement, sum))
    .filter((sum) => Math.sqrt(dot(sum, sum)) > TOUCH_TOLERANCE * size);
}

/** A Gaussian vector less its part in the span of random normals: orthogonal to all of them, whatever their rank. */
function randomVertex({ normals }: Arrangement, random: Random): Float64Array {
  const { count, rank, data } = normals;
  const basis: Float64Array[] = [];
  for (const g of shuffledIndices(count, random).subarray(0, rank - 1)) {
    const row = orthogonalPart(data.slice(g * rank, (g + 1) * rank), basis);
    if (Math.sqrt(dot(row, row)) > TOUCH_TOLERANCE) basis.push(unit(row));
  }
  return unit(orthogonalPart(gaussianVector(rank, random), basis));
}

/** Twice, because once loses digits. */
function orthogonalPart(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  let out = vector;
  for (let pass = 0; pass < 2; pass++) {
    for (const direction of basis) out = combine(out, -dot(out, direction), direction);
  }
  return out;
}

/**
 * A step that leaves every hyperplane which the unit vector touches and crosses none of the others: half as long as
 * the nearest of those is away. Zero when none is touched.
 */
function stepOff(arrangement: Arrangement, point: Float64Array, random: Random): Float64Array {
  let nearest = 1;
  let touched = false;
  for (let g = 0; g < arrangement.normals.count; g++) {
    const distance = Math.abs(normalDot(arrangement, g, point));
    if (distance <= TOUCH_TOLERANCE) touched = true;
    else nearest = Math.min(nearest, distance);
  }
  if (!touched) return new Float64Array(point.length);
  return unit(gaussianVector(point.length, random)).map((entry) => (nearest / 2) * entry);
}

const gaussianVector = (length: number, random: Random): Float64Array =>
  Float64Array.from({ length }, () => random.normal());

const combine = (a: Float64Array, factor: number, b: Float64Array): Float64Array =>
  a.map((value, k) => value + factor * b[k]);

function unit(vector: Float64Array): Float64Array {
  const norm = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / norm);
}
