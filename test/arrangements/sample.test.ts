import { describe, expect, it } from 'vitest';
import { enumeratePatterns, type GateKind, patternsOf, samplePatterns } from '../../src/arrangements/index.js';
import { matrix, matrixFromRows } from '../../src/linalg/index.js';
import { gaussianMatrix, integerMatrix, patternStrings } from './oracles.js';

const kinds: GateKind[] = ['gaussian', 'data-normals', 'rows', 'mixed'];

it('refuses more gates than fit, before it makes one', () => {
  expect(() => samplePatterns(matrix(4, 3), 1e9, { seed: 1 })).toThrow(
    /at most \d+ gates for 4 rows × 3 columns, got 1000000000/,
  );
});

describe.each(kinds)('samplePatterns, %s', (kind) => {
  it('gives distinct patterns with a gate each, none of them zero', () => {
    const X = gaussianMatrix(40, 4, 1);
    const { patterns, gates } = samplePatterns(X, 120, { seed: 5, kind });
    expect(patterns.count).toBeGreaterThan(60);
    expect(patternsOf(X, gates)).toEqual(patterns);
    const strings = patternStrings(patterns);
    expect(new Set(strings).size).toBe(strings.length);
    expect(strings).not.toContain('0'.repeat(40));
  });

  it('gives the same bytes for the same seed and others for another', () => {
    const X = gaussianMatrix(25, 3, 2);
    const first = samplePatterns(X, 50, { seed: 7, kind });
    expect(samplePatterns(X, 50, { seed: 7, kind })).toEqual(first);
    expect(samplePatterns(X, 50, { seed: 8, kind }).patterns).not.toEqual(first.patterns);
  });

  it('stays inside the full-dimensional cells of degenerate data', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const X = integerMatrix(10, 3, 1, seed);
      const cells = new Set(patternStrings((await enumeratePatterns(X)).patterns));
      for (const pattern of patternStrings(samplePatterns(X, 100, { seed, kind }).patterns))
        expect(cells.has(pattern)).toBe(true);
    }
  });

  it('manages zero rows, parallel rows and a single column', () => {
    const line = samplePatterns(matrixFromRows([[1], [0], [-2]]), 20, { seed: 1, kind });
    expect(patternStrings(line.patterns)).toEqual(['011', '110']);
    expect(samplePatterns(matrix(4, 3), 20, { seed: 1, kind }).patterns.count).toBe(0);
  });
});

describe('samplePatterns', () => {
  it('data normals find more cells than Gaussian gates where cells are uneven', () => {
    // Two tight bundles of rows: their many small cells are hit only by gates nearly orthogonal to a bundle.
    const noise = gaussianMatrix(40, 3, 3);
    const X = matrix(
      40,
      3,
      noise.data.map((value, at) => 0.05 * value + (at % 3 === Math.floor(at / 60) ? 1 : 0)),
    );
    const count = (kind: GateKind): number => samplePatterns(X, 400, { seed: 2, kind }).patterns.count;
    expect(count('data-normals')).toBeGreaterThan(1.5 * count('gaussian'));
  });

  it('rows start from the means of all rows and of each class', () => {
    const X = matrixFromRows([
      [4, 1],
      [4, -1],
      [-1, 5],
      [-1, -5],
    ]);
    const gates = samplePatterns(X, 4, { seed: 1, kind: 'rows', labels: [0, 0, 1, 1] }).gates;
    expect([...gates.data.subarray(0, 2)]).toEqual([1, 0]);
    const withLabels = samplePatterns(X, 6, { seed: 1, kind: 'rows', labels: [0, 1, 0, 1] });
    expect(withLabels.patterns).not.toEqual(
      samplePatterns(X, 6, { seed: 1, kind: 'rows', labels: [0, 0, 1, 1] }).patterns,
    );
  });

  it('finds every pattern of a small arrangement with enough gates', async () => {
    const X = gaussianMatrix(8, 3, 4);
    const sampled = samplePatterns(X, 3000, { seed: 3, kind: 'mixed' });
    const all = patternStrings((await enumeratePatterns(X)).patterns).filter((pattern) => pattern.includes('1'));
    expect(patternStrings(sampled.patterns)).toEqual(all);
  });

  it('refuses a count that is none and labels that do not fit', () => {
    const X = gaussianMatrix(5, 2, 1);
    expect(() => samplePatterns(X, 0, { seed: 1 })).toThrow('expected a positive whole number of gates, got 0');
    expect(() => samplePatterns(X, 2.5, { seed: 1 })).toThrow('got 2.5');
    expect(() => samplePatterns(X, 5, { seed: 1, labels: [1, 2] })).toThrow('got 2 labels for 5 rows');
    expect(() => samplePatterns(matrixFromRows([[Number.NaN]]), 5, { seed: 1 })).toThrow('row 0 of X holds NaN');
  });
});
