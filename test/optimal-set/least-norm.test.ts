import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { leastNorm } from '../../src/optimal-set/least-norm.js';
import { pivotedQr } from '../../src/optimal-set/pivoted-qr.js';
import { Polytope } from '../../src/optimal-set/polytope.js';
import { combination, product } from '../../src/optimal-set/vectors.js';

/** m columns of length R and of a rank, all with a positive sum (so that the polytope is bounded); some of the start are zero. */
function drawn(m: number, R: number, rank: number, seed: number): { columns: Matrix; start: Float64Array } {
  const random = createRandom(seed);
  const basis = Array.from({ length: rank }, () => Float64Array.from({ length: R }, () => random.normal()));
  const columns = matrix(m, R);
  for (let i = 0; i < m; i++) {
    for (const row of basis) {
      const share = random.normal();
      for (let k = 0; k < R; k++) columns.data[i * R + k] += share * row[k];
    }
    columns.data[i * R] = 1 + random.uniform();
  }
  const start = Float64Array.from({ length: m }, () => (random.uniform() < 0.4 ? 0 : random.uniform()));
  return { columns, start };
}

function identity(m: number): Matrix {
  const out = matrix(m, m);
  for (let i = 0; i < m; i++) out.data[i * m + i] = 1;
  return out;
}

const moved = (columns: Matrix, a: Float64Array, b: Float64Array): number => {
  const [f, g] = [combination(columns, a), combination(columns, b)];
  return f.reduce((most, v, k) => Math.max(most, Math.abs(v - g[k])), 0);
};

describe('the point of least norm', () => {
  it.each([
    [6, 3, 2],
    [20, 8, 8],
    [40, 12, 6],
    [40, 60, 10],
    [90, 30, 30],
  ])('of %i columns of length %i and rank %i: that of Wolfe and of the linear program', (m, R, rank) => {
    for (let seed = 1; seed <= 6; seed++) {
      const { columns, start } = drawn(m, R, rank, seed);
      const set = new Polytope(columns, start, 1e-10);
      const found = leastNorm(start, pivotedQr(columns, 1e-10)) as Float64Array;
      expect(found).not.toBeNull();
      const square = product(found, found);
      const other = set.nearest(identity(m), new Float64Array(m));
      expect(found.every((a) => a >= 0)).toBe(true);
      expect(moved(columns, start, found)).toBeLessThan(1e-11);
      expect(Math.abs(square - product(other, other))).toBeLessThan(1e-9 * square);
      // no point of the polytope lies farther down the gradient
      expect(square - set.least(found).value).toBeLessThan(1e-10 * square);
      expect(moved(identity(m), set.smallest, found)).toBeLessThan(1e-11);
    }
  });

  it('is the only point where columns are independent, and zero where the start is', () => {
    const { columns, start } = drawn(5, 9, 5, 3);
    expect(moved(identity(5), new Polytope(columns, start, 1e-10).smallest, start)).toBeLessThan(1e-12);
    const nothing = new Polytope(columns, new Float64Array(5), 1e-10).smallest;
    expect([...nothing]).toEqual([0, 0, 0, 0, 0]);
  });

  it('shares equally among equal columns', () => {
    const columns = matrix(4, 2, Float64Array.from([1, 2, 1, 2, 1, 2, 3, 1]));
    const { smallest } = new Polytope(columns, Float64Array.from([0.3, 0, 0.6, 0.5]), 1e-10);
    [0.3, 0.3, 0.3, 0.5].forEach((size, i) => {
      expect(smallest[i]).toBeCloseTo(size, 13);
    });
  });
});
