import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrangementOf } from '../../src/arrangements/arrangement.js';
import { CellAscent } from '../../src/arrangements/cell-ascent.js';
import { CellNumbers, copyOf } from '../../src/arrangements/cell-numbers.js';
import { cellData } from '../../src/arrangements/cell-projection.js';
import { normalDot, type PositivePart, positivePart, valueAt } from '../../src/arrangements/positive-part.js';
import { type Point, Rays } from '../../src/arrangements/rays.js';
import { stride, type Walker } from '../../src/arrangements/strides.js';
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

function pointOf(part: PositivePart, w: Float64Array): Point {
  const { arrangement, weights } = part;
  return { w, products: Float64Array.from(weights, (_, g) => normalDot(arrangement, g, w)) };
}

function unitOf(w: Float64Array): Float64Array {
  const length = Math.hypot(...w);
  return w.map((entry) => entry / length);
}

const directions = (count: number, d: number, seed: number): Float64Array[] => {
  const all = gaussianMatrix(count, d, seed);
  return Array.from({ length: count }, (_, k) => unitOf(rowOf(all, k)));
};

describe('rays', () => {
  const steps = [3, 0.5, 0.1, -0.3] as const;

  it('values at points and the best of four along a ray are those of the function itself', () => {
    const part = partOf(40, 5, 1);
    const rays = new Rays(part);
    const points = directions(20, 5, 3).map((w) => pointOf(part, w));
    for (let k = 0; k + 1 < points.length; k++) {
      const [a, b] = [points[k], points[k + 1]];
      const sign = k % 2 === 0 ? 1 : -1;
      expect(Math.abs(rays.value(sign, a) - sign * valueAt(part, a.w))).toBeLessThan(1e-12);
      const along = steps.map((t) => sign * valueAt(part, unitOf(a.w.map((entry, j) => entry + t * b.w[j]))));
      const most = Math.max(...along);
      const best = rays.best(sign, a, b, steps, most - 1e-6);
      expect(Math.abs((best?.value ?? Number.NaN) - most)).toBeLessThan(1e-12);
      const again = pointOf(part, best?.w ?? new Float64Array(5));
      expect(Math.abs(sign * valueAt(part, again.w) - most)).toBeLessThan(1e-12);
      again.products.forEach((t, g) => {
        expect(Math.abs(t - (best as Point).products[g])).toBeLessThan(1e-13);
      });
      expect(rays.best(sign, a, b, steps, most + 1e-9)).toBeNull();
    }
  });

  it('strides never go down, and mostly far up', async () => {
    const part = partOf(200, 8, 5);
    const rays = new Rays(part);
    const starts = directions(30, 8, 7).map((w, k): Walker => ({ ...pointOf(part, w), sign: k % 2 === 0 ? 1 : -1 }));
    const mark = kernels.mark();
    const ends = await stride(kernels, part, cellData(kernels, part), rays, starts, new Run());
    kernels.release(mark);
    let risen = 0;
    ends.forEach((end, k) => {
      const [before, after] = [starts[k], end].map(({ sign, w }) => sign * valueAt(part, w));
      expect(after).toBeGreaterThanOrEqual(before);
      expect(end.sign).toBe(starts[k].sign);
      if (after > 2 * Math.abs(before)) risen++;
    });
    expect(risen).toBeGreaterThan(15);
  });

  it('a climb ends where no small step gains, in the cell that it names', async () => {
    const part = partOf(120, 6, 9);
    const w = Float64Array.from(directions(12, 6, 11).flatMap((one) => Array.from(one)));
    const sign = Float64Array.from({ length: 12 }, (_, k) => (k % 2 === 0 ? 1 : -1));
    const found = await new CellAscent(kernels, part).climb({ count: 12, sign, w }, new Run());
    expect(found.length).toBeGreaterThan(3);
    for (const one of found) {
      expect(Math.abs(one.sign * valueAt(part, one.w) - one.value)).toBeLessThan(1e-12 * one.value);
      pointOf(part, one.w).products.forEach((t, g) => {
        expect(one.signs[g] === 1 ? t : -t).toBeGreaterThan(-1e-9);
      });
      for (const aside of directions(100, 6, 13)) {
        const near = unitOf(one.w.map((entry, j) => entry + 1e-6 * aside[j]));
        expect(one.sign * valueAt(part, near)).toBeLessThan(one.value * (1 + 1e-10));
      }
    }
  });
});

describe('numbers of cells', () => {
  it('follow flips, and do not depend on the way to a cell', () => {
    const numbers = new CellNumbers(70);
    const cell = numbers.cellOf(Uint8Array.from({ length: 70 }, (_, g) => ((g * 7) % 3) & 1));
    const start = numbers.numberOf(cell);
    const seen = new Set([start]);
    for (let g = 0; g < 70; g++) {
      const other = copyOf(cell);
      numbers.flip(other, g);
      expect(numbers.numberOf(other)).toBe(numbers.numberOf(numbers.cellOf(other.sides.slice())));
      seen.add(numbers.numberOf(other));
      numbers.flip(other, g);
      expect(numbers.numberOf(other)).toBe(start);
    }
    expect(seen.size).toBe(71);
    for (const number of seen) expect(Number.isSafeInteger(number) && number > 0).toBe(true);
  });
});
