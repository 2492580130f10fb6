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
