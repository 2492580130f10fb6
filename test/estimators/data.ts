import { createRandom, type Matrix, matrix, parseTable, type Table } from '../../src/index.js';

/** n×d normals. */
export function normals(n: number, d: number, seed = 1): Matrix {
  const random = createRandom(seed, 5);
  return matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
}

export const rowsOf = ({ rows, cols, data }: Matrix): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));

/** |x₀| and noise. */
export const ramp = (X: Matrix): number[] =>
  rowsOf(X).map((x, i) => Math.abs(x[0]) - 0.5 + 0.2 * Math.cos(7 * i) + 0.3 * (x[1] ?? 0));

export const labels = (y: readonly number[]): number[] => y.map((v) => (v > 0.3 ? 1 : -1));

/** A CSV table of the rows with targets under `y`. */
export function tableOf(X: Matrix, y: readonly (number | string)[]): Promise<Table> {
  const header = [...Array.from({ length: X.cols }, (_, k) => `x${k}`), 'y'].join();
  const lines = rowsOf(X).map((x, i) => [...x, y[i]].join());
  return parseTable(new TextEncoder().encode([header, ...lines].join('\n')), { name: 'rows.csv' });
}
