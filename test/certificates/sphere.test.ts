import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { type SphereMethod, sphereBound } from '../../src/certificates/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { enumeratedMaximum, gaussian, normals, positivePart, sampledMaximum } from './oracles.js';

const methods: SphereMethod[] = ['crude', 'eigenvalue', 'low-rank', 'signs', 'branch-and-bound', 'sweep'];

/** Data of every awkward kind, by name. */
function awkward(seed: number): Record<string, Matrix> {
  const random = createRandom(seed);
  const plain = gaussian(12, 3, random);
  const edited = (change: (m: Matrix) => void): Matrix => {
    const copy = matrix(plain.rows, plain.cols, plain.data.slice());
    change(copy);
    return copy;
  };
  return {
    plain,
    'more columns than rows': gaussian(4, 7, random),
    'equal and opposite rows': edited(({ data }) => {
      data.copyWithin(0, 3, 6);
      for (let j = 0; j < 3; j++) data[6 + j] = -data[9 + j];
      for (let j = 0; j < 3; j++) data[12 + j] = 3 * data[15 + j];
    }),
    'zero rows': edited(({ data }) => data.fill(0, 0, 6)),
    'rank two': edited(({ data }) => {
      for (let i = 0; i < 12; i++) data[3 * i + 2] = data[3 * i] - 2 * data[3 * i + 1];
    }),
    'columns of very different size': edited(({ data }) => {
      for (let i = 0; i < data.length; i++) data[i] *= [1e6, 1, 1e-6][i % 3];
    }),
    'small integers': edited(({ data }) => {
      for (let i = 0; i < data.length; i++) data[i] = Math.round(1.2 * data[i]);
    }),
    'one column': gaussian(9, 1, random),
    'two columns': gaussian(15, 2, random),
  };
}

describe('sphereBound is never below what there is', () => {
  for (let seed = 0; seed < 3; seed++) {
    const sets = awkward(seed);
    for (const [name, X] of Object.entries(sets)) {
      it(`${name}, seed ${seed}`, async () => {
        const random = createRandom(seed, 7);
        const r = normals(X.rows, random);
        const truth = await enumeratedMaximum(X, r, name === 'columns of very different size' ? sets.plain : X);
        const seen = sampledMaximum(X, r, 3000, random);
        expect(seen).toBeLessThanOrEqual(truth * (1 + 1e-7));
        for (const method of methods) {
          const bound = await sphereBound(X, r, { method, starts: 100 });
          expect(bound.upper, method).toBeGreaterThanOrEqual(Math.max(truth * (1 - 1e-9), seen));
          expect(bound.lower, method).toBeLessThanOrEqual(truth * (1 + 1e-7));
          if (bound.exact) expect(bound.upper / truth, method).toBeCloseTo(1, 6);
        }
        const auto = await sphereBound(X, r);
        expect(auto.exact).toBe(true);
        expect(auto.upper / truth).toBeCloseTo(1, 7);
      });
    }
  }
});

describe('sphereBound closes', () => {
  it('by branch and bound in four and five dimensions', async () => {
    for (const [n, d] of [
      [60, 4],
      [40, 5],
    ]) {
      const random = createRandom(n);
      const X = gaussian(n, d, random);
      const r = normals(n, random);
      const bound = await sphereBound(X, r, { method: 'branch-and-bound' });
      expect(bound.exact).toBe(true);
      expect(bound.upper).toBeGreaterThanOrEqual(sampledMaximum(X, r, 20_000, random));
      const rough = await sphereBound(X, r, { method: 'branch-and-bound', target: 1.01 * bound.lower });
      expect(rough.upper).toBeLessThanOrEqual(1.01 * bound.lower);
      expect(rough.nodes).toBeLessThanOrEqual(bound.nodes);
    }
  });

  it('by signs in many dimensions, and both branch and bounds agree', async () => {
    const random = createRandom(11);
    const wide = gaussian(30, 14, random);
    const r = normals(30, random);
    const signs = await sphereBound(wide, r, { method: 'signs' });
    expect(signs.exact).toBe(true);
    expect(signs.upper).toBeGreaterThanOrEqual(sampledMaximum(wide, r, 30_000, random));
    const X = gaussian(24, 4, random);
    const short = normals(24, random);
    const both = await Promise.all(
      (['signs', 'branch-and-bound'] as const).map((method) => sphereBound(X, short, { method })),
    );
    expect(both.every((bound) => bound.exact)).toBe(true);
    expect(both[0].upper / both[1].upper).toBeCloseTo(1, 8);
  });

  it('with the direction that attains the lower bound', async () => {
    const random = createRandom(5);
    const X = gaussian(20, 6, random);
    for (let i = 0; i < 20; i++) X.data[6 * i + 5] = X.data[6 * i];
    const r = normals(20, random);
    const { lower, direction } = await sphereBound(X, r);
    expect(Math.hypot(...direction)).toBeCloseTo(1, 12);
    expect(Math.abs(positivePart(X, r, direction))).toBeCloseTo(lower, 10);
  });
});

