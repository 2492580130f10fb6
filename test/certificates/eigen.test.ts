import { expect, it } from 'vitest';
import { symmetricEigen } from '../../src/certificates/eigen.js';

// [[2, 1], [1, 2]]: 3 and 1; above the diagonal nothing is read
const lower = Float64Array.of(2, Number.NaN, 1, 2);

it('a decomposition that failed gives way to the library', () => {
  const failed = symmetricEigen(lower, 2, () => ({
    values: Float64Array.of(3, Number.NaN),
    vectors: new Float64Array(4).fill(Number.NaN),
  }));
  expect([...failed.values].sort()).toEqual([expect.closeTo(1, 12), expect.closeTo(3, 12)]);
  expect(failed.defect + failed.skew).toBeLessThan(1e-13);
});

it('measures what a wrong one is off by', () => {
  const half = Math.SQRT1_2;
  const vectors = Float64Array.of(half, half, half, -half);
  const { defect, skew } = symmetricEigen(lower, 2, () => ({ values: Float64Array.of(3, 1.5), vectors }));
  expect(defect).toBeCloseTo(0.5, 12);
  expect(defect).toBeGreaterThanOrEqual(0.5);
  expect(skew).toBeLessThan(1e-13);
  const long = symmetricEigen(lower, 2, () => ({
    values: Float64Array.of(3, 1),
    vectors: vectors.map((x) => 1.1 * x),
  }));
  expect(long.skew).toBeGreaterThanOrEqual(0.21 * Math.SQRT2);
});
