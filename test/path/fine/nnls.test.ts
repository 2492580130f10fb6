import { solveQP } from 'quadprog';
import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../src/base/index.js';
import { leastNormMember, nonNegativeFit } from '../../../src/path/fine/index.js';

const vectors = (count: number, n: number, random: Random): Float64Array[] =>
  Array.from({ length: count }, () => Float64Array.from({ length: n }, () => random.normal()));

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, t, i) => sum + t * b[i], 0);

const combination = (columns: readonly Float64Array[], x: ArrayLike<number>): Float64Array =>
  Float64Array.from(columns[0], (_, i) => columns.reduce((sum, c, k) => sum + x[k] * c[i], 0));

describe('nonNegativeFit', () => {
  it('meets the optimality conditions, also with dependent and repeated columns', () => {
    const random = createRandom(1);
    for (let trial = 0; trial < 300; trial++) {
      const n = 1 + Math.floor(8 * random.uniform());
      const columns = vectors(1 + Math.floor(12 * random.uniform()), n, random);
      if (trial % 3 === 0)
        columns.push(
          columns[0].slice(),
          columns[0].map((t) => 2 * t),
          new Float64Array(n),
        );
      const [b] = vectors(1, n, random);
      const { x, rest, support } = nonNegativeFit(columns, b);
      expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
      expect([...x.keys()].filter((k) => x[k] > 0).sort()).toEqual([...support].sort());
      const fitted = combination(columns, x);
      fitted.forEach((t, i) => {
        expect(b[i] - t).toBeCloseTo(rest[i], 11);
      });
      columns.forEach((column, k) => {
        const slope = dot(column, rest);
        expect(slope).toBeLessThan(1e-10);
        if (x[k] > 0) expect(Math.abs(slope)).toBeLessThan(1e-10);
      });
    }
  });
});

describe('leastNormMember', () => {
  /** min Σ a² over a ≥ 0, Σ a_i z_i = target, by quadprog, over independent equations. */
  function reference(columns: readonly Float64Array[], some: Float64Array): number[] {
    const m = columns.length;
    const identity = Array.from({ length: m + 1 }, (_, i) =>
      Array.from({ length: m + 1 }, (_, j) => (i === j ? 1 : 0)),
    );
    const target = combination(columns, some);
    const equations = Array.from(target.keys());
    const A = Array.from({ length: m + 1 }, (_, i) => [
      0,
      ...equations.map((k) => (i === 0 ? 0 : columns[i - 1][k])),
      ...Array.from({ length: m }, (_, j) => (i === j + 1 ? 1 : 0)),
    ]);
    const bounds = [0, ...target, ...new Array(m).fill(0)];
    const { solution, message } = solveQP(identity, new Array(m + 1).fill(0), A, bounds, equations.length);
    expect(message).toBe('');
    return solution.slice(1);
  }

  it('agrees with quadprog', () => {
    const random = createRandom(2);
    for (let trial = 0; trial < 200; trial++) {
      const n = 2 + Math.floor(4 * random.uniform());
      const m = n + 1 + Math.floor(4 * random.uniform());
      const columns = vectors(m, n, random);
      // more than n positive lengths: a set with an interior, which quadprog needs to find it at all
      const some = Float64Array.from({ length: m }, (_, i) => (i <= n ? Math.abs(random.normal()) : 0));
      const { a, independent, dimension } = leastNormMember(columns, some);
      const expected = reference(columns, some);
      a.forEach((t, i) => {
        expect(t).toBeCloseTo(expected[i], 8);
      });
      expect(independent).toBe(false);
      expect(dimension).toBeLessThanOrEqual(m - n);
      expect(dimension).toBeGreaterThanOrEqual(1);
    }
  });

  it('knows one point, and how large a set is', () => {
    const [e, f] = [Float64Array.of(1, 0), Float64Array.of(0, 1)];
    expect(leastNormMember([e, f], Float64Array.of(2, 3))).toEqual({
      a: Float64Array.of(2, 3),
      independent: true,
      dimension: 0,
    });
    // a segment: 2 = a_1 + a_2
    const half = leastNormMember([e, e.slice(), f], Float64Array.of(2, 0, 3));
    expect([...half.a].map((t) => Number(t.toFixed(12)))).toEqual([1, 1, 3]);
    expect(half.dimension).toBe(1);
    // a_3 = a_1 + a_2 − 0 with f̂ = 0: the only member is zero, though the columns are dependent
    const pinned = leastNormMember([e, f, Float64Array.of(1, 1)], new Float64Array(3));
    expect([...pinned.a]).toEqual([0, 0, 0]);
    expect(pinned.dimension).toBe(0);
    // opposite columns: a_1 − a_2 = 1 is a ray
    expect(leastNormMember([e, e.map((t) => -t)], Float64Array.of(1, 0)).dimension).toBe(1);
  });
});
