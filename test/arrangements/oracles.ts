import loadHighs, { type Highs } from 'highs';
import { createRandom } from '../../src/base/index.js';
import { isActive, type Matrix, matrix, type PatternSet, rowOf } from '../../src/linalg/index.js';
import { createKernels } from '../../src/linalg/kernels/index.js';

/** n×d standard normal numbers. */
export function gaussianMatrix(n: number, d: number, seed: number): Matrix {
  const random = createRandom(seed);
  return matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
}

/** n×d integers from −size to size: full of parallel, equal, opposite, zero and concurrent rows. */
export function integerMatrix(n: number, d: number, size: number, seed: number): Matrix {
  const random = createRandom(seed);
  return matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.integer(2 * size + 1) - size),
  );
}

/** Rank of integer rows by fraction-free elimination in exact integers. */
export function exactRank(rows: ReadonlyArray<readonly bigint[]>): number {
  const a = rows.map((row) => [...row]);
  const cols = a[0]?.length ?? 0;
  let rank = 0;
  for (let j = 0; j < cols && rank < a.length; j++) {
    const pivot = a.findIndex((row, i) => i >= rank && row[j] !== 0n);
    if (pivot < 0) continue;
    [a[rank], a[pivot]] = [a[pivot], a[rank]];
    for (let i = rank + 1; i < a.length; i++) {
      const factor = a[i][j];
      for (let k = j; k < cols; k++) a[i][k] = a[i][k] * a[rank][j] - factor * a[rank][k];
    }
    rank++;
  }
  return rank;
}

/**
 * Zaslavsky's theorem in Whitney's form: an arrangement of distinct hyperplanes through the origin has
 * Σ over subsets B of (−1)^(|B| − rank B) cells. Exact, for integer rows; zero and parallel rows are dropped first.
 */
export function exactCellCount(X: Matrix): number {
  const planes = distinctRows(X);
  let count = 0;
  for (let subset = 0; subset < 2 ** planes.length; subset++) {
    const rows = planes.filter((_, k) => (subset >> k) & 1);
    count += (rows.length - exactRank(rows)) % 2 === 0 ? 1 : -1;
  }
  return count;
}

function distinctRows(X: Matrix): bigint[][] {
  const kept: bigint[][] = [];
  for (let i = 0; i < X.rows; i++) {
    const row = Array.from(X.data.subarray(i * X.cols, (i + 1) * X.cols), (value) => BigInt(value));
    if (row.every((value) => value === 0n)) continue;
    if (kept.every((other) => exactRank([other, row]) === 2)) kept.push(row);
  }
  return kept;
}

/**
 * All sign vectors of full-dimensional cells by linear programming, for integer rows: signs are fixed row by row, and a
 * prefix lives while some u has σ_i x_i·u ≥ t > 0 on its non-zero rows. Strings of 0 and 1, sorted; zero rows are 1.
 */
export async function cellsByLinearPrograms(X: Matrix): Promise<string[]> {
  // The package's types are those of its CommonJS build, where the function is one `default` further down.
  const highs = await (loadHighs as unknown as typeof loadHighs.default)();
  let prefixes = [''];
  for (let i = 0; i < X.rows; i++) {
    prefixes = prefixes.flatMap((prefix) => {
      const choices = isZeroRow(X, i) ? ['1'] : ['0', '1'];
      return choices.map((bit) => prefix + bit).filter((signs) => feasible(highs, X, signs));
    });
  }
  return prefixes.sort();
}

const isZeroRow = (X: Matrix, i: number): boolean => rowOf(X, i).every((value) => value === 0);

function feasible(highs: Highs, X: Matrix, signs: string): boolean {
  const rows = [...signs].flatMap((bit, i) => (isZeroRow(X, i) ? [] : [coneRow(X, i, bit === '1' ? 1 : -1)]));
  const box = Array.from({ length: X.cols }, (_, j) => ` -1 <= u${j} <= 1`);
  const model = ['Maximize', ' obj: t', 'Subject To', ' any: t <= 1', ...rows, 'Bounds', ...box, ' 0 <= t <= 1', 'End'];
  const solution = highs.solve(model.join('\n'));
  return solution.Status === 'Optimal' && solution.ObjectiveValue > 1e-6;
}

function coneRow(X: Matrix, i: number, sign: number): string {
  const terms = Array.from(rowOf(X, i), (value, j) => `${sign * value < 0 ? '-' : '+'} ${Math.abs(value)} u${j}`);
  return ` r${i}: ${terms.join(' ')} - t >= 0`;
}

/** Patterns as sorted strings of 0 and 1. */
export function patternStrings(patterns: PatternSet): string[] {
  return Array.from({ length: patterns.count }, (_, p) => patternString(patterns, p)).sort();
}

export const patternString = (patterns: PatternSet, p: number): string =>
  Array.from({ length: patterns.n }, (_, i) => (isActive(patterns, p, i) ? '1' : '0')).join('');

/** max over the patterns of ‖P_K(XᵀDr)‖, each the support function of rᵀDXu on the cell's cone. */
export async function largestOverCells(X: Matrix, r: Float64Array, patterns: PatternSet): Promise<number> {
  const kernels = await createKernels({ backend: 'plain' });
  const [n, d, blocks] = [X.rows, X.cols, patterns.count];
  const reals = (values: ArrayLike<number>): Float64Array => {
    const out = kernels.float64(values.length);
    out.set(values);
    return out;
  };
  const zeros = { length: blocks * d };
  const g = kernels.float64(blocks * d);
  for (let p = 0; p < blocks; p++) {
    for (let i = 0; i < n; i++) {
      if (isActive(patterns, p, i)) for (let j = 0; j < d; j++) g[p * d + j] += r[i] * X.data[i * d + j];
    }
  }
  const norm = kernels.float64(blocks);
  const bytes = kernels.uint8(patterns.bytes.length);
  bytes.set(patterns.bytes);
  const pattern = kernels.int32(blocks);
  pattern.forEach((_, p) => {
    pattern[p] = p;
  });
  const lengths = Array.from({ length: n }, (_, i) => Math.hypot(...rowOf(X, i)));
  kernels.coneProximal({
    n,
    d,
    blocks,
    x: reals(X.data),
    inverseNorms: reals(lengths.map((length) => (length > 0 ? 1 / length : 0))),
    bytes,
    stride: patterns.stride,
    pattern,
    sign: kernels.float64(blocks).fill(1),
    z: kernels.float64(zeros.length),
    g,
    sigma: 1,
    threshold: 0,
    cones: true,
    exact: true,
    tight: kernels.int32(zeros.length),
    tightCount: kernels.int32(blocks),
    multiplier: kernels.float64(zeros.length),
    norm,
    out: kernels.float64(zeros.length),
  });
  return norm.reduce((a, b) => Math.max(a, b), 0);
}

/** sign·rᵀ(X u)_+ by its definition. */
export function positivePartValue(X: Matrix, r: ArrayLike<number>, u: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < X.rows; i++) {
    const product = rowOf(X, i).reduce((total, value, j) => total + value * u[j], 0);
    sum += r[i] * Math.max(0, product);
  }
  return sum;
}
