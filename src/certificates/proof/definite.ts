import { binaryExponent } from '../../base/index.js';
import { gamma } from '../rounding.js';

/**
 * Whether a symmetric matrix of doubles (size×size, lower triangle read, destroyed) is proved to be positive definite: it is
 * scaled by powers of two to a diagonal in [1, 4), which is exact, and a Cholesky factor of it less 8γ·trace runs to its end
 * in floating point (Rump 2006; a multiple of γ·trace would do). False proves nothing.
 */
export function isDefinite(m: Float64Array, size: number): boolean {
  const scale = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const pivot = m[i * size + i];
    if (!(pivot > 1e-250 && pivot < 1e250)) return false;
    scale[i] = 2 ** -Math.floor(binaryExponent(pivot) / 2);
  }
  let trace = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) m[i * size + j] *= scale[i] * scale[j];
    trace += m[i * size + i];
  }
  const shift = 8 * gamma(size + 16) * trace;
  for (let i = 0; i < size; i++) m[i * size + i] -= shift;
  return factors(m, size);
}

/** Cholesky by rows, in place; false when a pivot is not a positive number. */
function factors(a: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j < i; j++) a[row + j] = (a[row + j] - product(a, row, j * size, j)) / a[j * size + j];
    const pivot = a[row + i] - product(a, row, row, i);
    if (!(pivot > 0 && pivot < Number.POSITIVE_INFINITY)) return false;
    a[row + i] = Math.sqrt(pivot);
  }
  return true;
}

/** Four sums at once: any order of addition has the same error bound. */
function product(a: Float64Array, i: number, j: number, length: number): number {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    s0 += a[i + k] * a[j + k];
    s1 += a[i + k + 1] * a[j + k + 1];
    s2 += a[i + k + 2] * a[j + k + 2];
    s3 += a[i + k + 3] * a[j + k + 3];
  }
  for (; k < length; k++) s0 += a[i + k] * a[j + k];
  return s0 + s1 + (s2 + s3);
}
