import { dot } from '../linalg/index.js';

export { dot };

/** b[j + k] += factor · a[i + k] for `length` entries. */
export function addTo(b: Float64Array, j: number, factor: number, a: Float64Array, i: number, length: number): void {
  for (let k = 0; k < length; k++) b[j + k] += factor * a[i + k];
}

/** Σ_k a_k b_k of two vectors of one length. */
export const product = (a: Float64Array, b: Float64Array): number => dot(a, 0, b, 0, a.length);

/** ‖a‖₂. */
export const length = (a: Float64Array): number => Math.sqrt(product(a, a));

/** Σ a_k. */
export const total = (a: Float64Array): number => a.reduce((sum, value) => sum + value, 0);

/** Σ_i a_i · (row i of the m×R columns). */
export function combination(columns: { cols: number; data: Float64Array }, a: Float64Array): Float64Array {
  const out = new Float64Array(columns.cols);
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== 0) addTo(out, 0, a[i], columns.data, i * columns.cols, columns.cols);
  }
  return out;
}
