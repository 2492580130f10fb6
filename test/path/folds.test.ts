import { describe, expect, it } from 'vitest';
import { type Fold, makeFolds } from '../../src/path/index.js';

const rowsOf = (folds: readonly Fold[]): number[] => folds.flatMap((fold) => [...fold.held]).sort((a, b) => a - b);

describe('makeFolds', () => {
  it('holds every row out once a repetition and trains on the others', () => {
    const folds = makeFolds(23, { folds: 5, repeats: 3, seed: 4 });
    expect(folds).toHaveLength(15);
    for (let repeat = 0; repeat < 3; repeat++) {
      const own = folds.filter((fold) => fold.repeat === repeat);
      expect(rowsOf(own)).toEqual(Array.from({ length: 23 }, (_, i) => i));
      for (const { train, held } of own) {
        expect(rowsOf([{ repeat, fold: 0, train, held: Int32Array.of(...train, ...held) }])).toHaveLength(23);
        expect(held.length).toBeGreaterThanOrEqual(4);
        expect(held.length).toBeLessThanOrEqual(5);
        expect([...train]).toEqual([...train].sort((a, b) => a - b));
      }
    }
    expect([...folds[0].held]).not.toEqual([...folds[5].held]);
    expect(makeFolds(23, { folds: 5, repeats: 3, seed: 4 })).toEqual(folds);
    expect(makeFolds(23, { folds: 5, seed: 5 })).not.toEqual(folds.slice(0, 5));
  });

  it('gives each fold its share of every class', () => {
    const strata = Array.from({ length: 40 }, (_, i) => (i < 30 ? 0 : 1));
    for (const { held } of makeFolds(40, { folds: 10, strata })) {
      expect([...held].filter((row) => strata[row] === 1)).toHaveLength(1);
    }
  });

  it('never splits a group', () => {
    const groups = Array.from({ length: 30 }, (_, i) => `patient ${Math.floor(i / 3)}`);
    const folds = makeFolds(30, { folds: 4, groups });
    expect(rowsOf(folds)).toHaveLength(30);
    for (const { train, held } of folds) {
      const out = new Set([...held].map((row) => groups[row]));
      expect([...train].some((row) => out.has(groups[row]))).toBe(false);
      expect(held.length).toBeGreaterThanOrEqual(6);
    }
  });

  it('takes folds as given', () => {
    const folds = makeFolds(5, { assignment: [1, 0, 1, 2, 0] });
    expect(folds.map((fold) => [...fold.held])).toEqual([[1, 4], [0, 2], [3]]);
  });

  it.each([
    [{ folds: 1 }, /from 2 to the 6 rows, got 1/],
    [{ folds: 7 }, /got 7/],
    [{ folds: 2.5 }, /got 2.5/],
    [{ folds: 2, repeats: 0 }, /repeats.*got 0/],
    [{ folds: 2, strata: [1, 2] }, /strata.*6 rows, got 2/],
    [{ folds: 2, groups: ['a'] }, /groups.*got 1/],
    [{ folds: 3, groups: ['a', 'a', 'b', 'b', 'a', 'b'] }, /3 folds need as many groups, got 2/],
    [{ assignment: [0, 1] }, /assignment.*6 rows, got 2/],
    [{ assignment: [0, 0, 0, 0, 0, 0] }, /without gaps/],
    [{ assignment: [0, 2, 0, 2, 0, 2] }, /without gaps/],
    [{ assignment: [0, 0.5, 0, 1, 0, 1] }, /without gaps/],
  ])('refuses %j', (options, message) => {
    expect(() => makeFolds(6, options)).toThrow(message);
  });
});
