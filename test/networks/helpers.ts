import { createRandom } from '../../src/base/index.js';
import type { Preprocessing, Table } from '../../src/data/index.js';
import { tableFrom } from '../../src/data/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import type { NetworkWeights } from '../../src/networks/index.js';

export interface Shape {
  readonly seed?: number;
  readonly inputs: number;
  readonly neurons: number;
  readonly outputs?: number;
  readonly activation?: 'relu' | 'gated';
  /** Every neuron feeds every output; default: one output each. */
  readonly dense?: boolean;
}

/** A random network with hidden biases, output biases, and a mix of signs. */
export function randomNetwork({
  seed = 1,
  inputs,
  neurons,
  outputs = 1,
  activation = 'relu',
  dense = false,
}: Shape): NetworkWeights {
  const random = createRandom(seed);
  const normals = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal());
  const output = matrix(neurons, outputs, normals(neurons * outputs));
  if (!dense)
    for (let i = 0; i < output.data.length; i++)
      if (i % outputs !== Math.floor(i / outputs) % outputs) output.data[i] = 0;
  return {
    activation,
    hidden: matrix(neurons, inputs, normals(neurons * inputs)),
    hiddenBias: normals(neurons),
    output,
    outputBias: normals(outputs),
    ...(activation === 'gated' && {
      gates: matrix(neurons, inputs, normals(neurons * inputs)),
      gateBias: normals(neurons),
    }),
  };
}

export function randomMatrix(rows: number, cols: number, seed = 7): Matrix {
  const random = createRandom(seed);
  return matrix(
    rows,
    cols,
    Float64Array.from({ length: rows * cols }, () => random.normal()),
  );
}

/** f(x) straight from the definition: Σ_j α_j (u_j·x + h_j)_+ + b, or with 1[g_j·x + k_j >= 0] for the gates. */
export function naiveScores(weights: NetworkWeights, X: Matrix): number[][] {
  const at = (m: Matrix, i: number, j: number): number => m.data[i * m.cols + j];
  const range = (length: number): number[] => [...Array(length).keys()];
  const dot = (m: Matrix, j: number, i: number): number =>
    range(m.cols).reduce((sum, k) => sum + at(m, j, k) * at(X, i, k), 0);
  const { hidden, hiddenBias, output, outputBias, gates, gateBias } = weights;
  return range(X.rows).map((i) =>
    range(output.cols).map((k) => {
      const terms = range(hidden.rows).map((j) => {
        const value = dot(hidden, j, i) + hiddenBias[j];
        const active = gates && gateBias ? dot(gates, j, i) + gateBias[j] >= 0 : value >= 0;
        return active ? at(output, j, k) * value : 0;
      });
      return terms.reduce((sum, term) => sum + term, 0) + outputBias[k];
    }),
  );
}

/** Largest difference relative to the largest entry (at least 1). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  const differences = Array.from(actual, (value, i) => Math.abs(value - expected[i]) / scale);
  // NaN must not pass as a small error.
  return differences.every((value) => value >= 0) ? Math.max(0, ...differences) : Number.NaN;
}

type Target = Preprocessing['target'];
export const targets: Readonly<Record<'number' | 'binary' | 'classes', Target>> = {
  number: { kind: 'number', name: 'price', shift: 210.5, scale: 37.25 },
  binary: { kind: 'binary', name: 'bought', classes: ['no', 'yes'] },
  classes: { kind: 'classes', name: 'kind', classes: ['a', 'b"c', 'd'] },
};

/** Numbers with and without missing cells, categories of every form, a dropped column; awkward names and levels. */
export function mixedPreprocessing(target: Target = targets.number): Preprocessing {
  return {
    columns: [
      { kind: 'number', name: 'age', impute: 41.3, shift: 41.3, scale: 12.75, missingIndicator: true },
      {
        kind: 'category',
        name: 'colour */ "1"',
        levels: ['red', 'green\\', 'it’s blue', '7'],
        missingLevel: true,
        binary: false,
      },
      { kind: 'dropped', name: 'id', reason: 'looks like an identifier' },
      { kind: 'category', name: 'member', levels: ['false', 'true'], missingLevel: false, binary: true },
      { kind: 'number', name: 'größe', impute: -3, shift: -2.5, scale: 0.1, missingIndicator: false },
      { kind: 'category', name: 'size', levels: ['S', 'M'], missingLevel: false, binary: false },
    ],
    features: [
      ...['age', 'age missing', 'colour=red', 'colour=green', 'colour=blue', 'colour=7', 'colour missing'],
      ...['member=true', 'größe', 'size=S', 'size=M'],
    ],
    target,
  };
}

export const mixedFeatures = 11;

/** Rows as a person would write them; every kind of cell occurs: missing, unseen, numbers as levels. */
export function mixedRecords(): Record<string, unknown>[] {
  return [
    { age: 30, 'colour */ "1"': 'red', id: 'x1', member: true, größe: -2.75, size: 'S' },
    { age: null, 'colour */ "1"': 'green\\', id: 'x2', member: false, größe: -2.5, size: 'M' },
    { age: 55.5, 'colour */ "1"': 'it’s blue', id: 'x3', member: 'true', größe: null, size: 'L' },
    { age: Number.NaN, 'colour */ "1"': null, id: 'x4', member: null, größe: 0, size: null },
    { age: -1e3, 'colour */ "1"': 7, id: 'x5', member: 'maybe', größe: -0, size: 'M' },
    { age: 0.125, 'colour */ "1"': 'unheard of', id: 'x6', member: true, größe: 12.5, size: 'S' },
  ];
}

export function mixedTable(): Table {
  const records = mixedRecords();
  const names = Object.keys(records[0]);
  return tableFrom(Object.fromEntries(names.map((name) => [name, records.map((record) => record[name])])), 'mixed');
}

/** The same rows as the numbers that graphs and C take: NaN for missing, −1 for unseen, else the index of the level. */
export function mixedNumbers(): number[][] {
  const columns = mixedPreprocessing().columns.filter((column) => column.kind !== 'dropped');
  return mixedRecords().map((record) =>
    columns.map((column) => {
      const value = record[column.name];
      if (value === null || Number.isNaN(value)) return Number.NaN;
      return column.kind === 'category' ? column.levels.indexOf(String(value)) : Number(value);
    }),
  );
}
