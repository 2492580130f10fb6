import { isActive, type Matrix, type PatternSet } from '../../linalg/index.js';
import type { Loss } from '../../losses/index.js';
import { norm2 } from '../../solvers/index.js';
import { nonNegativeFit } from './nnls.js';
import { addTo, complementOf, dot, spanOf } from './span.js';

/** What the fine path is followed on: one output, any λ. */
export interface FineProblem {
  /** n×d, with the column of ones where there is a hidden bias. */
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly loss: Loss;
  readonly outputBias: boolean;
  readonly gated: boolean;
}

/**
 * The best direction of one cell and sign at a residual r: u = v/‖v‖, v = P_K(±XᵀDr) (no projection for gates). A cell of
 * which r has nothing to say (v = 0) has no atom.
 */
export interface Atom {
  readonly sign: 1 | -1;
  /** n, the bits of the cell. */
  readonly active: Uint8Array;
  /** ‖v‖, at most nλ at an optimum. */
  readonly value: number;
  /** d, unit. */
  readonly direction: Float64Array;
  /** Orthonormal basis of {u : x_k·u = 0 for all tight rows}, vectors of d. */
  readonly basis: readonly Float64Array[];
  /** Rows that vanish on that space, ascending. */
  readonly tight: readonly number[];
  /** Sign, and for each row active, inactive or tight: equal exactly for atoms of one smooth piece. */
  readonly key: string;
  /**
   * How far the tight rows are from changing: the least multiplier over ‖XᵀDr‖, seen from either side, or the least
   * distance of the direction from the hyperplane of another row.
   */
  readonly slack: number;
  /** A tight row from whose other side a better direction can be seen, where that cell is in the program; or −1. */
  readonly beyond: number;
}

/** A row whose part along the space of an atom is a smaller share of it is tight there. */
const tightShare = 1e-9;
/** A projection that leaves less than this share of XᵀDr is zero. */
const nothing = 1e-12;

/** Finds the atoms of cells at a residual. */
export class CellPricer {
  readonly #lengths: Float64Array;
  readonly #units: readonly Float64Array[];

  /** @param allows whether a cell is in the program. */
  constructor(
    readonly problem: FineProblem,
    readonly allows: (active: Uint8Array) => boolean,
  ) {
    const { data, rows, cols } = problem.X;
    const row = (i: number): Float64Array => data.subarray(i * cols, (i + 1) * cols);
    this.#lengths = Float64Array.from({ length: rows }, (_, i) => norm2(row(i)));
    this.#units = Array.from({ length: rows }, (_, i) =>
      row(i).map((t) => (this.#lengths[i] > 0 ? t / this.#lengths[i] : 0)),
    );
  }

  /** The atom of a cell, or null when its value is below `enough`. */
  atom(active: Uint8Array, sign: 1 | -1, r: Float64Array, enough = 0): Atom | null {
    const { data, cols } = this.problem.X;
    const g = new Float64Array(cols);
    for (let i = 0; i < r.length; i++) {
      if (active[i]) addTo(g, sign * r[i], data.subarray(i * cols, (i + 1) * cols));
    }
    const size = norm2(g);
    if (size === 0 || size < enough) return null;
    return this.problem.gated ? this.#free(active, g, size) : this.#inCone(active, sign, r, g, size, enough);
  }

  #free(active: Uint8Array, g: Float64Array, value: number): Atom {
    const basis = complementOf([], g.length);
    const direction = g.map((t) => t / value);
    return { sign: 1, active, value, direction, basis, tight: [], key: keyOf(1, active, []), slack: 1, beyond: -1 };
  }

