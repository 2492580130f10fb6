import type { PairList } from './pairs.js';
import { transposed } from './sparse-forms.js';

/** Where an interior point method stands. */
export interface SchurPoint {
  /** X and S⁻¹, size×size. */
  readonly moments: Float64Array;
  readonly inverse: Float64Array;
  /** Values of the pairs, and what their products are in X. */
  readonly x: Float64Array;
  readonly slopes: Float64Array;
}

/**
 * tr(A_v X A_u S⁻¹) for the pairs, A_v = sym(f_i f_jᵀ), and then for α and μ, which S grows with; slope/value is added on the diagonal.
 * ¼ Σ of four products of an entry of FXFᵀ and one of FS⁻¹Fᵀ. Fills the lower triangle of `matrix`; returns tr(A_v S⁻¹).
 */
export function schurSystem(pairs: PairList, side: number, point: SchurPoint, matrix: Float64Array): Float64Array {
  const { first, second, value, free, forms } = pairs;
  const { rows } = forms;
  const unknowns = value.length + 2;
  const [halfP, halfW] = [point.inverse, point.moments].map((m) => forms.times(m, forms.size));
  const [p, w] = [halfP, halfW].map((half) => forms.times(transposed(half, rows, forms.size), rows));
  const traces = new Float64Array(unknowns);
  for (let v = 0; v < value.length; v++) {
    const [i, j, to] = [first[v] * rows, second[v] * rows, v * unknowns];
    for (let u = 0; u <= v; u++) {
      const [k, l] = [first[u], second[u]];
      matrix[to + u] = 0.25 * (w[j + k] * p[i + l] + w[j + l] * p[i + k] + w[i + k] * p[j + l] + w[i + l] * p[j + k]);
    }
    traces[v] = p[i + second[v]];
    if (v >= free) matrix[to + v] += point.slopes[v] / point.x[v];
  }
  heights(pairs, side, [halfP, halfW], point, traces, matrix);
  for (let v = 0; v < unknowns; v++) matrix[v * (unknowns + 1)] *= 1 + 1e-12;
  return traces;
}

/** The rows of α and μ, from FS⁻¹ and FX. */
function heights(
  { first, second, value, forms }: PairList,
  side: number,
  [p, w]: readonly Float64Array[],
  { inverse, moments }: SchurPoint,
  traces: Float64Array,
  matrix: Float64Array,
): void {
  const { size } = forms;
  const unknowns = value.length + 2;
  const [alpha, mu] = [value.length * unknowns, (value.length + 1) * unknowns];
  for (let v = 0; v < value.length; v++) {
    const [i, j] = [first[v] * size, second[v] * size];
    matrix[alpha + v] = -0.5 * (w[i] * p[j] + w[j] * p[i]);
    let sum = 0;
    for (let a = 1; a < side; a++) sum += w[i + a] * p[j + a] + w[j + a] * p[i + a];
    matrix[mu + v] = -0.5 * sum;
  }
  let [trace, cross, square] = [0, 0, 0];
  for (let a = 1; a < side; a++) {
    trace += inverse[a * (size + 1)];
    cross += inverse[a] * moments[a];
    for (let b = 1; b < side; b++) square += inverse[a * size + b] * moments[a * size + b];
  }
  traces[value.length] = inverse[0];
  traces[value.length + 1] = trace;
  matrix[alpha + value.length] = inverse[0] * moments[0];
  matrix[mu + value.length] = cross;
  matrix[mu + value.length + 1] = square;
}
