import type { Matrix } from '../../linalg/index.js';
import { above, gamma, norm } from '../rounding.js';

/**
 * Bounds of h(θ) that cost next to nothing: θᵀ(Xu)_+ ≤ Σ_{θ_i>0} θ_i‖x_i‖, and ≤ ‖θ_+‖‖(Xu)_+‖ ≤ ‖θ_+‖‖X‖₂; the same with
 * θ_− for the other sign. ‖X‖₂ from `spectralNorm`.
 */
export function crudeBound(rowNorms: Float64Array, spectral: number, theta: Float64Array, absolute = false): number {
  return Math.max(...[1, -1].map((sign) => oneSign(rowNorms, spectral, theta, sign, absolute)));
}

function oneSign(
  rowNorms: Float64Array,
  spectral: number,
  theta: Float64Array,
  sign: number,
  absolute: boolean,
): number {
  const part = theta.map((t) => (absolute ? Math.abs(t) : Math.max(0, sign * t)));
  let sum = 0;
  for (let i = 0; i < part.length; i++) sum += part[i] * rowNorms[i];
  return above(Math.min(sum, spectral * norm(part)), theta.length + 8);
}

/** ‖x_i‖ from above. */
export const rowNormBounds = (x: Matrix): Float64Array =>
  Float64Array.from({ length: x.rows }, (_, i) => above(norm(x.data, i * x.cols, x.cols), x.cols + 8));

/** ‖X‖₂ from above: the fourth root of ‖XᵀX‖_F², or ‖X‖_F where that product would cost too much. */
export function spectralNorm(x: Matrix, affordable = 2e8): number {
  const frobenius = norm(x.data);
  if (frobenius === 0) return 0;
  const rowsLess = x.rows < x.cols;
  const side = Math.min(x.rows, x.cols);
  if (side * side * Math.max(x.rows, x.cols) > affordable) return above(frobenius, x.data.length + 8);
  const length = Math.max(x.rows, x.cols);
  const entry = (i: number, k: number): number =>
    (rowsLess ? x.data[i * x.cols + k] : x.data[k * x.cols + i]) / frobenius;
  let sum = 0;
  for (let a = 0; a < side; a++) {
    for (let b = 0; b <= a; b++) {
      let product = 0;
      for (let k = 0; k < length; k++) product += entry(a, k) * entry(b, k);
      sum += (a === b ? 1 : 2) * product * product;
    }
  }
  // entries of the Gram matrix of X/‖X‖_F are off by at most γ times norms that sum to 1
  return above(frobenius * (Math.sqrt(Math.sqrt(sum)) + Math.sqrt(gamma(length + 4))), x.data.length + 16);
}