  #inCone(
    active: Uint8Array,
    sign: 1 | -1,
    r: Float64Array,
    g: Float64Array,
    size: number,
    enough: number,
  ): Atom | null {
    const rows = Array.from(this.#units.keys()).filter((i) => this.#lengths[i] > 0);
    const signed = rows.map((i) => (active[i] ? this.#units[i].map((t) => -t) : this.#units[i]));
    // ‖g − Σ ν_k c_k‖ with c_k = −(2D − I)x_k is least at the projection
    const { support, x, rest } = nonNegativeFit(signed, g);
    const left = norm2(rest);
    if (left <= nothing * size || left < enough * (1 - 1e-9)) return null;
    const basis = complementOf(spanOf(support.map((k) => signed[k])), g.length);
    const v = new Float64Array(g.length);
    for (const q of basis) addTo(v, dot(q, g), q);
    const value = norm2(v);
    if (value < enough || value <= nothing * size) return null;
    const direction = v.map((t) => t / value);
    const tight = this.#tightRows(basis);
    let slack = support.reduce((least, k) => Math.min(least, x[k] / size), 1);
    const isTight = new Set(tight);
    for (const i of rows) if (!isTight.has(i)) slack = Math.min(slack, Math.abs(dot(this.#units[i], direction)));
    let [beyond, most] = [-1, -nothing * size];
    for (const k of support) {
      const i = rows[k];
      // v = g + Σ ν_j a_j with a_j = (2D − I)x_j; in the cell beyond row k, g and a_k change: ν'_k = −ν_k − s r_k‖x_k‖
      const other = -x[k] - sign * r[i] * this.#lengths[i];
      if (Math.abs(other) >= slack * size && other >= most) continue;
      if (!this.allows(flipped(active, i))) continue;
      slack = Math.min(slack, Math.abs(other) / size);
      if (other < most) [beyond, most] = [i, other];
    }
    return { sign, active, value, direction, basis, tight, key: keyOf(sign, active, tight), slack, beyond };
  }

  #tightRows(basis: readonly Float64Array[]): number[] {
    if (basis.length === this.problem.X.cols) return zeroRows(this.#lengths);
    return Array.from(this.#units.keys()).filter((i) => {
      const along = basis.reduce((sum, q) => sum + dot(q, this.#units[i]) ** 2, 0);
      return along <= tightShare * tightShare;
    });
  }

  /** Columns ±DXq for the basis of an atom: what its neuron w = Σ c_k q_k adds to the outputs is Σ c_k column_k. */
  columns({ active, sign, basis, tight }: Atom): Float64Array[] {
    const out = basis.map((q) => this.outputs(active, sign, q));
    for (const column of out) for (const i of tight) column[i] = 0;
    return out;
  }

  /** ±DXu. */
  outputs(active: Uint8Array, sign: number, u: Float64Array): Float64Array {
    const { data, cols, rows } = this.problem.X;
    const out = new Float64Array(rows);
    for (let i = 0; i < rows; i++) if (active[i]) out[i] = sign * dot(u, data.subarray(i * cols, (i + 1) * cols));
    return out;
  }

  /** z = ±DXu of an atom's direction. */
  column({ active, sign, direction, tight }: Atom): Float64Array {
    const z = this.outputs(active, sign, direction);
    for (const i of tight) z[i] = 0;
    return z;
  }
}

/** The cell on the other side of row i. */
export function flipped(active: Uint8Array, i: number): Uint8Array {
  const out = active.slice();
  out[i] = 1 - out[i];
  return out;
}

const zeroRows = (lengths: Float64Array): number[] => Array.from(lengths.keys()).filter((i) => lengths[i] === 0);

function keyOf(sign: number, active: Uint8Array, tight: readonly number[]): string {
  const marks: string[] = Array.from(active, (bit) => (bit ? '+' : '-'));
  for (const i of tight) marks[i] = '0';
  return `${sign > 0 ? 'p' : 'n'}${marks.join('')}`;
}

/** The bits of pattern p, one a byte. */
export const bitsOf = (patterns: PatternSet, p: number): Uint8Array =>
  Uint8Array.from({ length: patterns.n }, (_, i) => (isActive(patterns, p, i) ? 1 : 0));

/** Whether two atoms are one neuron: the same piece, or for ReLU the same direction and sign, whatever the cell. */
export function sameAtom(a: Atom, b: Atom, gated: boolean): boolean {
  if (a.key === b.key) return true;
  return !gated && a.sign === b.sign && 1 - dot(a.direction, b.direction) <= 1e-13;
}
