import { RelucentError, requireThat } from '../base/index.js';
import { addPositiveParts, type Matrix, matrix } from '../linalg/index.js';
import type { Arrangement } from './arrangement.js';

/**
 * f(u) = Σ_i r_i (x_i·u)_+ in the coordinates w of an arrangement: Σ_g weights_g (n_g·w)_+ + linear·w.
 *
 * Rows on one hyperplane act as one: r (s t)_+ = r s (t)_+ for s > 0, and r|s|((t)_+ − t) for s < 0. This is not only
 * shorter: crossing the hyperplane changes all of its rows at once, so a search that weighed them one by one would stop
 * where it need not.
 */
export interface PositivePart {
  readonly arrangement: Arrangement;
  readonly weights: Float64Array;
  readonly linear: Float64Array;
}

/** The function for the vector r (one number a row of X). Throws `usage` for a wrong length, `data` if not finite. */
export function positivePart(arrangement: Arrangement, r: ArrayLike<number>): PositivePart {
  const { X, plane, scale, normals } = arrangement;
  requireThat(r.length === X.rows, `arrangement: r has ${r.length} entries, X has ${X.rows} rows; give one a row.`);
  const weights = new Float64Array(normals.count);
  const linear = new Float64Array(normals.rank);
  for (let i = 0; i < X.rows; i++) {
    if (!Number.isFinite(r[i])) throw notFinite(i, r[i]);
    if (plane[i] < 0) continue;
    const weight = r[i] * Math.abs(scale[i]);
    weights[plane[i]] += weight;
    if (scale[i] < 0) addNormal(linear, arrangement, plane[i], -weight);
  }
  return { arrangement, weights, linear };
}

const notFinite = (i: number, value: number): RelucentError =>
  new RelucentError('data', `arrangement: entry ${i} of r is ${value}; expected a finite number.`);

/** −f. */
export const negated = ({ arrangement, weights, linear }: PositivePart): PositivePart => ({
  arrangement,
  weights: weights.map((weight) => -weight),
  linear: linear.map((entry) => -entry),
});

/** out ← out + factor · normal g. */
export function addNormal(out: Float64Array, { normals }: Arrangement, g: number, factor: number): void {
  const at = g * normals.rank;
  for (let k = 0; k < normals.rank; k++) out[k] += factor * normals.data[at + k];
}

/** n_g · w. */
export function normalDot({ normals }: Arrangement, g: number, w: ArrayLike<number>): number {
  const at = g * normals.rank;
  let sum = 0;
  for (let k = 0; k < normals.rank; k++) sum += normals.data[at + k] * w[k];
  return sum;
}

/** f at w. */
export function valueAt(f: PositivePart, w: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < f.linear.length; k++) sum += f.linear[k] * w[k];
  for (let g = 0; g < f.weights.length; g++) {
    const t = normalDot(f.arrangement, g, w);
    if (t > 0) sum += f.weights[g] * t;
  }
  return sum;
}

/** f at each row of `points`, summed as by `valueAt`. */
export function valuesAt(f: PositivePart, points: Matrix): Float64Array {
  const { count, rank, data } = f.arrangement.normals;
  const sums = new Float64Array(points.rows);
  for (let j = 0; j < points.rows; j++) {
    for (let k = 0; k < rank; k++) sums[j] += f.linear[k] * points.data[j * rank + k];
  }
  addPositiveParts({ rows: count, cols: rank, data }, f.weights, 1, points, new Float64Array(points.rows), sums);
  return sums;
}

/** rᵀ(X u)_+ on the data themselves, for each of the directions. */
export function valuesOnData(
  { X }: Arrangement,
  r: ArrayLike<number>,
  directions: readonly Float64Array[],
): Float64Array {
  const sums = new Float64Array(directions.length);
  addPositiveParts(X, r, 1, stacked(directions, X.cols), new Float64Array(directions.length), sums);
  return sums;
}

/** The vectors as rows. */
export function stacked(vectors: readonly Float64Array[], cols: number): Matrix {
  const out = matrix(vectors.length, cols);
  vectors.forEach((vector, j) => {
    out.data.set(vector, j * cols);
  });
  return out;
}

/** A hyperplane counts as touched by a unit vector w when |n_g·w| is at most this. */
export const TOUCH_TOLERANCE = 1e-9;

/**
 * The cell (a bit a hyperplane, 1: positive side) that is full-dimensional and whose closure holds the unit
 * vector w: of hyperplanes that w touches, the side a fixed generic step away from w lies on.
 */
export function touchingCell(arrangement: Arrangement, w: ArrayLike<number>): Uint8Array {
  const { count } = arrangement.normals;
  const cell = genericCell(arrangement);
  for (let g = 0; g < count; g++) {
    const product = normalDot(arrangement, g, w);
    if (product > TOUCH_TOLERANCE) cell[g >> 3] |= 1 << (g & 7);
    else if (product < -TOUCH_TOLERANCE) cell[g >> 3] &= ~(1 << (g & 7));
  }
  return cell;
}

/** The cell a fixed generic step away from the origin. */
export function genericCell(arrangement: Arrangement): Uint8Array {
  const { count, rank } = arrangement.normals;
  const step = Float64Array.from({ length: rank }, (_, k) => ((k + 1) * 0.7548776662 + 0.31) % 1);
  const cell = new Uint8Array((count + 7) >> 3);
  for (let g = 0; g < count; g++) if (normalDot(arrangement, g, step) >= 0) cell[g >> 3] |= 1 << (g & 7);
  return cell;
}

/** The packed pattern of the rows of X in a cell; zero rows are active. */
export function rowPattern({ X, plane, scale }: Arrangement, cell: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((X.rows + 7) >> 3);
  for (let i = 0; i < X.rows; i++) {
    const active = plane[i] < 0 || sideOf(cell, plane[i]) === scale[i] > 0;
    if (active) bytes[i >> 3] |= 1 << (i & 7);
  }
  return bytes;
}

const sideOf = (cell: Uint8Array, g: number): boolean => ((cell[g >> 3] >> (g & 7)) & 1) === 1;
