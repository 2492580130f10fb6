import { addScaled, dotPadded, RANK_TOLERANCE } from './coneFactor.js';

/**
 * Orthonormal basis of the null space of the given rows of X, by Householder reflections (see `Kernels.nullBasis`).
 * A row whose unit form lies within 1e-11 of the span of those before it is dependent.
 */
export function nullBasis(d: number, x: Float64Array, rows: Int32Array, count: number, basis: Float64Array): number {
  const { rank, reflectors } = makeReflectors(d, x, rows, count);
  reflectedAxes(d, rank, d, rank, reflectors, basis);
  return d - rank;
}

/** Orthonormal basis of the span of the given rows of X, by the same reflections (see `Kernels.spanBasis`). */
export function spanBasis(d: number, x: Float64Array, rows: Int32Array, count: number, basis: Float64Array): number {
  const { rank, reflectors } = makeReflectors(d, x, rows, count);
  reflectedAxes(d, 0, rank, rank, reflectors, basis);
  return rank;
}

/** The reflectors that send the rows to the first axes. */
function makeReflectors(d: number, x: Float64Array, rows: Int32Array, count: number) {
  const reflectors = new Float64Array(Math.min(count, d) * d);
  const work = new Float64Array(d);
  let rank = 0;
  for (let k = 0; k < count && rank < d; k++) {
    if (!loadUnitRow(d, x, rows[k], work)) continue;
    for (let i = 0; i < rank; i++) reflect(d, i, reflectors, work, 0);
    if (makeReflector(d, rank, work, reflectors)) rank++;
  }
  return { rank, reflectors };
}

/** Rows of basis ← the axes from … to−1, through all reflectors. */
function reflectedAxes(
  d: number,
  from: number,
  to: number,
  rank: number,
  reflectors: Float64Array,
  basis: Float64Array,
): void {
  for (let k = from; k < to; k++) {
    const at = (k - from) * d;
    basis.fill(0, at, at + d);
    basis[at + k] = 1;
    for (let i = rank - 1; i >= 0; i--) reflect(d, i, reflectors, basis, at);
  }
}

function loadUnitRow(d: number, x: Float64Array, row: number, work: Float64Array): boolean {
  let square = 0;
  for (let j = 0; j < d; j++) square += x[row * d + j] * x[row * d + j];
  const norm = Math.sqrt(square);
  if (!(norm > 0)) return false;
  for (let j = 0; j < d; j++) work[j] = x[row * d + j] / norm;
  return true;
}

/** Stores the unit v (zero before `rank`) whose reflection I − 2vvᵀ sends the tail of work to the axis `rank`. */
function makeReflector(d: number, rank: number, work: Float64Array, reflectors: Float64Array): boolean {
  let square = 0;
  for (let j = rank; j < d; j++) square += work[j] * work[j];
  const norm = Math.sqrt(square);
  if (!(norm > RANK_TOLERANCE)) return false;
  work[rank] += work[rank] < 0 ? -norm : norm;
  square = 0;
  for (let j = rank; j < d; j++) square += work[j] * work[j];
  const length = Math.sqrt(square);
  for (let j = rank; j < d; j++) reflectors[rank * d + j] = work[j] / length;
  return true;
}

/** v ← v − 2(u·v)u with u the reflector of axis i (zero before it). The sum runs over four lanes, then what is left. */
function reflect(d: number, i: number, reflectors: Float64Array, v: Float64Array, at: number): void {
  const whole = i + ((d - i) & ~3);
  const u = i * d;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let j = i; j < whole; j += 4) {
    s0 += reflectors[u + j] * v[at + j];
    s1 += reflectors[u + j + 1] * v[at + j + 1];
    s2 += reflectors[u + j + 2] * v[at + j + 2];
    s3 += reflectors[u + j + 3] * v[at + j + 3];
  }
  let sum = s0 + s2 + (s1 + s3);
  for (let j = whole; j < d; j++) sum += reflectors[u + j] * v[at + j];
  sum *= 2;
  for (let j = i; j < d; j++) v[at + j] -= sum * reflectors[u + j];
}

/**
 * See `Kernels.complementBasis`: the axis that is least in the span, made orthogonal to the rows and to those found, twice; and so
 * on. That axis is never nearer to the span than 1/√d.
 */
export function complementBasis(d: number, count: number, q: Float64Array, basis: Float64Array): void {
  const width = (d + 3) & ~3;
  const found = new Float64Array((d - count) * width);
  const outside = new Float64Array(width);
  for (let i = 0; i < count; i++) subtractSquares(q.subarray(i * width, (i + 1) * width), outside);
  for (let k = 0; k < d - count; k++) {
    const v = found.subarray(k * width, (k + 1) * width);
    v[largest(d, outside)] = 1;
    for (let pass = 0; pass < 2; pass++) {
      removeRows(q, count, v);
      removeRows(found, k, v);
    }
    const norm = Math.sqrt(dotPadded(width, v, 0, v, 0));
    for (let j = 0; j < d; j++) v[j] /= norm;
    subtractSquares(v, outside);
    basis.set(v.subarray(0, d), k * d);
  }
}

function subtractSquares(v: Float64Array, from: Float64Array): void {
  for (let j = 0; j < v.length; j++) from[j] -= v[j] * v[j];
}

function largest(d: number, v: Float64Array): number {
  let best = 0;
  for (let j = 1; j < d; j++) if (v[j] > v[best]) best = j;
  return best;
}

/** v ← v without its part along each of the rows, one after another. */
function removeRows(rows: Float64Array, count: number, v: Float64Array): void {
  for (let at = 0; at < count * v.length; at += v.length) {
    addScaled(v.length, -dotPadded(v.length, rows, at, v, 0), rows, at, v, 0);
  }
}
