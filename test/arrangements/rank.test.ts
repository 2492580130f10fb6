import { describe, expect, it } from 'vitest';
import { reduceRank } from '../../src/arrangements/index.js';
import { type Matrix, matrix, matrixFromRows, rowOf } from '../../src/linalg/index.js';
import { gaussianMatrix } from './oracles.js';

const product = (a: Matrix, b: Matrix): Matrix => {
  const out = matrix(a.rows, b.cols);
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      for (let k = 0; k < a.cols; k++) out.data[i * b.cols + j] += a.data[i * a.cols + k] * b.data[k * b.cols + j];
    }
  }
  return out;
};
const norm = (m: Matrix, i: number): number => Math.hypot(...rowOf(m, i));

describe('reduceRank', () => {
  it.each([
    [20, 6, 2],
    [5, 9, 5],
    [30, 8, 7],
    [12, 4, 1],
    [400, 6, 5],
  ])('%i×%i of rank %i: orthonormal basis, rows and norms kept', (n, d, rank) => {
    const X = product(gaussianMatrix(n, rank, 1), gaussianMatrix(rank, d, 2));
    const { rank: found, reduced, basis, residual } = reduceRank(X);
    expect(found).toBe(rank);
    expect(residual).toBeLessThan(1e-11);
    for (let a = 0; a < rank; a++) {
      for (let b = 0; b < rank; b++) {
        let sum = 0;
        for (let j = 0; j < d; j++) sum += basis.data[j * rank + a] * basis.data[j * rank + b];
        expect(Math.abs(sum - (a === b ? 1 : 0))).toBeLessThan(1e-14);
      }
    }
    for (let i = 0; i < n; i++) {
      expect(Math.abs(norm(reduced, i) / norm(X, i) - 1)).toBeLessThan(1e-12);
      for (let j = 0; j < d; j++) {
        const back = rowOf(reduced, i).reduce((sum, value, k) => sum + value * basis.data[j * rank + k], 0);
        expect(Math.abs(back - X.data[i * d + j])).toBeLessThan(1e-11 * norm(X, i));
      }
    }
  });

  it('keeps the basis orthonormal when rows are nearly parallel', () => {
    const [base, bend, span] = [gaussianMatrix(1, 4, 4), gaussianMatrix(12, 4, 5), gaussianMatrix(4, 9, 6)];
    const inner = matrix(
      12,
      4,
      bend.data.map((value, at) => base.data[at % 4] + 1e-7 * value),
    );
    const { rank, basis } = reduceRank(product(inner, span));
    expect(rank).toBe(4);
    for (let a = 0; a < 4; a++) {
      for (let b = 0; b < a; b++) {
        let sum = 0;
        for (let j = 0; j < 9; j++) sum += basis.data[j * 4 + a] * basis.data[j * 4 + b];
        expect(Math.abs(sum)).toBeLessThan(1e-15 * 4);
      }
    }
  });

  it('gives X itself when the rank is full, and rank 0 for zeros', () => {
    const X = gaussianMatrix(9, 4, 3);
    expect(reduceRank(X).reduced).toBe(X);
    expect(reduceRank(matrix(3, 4)).rank).toBe(0);
  });

  it('of many rows finds what one of them adds, wherever it stands, and how little it is', () => {
    for (const row of [0, 1, 17, 200, 399]) {
      const X = product(gaussianMatrix(400, 4, 1), gaussianMatrix(4, 5, 2));
      expect(reduceRank(X).rank).toBe(4);
      const other = gaussianMatrix(1, 5, 3).data;
      for (let j = 0; j < 5; j++) X.data[5 * row + j] += 1e-6 * other[j];
      expect(reduceRank(X).rank).toBe(5);
      expect(reduceRank(X).reduced).toBe(X);
    }
    const many = gaussianMatrix(400, 5, 4);
    expect(reduceRank(many)).toMatchObject({ rank: 5, residual: 0 });
    expect(reduceRank(many).reduced).toBe(many);
  });

  it('judges each row by its own size', () => {
    const X = matrixFromRows([
      [1e9, 0, 0],
      [0, 1e-9, 0],
      [1e9, 1e-30, 0],
    ]);
    expect(reduceRank(X).rank).toBe(2);
    // A part of 1e-9 of the row counts, one of 1e-13 does not.
    expect(
      reduceRank(
        matrixFromRows([
          [1, 0],
          [1, 1e-9],
        ]),
      ).rank,
    ).toBe(2);
    expect(
      reduceRank(
        matrixFromRows([
          [1, 0],
          [1, 1e-13],
        ]),
      ).rank,
    ).toBe(1);
  });

  it('survives entries near the ends of float64', () => {
    const X = matrixFromRows([
      [1e300, 1e300],
      [1e-300, 2e-300],
    ]);
    expect(reduceRank(X).rank).toBe(2);
  });

  it('refuses entries that are not finite', () => {
    expect(() =>
      reduceRank(
        matrixFromRows([
          [1, 2],
          [3, Number.POSITIVE_INFINITY],
        ]),
      ),
    ).toThrow('row 1 of X holds Infinity');
  });
});
