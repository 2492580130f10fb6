import { describe, expect, it } from 'vitest';
import {
  arrangementOf,
  countPatterns,
  type Enumeration,
  enumeratePatterns,
  patternsOf,
  samplePatterns,
} from '../../src/arrangements/index.js';
import { createRandom, shuffledIndices } from '../../src/base/index.js';
import { type Matrix, matrix, matrixFromRows, rowOf } from '../../src/linalg/index.js';
import {
  cellsByLinearPrograms,
  exactCellCount,
  gaussianMatrix,
  integerMatrix,
  largestOverCells,
  patternStrings,
} from './oracles.js';

/** What holds for every complete enumeration: distinct patterns, each that of its gate, no gate near a hyperplane. */
function expectSound(X: Matrix, found: Enumeration): void {
  expect(found.complete).toBe(true);
  const strings = patternStrings(found.patterns);
  expect(new Set(strings).size).toBe(strings.length);
  expect(patternStrings(patternsOf(X, found.gates))).toEqual(strings);
  expect(Buffer.from(patternsOf(X, found.gates).bytes).equals(Buffer.from(found.patterns.bytes))).toBe(true);
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < X.rows; i++) {
    const norm = Math.hypot(...rowOf(X, i));
    if (norm === 0) continue;
    for (let p = 0; p < found.gates.rows; p++) {
      const product = rowOf(X, i).reduce((sum, value, j) => sum + value * found.gates.data[p * X.cols + j], 0);
      nearest = Math.min(nearest, Math.abs(product) / norm);
    }
  }
  expect(nearest).toBeGreaterThan(1e-12);
}

describe('enumeratePatterns in general position', () => {
  it.each([
    [1, 1],
    [9, 1],
    [10, 2],
    [50, 2],
    [100, 2],
    [10, 3],
    [30, 3],
    [100, 3],
    [10, 4],
    [15, 4],
    [20, 4],
    [9, 5],
    [6, 6],
    [8, 7],
  ])('%i rows of rank %i have as many cells as the formula says', async (n, rank) => {
    const X = gaussianMatrix(n, rank, 100 * n + rank);
    const found = await enumeratePatterns(X);
    // In rank 1 all rows are parallel.
    expect(found.patterns.count).toBe(countPatterns(rank === 1 ? 1 : n, rank));
    expectSound(X, found);
  });

  it('bias columns, wide data and deficient rank change nothing', async () => {
    const bias = gaussianMatrix(25, 3, 5);
    for (let i = 0; i < 25; i++) bias.data[3 * i + 2] = 1;
    expect((await enumeratePatterns(bias)).patterns.count).toBe(countPatterns(25, 3));
    const wide = gaussianMatrix(6, 11, 6);
    const all = await enumeratePatterns(wide);
    expect(all.patterns.count).toBe(64);
    expectSound(wide, all);
    const deficient = matrix(20, 6);
    const [a, b] = [gaussianMatrix(20, 3, 7), gaussianMatrix(3, 6, 8)];
    for (let i = 0; i < 20; i++) {
      for (let j = 0; j < 6; j++)
        for (let k = 0; k < 3; k++) deficient.data[6 * i + j] += a.data[3 * i + k] * b.data[6 * k + j];
    }
    const found = await enumeratePatterns(deficient);
    expect([found.rank, found.patterns.count]).toEqual([3, countPatterns(20, 3)]);
    expectSound(deficient, found);
  });

  it('300 rows of rank 3 have all theirs', async () => {
    const found = await enumeratePatterns(gaussianMatrix(300, 3, 9));
    expect(found.patterns.count).toBe(89_702);
  });
});

