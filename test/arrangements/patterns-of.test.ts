import { describe, expect, it } from 'vitest';
import { countPatterns, patternsOf } from '../../src/arrangements/index.js';
import { matrix, matrixFromRows, rowOf } from '../../src/linalg/index.js';
import { gaussianMatrix, patternString } from './oracles.js';

describe('patternsOf', () => {
  it('takes ties as active: zero rows, orthogonal rows, the zero vector', () => {
    const X = matrixFromRows([
      [1, 0],
      [0, 0],
      [0, -3],
      [-1, 0],
    ]);
    const gates = matrixFromRows([
      [1, 0],
      [0, 0],
      [-2, 5],
      [-0, -0],
    ]);
    const patterns = patternsOf(X, gates);
    expect([0, 1, 2, 3].map((p) => patternString(patterns, p))).toEqual(['1110', '1111', '0101', '1111']);
  });

  it('has the signs of the plain sums, whatever the number of gates', () => {
    const X = gaussianMatrix(37, 5, 1);
    for (const count of [1, 2, 3, 4, 5, 9]) {
      const gates = gaussianMatrix(count, 5, 2);
      const patterns = patternsOf(X, gates);
      for (let p = 0; p < count; p++) {
        const expected = Array.from({ length: 37 }, (_, i) => {
          const product = rowOf(X, i).reduce((sum, value, j) => sum + value * gates.data[p * 5 + j], 0);
          return product >= 0 ? '1' : '0';
        });
        expect(patternString(patterns, p)).toBe(expected.join(''));
      }
    }
  });

  it('leaves the unused bits of the last byte zero', () => {
    const patterns = patternsOf(matrixFromRows([[1], [1], [1]]), matrixFromRows([[1]]));
    expect([...patterns.bytes]).toEqual([7]);
  });

  it('refuses gates of another width and numbers that are none', () => {
    const X = gaussianMatrix(4, 3, 1);
    expect(() => patternsOf(X, matrix(2, 4))).toThrow('patternsOf: the gates have 4 columns, X has 3');
    expect(() => patternsOf(X, matrixFromRows([[1, Number.NaN, 0]]))).toThrow(
      'row 0 of X times gate 0 is not a number',
    );
  });
});

describe('countPatterns', () => {
  it('is twice a partial binomial sum', () => {
    expect([1, 2, 3, 4].map((rank) => countPatterns(10, rank))).toEqual([2, 20, 92, 260]);
    expect(countPatterns(100, 3)).toBe(9902);
    expect(countPatterns(9, 5)).toBe(2 * (1 + 8 + 28 + 56 + 70));
  });

  it('is 2^n when the rank is n or more, 1 without rows, and infinite rather than wrong', () => {
    expect(countPatterns(7, 7)).toBe(128);
    expect(countPatterns(7, 30)).toBe(128);
    expect(countPatterns(0, 3)).toBe(1);
    expect(countPatterns(5000, 2500)).toBe(Number.POSITIVE_INFINITY);
  });
});
