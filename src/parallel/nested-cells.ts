import type { Matrix } from '../linalg/index.js';
import type { Block } from './block.js';
import type { Shape } from './shape.js';

/** A unit with the patterns of all below it. On its cone {z : rows·z ≥ 0} its output is linear: flows[i]·z on row i. */
export interface Cell {
  readonly children: readonly Branch[];
  /** Of the unit itself, n. */
  readonly bits: Uint8Array;
  /** n×size. */
  readonly flows: Float64Array;
  /** count×size. */
  readonly rows: Float64Array;
  readonly size: number;
}

export interface Branch {
  readonly cell: Cell;
  readonly sign: 1 | -1;
}

/** A leaf: its pattern's cone. */
export function leafCell({ rows: n, cols: d, data }: Matrix, bits: Uint8Array): Cell {
  const flows = new Float64Array(n * d);
  const rows = new Float64Array(n * d);
  for (let i = 0; i < n; i++)
    for (let k = i * d; k < (i + 1) * d; k++) {
      flows[k] = bits[i] * data[k];
      rows[k] = bits[i] === 1 ? data[k] : -data[k];
    }
  return { children: [], bits, flows, rows, size: d };
}

/** The cells of a unit over the given ones: a pattern for every choice on the rows that children of both signs reach. */
export function* unitCells(n: number, children: readonly Branch[]): Generator<Cell> {
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

/** Signs and patterns of a root cell and all below it, in the order of the shape. */
export function blockOfCell(shape: Shape, n: number, root: Cell): Omit<Block, 'output' | 'sign'> {
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
