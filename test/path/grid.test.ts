import { describe, expect, it } from 'vitest';
import { lambdaGrid } from '../../src/path/index.js';

describe('lambdaGrid', () => {
  it('goes from λ_max to minRatio·λ_max in equal ratios', () => {
    const grid = lambdaGrid(0.7, { lambdas: 5, minRatio: 1e-2 });
    expect(grid[0]).toBe(0.7);
    expect(grid[4]).toBeCloseTo(0.007, 15);
    for (let k = 1; k < 5; k++) expect(grid[k] / grid[k - 1]).toBeCloseTo(10 ** -0.5, 14);
  });

  it('has 100 λ down to a thousandth by default, and may have one', () => {
    expect(lambdaGrid(2)).toHaveLength(100);
    expect(lambdaGrid(2)[99]).toBeCloseTo(0.002, 15);
    expect([...lambdaGrid(2, { lambdas: 1 })]).toEqual([2]);
  });

  it('sorts the λ it is given and drops repetitions', () => {
    expect([...lambdaGrid(9, { lambdas: [0.1, 0, 3, 0.1] })]).toEqual([3, 0.1, 0]);
  });

  it.each([
    [{ lambdas: 0 }, /lambdas.*at least 1.*got 0/],
    [{ lambdas: 2.5 }, /got 2.5/],
    [{ lambdas: Number.NaN }, /got NaN/],
    [{ lambdas: [] }, /empty/],
    [{ lambdas: [1, -1] }, /got -1/],
    [{ lambdas: [Number.POSITIVE_INFINITY] }, /got Infinity/],
    [{ minRatio: 0 }, /minRatio.*got 0/],
    [{ minRatio: 1 }, /got 1/],
    [{ minRatio: Number.NaN }, /got NaN/],
  ])('refuses %j', (options, message) => {
    expect(() => lambdaGrid(1, options)).toThrow(message);
  });
});
