import { gamma } from '../certificates/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import type { Block } from './block.js';
import { blockOfCell, type Cell, leafCell, unitCells } from './nested-cells.js';
import { signedTuples, type TupleValues, tuplesAbove } from './nested-tuples.js';
import { projectedNorm } from './nonnegative.js';
import type { Shape } from './shape.js';

export interface NestedBound {
  /** Proved upper bound of the value over all blocks, at least 1. */
  readonly bound: number;
  /** Blocks of larger value than 1, without output sign, largest first. */
  readonly violators: readonly { readonly value: number; readonly block: Omit<Block, 'output' | 'sign'> }[];
}

/** Most cells of the units below the root, and most blocks that one search looks at. */
const mostCells = 4000;
const mostBlocks = 100_000;
const slack = 1e-9;
/** Shares of the negative part of θ that bounds of tuples are made with. */
const shares = [0, 0.5, 1];

/**
 * All blocks of a tree of any depth, path norm: max over Z of Frobenius norm 1 of Σ_i θ_i (q_i)_+ at the root. A block's value is
 * ‖P_C(A_bᵀθ)‖, bounded by explicit multipliers. Tuples of cells below the root are left out by a bound that holds for all root patterns: outputs g_c ≥ 0 of
 * the units, so θ_i(q_i)_+ ≤ θ_i Σ_{+} g_c for θ_i > 0 and ≤ τθ_i Σ ±g_c for θ_i < 0 and any τ in [0, 1], which is at most (Σ_c v_c²)^{1/2}.
 */
export class NestedSearch {
  readonly #rowNorms: Float64Array;
  readonly #cells: readonly Cell[] | null;

  constructor(
    readonly X: Matrix,
    readonly shape: Shape,
    leaves: readonly Uint8Array[],
    /** How far a first-layer neuron may be outside the cones of all leaves; see `leafCells`. */
    readonly thin = 0,
  ) {
    this.#rowNorms = Float64Array.from({ length: X.rows }, (_, i) =>
      Math.sqrt(dot(X.data, i * X.cols, X.data, i * X.cols, X.cols)),
    );
    let cells: readonly Cell[] | null = leaves.map((bits) => leafCell(X, bits));
    for (const width of shape.widths.slice(0, -1)) cells &&= this.#above(cells, width);
    this.#cells = cells;
  }

  /** null when there are too many blocks to look at; a bound of Infinity when it ended at `enough` violators. */
  async bound(
    theta: Float64Array,
    pause: () => Promise<boolean>,
    enough = Number.POSITIVE_INFINITY,
  ): Promise<NestedBound | null> {
    const cells = this.#cells;
    if (cells === null) return null;
    const values = this.#values(cells, theta);
    const width = this.shape.widths[this.shape.widths.length - 1];
    const found: { value: number; block: Omit<Block, 'output' | 'sign'> }[] = [];
    let [bound, count] = [1, 0];
    for (const tuple of tuplesAbove(values, cells.length, width)) {
      for (const cell of unitCells(
        this.X.rows,
        tuple.map(({ index, sign }) => ({ cell: cells[index], sign })),
      )) {
        if (++count > mostBlocks) return null;
        const value = this.#valueOf(cell, theta);
        bound = Math.max(bound, value);
        if (value > 1 + slack) found.push({ value, block: blockOfCell(this.shape, this.X.rows, cell) });
        if (found.length >= enough) return { bound: Number.POSITIVE_INFINITY, violators: found };
      }
      if (!(await pause())) return null;
    }
    found.sort((a, b) => b.value - a.value);
    return { bound, violators: found };
  }

  /** Every cell of a unit over some cells below it, null for too many. Units that are active nowhere give nothing. */
  #above(below: readonly Cell[], width: number): Cell[] | null {
    const out: Cell[] = [];
    for (const tuple of signedTuples(below.length, width))
      for (const cell of unitCells(
        this.X.rows,
        tuple.map(({ index, sign }) => ({ cell: below[index], sign })),
      )) {
        if (cell.bits.some((bit) => bit === 1)) out.push(cell);
        if (out.length > mostCells) return null;
      }
    return out;
  }

  /** max over the cell's cone, ‖z‖ ≤ 1, of Σ c_i g_i, from above. */
  #valueOf({ flows, rows, size }: Cell, c: Float64Array): number {
    const price = new Float64Array(size);
    let rounding = 0;
    for (let i = 0; i < c.length; i++) {
      if (c[i] === 0) continue;
      for (let k = 0; k < size; k++) price[k] += c[i] * flows[i * size + k];
      rounding += Math.abs(c[i]) * this.#rowNorms[i];
    }
    // outputs and inputs of all units are off by at most thin ‖x_i‖ Σ‖z_j‖, and that sum is at most √leaves
    const spread = Math.sqrt(size / this.X.cols);
    const room = (gamma(2 * c.length + size + 8) + this.thin) * rounding * spread;
    return projectedNorm(price, { count: rows.length / size, size, rows }, this.thin * spread) + room;
  }

  /** Of each cell and share: with sign + under θ₊ + τθ₋, with sign − under −τθ₋. */
  #values(cells: readonly Cell[], theta: Float64Array): TupleValues[] {
    return shares.map((share) => {
      const plus = theta.map((t) => (t > 0 ? t : share * t));
      const minus = theta.map((t) => (t < 0 ? -share * t : 0));
      return {
        plus: Float64Array.from(cells, (cell) => this.#valueOf(cell, plus)),
        minus: Float64Array.from(cells, (cell) => (share === 0 ? 0 : this.#valueOf(cell, minus))),
      };
    });
  }
}
