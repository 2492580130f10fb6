import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrangementOf, maximizeExactly, searchViolations, ViolationSearch } from '../../src/arrangements/index.js';
import { Run } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { gaussianMatrix, positivePartValue } from './oracles.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels({ threads: 1 });
});
afterAll(() => kernels.dispose());

/** Counts how often the work pauses: after every step of a batch of climbs. */
class CountedRun extends Run {
  pauses = 0;
  override async pause(): Promise<void> {
    this.pauses++;
  }
}

const noise = (n: number, seed: number): Float64Array => gaussianMatrix(n, 1, seed).data;

function searchOf(n: number, d: number, seed: number) {
  const X = gaussianMatrix(n, d, seed);
  const r = noise(n, seed + 1);
  const search = new ViolationSearch(kernels, arrangementOf(X), r, { seed, maxIterations: 10 }, new Run());
  return { X, r, search };
}

const sizes = [
  { starts: 5, around: 30, exact: false },
  { starts: 40, around: 600, exact: true },
] as const;

describe('a search that goes on', () => {
  it('keeps what it has found, finds more, and says the values of its directions', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const { X, r, search } = searchOf(150, 9, 10 * seed);
      const first = await search.upTo(sizes[0]);
      const more = await search.upTo(sizes[1]);
      expect(more.length).toBeGreaterThan(first.length);
      expect(more[0].value).toBeGreaterThan(first[0].value * (1 - 1e-12));
      // Another climb may have come closer to the same maximum
      for (const { value } of first) expect(more.some((one) => Math.abs(one.value / value - 1) < 1e-9)).toBe(true);
      for (const { value, sign, direction } of more) {
        expect(Math.abs(value - sign * positivePartValue(X, r, direction))).toBeLessThan(1e-12 * value);
      }
    }
  });

  it('finds as much as one of that size at once, about', async () => {
    const found = { anew: 0, goingOn: 0 };
    for (let seed = 0; seed < 4; seed++) {
      const { X, r, search } = searchOf(150, 9, 10 * seed + 100);
      await search.upTo(sizes[0]);
      found.goingOn += (await search.upTo(sizes[1])).length;
      found.anew += (await searchViolations(X, r, { ...sizes[1], seed, maxIterations: 10, kernels })).length;
    }
    expect(found.goingOn / found.anew).toBeGreaterThan(0.8);
    expect(found.goingOn / found.anew).toBeLessThan(1.25);
  });

  it('goes on anywhere where only that is asked for, and not at all where nothing more is', async () => {
    const { search } = searchOf(150, 9, 20);
    const first = await search.upTo(sizes[0]);
    expect(await search.upTo(sizes[0])).toEqual(first);
    expect((await search.upTo({ ...sizes[0], starts: 200 })).length).toBeGreaterThan(1.5 * first.length);
  });

  it('the same seed finds the same', async () => {
    const once = async () => {
      const { search } = searchOf(90, 7, 3);
      await search.upTo(sizes[0]);
      return search.upTo(sizes[1]);
    };
    const first = await once();
    expect(await once()).toEqual(first);
  });

  it('ends when a value above that asked for is met, and not when none is', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const [whole, short, vain] = [0, 1, 2].map(() => searchOf(200, 12, 7 * seed + 40).search);
      const long = { starts: 40, around: 3000, exact: true };
      for (const search of [whole, short, vain]) await search.upTo(sizes[0]);
      const all = await whole.upTo(long);
      const some = await short.upTo(long, { above: 0.8 * all[0].value });
      expect(some[0].value).toBeGreaterThan(0.8 * all[0].value);
      expect(some.length).toBeLessThan(all.length / 2);
      expect(await vain.upTo(long, { above: 1.001 * all[0].value })).toEqual(all);
    }
  });

  it('returns the largest, so many as are asked for', async () => {
    const all = await searchOf(90, 7, 3).search.upTo(sizes[1]);
    const few = await searchOf(90, 7, 3).search.upTo(sizes[1], {}, 7);
    expect(few).toEqual(all.slice(0, 7));
  });

  it('the exact maximum of rank 3 is met as soon as it is asked for', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const { X, r, search } = searchOf(60, 3, 5 * seed);
      const best = Math.max(
        maximizeExactly(X, r).value,
        maximizeExactly(
          X,
          r.map((value) => -value),
        ).value,
      );
      await search.upTo({ starts: 0, around: 1, exact: false });
      const [top] = await search.upTo({ starts: 0, around: 2, exact: true });
      expect(Math.abs(top.value / best - 1)).toBeLessThan(1e-11);
    }
  });
});

describe('a search that has seen what there is', () => {
  it('ends where nearly all climbs meet, sooner than else, with all that a long one finds', async () => {
    let sooner = 0;
    for (let seed = 0; seed < 6; seed++) {
      // Few hills: the residual is smooth in the direction of a neuron
      const X = gaussianMatrix(300, 4, seed + 60);
      const teacher = gaussianMatrix(1, 4, seed + 70).data;
      const r = Float64Array.from({ length: 300 }, (_, i) => {
        const t = teacher.reduce((sum, weight, k) => sum + weight * X.data[4 * i + k], 0);
        return Math.max(0, t);
      });
      const searched = async (starts: number, seen: boolean) => {
        const run = new CountedRun();
        const search = new ViolationSearch(kernels, arrangementOf(X), r, { seed, maxIterations: 10 }, run);
        return { found: await search.upTo({ starts, around: 4000, exact: true }, { seen }), pauses: run.pauses };
      };
      const all = await searched(400, false);
      const short = await searched(40, false);
      const seen = await searched(40, true);
      expect(seen.found[0].value).toBeGreaterThan(all.found[0].value * (1 - 1e-12));
      expect(seen.found.length).toBeGreaterThanOrEqual(0.8 * all.found.length);
      if (seen.pauses < short.pauses) sooner++;
    }
    expect(sooner).toBeGreaterThanOrEqual(4);
  });

  it('and goes on where most maxima are met once', async () => {
    const [whole, seen] = [0, 1].map(() => searchOf(200, 15, 90).search);
    expect(await seen.upTo(sizes[1], { seen: true })).toEqual(await whole.upTo(sizes[1]));
  });
});