describe('enumeratePatterns on degenerate data', () => {
  it.each([
    [8, 2, 2],
    [9, 3, 1],
    [10, 3, 2],
    [10, 4, 1],
    [9, 5, 1],
    [9, 6, 1],
  ])("%i small integer rows of %i columns up to %i: Zaslavsky's count in exact arithmetic", async (n, d, size) => {
    for (let seed = 0; seed < 6; seed++) {
      const X = integerMatrix(n, d, size, 10 * seed + n);
      const found = await enumeratePatterns(X);
      expect(found.patterns.count).toBe(exactCellCount(X));
      expectSound(X, found);
    }
  });

  it('is the set that linear programming finds', async () => {
    for (const [n, d, size, seed] of [
      [7, 2, 1, 1],
      [7, 3, 1, 2],
      [7, 3, 1, 3],
      [6, 4, 1, 4],
    ]) {
      const X = integerMatrix(n, d, size, seed);
      expect(patternStrings((await enumeratePatterns(X)).patterns)).toEqual(await cellsByLinearPrograms(X));
    }
  });

  it('keeps to the count after a change of coordinates and of row lengths, in rounded numbers', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const exact = integerMatrix(10, 3, 1, seed);
      const T = gaussianMatrix(3, 3, seed + 50);
      const X = matrix(10, 3);
      for (let i = 0; i < 10; i++) {
        for (let j = 0; j < 3; j++) {
          for (let k = 0; k < 3; k++)
            X.data[3 * i + j] += (Math.sqrt(i + 2) / 3) * exact.data[3 * i + k] * T.data[3 * k + j];
        }
      }
      const found = await enumeratePatterns(X);
      expect(found.patterns.count).toBe(exactCellCount(exact));
      expectSound(X, found);
    }
  });

  it('takes hyperplanes that noise of 1e-12 has moved as the ones they were, and those moved by 1e-6 as others', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const exact = integerMatrix(10, 3, 1, seed + 20);
      const noise = gaussianMatrix(10, 3, seed + 30);
      const moved = (size: number): Matrix =>
        matrix(
          10,
          3,
          // Zero rows stay zero: any number is a row of its own.
          exact.data.map((value, at) =>
            rowOf(exact, Math.floor(at / 3)).some((x) => x !== 0) ? value + size * noise.data[at] : 0,
          ),
        );
      const rows = Array.from({ length: 10 }, (_, i) => rowOf(exact, i)).filter((row) =>
        row.some((x) => x !== 0),
      ).length;
      expect((await enumeratePatterns(moved(1e-12))).patterns.count).toBe(exactCellCount(exact));
      expect((await enumeratePatterns(moved(1e-6))).patterns.count).toBe(countPatterns(rows, 3));
    }
  });

  it('a grid of points with a bias column has the same cells raw and standardised', async () => {
    const raw = matrix(49, 3);
    const scaled = matrix(49, 3);
    for (let i = 0; i < 49; i++) {
      const [a, b] = [i % 7, Math.floor(i / 7)];
      raw.data.set([a, b, 1], 3 * i);
      scaled.data.set([(a - 3) / 2.0976, (b - 3) / 1.7, 1], 3 * i);
    }
    const [one, other] = [await enumeratePatterns(raw), await enumeratePatterns(scaled)];
    expect(one.patterns.count).toBeLessThan(countPatterns(49, 3));
    expect(patternStrings(other.patterns).length).toBe(one.patterns.count);
    expectSound(scaled, other);
  });

  it('one-hot columns: products of the cells of each block', async () => {
    // Three rows e_1, e_2, e_3, each twice: eight cells, repeated rows equal.
    const X = matrixFromRows([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const strings = patternStrings((await enumeratePatterns(X)).patterns);
    expect(strings).toEqual(['000000', '001001', '010100', '011101', '100010', '101011', '110110', '111111']);
  });

  it('duplicates agree, negated duplicates differ, zero rows are active', async () => {
    const X = matrixFromRows([
      [1, 2],
      [-1, -2],
      [2, 4],
      [0, 0],
      [3, -1],
    ]);
    expect(patternStrings((await enumeratePatterns(X)).patterns)).toEqual(['01010', '01011', '10110', '10111']);
  });

  it('nothing but zero rows, and one row: one and two cells', async () => {
    const zeros = await enumeratePatterns(matrix(3, 2));
    expect([patternStrings(zeros.patterns), zeros.rank, zeros.complete]).toEqual([['111'], 0, true]);
    expect(patternStrings((await enumeratePatterns(matrixFromRows([[0, -5, 1]]))).patterns)).toEqual(['0', '1']);
  });
});

