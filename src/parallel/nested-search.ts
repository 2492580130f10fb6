import { above, boxLeastSquares, gamma, norm } from '../certificates/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import type { Block } from './block.js';
import { type ConeOfRows, projectedNorm } from './nonnegative.js';
import type { Shape } from './shape.js';

/** A unit with the patterns of all below it. On its cone {z : rows·z ≥ 0} its output is linear: flows[i]·z on row i. */
interface Cell {
  readonly children: readonly Branch[];
  /** Of the unit itself, n. */
  readonly bits: Uint8Array;
  /** n×size. */
  readonly flows: Float64Array;
  /** count×size. */
  readonly rows: Float64Array;
  readonly size: number;
}

interface Branch {
  readonly cell: Cell;
  readonly sign: 1 | -1;
}

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
    const leaves = size / this.X.cols;
    const room = gamma(2 * c.length + size + 8) * rounding * Math.sqrt(leaves);
    return leastNorm(price, { count: rows.length / size, size, rows }, 1 - room) + room;
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

/** Sweeps of the second method between two looks, and looks at most. */
const sweeps = 50;
const mostLooks = 40;

/**
 * `projectedNorm`, and where that is above `enough` and its point outside the cone (cones without interior, of patterns that no point has, can hold up an active
 * set) Hildreth's method from there: one multiplier after the other. Any multipliers give an upper bound.
 */
function leastNorm(price: Float64Array, cone: ConeOfRows, enough: number): number {
  const first = projectedNorm(price, cone);
  if (first <= enough) return first;
  const { count, size, rows } = cone;
  const nu = new Float64Array(count);
  const bounds = { lower: new Float64Array(count), upper: new Float64Array(count).fill(Number.POSITIVE_INFINITY) };
  const problem = { dimension: size, count, columns: rows, ...bounds };
  let least = first;
  for (let look = 0; look < mostLooks && least > enough; look++) {
    const trial = nu.slice();
    const w = boxLeastSquares(problem, price, trial);
    least = Math.min(least, boundOf(price, cone, trial));
    if (isInside(w, cone, least)) break;
    hildreth(price, cone, nu);
    least = Math.min(least, boundOf(price, cone, nu));
  }
  return least;
}

function isInside(w: Float64Array, { count, size, rows }: ConeOfRows, value: number): boolean {
  for (let r = 0; r < count; r++) if (dot(rows, r * size, w, 0, size) < -1e-11 * value) return false;
  return true;
}

/** Sweeps ν_r ← (ν_r − g_r·w/‖g_r‖²)_+ with w = a + Gᵀν. */
function hildreth(price: Float64Array, { count, size, rows }: ConeOfRows, nu: Float64Array): void {
  const w = price.slice();
  const move = (r: number, by: number): void => {
    for (let k = 0; k < size; k++) w[k] += by * rows[r * size + k];
  };
  for (let r = 0; r < count; r++) move(r, nu[r]);
  for (let sweep = 0; sweep < sweeps; sweep++)
    for (let r = 0; r < count; r++) {
      const square = dot(rows, r * size, rows, r * size, size);
      if (square === 0) continue;
      const now = Math.max(0, nu[r] - dot(rows, r * size, w, 0, size) / square);
      move(r, now - nu[r]);
      nu[r] = now;
    }
}

/** ‖a + Gᵀν‖ with what rounding can hide. */
function boundOf(price: Float64Array, { count, size, rows }: ConeOfRows, nu: Float64Array): number {
  const rest = price.slice();
  let terms = norm(price);
  for (let r = 0; r < count; r++) {
    for (let k = 0; k < size; k++) rest[k] += nu[r] * rows[r * size + k];
    terms += nu[r] * norm(rows, r * size, size);
  }
  return above(norm(rest), size + 8) + gamma(count + size + 8) * terms;
}

interface TupleValues {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
}

interface Signed {
  readonly index: number;
  readonly sign: 1 | -1;
}

function leafCell({ rows: n, cols: d, data }: Matrix, bits: Uint8Array): Cell {
  const flows = new Float64Array(n * d);
  const rows = new Float64Array(n * d);
  for (let i = 0; i < n; i++)
    for (let k = i * d; k < (i + 1) * d; k++) {
      flows[k] = bits[i] * data[k];
      rows[k] = bits[i] === 1 ? data[k] : -data[k];
    }
  return { children: [], bits, flows, rows, size: d };
}

