import type { Matrix } from './matrix.js';

/**
 * out ← bias + W · (x from position `at`). Four sums run side by side, because one alone waits for its last addition; each
 * still adds in the order of the inputs.
 */
export function affine(W: Matrix, bias: Float64Array, x: Float64Array, at: number, out: Float64Array): Float64Array {
  const { data, rows, cols } = W;
  let j = 0;
  for (; j + 4 <= rows; j += 4) {
    let s0 = bias[j];
    let s1 = bias[j + 1];
    let s2 = bias[j + 2];
    let s3 = bias[j + 3];
    for (let k = 0, w = j * cols; k < cols; k++, w++) {
      const value = x[at + k];
      s0 += data[w] * value;
      s1 += data[w + cols] * value;
      s2 += data[w + 2 * cols] * value;
      s3 += data[w + 3 * cols] * value;
    }
    out[j] = s0;
    out[j + 1] = s1;
    out[j + 2] = s2;
    out[j + 3] = s3;
  }
  for (; j < rows; j++) {
    let sum = bias[j];
    for (let k = 0, w = j * cols; k < cols; k++, w++) sum += data[w] * x[at + k];
    out[j] = sum;
  }
  return out;
}

/** Directions taken together: they and their products stay in cache. */
const TOGETHER = 64;

/**
 * sums_jk ← sums_jk + Σ_i r_ik (x_iᵀu_j + offset_j)_+ for every direction u_j and column k of r, rows in their order.
 *
 * @param r n×columns, row-major.
 * @param sums directions × columns, row-major.
 */
export function addPositiveParts(
  X: Matrix,
  r: ArrayLike<number>,
  columns: number,
  directions: Matrix,
  offsets: Float64Array,
  sums: Float64Array,
): void {
  const { cols } = directions;
  for (let from = 0; from < directions.rows; from += TOGETHER) {
    const rows = Math.min(TOGETHER, directions.rows - from);
    const some = { rows, cols, data: directions.data.subarray(from * cols, (from + rows) * cols) };
    const own = offsets.subarray(from, from + rows);
    const products = new Float64Array(rows);
    for (let i = 0; i < X.rows; i++) {
      affine(some, own, X.data, i * cols, products);
      addActive(sums, from * columns, products, r, i * columns, columns);
    }
  }
}

/** Row i joins the sums of the directions that have a positive product with it; its entries of r begin at `at`. */
function addActive(
  sums: Float64Array,
  from: number,
  products: Float64Array,
  r: ArrayLike<number>,
  at: number,
  columns: number,
): void {
  for (let j = 0; j < products.length; j++) {
    if (!(products[j] > 0)) continue;
    for (let k = 0; k < columns; k++) sums[from + j * columns + k] += r[at + k] * products[j];
  }
}
