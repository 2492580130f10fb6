import type { Matrix } from '../linalg/index.js';
import { matrix } from '../linalg/index.js';
import type { RankFactor } from './pivoted-qr.js';
import { addTo, combination, dot } from './vectors.js';

const rounds = 100;
const halvings = 40;
/** Relative to the largest curvature: keeps the factor where few neurons are left. */
const shift = 1e-13;
/** The largest equation that may be missed, of the largest right-hand side. */
const exact = 1e-13;

/**
 * The point of {a ≥ 0 : Σ a_i z_i = Σ start_i z_i} that minimises ‖a‖, or null where rounding keeps the search from it. a = max(0, C ν) for the
 * multipliers ν of the equations, C the coordinates of the z_i in a basis of them; what ν minimises, ½‖max(0, C ν)‖² − gᵀν, is convex and
 * piecewise quadratic: Newton's method with halved steps (Qi & Sun 1993) ends on the right piece.
 */
export function leastNorm(start: Float64Array, factor: RankFactor): Float64Array | null {
  const C = coordinateRows(factor, start.length);
  const g = combination(C, start);
  const search = new Multipliers(C, g);
  for (let round = 0; round < rounds; round++) {
    const largest = search.missed.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    if (largest <= exact * search.scale) return search.point;
    if (!search.step()) return largest <= 100 * exact * search.scale ? search.point : null;
  }
  return null;
}

/** Row i: z_i in terms of the chosen ones. */
function coordinateRows({ rank, order, coordinates }: RankFactor, count: number): Matrix {
  const rows = matrix(count, rank);
  for (let q = 0; q < count; q++) {
    for (let k = 0; k < rank; k++) {
      rows.data[order[q] * rank + k] = q < rank ? Number(q === k) : coordinates.data[k * coordinates.cols + q - rank];
    }
  }
  return rows;
}

class Multipliers {
  readonly scale: number;
  /** max(0, C ν). */
  point: Float64Array;
  /** g − Σ a_i c_i. */
  missed: Float64Array;
  readonly #nu: Float64Array;
  readonly #curvature: Float64Array;
  #active: Uint8Array;

  constructor(
    readonly C: Matrix,
    readonly g: Float64Array,
  ) {
    this.scale = g.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    this.#nu = new Float64Array(C.cols);
    this.#curvature = new Float64Array(C.cols * C.cols);
    this.#active = new Uint8Array(C.rows);
    this.point = new Float64Array(C.rows);
    this.missed = g.slice();
    // the first step is that without bounds
    this.#activate(new Float64Array(C.rows).fill(1));
  }

  /** One Newton step; false when it finds nothing lower. */
  step(): boolean {
    const move = this.#direction();
    if (!move) return false;
    const along = this.#products(move);
    const values = this.#products(this.#nu);
    const slope = -dot(move, 0, this.missed, 0, move.length);
    const linear = dot(move, 0, this.g, 0, move.length);
    const before = halfSquares(values, along, 0);
    for (let k = 0, t = 1; k < halvings; k++, t /= 2) {
      const change = halfSquares(values, along, t) - before - t * linear;
      if (change > 1e-4 * t * slope + 1e-15 * before) continue;
      addTo(this.#nu, 0, t, move, 0, move.length);
      this.point = values.map((v, i) => Math.max(0, v + t * along[i]));
      const reached = combination(this.C, this.point);
      this.missed = this.g.map((v, j) => v - reached[j]);
      this.#activate(this.point);
      return true;
    }
    return false;
  }

  #products(v: Float64Array): Float64Array {
    const { data, rows, cols } = this.C;
    return Float64Array.from({ length: rows }, (_, i) => dot(data, i * cols, v, 0, cols));
  }

  /** The curvature Σ c_i c_iᵀ over what is positive now: changed where something came or went. Its lower triangle. */
  #activate(point: Float64Array): void {
    const { data, cols } = this.C;
    for (let i = 0; i < point.length; i++) {
      const sign = Number(point[i] > 0) - this.#active[i];
      if (sign === 0) continue;
      this.#active[i] += sign;
      const row = data.subarray(i * cols, (i + 1) * cols);
      for (let j = 0; j < cols; j++) if (row[j] !== 0) addTo(this.#curvature, j * cols, sign * row[j], row, 0, j + 1);
    }
  }

  /** The solution of (curvature + a little) move = missed, by Cholesky's factor; null when it has none. */
  #direction(): Float64Array | null {
    const n = this.C.cols;
    const l = this.#curvature.slice();
    let most = 0;
    for (let j = 0; j < n; j++) most = Math.max(most, l[j * n + j]);
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < j; k++) l[j * n + k] = (l[j * n + k] - dot(l, j * n, l, k * n, k)) / l[k * n + k];
      const pivot = l[j * n + j] + shift * most - dot(l, j * n, l, j * n, j);
      if (!(pivot > 0)) return null;
      l[j * n + j] = Math.sqrt(pivot);
    }
    const x = this.missed.slice();
    for (let j = 0; j < n; j++) x[j] = (x[j] - dot(l, j * n, x, 0, j)) / l[j * n + j];
    for (let j = n - 1; j >= 0; j--) {
      x[j] /= l[j * n + j];
      addTo(x, 0, -x[j], l, j * n, j);
    }
    return x;
  }
}

/** ½ ‖max(0, values + t along)‖². */
function halfSquares(values: Float64Array, along: Float64Array, t: number): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const v = values[i] + t * along[i];
    if (v > 0) total += v * v;
  }
  return total / 2;
}
