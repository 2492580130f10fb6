import { describe, expect, it } from 'vitest';
import { splitRows } from '../../src/data/index.js';

const together = ({ train, test }: { train: Int32Array; test: Int32Array }) =>
  [...train, ...test].sort((a, b) => a - b);

describe('splitRows', () => {
  it.each([
    [10, 0.2, 2],
    [7, 0.5, 4],
    [100, 0.333, 33],
    [5, 0.01, 1],
    [5, 0.99, 4],
    [5, 0, 0],
    [1, 0.5, 0],
    [0, 0.5, 0],
  ])('splits %i rows at %f without losing or repeating any', (count, testFraction, expected) => {
    const split = splitRows(count, { testFraction, seed: 3 });
    expect(split.test.length).toBe(expected);
    expect(together(split)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect([...split.train]).toEqual([...split.train].sort((a, b) => a - b));
  });

  it('is the same for the same seed, on every machine, and another for another', () => {
    expect([...splitRows(20, { testFraction: 0.3, seed: 1 }).test]).toEqual([1, 2, 9, 13, 17, 18]);
    expect(splitRows(500, { testFraction: 0.3 })).toEqual(splitRows(500, { testFraction: 0.3, seed: 0 }));
    expect(splitRows(500, { testFraction: 0.3, seed: 1 })).not.toEqual(splitRows(500, { testFraction: 0.3, seed: 2 }));
  });

  it('reaches every row about equally often', () => {
    const hits = new Float64Array(20);
    for (let seed = 0; seed < 2000; seed++)
      for (const row of splitRows(20, { testFraction: 0.25, seed }).test) hits[row]++;
    // 2000 draws of 1/4: mean 500, standard deviation 19.4; five deviations either way.
    for (const count of hits) expect(Math.abs(count - 500)).toBeLessThan(97);
  });

  it.each([1, 2, 3])('keeps the share of every class (seed %i)', (seed) => {
    const strata = Int32Array.from({ length: 103 }, (_, i) => (i % 10 === 0 ? 2 : i % 3 === 0 ? 1 : 0));
    const sizes = [0, 1, 2].map((k) => strata.filter((s) => s === k).length);
    const split = splitRows(103, { testFraction: 0.2, seed, strata });
    expect(split.test.length).toBe(21);
    expect(together(split).length).toBe(103);
    sizes.forEach((size, k) => {
      const tested = split.test.filter((row) => strata[row] === k).length;
      expect(Math.abs(tested - (size * 21) / 103)).toBeLessThan(1);
    });
  });

  it('trains on a class of one row', () => {
    const strata = [5, 0, 0, 0, 9, 0, 0, 0];
    for (let seed = 0; seed < 50; seed++) {
      const { train, test } = splitRows(8, { testFraction: 0.5, seed, strata });
      expect(train).toContain(0);
      expect(train).toContain(4);
      expect(test.length).toBe(4);
    }
  });

  it('refuses fractions outside [0, 1), bad counts and strata of another length', () => {
    expect(() => splitRows(5, { testFraction: 1 })).toThrow('splitRows: expected testFraction in [0, 1), got 1.');
    expect(() => splitRows(5, { testFraction: Number.NaN })).toThrow('got NaN');
    expect(() => splitRows(2.5, { testFraction: 0.5 })).toThrow('splitRows: expected a whole number of rows, got 2.5.');
    expect(() => splitRows(5, { testFraction: 0.5, strata: [1] })).toThrow(
      'splitRows: expected 5 strata, one a row, got 1.',
    );
  });
});
