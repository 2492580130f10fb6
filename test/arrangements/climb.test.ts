import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrangementOf } from '../../src/arrangements/arrangement.js';
import { CellAscent } from '../../src/arrangements/cell-ascent.js';
import { cellData } from '../../src/arrangements/cell-data.js';
import { type Climbers, cellNumber, climbersAt, enterCells, flip } from '../../src/arrangements/climbers.js';
import {
  normalDot,
  type PositivePart,
  positivePart,
  touchingCell,
  valueAt,
} from '../../src/arrangements/positive-part.js';
import { standingValue, stride } from '../../src/arrangements/strides.js';
import { Run } from '../../src/base/index.js';
import { matrixFromRows, rowOf } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { gaussianMatrix } from './oracles.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

/** Some rows point against others of the same hyperplane, so that the function has a linear part. */
function partOf(n: number, d: number, seed: number): PositivePart {
  const base = gaussianMatrix(n, d, seed);
  const rows = Array.from({ length: n }, (_, i) => rowOf(base, i));
  const opposite = rows.slice(0, 5).map((row) => row.map((entry) => -0.7 * entry));
  const X = matrixFromRows([...rows, ...opposite]);
  return positivePart(arrangementOf(X), gaussianMatrix(n + 5, 1, seed + 1).data);
}

function unitOf(w: Float64Array): Float64Array {
  const length = Math.hypot(...w);
  return w.map((entry) => entry / length);
}

const directions = (count: number, d: number, seed: number): Float64Array[] => {
  const all = gaussianMatrix(count, d, seed);
  return Array.from({ length: count }, (_, k) => unitOf(rowOf(all, k)));
};

const startsOf = (all: readonly Float64Array[]) => ({
  count: all.length,
  sign: Float64Array.from(all, (_, k) => (k % 2 === 0 ? 1 : -1)),
  w: Float64Array.from(all.flatMap((one) => Array.from(one))),
});

const pointOf = (c: Climbers, slot: number, d: number): Float64Array => c.w.slice(c.at[slot] * d, (c.at[slot] + 1) * d);

describe('climbers', () => {
  it('strides never go down, mostly far up, and keep points, products and values together', async () => {
    const part = partOf(200, 8, 5);
    const starts = directions(30, 8, 7);
    const mark = kernels.mark();
    const data = cellData(kernels, part);
    const climbers = climbersAt(kernels, data, startsOf(starts), 0, 30);
    await stride(kernels, data, climbers, new Run());
    let risen = 0;
    starts.forEach((start, slot) => {
      const sign = climbers.sign[slot];
      const end = pointOf(climbers, slot, 8);
      const [before, after] = [start, end].map((w) => sign * valueAt(part, w));
      expect(after).toBeGreaterThanOrEqual(before);
      expect(Math.abs(standingValue(data, climbers, slot) - after)).toBeLessThan(1e-12);
      for (let g = 0; g < data.m; g++) {
        const product = climbers.products[climbers.at[slot] * data.m + g];
        expect(Math.abs(product - normalDot(part.arrangement, g, end))).toBeLessThan(1e-13);
      }
      if (after > 2 * Math.abs(before)) risen++;
    });
    expect(risen).toBeGreaterThan(15);
    kernels.release(mark);
  });

  it('end where no small step gains, in the cell that they name', async () => {
    const part = partOf(120, 6, 9);
    const found = await new CellAscent(kernels, part).climb(startsOf(directions(12, 6, 11)), new Run());
    expect(found.length).toBeGreaterThan(3);
    for (const one of found) {
      expect(Math.abs(one.sign * valueAt(part, one.w) - one.value)).toBeLessThan(1e-12 * one.value);
      for (let g = 0; g < part.weights.length; g++) {
        const t = normalDot(part.arrangement, g, one.w);
        expect((one.cell[g >> 3] >> (g & 7)) & 1 ? t : -t).toBeGreaterThan(-1e-9);
      }
      for (const aside of directions(100, 6, 13)) {
        const near = unitOf(one.w.map((entry, j) => entry + 1e-6 * aside[j]));
        expect(one.sign * valueAt(part, near)).toBeLessThan(one.value * (1 + 1e-10));
      }
    }
  });

  it('climb alike one by one and together', async () => {
    const part = partOf(90, 5, 21);
    const starts = startsOf(directions(40, 5, 3));
    const together = await new CellAscent(kernels, part).climb(starts, new Run());
    const alone = [];
    for (let k = 0; k < starts.count; k++) {
      const one = { count: 1, sign: starts.sign.slice(k, k + 1), w: starts.w.slice(5 * k, 5 * k + 5) };
      alone.push(...(await new CellAscent(kernels, part).climb(one, new Run())));
    }
    const tops = (all: readonly { value: number }[]) => new Set(all.map(({ value }) => value.toPrecision(10)));
    // Those absorbed end where others do
    expect(tops(alone)).toEqual(tops(together));
  });

  it('are counted where they end, also those that others have gone before, in whatever batch', async () => {
    const part = partOf(120, 6, 17);
    const starts = directions(40, 6, 19);
    const repeated = startsOf([...starts, ...starts, ...starts]);
    const ends = async (all: ReturnType<typeof startsOf>) => {
      const climbers = new CellAscent(kernels, part);
      const half = all.count / 2;
      const parts = [0, half].map((from) => ({
        count: half,
        sign: all.sign.slice(from, from + half),
        w: all.w.slice(6 * from, 6 * (from + half)),
      }));
      const found = [];
      for (const one of parts) found.push(...(await climbers.climb(one, new Run())));
      return found;
    };
    const once = await ends(startsOf(starts));
    const thrice = await ends(repeated);
    const counted = (all: readonly { hits: number }[]) => all.reduce((sum, { hits }) => sum + hits, 0);
    // Every climb ends somewhere, for its sign has positive values everywhere around a maximum
    expect(counted(thrice)).toBe(3 * counted(once));
    expect(counted(once)).toBeGreaterThan(35);
    const tops = [...new Set(once.map(({ value }) => value.toPrecision(9)))];
    expect(tops.length).toBeGreaterThan(5);
    for (const top of tops) {
      const [few, many] = [once, thrice].map((all) => counted(all.filter(({ value }) => value.toPrecision(9) === top)));
      expect(many).toBe(3 * few);
    }
  });

  it('number cells by where they are, not by the way there', () => {
    const part = partOf(65, 4, 2);
    const mark = kernels.mark();
    const data = cellData(kernels, part);
    const climbers = climbersAt(kernels, data, startsOf(directions(3, 4, 5)), 0, 3);
    enterCells(kernels, data, climbers, [0, 1, 2]);
    const start = cellNumber(climbers, 2);
    expect([...climbers.cells.subarray(2 * data.stride, 3 * data.stride)]).toEqual([
      ...touchingCell(part.arrangement, pointOf(climbers, 2, 4)),
    ]);
    const seen = new Set([start]);
    for (let g = 0; g < data.m; g++) {
      flip(climbers, data, 2, g);
      seen.add(cellNumber(climbers, 2));
      flip(climbers, data, 2, g);
      expect(cellNumber(climbers, 2)).toBe(start);
    }
    expect(seen.size).toBe(data.m + 1);
    for (const number of seen) expect(Number.isSafeInteger(number) && number !== 0).toBe(true);
    kernels.release(mark);
  });
});
