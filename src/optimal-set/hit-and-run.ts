import type { Random } from '../base/index.js';
import { addTo, dot } from './vectors.js';

/** A null vector: one number for each column. */
export type Direction = Float64Array;

/**
 * Hit and run (Smith 1984): a random line of the affine hull through the point, then a uniform point of the chord. The
 * directions are orthonormalised first, so that lines are uniform on the sphere. `point` must be positive.
 */
export function hitAndRun(
  point: Float64Array,
  directions: readonly Direction[],
  count: number,
  random: Random,
  thinning: number,
): Float64Array[] {
  const basis = orthonormal(directions);
  const a = point.slice();
  const samples: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    for (let move = 0; move < thinning && basis.length > 0; move++) oneMove(a, basis, random);
    samples.push(a.slice());
  }
  return samples;
}

function oneMove(a: Float64Array, basis: readonly Float64Array[], random: Random): void {
  const line = new Float64Array(a.length);
  for (const direction of basis) addTo(line, 0, random.normal(), direction, 0, a.length);
  let low = Number.NEGATIVE_INFINITY;
  let high = Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) {
    if (line[i] > 0) low = Math.max(low, -a[i] / line[i]);
    else if (line[i] < 0) high = Math.min(high, -a[i] / line[i]);
  }
  const step = low + (high - low) * random.uniform();
  for (let i = 0; i < a.length; i++) a[i] = Math.max(0, a[i] + step * line[i]);
}

/** Gram and Schmidt, each vector twice against those before it. */
function orthonormal(vectors: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const v = vector.slice();
    for (const b of [...basis, ...basis]) addTo(v, 0, -dot(b, 0, v, 0, v.length), b, 0, v.length);
    const norm = Math.sqrt(dot(v, 0, v, 0, v.length));
    basis.push(v.map((x) => x / norm));
  }
  return basis;
}
