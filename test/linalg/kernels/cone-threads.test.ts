import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { coneScreen, type Kernels } from '../../../src/linalg/kernels/index.js';
import { type CaseOptions, type ConeProblem, coneProblem } from './coneCases.js';
import { agreed, type Backends, createBackends, normals, place } from './support.js';

let backends: Backends;
beforeAll(async () => {
  backends = await createBackends();
});
afterAll(() => backends.dispose());

const floats = ['x', 'inverseNorms', 'sign', 'z', 'g', 'multiplier', 'norm', 'out'] as const;
const integers = ['pattern', 'tight', 'tightCount'] as const;

/** The problem in the memory of the kernels. */
function placed(kernels: Kernels, options: CaseOptions): ConeProblem {
  const p = coneProblem(options);
  for (const name of floats) p[name] = place(kernels, p[name]);
  for (const name of integers) p[name] = place(kernels, p[name]);
  p.bytes = place(kernels, p.bytes);
  if (p.factors) {
    const { place: places, state, numbers } = p.factors;
    p.factors = { place: place(kernels, places), state: place(kernels, state), numbers: place(kernels, numbers) };
  }
  return p;
}

const screened = (kernels: Kernels, p: ConeProblem): ConeProblem => ({
  ...p,
  screen: coneScreen(kernels, p.n, p.d, p.x, p.inverseNorms),
});

describe('coneProximal of the kernels', () => {
  for (const options of [
    { n: 90, d: 7, patterns: 40 },
    { n: 400, d: 12, patterns: 60, exact: false, threshold: 2 },
    { n: 400, d: 12, patterns: 60, exact: false, threshold: 2, kept: 100 },
    { n: 3000, d: 5, patterns: 101, cones: false, threshold: 1 },
    { n: 10, d: 3, patterns: 0 },
  ]) {
    it(`gives the same bytes on every backend and number of threads (${JSON.stringify(options)})`, () => {
      const actives: number[] = [];
      agreed(backends, (kernels) => {
        const p = screened(kernels, placed(kernels, options));
        const counts = [kernels.coneProximal(p)];
        p.z.set(p.out);
        counts.push(kernels.coneProximal(p));
        actives.push(...counts);
        const kept = p.factors ? [...p.factors.state, ...p.factors.numbers] : [];
        return Float64Array.of(...counts, ...p.norm, ...p.out, ...p.tight, ...p.tightCount, ...p.multiplier, ...kept);
      });
      expect(actives).toHaveLength(8);
      if (options.patterns > 0) expect(actives[0]).toBeGreaterThan(0);
    });
  }

  it('counts the blocks whose out is not zero', () => {
    for (const kernels of backends.all) {
      const mark = kernels.mark();
      const p = placed(kernels, { n: 300, d: 9, patterns: 50, threshold: 3 });
      const active = kernels.coneProximal(p);
      let counted = 0;
      for (let b = 0; b < p.blocks; b++) {
        if (p.out.subarray(b * 9, b * 9 + 9).some((value) => value !== 0)) counted++;
      }
      expect(active).toBe(counted);
      expect(active).toBeGreaterThan(0);
      expect(active).toBeLessThan(p.blocks);
      kernels.release(mark);
    }
  });

  it('refuses arrays that are short or foreign and indices beyond their arrays', () => {
    for (const kernels of backends.all) {
      const mark = kernels.mark();
      const p = placed(kernels, { n: 20, d: 3, patterns: 4 });
      const refused = (change: Partial<ConeProblem>, words: RegExp) =>
        expect(() => kernels.coneProximal({ ...p, ...change })).toThrow(words);
      for (const name of floats) {
        if (name !== 'g') refused({ [name]: kernels.float64(1) }, new RegExp(`expected ${name} to have at least`));
        refused({ [name]: new Float64Array(p[name].length) }, new RegExp(`expected ${name} to be allocated`));
      }
      for (const name of integers) {
        refused({ [name]: kernels.int32(1) }, new RegExp(`expected ${name} to have at least`));
        refused({ [name]: new Int32Array(p[name].length) }, new RegExp(`expected ${name} to be allocated`));
      }
      refused({ screen: new Uint8Array(1000) }, /expected screen to be allocated/);
      if (kernels.coneScreenBytes(20, 3) > 0) {
        refused({ screen: kernels.uint8(1) }, /expected screen to have at least/);
        const write = (screen: Uint8Array) => () => kernels.writeConeScreen(20, 3, p.x, p.inverseNorms, screen);
        expect(write(kernels.uint8(1))).toThrow(/writeConeScreen: expected screen to have at least/);
      }
      refused({ bytes: new Uint8Array(p.bytes.length) }, /expected bytes to be allocated/);
      refused({ stride: 2 }, /a stride of at least 3 bytes/);
      refused({ g: kernels.float64(9) }, /pattern\[6\] from 0 to 2/);
      refused({ bytes: kernels.uint8(9) }, /pattern\[6\] from 0 to 2/);
      refused({ tightCount: kernels.int32(8).fill(4) }, /tightCount\[0\] from 0 to 3/);
      refused({ tightCount: kernels.int32(8).fill(1), tight: kernels.int32(24).fill(20) }, /tight\[0\] from 0 to 19/);
      refused({ blocks: -1 }, /blocks to be a whole number/);
      kernels.release(mark);
    }
  });
});

it('nullBasis gives the same bytes on every backend', () => {
  const [d, rows] = [7, 5];
  const basis = agreed(backends, (kernels) => {
    const out = kernels.float64(d * d);
    const list = kernels.int32(3);
    list.set([4, 0, 4]);
    const dimension = kernels.nullBasis(d, place(kernels, normals(rows * d)), list, 3, out);
    return Float64Array.of(dimension, ...out);
  });
  expect(basis[0]).toBe(5);
  const x = normals(rows * d);
  for (let k = 0; k < 5; k++) {
    for (const row of [0, 4]) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += basis[1 + k * d + j] * x[row * d + j];
      expect(Math.abs(dot)).toBeLessThan(1e-12);
    }
  }
});

it('spanBasis gives the same bytes on every backend: with nullBasis it makes an orthonormal basis of the whole space', () => {
  const [d, rows] = [7, 5];
  const x = normals(rows * d);
  for (let j = 0; j < d; j++) x[2 * d + j] = 3 * x[j] - x[4 * d + j];
  const both = agreed(backends, (kernels) => {
    const [span, rest] = [kernels.unset(d * d), kernels.unset(d * d)];
    const list = kernels.int32(4);
    list.set([4, 0, 2, 4]);
    const rank = kernels.spanBasis(d, place(kernels, x), list, 4, span);
    const dimension = kernels.nullBasis(d, place(kernels, x), list, 4, rest);
    return Float64Array.of(rank, dimension, ...span.subarray(0, rank * d), ...rest.subarray(0, dimension * d));
  });
  expect([both[0], both[1]]).toEqual([2, 5]);
  const q = both.subarray(2);
  for (let a = 0; a < d; a++) {
    for (let b = 0; b < d; b++) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += q[a * d + j] * q[b * d + j];
      expect(Math.abs(dot - (a === b ? 1 : 0))).toBeLessThan(1e-14);
    }
  }
  for (const row of [0, 2, 4]) {
    for (let k = 2; k < d; k++) {
      let dot = 0;
      for (let j = 0; j < d; j++) dot += q[k * d + j] * x[row * d + j];
      expect(Math.abs(dot)).toBeLessThan(1e-12);
    }
  }
});
