import { describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { exactSupport } from '../../src/parallel/exact.js';
import { certifyParallel, fitParallel, trainParallelByAdam } from '../../src/parallel/index.js';
import { parallelProblem } from '../../src/parallel/options.js';
import { searchSubnets } from '../../src/parallel/oracle.js';

function data(seed: number, n: number): { X: Matrix; y: Float64Array } {
  const random = createRandom(seed);
  const X = matrix(
    n,
    2,
    Float64Array.from({ length: 2 * n }, () => random.normal()),
  );
  return { X, y: Float64Array.from({ length: n }, () => random.normal()) };
}

const supportOf = (X: Matrix, y: Float64Array, layers: number, width: readonly number[], enough: number) =>
  exactSupport(
    parallelProblem(X, y, { layers, width, regularizer: 'path', lambda: 0.1 }, 'test'),
    y,
    enough,
    new Run(),
  );

describe('the dual constraint of four layers over all patterns', () => {
  it.each([
    [3, 1],
    [4, 2],
    [5, 3],
  ])('is that of three layers where a level has width 1: n = %i', async (n, seed) => {
    const { X, y } = data(seed, n);
    const { upper } = await supportOf(X, y, 3, [2], 1e-3);
    for (const width of [
      [1, 2],
      [2, 1],
    ]) {
      const nested = await supportOf(X, y, 4, width, (1 - 1e-6) * upper);
      expect(nested.complete).toBe(true);
      expect(Math.abs(nested.upper - upper)).toBeLessThan(1e-9 * upper);
    }
    const two = await supportOf(X, y, 2, [], 1e-3);
    for (const layers of [3, 4, 5]) {
      const width = new Array<number>(layers - 2).fill(1);
      const chain = await supportOf(X, y, layers, width, (1 - 1e-6) * two.upper);
      expect(Math.abs(chain.upper - two.upper)).toBeLessThan(1e-9 * two.upper);
    }
  });

  it('is no less than what climbing finds, and its violators are real', async () => {
    for (let seed = 1; seed <= 4; seed++) {
      const { X, y } = data(seed, 4);
      const { shape } = parallelProblem(X, y, { layers: 4, width: 2, regularizer: 'path', lambda: 0.1 }, 'test');
      const [found] = await searchSubnets(X, shape, 'path', y, 0, { starts: 300, around: 0, near: [], seed });
      const { upper, violators } = await supportOf(X, y, 4, [2, 2], 0.9 * found.value);
      expect(upper).toBeGreaterThanOrEqual(found.value * (1 - 1e-12));
      // repeating what is below a unit loses nothing: at least √2 times three layers
      const three = await supportOf(X, y, 3, [2], 1e-3);
      expect(upper).toBeGreaterThanOrEqual(Math.SQRT2 * three.upper * (1 - 1e-9));
      expect(violators.length).toBeGreaterThan(0);
      const enough = await supportOf(X, y, 4, [2, 2], upper * (1 + 1e-9));
      expect(enough.violators).toEqual([]);
    }
  });

  it('says when there is too much to look at', async () => {
    const { X, y } = data(1, 30);
    expect(await supportOf(X, y, 4, [2, 2], 1e-3)).toMatchObject({ complete: false, violators: [] });
    await expect(fitParallel(X, y, { layers: 4, lambda: 0.3, patterns: 'exact', threads: 1 })).rejects.toThrow(
      /^fitParallel: patterns 'exact' needs fewer rows, a smaller rank or width, or columns of more even sizes than this \(30 rows\)/,
    );
  });
});

describe('fitParallel of four layers, enumerated', () => {
  it.each([
    [4, [2, 2], 1],
    [5, [2, 2], 1],
    [5, [1, 2], 3],
    [6, [2, 1], 4],
  ] as const)('is proved optimal and no start of Adam gets below: n = %i, widths %j', async (n, width, seed) => {
    const { X, y } = data(seed, n);
    const problem = { layers: 4, regularizer: 'path', lambda: 0.03, width } as const;
    const fitted = await fitParallel(X, y, { ...problem, patterns: 'exact', gap: 1e-6, threads: 1 });
    expect(fitted.certificate.scope).toBe('exact');
    expect(fitted.certificate.relativeGap).toBeLessThan(1e-6);
    expect(Math.abs(fitted.objective - fitted.program)).toBeLessThan(1e-8 * fitted.objective);
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 10; k++) {
      const adam = await trainParallelByAdam(X, y, { ...problem, seed: k, subnetworks: 20, steps: 600, every: 600 });
      best = Math.min(best, adam.objective);
      if (k > 0) continue;
      const certificate = await certifyParallel(adam.network, X, y, { ...problem, starts: 0 });
      expect(certificate.bound).toBeLessThanOrEqual(fitted.objective * (1 + 1e-9));
    }
    expect(fitted.objective).toBeLessThan(best * (1 + 1e-6));
    // Adam comes near: it is the same problem
    expect(best).toBeLessThan(1.25 * fitted.objective);
  });

  it('with a level of width 1 is three layers', async () => {
    const { X, y } = data(3, 5);
    const options = { regularizer: 'path', lambda: 0.02, patterns: 'exact', gap: 1e-6, threads: 1 } as const;
    const three = await fitParallel(X, y, { ...options, layers: 3, width: 2 });
    const four = await fitParallel(X, y, { ...options, layers: 4, width: [1, 2] });
    const wide = await fitParallel(X, y, { ...options, layers: 4, width: [2, 2] });
    expect(Math.abs(four.objective - three.objective)).toBeLessThan(1e-6 * three.objective);
    expect(wide.objective).toBeLessThan(three.objective);
  });
});
