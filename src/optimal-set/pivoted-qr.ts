import { type Matrix, matrix } from '../linalg/index.js';
import { addTo, dot } from './vectors.js';

/** The independent columns that were chosen, and every other column in terms of them. */
export interface RankFactor {
  readonly rank: number;
  /** The chosen columns, in the order they were taken (rank numbers), then all others. */
  readonly order: Int32Array;
  /** Largest distance of a column that was not chosen from the span of the chosen ones, of its own length. */
  readonly defect: number;
  /** Length of the last chosen column's part that was new, of its own length: the smallest pivot. */
  readonly pivot: number;
  /** rank×(m − rank): column q holds the coordinates of column order[rank + q] on the chosen ones. */
  readonly coordinates: Matrix;
  /** Coordinates, on the chosen columns, of the point of their span next to f. */
  solve(f: Float64Array): Float64Array;
  /** rank×rank: rows w_i with w_i·w_j = (Z'Z)⁻¹_ij for the chosen columns Z. */
  inverseRows(): Matrix;
}

/**
 * Rank-revealing QR with column pivoting, by Gram and Schmidt's modified method (for coordinates as good as Householder's:
 * it is Householder's on the columns under a zero block). Columns are taken at unit length; the next one is the farthest
 * from the span of those taken, and none is taken at a distance ≤ `tolerance`.
 *
 * @param columns m×R: row i is column i, R long. Zero columns are never chosen.
 */
export function pivotedQr(columns: Matrix, tolerance: number): RankFactor {
  const { rows: m, cols: size } = columns;
  const work = columns.data.slice();
  const lengths = unitRows(work, m, size);
  const triangle = new Float64Array(Math.min(m, size) * m);
  const order = Int32Array.from({ length: m }, (_, i) => i);
  const squares = lengths.map((norm) => (norm > 0 ? 1 : 0));
  const known = squares.slice();
  let pivot = 1;
  let rank = 0;
  for (; rank < Math.min(m, size); rank++) {
    const at = farthest(order, squares, rank);
    const next = order[at];
    const norm = Math.sqrt(dot(work, next * size, work, next * size, size));
    if (norm <= tolerance) {
      // a norm that was updated only may have lost its digits: look again before giving up
      squares[next] = norm * norm;
      if (order.subarray(rank).every((j) => squares[j] <= tolerance * tolerance)) break;
      rank--;
      continue;
    }
    pivot = norm;
    order[at] = order[rank];
    order[rank] = next;
    for (let k = next * size; k < (next + 1) * size; k++) work[k] /= norm;
    triangle[rank * m + next] = norm;
    eliminate({ work, size, triangle, m, order, squares, known }, rank, next);
  }
  const defect = order.subarray(rank).reduce((most, j) => Math.max(most, Math.sqrt(squares[j])), 0);
  const factor = { order, triangle, lengths, m, rank };
  const solve = (f: Float64Array): Float64Array => solved(factor, work, f);
  return {
    rank,
    order,
    defect,
    pivot,
    coordinates: coordinatesOf(factor),
    solve,
    inverseRows: () => inverseOf(factor),
  };
}

function unitRows(work: Float64Array, m: number, size: number): Float64Array {
  return Float64Array.from({ length: m }, (_, i) => {
    const norm = Math.sqrt(dot(work, i * size, work, i * size, size));
    if (norm > 0) for (let k = i * size; k < (i + 1) * size; k++) work[k] /= norm;
    return norm;
  });
}

function farthest(order: Int32Array, squares: Float64Array, from: number): number {
  let best = from;
  for (let at = from + 1; at < order.length; at++) if (squares[order[at]] > squares[order[best]]) best = at;
  return best;
}

interface Elimination {
  readonly work: Float64Array;
  readonly size: number;
  readonly triangle: Float64Array;
  readonly m: number;
  readonly order: Int32Array;
  readonly squares: Float64Array;
  readonly known: Float64Array;
}

/** Takes the new direction out of every column that is left. */
function eliminate(state: Elimination, rank: number, chosen: number): void {
  const { work, size, triangle, m, order, squares, known } = state;
  for (let at = rank + 1; at < m; at++) {
    const j = order[at];
    if (squares[j] === 0) continue;
    const along = dot(work, chosen * size, work, j * size, size);
    triangle[rank * m + j] = along;
    addTo(work, j * size, -along, work, chosen * size, size);
    squares[j] -= along * along;
    // below this share of the last exact value the update has lost half the digits
    if (squares[j] > 1e-6 * known[j]) continue;
    squares[j] = dot(work, j * size, work, j * size, size);
    known[j] = squares[j];
  }
}

interface Factor {
  readonly order: Int32Array;
  readonly triangle: Float64Array;
  readonly lengths: Float64Array;
  readonly m: number;
  readonly rank: number;
}

/** R₁⁻¹R₂, undone of the scaling to unit length. All right-hand sides side by side, rows from the last to the first. */
function coordinatesOf({ order, triangle, lengths, m, rank }: Factor): Matrix {
  const rest = m - rank;
  const out = matrix(rank, rest);
  const t = out.data;
  for (let i = rank - 1; i >= 0; i--) {
    for (let q = 0; q < rest; q++) t[i * rest + q] = triangle[i * m + order[rank + q]];
    for (let k = i + 1; k < rank; k++) {
      const factor = triangle[i * m + order[k]];
      if (factor !== 0) addTo(t, i * rest, -factor, t, k * rest, rest);
    }
    const diagonal = triangle[i * m + order[i]];
    for (let q = 0; q < rest; q++) t[i * rest + q] /= diagonal;
  }
  for (let i = 0; i < rank; i++) {
    for (let q = 0; q < rest; q++) t[i * rest + q] *= lengths[order[rank + q]] / lengths[order[i]];
  }
  return out;
}

function solved({ order, triangle, lengths, m, rank }: Factor, work: Float64Array, f: Float64Array): Float64Array {
  const size = f.length;
  const left = f.slice();
  const x = new Float64Array(rank);
  for (let k = 0; k < rank; k++) {
    x[k] = dot(work, order[k] * size, left, 0, size);
    addTo(left, 0, -x[k], work, order[k] * size, size);
  }
  for (let i = rank - 1; i >= 0; i--) {
    for (let k = i + 1; k < rank; k++) x[i] -= triangle[i * m + order[k]] * x[k];
    x[i] /= triangle[i * m + order[i]];
  }
  return x.map((value, i) => value / lengths[order[i]]);
}

/** R⁻¹ of the chosen columns, undone of the scaling. */
function inverseOf({ order, triangle, lengths, m, rank }: Factor): Matrix {
  const out = matrix(rank, rank);
  const w = out.data;
  for (let i = rank - 1; i >= 0; i--) {
    w[i * rank + i] = 1;
    for (let k = i + 1; k < rank; k++) {
      addTo(w, i * rank, -triangle[i * m + order[k]], w, k * rank, rank);
    }
    for (let q = i; q < rank; q++) w[i * rank + q] /= triangle[i * m + order[i]];
  }
  for (let i = 0; i < rank; i++) for (let q = 0; q < rank; q++) w[i * rank + q] /= lengths[order[i]];
  return out;
}
