import { RelucentError } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { pivotedQr, type RankFactor } from './pivoted-qr.js';
import { addTo, combination } from './vectors.js';

/** Entries of the tableau below this (columns at unit length) are no pivots. */
const PIVOT = 1e-9;

/**
 * Points a of {Σ a_i z_i = f} in the coordinates of a basis of the z_i:  z_j = Σ_k T[k][j] z_{basis k} for every other j.
 * `pivot` exchanges one column for another in O(rank · (m − rank)), so no step needs a factorisation of its own.
 */
export class Tableau {
  private constructor(
    readonly columns: Matrix,
    readonly first: RankFactor,
    readonly basis: Int32Array,
    readonly rest: Int32Array,
    readonly entries: Float64Array,
    /** m numbers ≥ 0: the point. */
    readonly point: Float64Array,
  ) {}

  /** @param columns m×R, row i is z_i. @param point m numbers ≥ 0. */
  static at(columns: Matrix, point: Float64Array, tolerance: number): Tableau {
    const factor = pivotedQr(columns, tolerance);
    const { order, rank, coordinates } = factor;
    return new Tableau(columns, factor, order.slice(0, rank), order.slice(rank), coordinates.data, point.slice());
  }

  clone(): Tableau {
    const { columns, first, basis, rest, entries, point } = this;
    return new Tableau(columns, first, basis.slice(), rest.slice(), entries.slice(), point.slice());
  }

  get rank(): number {
    return this.basis.length;
  }

  /** Entry of row k (of the basis), column q (of the rest). */
  entry(k: number, q: number): number {
    return this.entries[k * this.rest.length + q];
  }

  /** How far column q may move by ±1 a unit until a column of the basis reaches zero, and which; −1 for none. */
  blocking(q: number, direction: 1 | -1): { step: number; row: number } {
    let step = Number.POSITIVE_INFINITY;
    let row = -1;
    for (let k = 0; k < this.rank; k++) {
      const falls = direction * this.entry(k, q);
      if (falls <= PIVOT) continue;
      const room = Math.max(0, this.point[this.basis[k]]) / falls;
      // of rows that reach zero together the largest pivot is the safest
      const near = 1e-12 * (step < Number.POSITIVE_INFINITY ? step : 0);
      if (room < step - near || (room <= step + near && falls > Math.abs(this.entry(row, q)))) {
        step = Math.min(step, room);
        row = k;
      }
    }
    return { step, row };
  }

  /** point of column q += amount, and the basis follows so that the sum stays f. */
  move(q: number, amount: number): void {
    const { point, basis, rest } = this;
    point[rest[q]] = Math.max(0, point[rest[q]] + amount);
    for (let k = 0; k < basis.length; k++) {
      point[basis[k]] = Math.max(0, point[basis[k]] - amount * this.entry(k, q));
    }
  }

  /** Column q enters the basis in place of the one of row k. */
  pivot(k: number, q: number): void {
    const { entries, basis, rest } = this;
    const width = rest.length;
    const value = entries[k * width + q];
    if (!(Math.abs(value) > 0)) throw new RelucentError('internal', `Tableau.pivot: entry (${k}, ${q}) is ${value}.`);
    const row = entries.subarray(k * width, (k + 1) * width);
    for (let j = 0; j < width; j++) row[j] /= value;
    row[q] = 1 / value;
    for (let i = 0; i < basis.length; i++) {
      if (i === k) continue;
      const factor = entries[i * width + q];
      if (factor === 0) continue;
      entries[i * width + q] = 0;
      addTo(entries, i * width, -factor, row, 0, width);
    }
    [basis[k], rest[q]] = [rest[q], basis[k]];
  }

  /** The leaving column of `blocking` becomes an exact zero and changes places with column q. */
  exchange(k: number, q: number): void {
    this.point[this.basis[k]] = 0;
    this.pivot(k, q);
  }

  /** Σ point_i z_i brought back to f: what roundings have left is expressed in the basis. */
  refine(f: Float64Array): void {
    const left = combination(this.columns, this.point);
    for (let i = 0; i < f.length; i++) left[i] = f[i] - left[i];
    const change = this.first.solve(left);
    const position = new Map(Array.from(this.rest, (j, q) => [j, q]));
    change.forEach((value, i) => {
      this.#shift(this.first.order[i], value, position);
    });
  }

  /** Adds value · z_j to the sum, in the basis. */
  #shift(j: number, value: number, position: ReadonlyMap<number, number>): void {
    const { basis, point } = this;
    const q = position.get(j);
    if (q === undefined) point[j] = Math.max(0, point[j] + value);
    else {
      for (let k = 0; k < basis.length; k++) {
        point[basis[k]] = Math.max(0, point[basis[k]] + value * this.entry(k, q));
      }
    }
  }
}
