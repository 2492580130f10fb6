import { norm2 } from '../../solvers/index.js';

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** v ← v + t·w. */
export function addTo(v: Float64Array, t: number, w: ArrayLike<number>): void {
  for (let i = 0; i < v.length; i++) v[i] += t * w[i];
}

/** v less its part along the orthonormal `basis`; twice, so that rounding leaves nothing along it. */
export function without(v: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const out = Float64Array.from(v);
  for (let pass = 0; pass < 2; pass++) for (const q of basis) addTo(out, -dot(out, q), q);
  return out;
}

/** A vector whose part outside the others' span is a smaller share of it counts as dependent on them. */
export const DEPENDENT = 1e-9;

/** Orthonormal basis of the span of the vectors, largest remainder first; their rank is its length. */
export function spanOf(vectors: readonly Float64Array[], tolerance = DEPENDENT): Float64Array[] {
  const basis: Float64Array[] = [];
  const size = vectors.map((v) => norm2(v));
  const rest = vectors.map((v) => Float64Array.from(v));
  for (;;) {
    let best = -1;
    let largest = tolerance;
    rest.forEach((v, k) => {
      const share = size[k] > 0 ? norm2(v) / size[k] : 0;
      if (share > largest) [best, largest] = [k, share];
    });
    if (best < 0) return basis;
    const next = unit(without(rest[best], basis));
    basis.push(next);
    for (const v of rest) addTo(v, -dot(v, next), next);
    rest[best].fill(0);
  }
}

/** Orthonormal basis of what is orthogonal to an orthonormal `basis` of vectors of `dimension` entries. */
export function complementOf(basis: readonly Float64Array[], dimension: number): Float64Array[] {
  if (basis.length === 0) return unitVectors(dimension);
  const out: Float64Array[] = [];
  const rest = unitVectors(dimension).map((e) => without(e, basis));
  while (basis.length + out.length < dimension) {
    const lengths = rest.map((v) => norm2(v));
    const best = lengths.reduce((k, length, j) => (length > lengths[k] ? j : k), 0);
    const next = unit(without(rest[best], [...basis, ...out]));
    out.push(next);
    for (const v of rest) addTo(v, -dot(v, next), next);
    rest[best].fill(0);
  }
  return out;
}

export function unit(v: Float64Array): Float64Array {
  const length = norm2(v);
  return v.map((t) => t / length);
}

const unitVectors = (dimension: number): Float64Array[] =>
  Array.from({ length: dimension }, (_, k) => {
    const e = new Float64Array(dimension);
    e[k] = 1;
    return e;
  });
