import { describe, expect, it } from 'vitest';
import {
  arrangementOf,
  enumeratePatterns,
  maximizeExactly,
  searchViolations,
  violationPatterns,
} from '../../src/arrangements/index.js';
import { Run } from '../../src/base/index.js';
import { type Matrix, matrix, matrixFromRows, rowOf } from '../../src/linalg/index.js';
import { createKernels } from '../../src/linalg/kernels/index.js';
import { gaussianMatrix, integerMatrix, largestOverCells, positivePartValue } from './oracles.js';

const noise = (n: number, seed: number): Float64Array => gaussianMatrix(n, 1, seed).data;
const negative = (r: Float64Array): Float64Array => r.map((value) => -value);

/** The largest violation of both signs over all cells. */
async function largest(X: Matrix, r: Float64Array): Promise<number> {
  const { patterns } = await enumeratePatterns(X);
  return Math.max(await largestOverCells(X, r, patterns), await largestOverCells(X, negative(r), patterns));
}

describe('searchViolations', () => {
  it.each([
    [20, 2, 'gaussian'],
    [40, 3, 'gaussian'],
    [18, 4, 'gaussian'],
    [16, 5, 'gaussian'],
    [14, 3, 'integer'],
    [14, 4, 'integer'],
  ])('%i rows of rank %i, %s: finds the largest of all cells', async (n, d, kind) => {
    for (let seed = 0; seed < 4; seed++) {
      const X = kind === 'gaussian' ? gaussianMatrix(n, d, seed + n) : integerMatrix(n, d, 1, seed + n);
      const r = noise(n, seed + 90);
      const found = await searchViolations(X, r, { seed });
      expect(found[0].value).toBeGreaterThan((await largest(X, r)) * (1 - 1e-11));
      expect(found[0].value).toBeLessThan((await largest(X, r)) * (1 + 1e-11));
    }
  });

  it('rank 3 above the size of the exact start: still the exact maximum of most residuals', async () => {
    let hits = 0;
    for (let seed = 0; seed < 5; seed++) {
      const X = gaussianMatrix(300, 3, seed);
      const r = noise(300, seed + 20);
      const best = Math.max(maximizeExactly(X, r).value, maximizeExactly(X, negative(r)).value);
      const found = await searchViolations(X, r, { seed, starts: 30 });
      expect(found[0].value).toBeLessThan(best * (1 + 1e-12));
      if (found[0].value > best * (1 - 1e-9)) hits++;
    }
    expect(hits).toBeGreaterThanOrEqual(4);
  });

  it('values, signs, order, unit length and distinct directions are what they say', async () => {
    const X = gaussianMatrix(80, 6, 3);
    const r = noise(80, 4);
    const found = await searchViolations(X, r, { starts: 40 });
    expect(new Set(found.map(({ sign }) => sign))).toEqual(new Set([1, -1]));
    found.forEach((one, k) => {
      expect(Math.abs(one.value - one.sign * positivePartValue(X, r, one.direction))).toBeLessThan(1e-12 * one.value);
      expect(Math.abs(Math.hypot(...one.direction) - 1)).toBeLessThan(1e-14);
      if (k > 0) expect(one.value).toBeLessThanOrEqual(found[k - 1].value);
      for (const other of found.slice(0, k)) {
        const cosine = one.direction.reduce((sum, value, j) => sum + value * other.direction[j], 0);
        expect(one.sign === other.sign && cosine > 1 - 1e-6).toBe(false);
      }
    });
  });

  it('each is a maximum of its cell, and no nearby direction beats it', async () => {
    const X = gaussianMatrix(60, 5, 5);
    const r = noise(60, 6);
    const found = await searchViolations(X, r, { starts: 30 });
    const steps = gaussianMatrix(200, 5, 7);
    const patterns = violationPatterns(60, found);
    for (const [k, one] of found.entries()) {
      const alone = {
        ...patterns,
        count: 1,
        bytes: patterns.bytes.slice(k * patterns.stride, (k + 1) * patterns.stride),
      };
      const cell = await largestOverCells(X, one.sign > 0 ? r : negative(r), alone);
      expect(Math.abs(cell / one.value - 1)).toBeLessThan(1e-10);
      for (let s = 0; s < 200; s++) {
        const near = one.direction.map((value, j) => value + 1e-5 * steps.data[5 * s + j]);
        const length = Math.hypot(...near);
        expect((one.sign * positivePartValue(X, r, near)) / length).toBeLessThan(one.value * (1 + 1e-9));
      }
    }
  });

  it('weighs repeated and opposite rows together', async () => {
    // Apart, the two copies of a row would be crossed one by one, which never pays.
    const base = gaussianMatrix(12, 4, 8);
    const rows = Array.from({ length: 12 }, (_, i) => rowOf(base, i));
    const X = matrixFromRows([...rows, ...rows, ...rows.map((row) => row.map((value) => -0.5 * value))]);
    const r = noise(36, 9);
    const found = await searchViolations(X, r, { starts: 20 });
    expect(found[0].value).toBeGreaterThan((await largest(X, r)) * (1 - 1e-11));
  });

  it('starts from incumbents: one of them is enough', async () => {
    const X = gaussianMatrix(120, 12, 10);
    const r = noise(120, 11);
    const [best] = await searchViolations(X, r, { starts: 60 });
    const near = matrixFromRows([
      best.direction.map((value, j) => value + (j % 2 === 0 ? 1e-3 : -1e-3)),
      new Float64Array(12),
    ]);
    const again = await searchViolations(X, r, { starts: 0, incumbents: near });
    expect(again[0].value).toBeGreaterThan(best.value * (1 - 1e-9));
  });

  it('starts around incumbents and the best maxima find higher ones than the others alone', async () => {
    let better = 0;
    for (let seed = 0; seed < 6; seed++) {
      const X = gaussianMatrix(150, 10, seed + 30);
      const r = noise(150, seed + 60);
      const alone = await searchViolations(X, r, { starts: 3, around: 0, seed });
      const around = await searchViolations(X, r, { starts: 3, around: 300, seed });
      expect(around[0].value).toBeGreaterThanOrEqual(alone[0].value * (1 - 1e-12));
      expect(around.length).toBeGreaterThan(alone.length);
      if (around[0].value > alone[0].value * (1 + 1e-6)) better++;
    }
    expect(better).toBeGreaterThanOrEqual(3);
  });

  it('a long search looks around the best maxima, however many incumbents there are', async () => {
    const kernels = await createKernels({ threads: 1 });
    const high = { alone: 0, crowded: 0 };
    for (let seed = 0; seed < 4; seed++) {
      const X = gaussianMatrix(300, 16, seed + 230);
      const r = noise(300, seed + 260);
      const elsewhere = gaussianMatrix(1, 16, seed + 290).data;
      const incumbents = matrix(
        300,
        16,
        Float64Array.from({ length: 300 * 16 }, (_, k) => elsewhere[k % 16]),
      );
      const options = { starts: 4, around: 1600, seed, maxIterations: 10, kernels };
      const alone = await searchViolations(X, r, options);
      const crowded = await searchViolations(X, r, { ...options, incumbents });
      const isHigh = ({ value }: { readonly value: number }): boolean => value > 0.95 * alone[0].value;
      high.alone += alone.filter(isHigh).length;
      high.crowded += crowded.filter(isHigh).length;
    }
    kernels.dispose();
    expect(high.crowded).toBeGreaterThan(high.alone / 3);
  });

  it('ends with its run, with what it has by then', async () => {
    const X = gaussianMatrix(150, 10, 16);
    const r = noise(150, 17);
    const kernels = await createKernels();
    const mark = kernels.mark();
    let looks = 0;
    class Counted extends Run {
      override get stop(): 'aborted' | null {
        return ++looks > 60 ? 'aborted' : null;
      }
    }
    const some = await searchViolations(X, r, { starts: 200, kernels, run: new Counted() });
    const all = await searchViolations(X, r, { starts: 200, kernels });
    expect(looks).toBeLessThan(80);
    expect(kernels.mark()).toEqual(mark);
    expect(some.length).toBeLessThan(all.length);
    for (const { value, sign, direction } of some) {
      expect(Math.abs(value - sign * positivePartValue(X, r, direction))).toBeLessThan(1e-12 * value);
    }
    kernels.dispose();
  });

  it('same seed, same bytes, from an arrangement and on given kernels; another seed looks elsewhere', async () => {
    const X = gaussianMatrix(100, 15, 12);
    const r = noise(100, 13);
    const kernels = await createKernels();
    const mark = kernels.mark();
    const first = await searchViolations(X, r, { seed: 3, starts: 20 });
    expect(await searchViolations(arrangementOf(X), r, { seed: 3, starts: 20, kernels })).toEqual(first);
    expect(kernels.mark()).toEqual(mark);
    expect(await searchViolations(X, r, { seed: 4, starts: 20 })).not.toEqual(first);
    kernels.dispose();
  });

  it('more plain steps, more starts: never worse here; one step changes the path', async () => {
    const X = gaussianMatrix(100, 10, 14);
    const r = noise(100, 15);
    const few = await searchViolations(X, r, { seed: 1, starts: 2, maxIterations: 1 });
    const many = await searchViolations(X, r, { seed: 1, starts: 60 });
    expect(many.length).toBeGreaterThan(few.length);
    expect(many[0].value).toBeGreaterThanOrEqual(few[0].value * (1 - 1e-12));
  });

  it('a level: what exceeds it is found all the same, far below it climbs are given up', async () => {
    for (let seed = 0; seed < 3; seed++) {
      const X = gaussianMatrix(600, 4, seed);
      // A hill on all that is noise: smooth, so that climbs gain little after their strides
      const r = noise(600, seed + 40).map((value, i) => value + 0.5 * X.data[4 * i]);
      const free = await searchViolations(X, r, { seed });
      const [{ value }] = free;
      const below = await searchViolations(X, r, { seed, level: 0.999 * value });
      expect(below[0].value).toBeGreaterThan(value * (1 - 1e-11));
      const above = await searchViolations(X, r, { seed, level: 10 * value });
      expect(above.length).toBeLessThan(free.length);
      expect(above[0].value).toBeLessThan(value * (1 + 1e-11));
    }
  });

  it('finds nothing where there is nothing, and stops on a signal', async () => {
    expect(await searchViolations(matrix(4, 3), [1, 2, 3, 4])).toEqual([]);
    expect(await searchViolations(gaussianMatrix(6, 3, 1), new Float64Array(6))).toEqual([]);
    const aborted = { signal: AbortSignal.abort() };
    expect(await searchViolations(gaussianMatrix(6, 5, 1), noise(6, 1), aborted)).toEqual([]);
  });

  it('refuses what does not fit', async () => {
    const X = gaussianMatrix(6, 3, 1);
    await expect(searchViolations(X, [1, 2])).rejects.toThrow('r has 2 entries, X has 6 rows');
    await expect(searchViolations(X, noise(6, 1), { incumbents: matrix(1, 2) })).rejects.toThrow(
      'incumbents have 2 columns, X has 3',
    );
    await expect(searchViolations(X, noise(6, 1), { starts: -1 })).rejects.toThrow('starts');
    await expect(searchViolations(X, noise(6, 1), { around: 0.5 })).rejects.toThrow('around');
    await expect(searchViolations(X, noise(6, 1), { maxIterations: 0 })).rejects.toThrow('maxIterations');
    const bad = matrix(1, 3, Float64Array.of(1, Number.NaN, 0));
    await expect(searchViolations(X, noise(6, 1), { incumbents: bad })).rejects.toThrow('not finite');
  });
});
