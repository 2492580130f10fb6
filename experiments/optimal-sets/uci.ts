import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Matrix, matrix, parseTable, RelucentError } from '../../src/index.js';

/** Rows and their labels, −1 or +1. */
export interface Labelled {
  readonly X: Matrix;
  readonly y: Float64Array;
}

export const uciFolder = join(import.meta.dirname, '../../data/delgado');

/**
 * A two-class set of data/delgado: all columns but the last, `target`, as they are; target 0 is −1.
 * @throws `data` for cells that are no numbers and for other targets, `io` for a set that is not there.
 */
export async function loadUci(name: string, folder = uciFolder): Promise<Labelled> {
  const path = join(folder, `${name}.csv`);
  if (!existsSync(path)) throw new RelucentError('io', `${path}: there is no such file; see data/delgado/README.md.`);
  const table = await parseTable(readFileSync(path), { name: `${name}.csv` });
  const columns = table.columns.map(({ name: column, numbers }) => {
    const hole = numbers.findIndex((value) => !Number.isFinite(value));
    if (hole < 0) return numbers;
    throw new RelucentError('data', `${name}.csv: row ${hole + 1}: expected a number in column ${column}, got none.`);
  });
  const target = columns.pop() ?? new Float64Array();
  const bad = target.findIndex((value) => value !== 0 && value !== 1);
  if (bad >= 0)
    throw new RelucentError('data', `${name}.csv: row ${bad + 1}: expected target 0 or 1, got ${target[bad]}.`);
  const X = matrix(table.rowCount, columns.length);
  columns.forEach((column, k) => {
    for (let i = 0; i < X.rows; i++) X.data[i * X.cols + k] = column[i];
  });
  return { X, y: target.map((value) => (value === 1 ? 1 : -1)) };
}

/** The chosen rows, copied. */
export function chosenRows({ X, y }: Labelled, rows: readonly number[]): Labelled {
  const out = matrix(rows.length, X.cols);
  rows.forEach((row, i) => {
    out.data.set(X.data.subarray(row * X.cols, (row + 1) * X.cols), i * X.cols);
  });
  return { X: out, y: Float64Array.from(rows, (row) => y[row]) };
}

interface Shuffles {
  readonly outer: Record<string, Record<string, number[]>>;
  readonly inner: Record<string, Record<string, number[]>>;
}

let shuffles: Shuffles | undefined;

function shuffled(kind: 'outer' | 'inner', n: number, seed: number): readonly number[] {
  shuffles ??= JSON.parse(readFileSync(join(uciFolder, 'splits.json'), 'utf8')) as Shuffles;
  const order = shuffles[kind][n]?.[seed];
  if (order) return order;
  throw new RelucentError('data', `splits.json: has no ${kind} shuffle of ${n} rows with seed ${seed}.`);
}

/** The pruning figures' split: half the rows test. */
export function halves(n: number, repeat: number): { readonly train: number[]; readonly test: number[] } {
  const order = shuffled('outer', n, 650 + repeat);
  const cut = Math.floor(n * 0.5);
  return { train: order.slice(cut), test: order.slice(0, cut) };
}

/** The tables' split: 80 % test, of the rest a quarter validation. */
export function tuningSplit(n: number, repeat: number): { train: number[]; validation: number[]; test: number[] } {
  const order = shuffled('outer', n, 650 + repeat);
  const cut = Math.floor(n * 0.8);
  const rest = order.slice(cut);
  const inner = shuffled('inner', rest.length, repeat).map((k) => rest[k]);
  const held = Math.floor(rest.length * 0.25);
  return { train: inner.slice(held), validation: inner.slice(0, held), test: order.slice(0, cut) };
}