describe('enumeratePatterns as a map', () => {
  const X = integerMatrix(9, 3, 2, 4);

  it('permuting rows permutes patterns', async () => {
    const order = shuffledIndices(9, createRandom(3));
    const permuted = matrixFromRows(Array.from(order, (i) => rowOf(X, i)));
    const expected = patternStrings((await enumeratePatterns(X)).patterns).map((bits) =>
      Array.from(order, (i) => bits[i]).join(''),
    );
    expect(patternStrings((await enumeratePatterns(permuted)).patterns)).toEqual(expected.sort());
  });

  it('scaling rows by positive numbers changes nothing', async () => {
    const scaled = matrix(
      9,
      3,
      X.data.map((value, at) => value * 10 ** (((Math.floor(at / 3) * 5) % 23) - 11)),
    );
    expect(patternStrings((await enumeratePatterns(scaled)).patterns)).toEqual(
      patternStrings((await enumeratePatterns(X)).patterns),
    );
  });

  it('holds every pattern of generic gates', async () => {
    const Y = gaussianMatrix(40, 3, 12);
    const all = new Set(patternStrings((await enumeratePatterns(Y)).patterns));
    for (const kind of ['gaussian', 'data-normals', 'rows', 'mixed'] as const) {
      for (const pattern of patternStrings(samplePatterns(Y, 300, { seed: 1, kind }).patterns))
        expect(all.has(pattern)).toBe(true);
    }
  });

  it('patterns with ties add nothing to the support function', async () => {
    const r = gaussianMatrix(9, 1, 8).data;
    const cells = (await enumeratePatterns(X)).patterns;
    // Vectors on hyperplanes with integer entries: their products are exact, so ties are.
    const onPlanes = matrixFromRows([
      [0, 0, 0],
      ...Array.from({ length: 300 }, (_, k) => rowOf(integerMatrix(1, 3, 2, k), 0)),
    ]);
    const tied = patternsOf(X, onPlanes);
    const known = new Set(patternStrings(cells));
    expect(patternStrings(tied).some((pattern) => !known.has(pattern))).toBe(true);
    expect(await largestOverCells(X, r, tied)).toBeLessThanOrEqual((await largestOverCells(X, r, cells)) * (1 + 1e-12));
  });

  it('gives the same bytes again, and from an arrangement', async () => {
    const [a, b] = [await enumeratePatterns(X), await enumeratePatterns(arrangementOf(X))];
    expect(b.patterns.bytes).toEqual(a.patterns.bytes);
    expect(b.gates.data).toEqual(a.gates.data);
  });
});

describe('enumeratePatterns, stopped', () => {
  it('says that it is not complete beyond its limit, and is at the limit', async () => {
    const X = gaussianMatrix(30, 3, 2);
    const partial = await enumeratePatterns(X, { limit: 200 });
    expect(partial.complete).toBe(false);
    expect(patternStrings(patternsOf(X, partial.gates))).toEqual(patternStrings(partial.patterns));
    expect((await enumeratePatterns(X, { limit: 870 })).complete).toBe(false);
    expect((await enumeratePatterns(X, { limit: 872 })).complete).toBe(true);
    expect((await enumeratePatterns(gaussianMatrix(30, 2, 2), { limit: 59 })).complete).toBe(false);
  });

  it('stops on a signal and on a time limit', async () => {
    const X = gaussianMatrix(60, 4, 2);
    expect((await enumeratePatterns(X, { signal: AbortSignal.abort() })).complete).toBe(false);
    const controller = new AbortController();
    const onProgress = (): void => controller.abort();
    expect((await enumeratePatterns(X, { signal: controller.signal, onProgress })).complete).toBe(false);
    expect((await enumeratePatterns(X, { timeLimit: 0 })).complete).toBe(false);
  });

  it('refuses entries that are not finite and a limit that is none', async () => {
    await expect(enumeratePatterns(matrixFromRows([[1, Number.NaN]]))).rejects.toThrow('row 0 of X holds NaN');
    await expect(enumeratePatterns(X2, { limit: Number.NaN })).rejects.toThrow('enumeratePatterns: expected a limit');
  });
});

const X2 = gaussianMatrix(3, 2, 1);
