import type { Matrix } from '../linalg/index.js';
import { groupParallel, type Normals } from './parallel.js';
import { reduceRank, unitRows } from './rank.js';

/**
 * The hyperplanes {u : x_i·u = 0} of the rows of X as a set of distinct ones, in coordinates of the row space.
 * Row i is scale_i times the normal of hyperplane plane_i, up to 1e-10·‖x_i‖.
 */
export interface Arrangement {
  readonly X: Matrix;
  readonly rank: number;
  /** d×rank, orthonormal columns: a vector w of these coordinates is the direction basis·w. */
  readonly basis: Matrix;
  /** Unit normals of the distinct hyperplanes. */
  readonly normals: Normals;
  /** n: the hyperplane of each row; −1 for a zero row, which is active for every u. */
  readonly plane: Int32Array;
  /** n: ±‖x_i‖, negative where the row points against the normal. */
  readonly scale: Float64Array;
}

/** The arrangement of the rows of X (n×d). Scaling a row by a positive number changes only `scale`. */
export function arrangementOf(X: Matrix): Arrangement {
  const { units, norms } = unitRows(X);
  const { rank, reduced, basis, residual } = reduceRank(units);
  const rows = Int32Array.from(norms.keys()).filter((i) => norms[i] > 0);
  const { distinct, group, side } = groupParallel(normalsOf(reduced, rows, residual));
  const plane = new Int32Array(X.rows).fill(-1);
  const scale = new Float64Array(X.rows);
  rows.forEach((i, k) => {
    plane[i] = group[k];
    scale[i] = side[k] * norms[i];
  });
  return { X, rank, basis, normals: distinct, plane, scale };
}

/** Unit normals of the chosen rows, with the rounding error of the steps that led here. */
function normalsOf(reduced: Matrix, rows: Int32Array, residual: number): Normals {
  const rank = reduced.cols;
  const data = new Float64Array(rows.length * rank);
  rows.forEach((i, k) => {
    const row = reduced.data.subarray(i * rank, (i + 1) * rank);
    let square = 0;
    for (let j = 0; j < rank; j++) square += row[j] * row[j];
    for (let j = 0; j < rank; j++) data[k * rank + j] = row[j] / Math.sqrt(square);
  });
  const error = 2 ** -51 * Math.sqrt(Math.max(1, reduced.cols)) + residual;
  return { count: rows.length, rank, data, error: new Float64Array(rows.length).fill(error) };
}

/** basis·w in the coordinates of X, of norm 1. */
export function directionOf({ basis }: Arrangement, w: ArrayLike<number>): Float64Array {
  const out = new Float64Array(basis.rows);
  let square = 0;
  for (let j = 0; j < basis.rows; j++) {
    for (let k = 0; k < basis.cols; k++) out[j] += basis.data[j * basis.cols + k] * w[k];
    square += out[j] * out[j];
  }
  const norm = Math.sqrt(square);
  for (let j = 0; j < out.length; j++) out[j] /= norm;
  return out;
}

/** The vector u in the coordinates of the arrangement: basisᵀu. */
export function coordinatesOf({ basis }: Arrangement, u: ArrayLike<number>): Float64Array {
  const out = new Float64Array(basis.cols);
  for (let j = 0; j < basis.rows; j++)
    for (let k = 0; k < basis.cols; k++) out[k] += basis.data[j * basis.cols + k] * u[j];
  return out;
}

/** An arrangement for either a matrix or one that is there already. */
export const asArrangement = (X: Matrix | Arrangement): Arrangement => ('normals' in X ? X : arrangementOf(X));
