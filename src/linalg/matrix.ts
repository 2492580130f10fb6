import { RelucentError } from '../base/index.js';

/** A dense matrix, row-major: entry (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly rows: number;
  readonly cols: number;
  readonly data: Float64Array;
}

/** A matrix over the given entries (not copied), or zeros. Throws `usage` when the length is not rows·cols. */
export function matrix(rows: number, cols: number, data: Float64Array = new Float64Array(rows * cols)): Matrix {
  if (data.length !== rows * cols) {
    throw new RelucentError('usage', `matrix: expected ${rows}·${cols} = ${rows * cols} entries, got ${data.length}.`);
  }
  return { rows, cols, data };
}

/** A matrix from an array of rows. Throws `usage` for ragged rows. */
export function matrixFromRows(rows: ReadonlyArray<ArrayLike<number>>): Matrix {
  const cols = rows[0]?.length ?? 0;
  const result = matrix(rows.length, cols);
  rows.forEach((row, i) => {
    if (row.length !== cols) {
      throw new RelucentError('usage', `matrixFromRows: row ${i} has ${row.length} entries, row 0 has ${cols}.`);
    }
    result.data.set(row, i * cols);
  });
  return result;
}

/** Row i as a view. */
export const rowOf = (m: Matrix, i: number): Float64Array => m.data.subarray(i * m.cols, (i + 1) * m.cols);

export function transpose(m: Matrix): Matrix {
  const out = matrix(m.cols, m.rows);
  for (let i = 0; i < m.rows; i++) for (let j = 0; j < m.cols; j++) out.data[j * m.rows + i] = m.data[i * m.cols + j];
  return out;
}
