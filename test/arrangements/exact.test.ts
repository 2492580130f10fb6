import { describe, expect, it } from 'vitest';
import { enumeratePatterns, maximizeExactly } from '../../src/arrangements/index.js';
import { type Matrix, matrix, matrixFromRows, rowOf } from '../../src/linalg/index.js';
import { gaussianMatrix, integerMatrix, largestOverCells, positivePartValue } from './oracles.js';

/** r with a positive mean: the maximum is then well above 0. */
const pulling = (n: number, seed: number): Float64Array => gaussianMatrix(n, 1, seed).data.map((value) => value + 0.3);

async function expectMaximum(X: Matrix, r: Float64Array): Promise<void> {
  const found = maximizeExactly(X, r);
  const cells = await largestOverCells(X, r, (await enumeratePatterns(X)).patterns);
  expect(Math.abs(found.value - cells)).toBeLessThan(1e-12 * (1 + cells));
  expect(Math.abs(positivePartValue(X, r, found.direction) - found.value)).toBeLessThan(1e-12 * (1 + cells));
  if (found.value > 0) expect(Math.abs(Math.hypot(...found.direction) - 1)).toBeLessThan(1e-14);
}

describe('maximizeExactly', () => {
  it.each([
    [6, 1],
    [15, 2],
    [60, 2],
    [8, 3],
    [25, 3],
    [50, 3],
  ])('%i Gaussian rows of rank %i: the best of all cells', async (n, rank) => {
    for (let seed = 0; seed < 5; seed++)
      await expectMaximum(gaussianMatrix(n, rank, 10 * seed + n), pulling(n, seed + 40));
  });

  it.each([1, 2, 3])('degenerate rows of %i columns: the best of all cells', async (d) => {
    for (let seed = 0; seed < 15; seed++) await expectMaximum(integerMatrix(12, d, 1, seed), pulling(12, seed));
  });

  it('no direction of a fine grid of the circle beats it', () => {
    for (let seed = 0; seed < 5; seed++) {
      const X = gaussianMatrix(30, 2, seed);
      const r = pulling(30, seed + 9);
      const best = maximizeExactly(X, r).value;
      let grid = 0;
      for (let k = 0; k < 20_000; k++) {
        const angle = (2 * Math.PI * k) / 20_000;
        grid = Math.max(grid, positivePartValue(X, r, [Math.cos(angle), Math.sin(angle)]));
      }
      expect(grid).toBeLessThanOrEqual(best * (1 + 1e-12));
      // At a kink the value falls linearly with the angle: half a grid step is 1.6e-4.
      expect(grid).toBeGreaterThan(best * (1 - 1e-3));
    }
  });

  it('works in the row space of wider data and respects zero rows', async () => {
    const [A, B] = [gaussianMatrix(20, 3, 1), gaussianMatrix(3, 7, 2)];
    const X = matrix(21, 7);
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 7; j++)
        for (let k = 0; k < 3; k++) X.data[7 * i + j] += A.data[3 * i + k] * B.data[7 * k + j];
    }
    await expectMaximum(X, pulling(21, 5));
  });

  it('is 0, with no direction, where nothing pulls', () => {
    const X = gaussianMatrix(10, 3, 1);
    const found = maximizeExactly(X, new Float64Array(10).fill(-1));
    expect([found.value, ...found.direction]).toEqual([0, 0, 0, 0]);
    expect(maximizeExactly(matrix(2, 3), [1, 1]).value).toBe(0);
  });

  it('is not misled by the other end of a point where two traces coincide', () => {
    // On the plane of row 0, rows 1 and 2 leave one trace. Between them the gradient is (0, −5, 0), at (0, 1, 0).
    const X = matrixFromRows([
      [0, 0, 1],
      [1, 0, 1],
      [1, 0, -1],
      [0, 1, 0],
    ]);
    expect(maximizeExactly(X, [0, 1, 0, -5]).value).toBeCloseTo(Math.SQRT2, 14);
  });

  it('a single row: its own direction and norm', () => {
    const found = maximizeExactly(matrixFromRows([[3, 4]]), [2]);
    expect(found.value).toBeCloseTo(10, 12);
    expect(found.direction[0]).toBeCloseTo(0.6, 12);
  });

  it('its pattern is one that the maximum lies in', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const X = integerMatrix(12, 3, 2, seed);
      const r = pulling(12, seed);
      const found = maximizeExactly(X, r);
      const patterns = { n: 12, count: 1, stride: 2, bytes: found.pattern };
      expect(await largestOverCells(X, r, patterns)).toBeGreaterThan(found.value * (1 - 1e-12));
      for (let i = 0; i < 12; i++) {
        const product = rowOf(X, i).reduce((sum, value, j) => sum + value * found.direction[j], 0);
        const active = ((found.pattern[i >> 3] >> (i & 7)) & 1) === 1;
        expect(active ? product : -product).toBeGreaterThan(-1e-9);
      }
    }
  });

  it('refuses higher ranks and vectors that do not fit', () => {
    expect(() => maximizeExactly(gaussianMatrix(9, 4, 1), new Float64Array(9))).toThrow('X has rank 4, at most 3');
    expect(() => maximizeExactly(gaussianMatrix(9, 2, 1), new Float64Array(8))).toThrow(
      'r has 8 entries, X has 9 rows',
    );
    expect(() => maximizeExactly(gaussianMatrix(2, 2, 1), [1, Number.NaN])).toThrow('entry 1 of r is NaN');
  });
});
