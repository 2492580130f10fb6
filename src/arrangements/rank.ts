import { RelucentError } from '../base/index.js';
import { type Matrix, matrix, rowOf } from '../linalg/index.js';
import { dot } from './vectors.js';

/** A row counts as inside the span of others when its distance from it is at most this share of its norm. */
export const RANK_TOLERANCE = 1e-11;

/** X = reduced · basisᵀ up to `residual`. */
export interface RankReduction {
  readonly rank: number;
  /** n×rank; row norms are those of X. X itself when the rank is d. */
  readonly reduced: Matrix;
  /** d×rank with orthonormal columns; the identity when the rank is d. */
  readonly basis: Matrix;
  /** Largest distance of a row from the span of the basis, relative to that row's norm; at most the tolerance. */
  readonly residual: number;
}

/**
 * Coordinates of the rows of X in an orthonormal basis of their span: X = Xr Vᵀ. A neuron u gives the same products as
 * Vᵀu, and the part of u outside the span only costs norm, so programs over Xr and X have the same optima.
 *
 * Row-pivoted Gram–Schmidt on unit rows, each new direction orthogonalised once more; it stops when every row is within
 * `tolerance` (default 1e-11) times its own norm of the span. Because rows are judged by their own norm, scaling a row
 * changes nothing. O(n·d·rank); where a sample of the rows has full rank, O(n·d + d³).
 *
 * @throws `data` when an entry is not finite.
 */
export function reduceRank(X: Matrix, tolerance = RANK_TOLERANCE): RankReduction {
  const { units } = unitRows(X);
  const whole = { rank: X.cols, reduced: X, basis: identity(X.cols), residual: 0 };
  const some = spread(units, SAMPLE * X.cols);
  if (some && spanOf(some, CLEARLY).directions.length === X.cols) return whole;
  const { directions, residual } = spanOf(units, tolerance);
  if (directions.length === X.cols) return whole;
  const basis = columns(X.cols, directions);
  return { rank: directions.length, reduced: coordinates(X, directions), basis, residual };
}

/** So many rows for each column show the rank of most data that have full rank: pivots above this. Full rank reduces nothing, so no harm can come of it. */
const SAMPLE = 3;
const CLEARLY = 1e-4;

/** `count` rows spread over all; null when that is not far fewer. */
function spread({ rows, cols, data }: Matrix, count: number): Matrix | null {
  if (rows < 2 * count) return null;
  const out = matrix(count, cols);
  for (let k = 0; k < count; k++) {
    const at = Math.floor((k * rows) / count) * cols;
    out.data.set(data.subarray(at, at + cols), k * cols);
  }
  return out;
}

/** Orthonormal directions that span the unit rows up to the tolerance; `rest` is what is left of them. */
function spanOf(rest: Matrix, tolerance: number): { readonly directions: Float64Array[]; readonly residual: number } {
  const directions: Float64Array[] = [];
  let residual = 0;
  while (directions.length < rest.cols) {
    const pivot = longestRow(rest);
    residual = pivot.norm;
    if (pivot.norm <= tolerance) break;
    const direction = orthonormal(rowOf(rest, pivot.row), directions);
    removeDirection(rest, direction);
    directions.push(direction);
  }
  return { directions, residual };
}

/** Rows divided by their norms (zero rows stay), overflow-safe. Throws `data` when an entry is not finite. */
export function unitRows(X: Matrix): { units: Matrix; norms: Float64Array } {
  const units = matrix(X.rows, X.cols, X.data.slice());
  const norms = new Float64Array(X.rows);
  for (let i = 0; i < X.rows; i++) norms[i] = normalize(rowOf(units, i), i);
  return { units, norms };
}

function normalize(row: Float64Array, i: number): number {
  let largest = 0;
  for (let j = 0; j < row.length; j++) {
    if (!Number.isFinite(row[j])) throw notFinite(i, row[j]);
    largest = Math.max(largest, Math.abs(row[j]));
  }
  if (largest === 0) return 0;
  for (let j = 0; j < row.length; j++) row[j] /= largest;
  const norm = Math.sqrt(dot(row, row));
  for (let j = 0; j < row.length; j++) row[j] /= norm;
  return norm * largest;
}

const notFinite = (i: number, value: number): RelucentError =>
  new RelucentError('data', `arrangement: row ${i} of X holds ${value}; expected finite numbers.`);

function longestRow({ data, rows, cols }: Matrix): { row: number; norm: number } {
  let row = -1;
  let longest = 0;
  for (let i = 0; i < rows; i++) {
    let square = 0;
    for (let at = i * cols; at < (i + 1) * cols; at++) square += data[at] * data[at];
    const norm = Math.sqrt(square);
    if (!(norm > longest)) continue;
    longest = norm;
    row = i;
  }
  return { row, norm: longest };
}

/** The rest of a row made orthogonal to the directions once more (once loses digits where little is left), unit. */
function orthonormal(row: Float64Array, directions: readonly Float64Array[]): Float64Array {
  const result = row.slice();
  for (const direction of directions) subtract(result, direction, dot(result, direction));
  const norm = Math.sqrt(dot(result, result));
  for (let j = 0; j < result.length; j++) result[j] /= norm;
  return result;
}

function subtract(row: Float64Array, direction: Float64Array, amount: number): void {
  for (let j = 0; j < row.length; j++) row[j] -= amount * direction[j];
}

function removeDirection({ data, rows, cols }: Matrix, direction: Float64Array): void {
  for (let i = 0; i < rows; i++) {
    const from = i * cols;
    let amount = 0;
    for (let j = 0; j < cols; j++) amount += data[from + j] * direction[j];
    for (let j = 0; j < cols; j++) data[from + j] -= amount * direction[j];
  }
}

/** n×rank: the products of the rows of X with the directions. */
function coordinates(X: Matrix, directions: readonly Float64Array[]): Matrix {
  const out = matrix(X.rows, directions.length);
  for (let i = 0; i < X.rows; i++) {
    directions.forEach((direction, k) => {
      out.data[i * out.cols + k] = dot(rowOf(X, i), direction);
    });
  }
  return out;
}

function columns(rows: number, directions: readonly Float64Array[]): Matrix {
  const out = matrix(rows, directions.length);
  directions.forEach((direction, k) => {
    for (let j = 0; j < rows; j++) out.data[j * out.cols + k] = direction[j];
  });
  return out;
}

function identity(size: number): Matrix {
  const out = matrix(size, size);
  for (let j = 0; j < size; j++) out.data[j * size + j] = 1;
  return out;
}
