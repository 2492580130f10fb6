import type { PairList } from './pairs.js';
import { transposed } from './sparse-forms.js';

/** X and S⁻¹, size×size. */
export interface SchurPoint {
  readonly moments: Float64Array;
  readonly inverse: Float64Array;
}

/** Place of a pair among the unknowns of a sign: its own pairs, α, μ, then the pairs that both signs share. */
export const placeOf = ({ value, shared }: PairList, v: number): number => (v < value.length - shared ? v : v + 2);

/**
 * tr(A_v X A_u S⁻¹) for the pairs, A_v = sym(f_i f_jᵀ), and for α and μ, which S grows with: ¼ Σ of four products of an entry of
 * FXFᵀ and one of FS⁻¹Fᵀ. Fills the lower triangle of `matrix`, rows of `stride` entries; returns tr(A_v S⁻¹), by place.
 */
export function schurSystem(
  pairs: PairList,
  side: number,
  point: SchurPoint,
  matrix: Float64Array,
  stride: number,
): Float64Array {
  const { first, second, value, forms } = pairs;
  const { rows } = forms;
  const [halfP, halfW] = [point.inverse, point.moments].map((m) => forms.times(m, forms.size));
  const [p, w] = [halfP, halfW].map((half) => forms.times(transposed(half, rows, forms.size), rows));
  const traces = new Float64Array(value.length + 2);
  for (let v = 0; v < value.length; v++) {
    const [i, j, to] = [first[v] * rows, second[v] * rows, placeOf(pairs, v) * stride];
    for (let u = 0; u <= v; u++) {
      const [k, l] = [first[u], second[u]];
      matrix[to + placeOf(pairs, u)] =
        0.25 * (w[j + k] * p[i + l] + w[j + l] * p[i + k] + w[i + k] * p[j + l] + w[i + l] * p[j + k]);
    }
    traces[placeOf(pairs, v)] = p[i + second[v]];
  }
  heights(pairs, side, [halfP, halfW], point, traces, matrix, stride);
  return traces;
}

/** The rows and columns of α and μ, from FS⁻¹ and FX. */
function heights(
  pairs: PairList,
  side: number,
  [p, w]: readonly Float64Array[],
  { inverse, moments }: SchurPoint,
  traces: Float64Array,
  matrix: Float64Array,
  stride: number,
): void {
  const { first, second, value, forms, shared } = pairs;
  const { size } = forms;
  const own = value.length - shared;
  const lower = (a: number, b: number): number => Math.max(a, b) * stride + Math.min(a, b);
  for (let v = 0; v < value.length; v++) {
    const [i, j, at] = [first[v] * size, second[v] * size, placeOf(pairs, v)];
    matrix[lower(own, at)] = -0.5 * (w[i] * p[j] + w[j] * p[i]);
    let sum = 0;
    for (let a = 1; a < side; a++) sum += w[i + a] * p[j + a] + w[j + a] * p[i + a];
    matrix[lower(own + 1, at)] = -0.5 * sum;
  }
  let [trace, cross, square] = [0, 0, 0];
  for (let a = 1; a < side; a++) {
    trace += inverse[a * (size + 1)];
    cross += inverse[a] * moments[a];
    for (let b = 1; b < side; b++) square += inverse[a * size + b] * moments[a * size + b];
  }
  traces[own] = inverse[0];
  traces[own + 1] = trace;
  matrix[own * stride + own] = inverse[0] * moments[0];
  matrix[(own + 1) * stride + own] = cross;
  matrix[(own + 1) * stride + own + 1] = square;
}
