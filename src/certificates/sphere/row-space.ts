import { type Matrix, matrix } from '../../linalg/index.js';
import { dotAt, gamma, norm } from '../rounding.js';

/** X seen through a basis V of (part of) its row space: x_i ≈ V x̂_i, and how wrong that is, row by row. */
export interface Reduced {
  readonly rank: number;
  /** n×rank: rows x̂_i, as the doubles they are. */
  readonly rows: Matrix;
  /** V, d×rank; null for the identity. */
  readonly basis: Matrix | null;
  /** Proved bounds of ‖x_i − V x̂_i‖. */
  readonly defect: Float64Array;
  /** Proved bound of ‖V‖₂, so of ‖Vᵀu‖ for ‖u‖ ≤ 1. */
  readonly stretch: number;
}

/** n·d² beyond which a tall X is left as it is: looking for its rank would cost more than it saves. */
const WORTH_REDUCING = 2e9;

/** X itself: no reduction. */
export const identityReduction = (x: Matrix): Reduced => ({
  rank: x.cols,
  rows: x,
  basis: null,
  defect: new Float64Array(x.rows),
  stretch: 1,
});

/**
 * X in the coordinates of its row space. Directions in which every row is below `tolerance` times the longest row are
 * dropped: the defect accounts for them, so a wrong decision about the rank can weaken a bound but not falsify it.
 */
export function reduceRows(x: Matrix, tolerance = 1e-13): Reduced {
  if (x.cols <= x.rows && x.rows * x.cols ** 2 > WORTH_REDUCING) return identityReduction(x);
  const v = rowBasis(x, tolerance);
  return v.cols >= x.cols ? identityReduction(x) : project(x, v);
}

/** x̂_i = Vᵀx_i for any d×r matrix V, with the defect measured afterwards. */
export function project(x: Matrix, v: Matrix): Reduced {
  const rows = matrix(x.rows, v.cols);
  const defect = new Float64Array(x.rows);
  const rest = new Float64Array(x.cols);
  for (let i = 0; i < x.rows; i++) {
    for (let k = 0; k < v.cols; k++) {
      let sum = 0;
      for (let j = 0; j < x.cols; j++) sum += x.data[i * x.cols + j] * v.data[j * v.cols + k];
      rows.data[i * v.cols + k] = sum;
    }
    for (let j = 0; j < x.cols; j++) {
      rest[j] = x.data[i * x.cols + j] - dotAt(v.data, j * v.cols, rows.data, i * v.cols, v.cols);
    }
    // each entry of `rest` sums rank + 1 terms; |V| |x̂| has norm at most √rank ‖V‖_F-wise bounded by rank·‖x̂‖
    const sizes = norm(x.data, i * x.cols, x.cols) + (v.cols + 1) * norm(rows.data, i * v.cols, v.cols);
    defect[i] = norm(rest) * (1 + gamma(x.cols + 4)) + gamma(v.cols + 3) * sizes;
  }
  return { rank: v.cols, rows, basis: v, defect, stretch: spectralBound(v) };
}

/** ‖V‖₂ ≤ √(1 + ‖VᵀV − I‖_F), every entry of the Gram matrix with its rounding. */
function spectralBound(v: Matrix): number {
  let sum = 0;
  for (let a = 0; a < v.cols; a++) {
    for (let b = 0; b < v.cols; b++) {
      let product = a === b ? -1 : 0;
      let size = a === b ? 1 : 0;
      for (let j = 0; j < v.rows; j++) {
        const term = v.data[j * v.cols + a] * v.data[j * v.cols + b];
        product += term;
        size += Math.abs(term);
      }
      sum += (Math.abs(product) + gamma(v.rows + 3) * size) ** 2;
    }
  }
  return Math.sqrt(1 + Math.sqrt(sum) * (1 + gamma(v.cols * v.cols + 4))) * (1 + gamma(4));
}

/** Orthonormal basis of the row space (d×rank) by pivoted Gram–Schmidt with re-orthogonalisation. */
function rowBasis(x: Matrix, tolerance: number): Matrix {
  const { rows: n, cols: d } = x;
  const rest = Float64Array.from(x.data);
  const norms = Float64Array.from({ length: n }, (_, i) => norm(rest, i * d, d));
  const longest = norms.reduce((a, b) => Math.max(a, b), 0);
  const basis: Float64Array[] = [];
  while (basis.length < Math.min(n, d)) {
    const pivot = norms.indexOf(norms.reduce((a, b) => Math.max(a, b), 0));
    if (!(norms[pivot] > tolerance * longest)) break;
    const q = orthonormalised(rest.slice(pivot * d, (pivot + 1) * d), basis);
    basis.push(q);
    for (let i = 0; i < n; i++) {
      if (norms[i] === 0) continue;
      const along = dotAt(rest, i * d, q, 0, d);
      for (let j = 0; j < d; j++) rest[i * d + j] -= along * q[j];
      norms[i] = i === pivot ? 0 : norm(rest, i * d, d);
    }
  }
  const v = matrix(d, basis.length);
  basis.forEach((q, k) => {
    for (let j = 0; j < d; j++) v.data[j * v.cols + k] = q[j];
  });
  return v;
}

function orthonormalised(q: Float64Array, basis: readonly Float64Array[]): Float64Array {
  for (let round = 0; round < 2; round++) {
    const length = norm(q);
    for (let j = 0; j < q.length; j++) q[j] /= length;
    for (const other of basis) {
      const along = dotAt(q, 0, other, 0, q.length);
      for (let j = 0; j < q.length; j++) q[j] -= along * other[j];
    }
  }
  const length = norm(q);
  for (let j = 0; j < q.length; j++) q[j] /= length;
  return q;
}
