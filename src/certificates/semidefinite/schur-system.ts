import type { Kernels } from '../../linalg/kernels/index.js';
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
  kernels: Kernels,
): Float64Array {
  const { first, second, value, forms } = pairs;
  const { rows } = forms;
  const mark = kernels.mark();
  const [halfP, halfW] = [point.inverse, point.moments].map((m) => forms.times(m, forms.size, kernels));
  const [p, w] = [halfP, halfW].map((half) => forms.times(transposed(half, rows, forms.size, kernels), rows, kernels));
  const place = Int32Array.from(value, (_, v) => placeOf(pairs, v));
  const traces = new Float64Array(value.length + 2);
  for (let v = 0; v < value.length; v++) {
    fillRow(pairs, v, p, w, place, matrix.subarray(place[v] * stride, (place[v] + 1) * stride));
    traces[place[v]] = p[first[v] * rows + second[v]];
  }
  heights(pairs, side, [halfP, halfW], point, traces, matrix, stride);
  kernels.release(mark);
  return traces;
}

/** The products of pair v with those before it, and with itself. */
function fillRow(
  { first, second, forms: { rows } }: PairList,
  v: number,
  p: Float64Array,
  w: Float64Array,
  place: Int32Array,
  out: Float64Array,
): void {
  const [i, j] = [first[v] * rows, second[v] * rows];
  const [pi, wi] = [p.subarray(i, i + rows), w.subarray(i, i + rows)];
  const [pj, wj] = [p.subarray(j, j + rows), w.subarray(j, j + rows)];
  for (let u = 0; u <= v; u++) {
    const k = first[u];
    const l = second[u];
    out[place[u]] = 0.25 * (wj[k] * pi[l] + wj[l] * pi[k] + wi[k] * pj[l] + wi[l] * pj[k]);
  }
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
