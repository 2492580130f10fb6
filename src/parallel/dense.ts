import { dot } from '../linalg/index.js';

/** h ← its Cholesky factor (lower triangle, row-major); pivots that rounding made too small are lifted to `least` times the diagonal. */
export function cholesky(h: Float64Array, size: number, least = 1e-14): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j < i; j++) {
      h[row + j] = (h[row + j] - dot(h, row, h, j * size, j)) / h[j * size + j];
    }
    const diagonal = h[row + i];
    const pivot = diagonal - dot(h, row, h, row, i);
    h[row + i] = Math.sqrt(Math.max(pivot, least * Math.abs(diagonal), Number.MIN_VALUE));
  }
}

/** x ← L⁻ᵀ L⁻¹ x. */
export function choleskySolve(l: Float64Array, size: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = x[i];
    for (let k = 0, at = i * size; k < i; k++) sum -= l[at + k] * x[k];
    x[i] = sum / l[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    const t = x[i] / l[i * size + i];
    x[i] = t;
    for (let k = 0, at = i * size; k < i; k++) x[k] -= l[at + k] * t;
  }
}