/** The order of children is none: tuples are sorted. One positive sign at least, or the unit is never active. */
function* signedTuples(cells: number, width: number): Generator<Signed[]> {
  const tuple: Signed[] = [];
  function* extend(from: number): Generator<Signed[]> {
    if (tuple.length === width) {
      if (tuple.some(({ sign }) => sign > 0)) yield tuple.slice();
      return;
    }
    for (let k = from; k < 2 * cells; k++) {
      tuple.push({ index: k >> 1, sign: k % 2 === 0 ? 1 : -1 });
      yield* extend(k);
      tuple.pop();
    }
  }
  yield* extend(0);
}

/** The tuples that no share bounds by 1. */
function* tuplesAbove(values: readonly TupleValues[], cells: number, width: number): Generator<Signed[]> {
  const most = values.map(({ plus, minus }) => {
    const largest = Math.max(0, ...plus, ...minus);
    return largest * largest;
  });
  const tuple: Signed[] = [];
  const sums = values.map(() => 0);
  const hopeless = (): boolean => {
    const open = width - tuple.length;
    return sums.some((sum, t) => Math.sqrt(sum + open * most[t]) * (1 + 1e-14) <= 1);
  };
  function* extend(from: number): Generator<Signed[]> {
    if (hopeless()) return;
    if (tuple.length === width) {
      if (tuple.some(({ sign }) => sign > 0)) yield tuple.slice();
      return;
    }
    for (let k = from; k < 2 * cells; k++) {
      const next: Signed = { index: k >> 1, sign: k % 2 === 0 ? 1 : -1 };
      const before = sums.slice();
      values.forEach(({ plus, minus }, t) => {
        const v = (next.sign > 0 ? plus : minus)[next.index];
        sums[t] += v * v;
      });
      tuple.push(next);
      yield* extend(k);
      tuple.pop();
      before.forEach((sum, t) => {
        sums[t] = sum;
      });
    }
  }
  yield* extend(0);
}

/** The cells of a unit over the given ones: a pattern for every choice on the rows that children of both signs reach. */
function* unitCells(n: number, children: readonly Branch[]): Generator<Cell> {
  const size = children.reduce((sum, { cell }) => sum + cell.size, 0);
  const inputs = new Float64Array(n * size);
  const open: number[] = [];
  const sure = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    let [plus, minus, at] = [false, false, 0];
    for (const { cell, sign } of children) {
      if (cell.bits[i] === 1) {
        for (let k = 0; k < cell.size; k++) inputs[i * size + at + k] = sign * cell.flows[i * cell.size + k];
        if (sign > 0) plus = true;
        else minus = true;
      }
      at += cell.size;
    }
    sure[i] = plus ? 1 : 0;
    if (plus && minus) open.push(i);
  }
  const below = coneBelow(children, size);
  for (let choice = 0; choice < 2 ** open.length; choice++) {
    const bits = sure.slice();
    const own = new Float64Array(open.length * size);
    open.forEach((i, r) => {
      bits[i] = (choice >> r) & 1;
      for (let k = 0; k < size; k++) own[r * size + k] = (bits[i] === 1 ? 1 : -1) * inputs[i * size + k];
    });
    const flows = inputs.map((t, k) => (bits[Math.floor(k / size)] === 1 ? t : 0));
    yield { children, bits, flows, rows: Float64Array.from([...below, ...own]), size };
  }
}

/** The rows of the children's cones, each on its own part. */
function coneBelow(children: readonly Branch[], size: number): Float64Array {
  const rows: number[] = [];
  let at = 0;
  for (const { cell } of children) {
    for (let r = 0; r < cell.rows.length; r += cell.size) {
      const row = new Float64Array(size);
      row.set(cell.rows.subarray(r, r + cell.size), at);
      rows.push(...row);
    }
    at += cell.size;
  }
  return Float64Array.from(rows);
}

function blockOfCell(shape: Shape, n: number, root: Cell): Omit<Block, 'output' | 'sign'> {
  const signs = new Int8Array(shape.nodes).fill(1);
  const patterns = new Uint8Array(shape.nodes * n);
  const place = (node: number, { bits, children }: Cell): void => {
    patterns.set(bits, node * n);
    children.forEach(({ cell, sign }, c) => {
      signs[shape.firstChild[node] + c] = sign;
      place(shape.firstChild[node] + c, cell);
    });
  };
  place(shape.nodes - 1, root);
  return { signs, patterns };
}