describe('sphereBound is homogeneous', () => {
  it('in X and in r, from 1e-150 to 1e150', async () => {
    const random = createRandom(3);
    const X = gaussian(14, 4, random);
    const r = normals(14, random);
    const { upper } = await sphereBound(X, r);
    for (const [a, b] of [
      [1e6, 1],
      [1e-6, 1e6],
      [1, 1e-6],
      [1e-150, 1e150],
      [1e150, 1e140],
    ]) {
      const scaled = await sphereBound(
        matrix(
          14,
          4,
          X.data.map((x) => a * x),
        ),
        r.map((x) => b * x),
      );
      expect(scaled.upper / (a * b * upper)).toBeCloseTo(1, 10);
    }
  });

  it('and zero for zero', async () => {
    expect((await sphereBound(matrix(3, 2), Float64Array.of(1, -2, 3))).upper).toBeLessThan(1e-200);
    expect((await sphereBound(gaussian(3, 2, createRandom(1)), new Float64Array(3))).upper).toBeLessThan(1e-200);
  });
});

describe('sphereBound for gated networks', () => {
  it('bounds every set of rows', async () => {
    const random = createRandom(8);
    const X = gaussian(10, 4, random);
    const r = normals(10, random);
    let most = 0;
    for (let set = 0; set < 1024; set++) {
      const g = new Float64Array(4);
      for (let i = 0; i < 10; i++) if ((set >> i) & 1) for (let j = 0; j < 4; j++) g[j] += r[i] * X.data[4 * i + j];
      most = Math.max(most, Math.hypot(...g));
    }
    for (const method of methods.filter((m) => m !== 'low-rank')) {
      const bound = await sphereBound(X, r, { method, gated: true });
      expect(bound.upper, method).toBeGreaterThanOrEqual(most * (1 - 1e-12));
    }
    expect((await sphereBound(X, r, { gated: true })).upper / most).toBeCloseTo(1, 9);
  });
});

describe('sphereBound, stopped', () => {
  const random = createRandom(21);
  const X = gaussian(300, 9, random);
  const r = normals(300, random);

  it('by a signal before it begins or on the way still bounds', async () => {
    const truth = sampledMaximum(X, r, 2000, random);
    const gone = await sphereBound(X, r, { signal: AbortSignal.abort() });
    expect(gone.upper).toBeGreaterThanOrEqual(truth);
    expect(gone.exact).toBe(false);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const cut = await sphereBound(X, r, { signal: controller.signal });
    expect(cut.exact).toBe(false);
    expect(cut.upper).toBeGreaterThanOrEqual(truth);
    expect(cut.upper).toBeLessThanOrEqual(gone.upper);
  });

  it('by the time limit', async () => {
    const cut = await sphereBound(X, r, { timeLimit: 0.3 });
    expect(cut.exact).toBe(false);
    expect(cut.upper).toBeGreaterThanOrEqual(cut.lower);
  });

  it('and twice the same otherwise', async () => {
    const options = { nodeLimit: 200, starts: 50, seed: 4 };
    expect(await sphereBound(X, r, options)).toEqual(await sphereBound(X, r, options));
  });
});

describe('sphereBound refuses', () => {
  it('r of another length and numbers that are not finite', async () => {
    const X = matrix(2, 1, Float64Array.of(1, 2));
    await expect(sphereBound(X, new Float64Array(3))).rejects.toMatchObject({ kind: 'usage' });
    await expect(sphereBound(X, Float64Array.of(1, Number.NaN))).rejects.toMatchObject({ kind: 'data' });
    const bad = matrix(2, 1, Float64Array.of(1, Number.POSITIVE_INFINITY));
    await expect(sphereBound(bad, new Float64Array(2))).rejects.toMatchObject({ kind: 'data' });
  });
});
