import { describe, expect, it } from 'vitest';
import type { LocalMaximum } from '../../src/arrangements/cell-ascent.js';
import { Maxima } from '../../src/arrangements/maxima.js';
import { gaussianMatrix } from './oracles.js';

const unit = (w: ArrayLike<number>): Float64Array => {
  const length = Math.hypot(...Array.from(w));
  return Float64Array.from(w, (entry) => entry / length);
};

const maximum = (w: ArrayLike<number>, value: number, sign: 1 | -1 = 1, hits = 1): LocalMaximum => ({
  sign,
  value,
  w: unit(w),
  cell: new Uint8Array(1),
  hits,
});

const random = (count: number, d: number, seed: number): Float64Array[] => {
  const { data } = gaussianMatrix(count, d, seed);
  return Array.from({ length: count }, (_, k) => data.slice(k * d, (k + 1) * d));
};

describe('the maxima of a search', () => {
  it('are kept apart by direction and sign, in order of value, whatever they come in', () => {
    const directions = random(60, 5, 1);
    const all = directions.flatMap((w, k) => [maximum(w, 1 + k), maximum(w, 100 + k, -1)]);
    const maxima = new Maxima();
    maxima.add(all.filter((_, k) => k % 3 === 0));
    maxima.add(all.filter((_, k) => k % 3 !== 0));
    expect(maxima.all.map(({ value }) => value)).toEqual(all.map(({ value }) => value).sort((a, b) => b - a));
    expect(maxima.largest).toBe(159);
    expect(maxima.above(100)).toBe(60);
    expect(maxima.high).toBe(159 - Math.ceil(0.9 * 159) + 1);
    expect(maxima.singles).toBe(120);
    expect(maxima.climbs).toBe(120);
  });

  it('of one direction count as one, the best of them: also where its first coordinate rounds to another slice', () => {
    for (const [k, w] of random(200, 3, 2).entries()) {
      const near = unit(w).map((entry, j) => entry + (j === 0 ? 1e-4 : -1e-4));
      const maxima = new Maxima();
      const better = maximum(near, 3);
      maxima.add([maximum(w, 2)]);
      maxima.add([
        better,
        maximum(
          near.map((entry) => -entry),
          1,
        ),
      ]);
      maxima.add([maximum(w, 2.5)]);
      expect(maxima.all.length, `direction ${k}`).toBe(2);
      expect(maxima.all[0]).toBe(better);
      expect(maxima.climbs).toBe(4);
      expect(maxima.singles).toBe(1);
    }
  });

  it('count climbs that end later at what was found before', () => {
    const maxima = new Maxima();
    const one = maximum([1, 0], 2);
    maxima.add([one, maximum([0, 1], 1)]);
    expect(maxima.singles).toBe(2);
    one.hits++;
    expect(maxima.singles).toBe(1);
    expect(maxima.climbs).toBe(3);
  });

  it('of no size but rounding are none', () => {
    const maxima = new Maxima();
    maxima.add([maximum([1, 0], 2, 1, 7), maximum([0, 1], 1e-15, -1), maximum([1, 1], 1e-17, -1)]);
    expect([maxima.climbs, maxima.singles, maxima.all.length]).toEqual([7, 0, 1]);
  });

  it('none at all', () => {
    const maxima = new Maxima();
    maxima.add([]);
    expect([maxima.all, maxima.largest, maxima.high, maxima.climbs, maxima.singles]).toEqual([[], 0, 0, 0, 0]);
  });
});
