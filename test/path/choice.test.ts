import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { chooseLambda, lambdaGrid, summarise } from '../../src/path/index.js';

describe('chooseLambda', () => {
  it('takes the least mean error, and the largest λ within one standard error of it', () => {
    const lambdas = [4, 3, 2, 1];
    const mean = Float64Array.of(9, 5.4, 5, 6);
    expect(chooseLambda({ lambdas, mean, standardError: Float64Array.of(1, 1, 0.5, 1) })).toEqual({
      min: 2,
      oneStandardError: 1,
    });
    expect(chooseLambda({ lambdas, mean, standardError: Float64Array.of(1, 1, 0.1, 1) }).oneStandardError).toBe(2);
    expect(chooseLambda({ lambdas, mean, standardError: Float64Array.of(1, 1, Number.NaN, 1) }).oneStandardError).toBe(
      2,
    );
  });

  it('passes over λ without a number and prefers the larger λ among equals', () => {
    const mean = Float64Array.of(Number.NaN, 2, 1, 1);
    const standardError = new Float64Array(4);
    expect(chooseLambda({ lambdas: [4, 3, 2, 1], mean, standardError })).toEqual({ min: 2, oneStandardError: 2 });
    expect(() => chooseLambda({ lambdas: [1], mean: Float64Array.of(Number.NaN), standardError })).toThrow(/no λ/);
  });

  it('never has lambda.1se below lambda.min: 1,000 random curves', () => {
    const random = createRandom(11);
    for (let trial = 0; trial < 1000; trial++) {
      const count = 1 + random.integer(60);
      const lambdas = lambdaGrid(1 + random.uniform(), { lambdas: count, minRatio: 1e-3 });
      const rough = random.uniform() < 0.5;
      const folds = 2 + random.integer(9);
      const errors = Array.from({ length: folds }, () => {
        let level = random.uniform();
        return Float64Array.from({ length: count }, () => {
          level = rough ? random.uniform() : Math.max(0, level + 0.1 * random.normal());
          return random.uniform() < 0.02 ? Number.NaN : level;
        });
      });
      const weights = errors.map(() => 1 + random.integer(20));
      const curve = summarise(lambdas, errors, weights);
      if (curve.mean.every(Number.isNaN)) continue;
      const { min, oneStandardError } = chooseLambda(curve);
      expect(lambdas[oneStandardError]).toBeGreaterThanOrEqual(lambdas[min]);
      const limit = curve.mean[min] + (curve.standardError[min] || 0);
      expect(curve.mean[oneStandardError]).toBeLessThanOrEqual(limit);
      for (let k = 0; k < oneStandardError; k++) expect(curve.mean[k] <= limit).toBe(false);
      for (let k = 0; k < count; k++) expect(curve.mean[k] < curve.mean[min]).toBe(false);
    }
  });
});

describe('summarise', () => {
  it('is the weighted mean and its standard error, by hand', () => {
    const { mean, standardError } = summarise([1], [[1], [2], [6]], [1, 2, 1]);
    expect(mean[0]).toBe(2.75);
    // ((1.75² + 2·0.75² + 3.25²)/4) / 2
    expect(standardError[0]).toBeCloseTo(Math.sqrt((1.75 ** 2 + 2 * 0.75 ** 2 + 3.25 ** 2) / 8), 14);
  });

  it('leaves out folds without a value', () => {
    const { mean, standardError } = summarise(
      [2, 1],
      [
        [1, Number.NaN],
        [3, Number.NaN],
        [Number.NaN, Number.NaN],
      ],
      [1, 1, 5],
    );
    expect([...mean]).toEqual([2, Number.NaN]);
    expect(standardError[0]).toBe(1);
    expect(standardError[1]).toBeNaN();
  });
});
