import { binaryExponent } from '../../base/index.js';
import { dot } from '../../linalg/index.js';
import { gamma } from '../rounding.js';

/**
 * Whether a symmetric matrix of doubles (size×size, lower triangle read, destroyed) is proved to be positive definite: it is
 * scaled by powers of two to a diagonal in [1, 4), which is exact, and a Cholesky factor of it less 8γ·trace runs to its end
 * in floating point (Rump 2006; a multiple of γ·trace would do, whatever the order of a sum). False proves nothing.
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
    for (let j = 0; j < i; j++) a[row + j] = (a[row + j] - dot(a, row, a, j * size, j)) / a[j * size + j];
    const pivot = a[row + i] - dot(a, row, a, row, i);
    if (!(pivot > 0 && pivot < Number.POSITIVE_INFINITY)) return false;
    a[row + i] = Math.sqrt(pivot);
  }
  return true;
}
