import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import type { Kernels } from '../../../src/linalg/kernels/index.js';
import { agreed, type Backends, createBackends, normals, place, relativeError } from './support.js';

let backends: Backends;
beforeAll(async () => {
  backends = await createBackends();
});
afterAll(() => backends.dispose());

/** Rows, columns, blocks: odd and even sizes, one row, none, enough to be shared by threads. */
const sizes = [
  [1, 1, 1],
  [7, 3, 0],
  [8, 2, 3],
  [33, 5, 4],
  [1003, 4, 90],
];

/** rows×d vectors and their products with the m rows of N. */
function points(m: number, d: number, rows: number, seed: number) {
  const N = normals(m * d, createRandom(99));
  const w = normals(rows * d, createRandom(seed));
  const products = new Float64Array(rows * m);
  for (let r = 0; r < rows; r++) {
    for (let g = 0; g < m; g++) for (let j = 0; j < d; j++) products[r * m + g] += N[g * d + j] * w[r * d + j];
  }
  return { w, products };
}

const shuffled = (count: number, seed: number): Int32Array => {
  const random = createRandom(seed);
  const all = Int32Array.from({ length: count }, (_, k) => k);
  for (let k = count - 1; k > 0; k--) {
    const other = random.integer(k + 1);
    [all[k], all[other]] = [all[other], all[k]];
  }
  return all;
};

const steps = [1, 0.5, 0.25, -0.3] as const;

describe('bestOnRays', () => {
  for (const [m, d, blocks] of sizes) {
    it(`${m} rows, ${d} columns, ${blocks} blocks`, () => {
      const [from, along] = [points(m, d, blocks + 1, 1), points(m, d, blocks, 2)];
      const [weights, half] = [normals(m, createRandom(3)), normals(d, createRandom(4))];
      const sign = Float64Array.from({ length: blocks }, (_, b) => (b % 3 === 0 ? -1 : 1));
      const factor = normals(blocks, createRandom(5));
      const bar = Float64Array.from({ length: blocks }, (_, b) => (b % 4 === 1 ? 1e9 : -1e9));
      const [row, alongRow] = [shuffled(blocks + 1, 6), shuffled(blocks, 7)];
      const got = agreed(backends, (k) => {
        const [w, products] = [place(k, from.w), place(k, from.products)];
        const [value, moved] = [place(k, bar), k.int32(blocks)];
        const ahead = {
          along: place(k, along.w),
          alongProducts: place(k, along.products),
          alongRow: place(k, alongRow),
        };
        const shared = { weights: place(k, weights), half: place(k, half), row: place(k, row) };
        const own = { factor: place(k, factor), sign: place(k, sign), value, moved };
        k.bestOnRays({ m, d, blocks, w, products, ...shared, ...ahead, ...own, steps });
        return Float64Array.from([...w, ...products, ...value, ...moved]);
      });
      const expected = {
        w: from.w.slice(),
        products: from.products.slice(),
        value: bar.slice(),
        moved: [] as number[],
      };
      for (let b = 0; b < blocks; b++) {
        const point = (t: number, a: Float64Array, v: Float64Array, n: number): number[] =>
          Array.from({ length: n }, (_, j) => a[row[b] * n + j] + t * factor[b] * v[alongRow[b] * n + j]);
        const at = steps.map((t) => {
          const w = point(t, from.w, along.w, d);
          const norm = Math.hypot(...w);
          const products = point(t, from.products, along.products, m);
          const f = w.reduce((sum, x, j) => sum + x * half[j], 0);
          const kinks = products.reduce((sum, x, g) => sum + weights[g] * Math.abs(x), 0);
          return { value: (sign[b] * (f + 0.5 * kinks)) / norm, w: w.map((x) => x / norm), products, norm };
        });
        const best = at.reduce((a, c) => (c.value > a.value ? c : a));
        const moves = best.value > bar[b];
        expected.moved.push(moves ? 1 : 0);
        if (!moves) continue;
        expected.value[b] = best.value;
        expected.w.set(best.w, row[b] * d);
        expected.products.set(
          best.products.map((x) => x / best.norm),
          row[b] * m,
        );
      }
      const all = [...expected.w, ...expected.products, ...expected.value, ...expected.moved];
      expect(relativeError(got, Float64Array.from(all))).toBeLessThan(1e-12);
    });
  }
});

function sides(k: Kernels, m: number, products: Float64Array, ties: Uint8Array, own: boolean) {
  const rows = products.length / m;
  const stride = ((m + 7) >> 3) + 1;
  const bytes = k.uint8(rows * stride);
  if (own) bytes.set(ties.subarray(0, rows * stride));
  const row = place(k, shuffled(rows, 3));
  const byteRow = place(k, shuffled(rows, 8));
  const hash = k.int32(2 * rows);
  const words = place(
    k,
    Int32Array.from({ length: 2 * m }, (_, g) => Math.imul(g + 1, 0x9e3779b1)),
  );
  const tie = own ? { ties: bytes, tieStride: stride } : { ties: place(k, ties), tieStride: 0 };
  const p = { m, blocks: rows, stride, tolerance: 1e-9, products: place(k, products), row, ...tie, bytes, byteRow };
  k.packSides({ ...p, words, hash });
  return { bytes, hash, row, byteRow, stride, words };
}

describe('packSides', () => {
  for (const m of [1, 8, 13, 200]) {
    it(`${m} rows: signs, ties and hashes`, () => {
      const rows = 5;
      const stride = ((m + 7) >> 3) + 1;
      const products = normals(rows * m).map((x, k) => (k % 5 === 0 ? x * 1e-10 : x));
      const ties = Uint8Array.from({ length: rows * stride }, (_, k) => (k * 37) & 255);
      for (const own of [false, true]) {
        const got = agreed(backends, (k) => {
          const { bytes, hash } = sides(k, m, products, ties, own);
          return Float64Array.from([...bytes, ...hash]);
        });
        const k = backends.all[0];
        const mark = k.mark();
        const { row, byteRow, words } = sides(k, m, products, ties, own);
        for (let b = 0; b < rows; b++) {
          const hash = [0, 0];
          for (let g = 0; g < m; g++) {
            const at = byteRow[b] * stride + (g >> 3);
            const tie = (ties[own ? at : g >> 3] >> (g & 7)) & 1;
            const product = products[row[b] * m + g];
            const expected = Math.abs(product) <= 1e-9 ? tie : product > 0 ? 1 : 0;
            expect((got[at] >> (g & 7)) & 1).toBe(expected);
            for (const h of [0, 1]) hash[h] ^= expected * words[2 * g + h];
          }
          const from = rows * stride + 2 * byteRow[b];
          expect([got[from], got[from + 1]]).toEqual(hash);
        }
        k.release(mark);
      }
    });
  }
});

describe('unitRows', () => {
  for (const [m, d, blocks] of sizes) {
    it(`${m} rows, ${d} columns, ${blocks} blocks`, () => {
      const count = Math.ceil(blocks / 2);
      const { w: out, products: outProducts } = points(m, d, blocks, 12);
      for (let k = 0; k < outProducts.length; k += 4) outProducts[k] *= 1e-12;
      const norm = normals(blocks, createRandom(5)).map((x) => 1 + Math.abs(x));
      const [block, row] = [shuffled(blocks, 1).slice(0, count), shuffled(count + 2, 2).slice(0, count)];
      const got = agreed(backends, (k) => {
        const [w, products] = [k.float64((count + 2) * d), k.float64((count + 2) * m)];
        const [touched, touchedCount] = [k.int32(count * m), k.int32(count)];
        const from = { out: place(k, out), outProducts: place(k, outProducts), norm: place(k, norm) };
        const places = { block: place(k, block), row: place(k, row) };
        k.unitRows({ m, d, count, tolerance: 1e-9, ...from, ...places, w, products, touched, touchedCount });
        return Float64Array.from([...w, ...products, ...touched, ...touchedCount]);
      });
      const expected = new Float64Array(got.length);
      const touchedAt = (count + 2) * (d + m);
      for (let k = 0; k < count; k++) {
        const b = block[k];
        for (let j = 0; j < d; j++) expected[row[k] * d + j] = out[b * d + j] / norm[b];
        let listed = 0;
        for (let g = 0; g < m; g++) {
          const product = outProducts[b * m + g] / norm[b];
          expected[(count + 2) * d + row[k] * m + g] = product;
          if (Math.abs(product) <= 1e-9) expected[touchedAt + k * m + listed++] = g;
        }
        expected[touchedAt + count * m + k] = listed;
      }
      expect(relativeError(got, expected)).toBeLessThan(1e-14);
    });
  }
});

describe('relu and gate', () => {
  it('keep or take over where an entry is positive', () => {
    for (const length of [0, 1, 2, 7, 64]) {
      const x = normals(length).map((value, k) => (k % 5 === 3 ? Number.NaN : k % 7 === 2 ? -0 : value));
      const s = normals(length, createRandom(3));
      const got = agreed(backends, (k) => {
        const [kept, gated] = [place(k, x), place(k, x)];
        k.relu(length, kept);
        k.gate(length, gated, place(k, s));
        return Float64Array.from([...kept, ...gated]);
      });
      expect([...got]).toEqual([...x.map((v) => (v > 0 ? v : 0)), ...s.map((v, k) => (x[k] > 0 ? v : 0))]);
    }
  });
});

describe('wrong arguments', () => {
  it('are refused in one line', () => {
    for (const k of backends.all) {
      const mark = k.mark();
      const f = (length: number): Float64Array => k.float64(length);
      const i = (...values: number[]): Int32Array => place(k, Int32Array.from(values));
      const rays = {
        m: 2,
        d: 1,
        blocks: 1,
        weights: f(2),
        half: f(1),
        w: f(1),
        products: f(2),
        row: i(0),
        along: f(1),
      };
      const rest = { alongProducts: f(2), alongRow: i(0), factor: f(1), sign: f(1), value: f(1), moved: i(0), steps };
      expect(() => k.bestOnRays({ ...rays, ...rest, row: i(1) })).toThrow(/row\[0\] from 0 to 0, got 1/);
      expect(() => k.bestOnRays({ ...rays, ...rest, alongRow: i(-1) })).toThrow(/alongRow\[0\]/);
      expect(() => k.bestOnRays({ ...rays, ...rest, half: new Float64Array(1) })).toThrow(/half to be allocated/);
      const packed = { m: 9, blocks: 1, stride: 2, tolerance: 0, products: f(9), row: i(0), ties: k.uint8(2) };
      const bytes = { tieStride: 0, bytes: k.uint8(2), byteRow: i(0), words: k.int32(18), hash: i(0, 0) };
      expect(() => k.packSides({ ...packed, ...bytes, stride: 1 })).toThrow(/stride of at least 2/);
      expect(() => k.packSides({ ...packed, ...bytes, byteRow: i(1) })).toThrow(/byteRow\[0\]/);
      expect(() => k.packSides({ ...packed, ...bytes, words: k.int32(17) })).toThrow(/words to have at least 18/);
      const unit = {
        m: 2,
        d: 1,
        count: 1,
        tolerance: 0,
        out: f(1),
        outProducts: f(2),
        norm: f(1),
        block: i(0),
        w: f(1),
      };
      const into = { products: f(2), row: i(0), touched: i(0, 0), touchedCount: i(0) };
      expect(() => k.unitRows({ ...unit, ...into, block: i(1) })).toThrow(/block\[0\]/);
      expect(() => k.unitRows({ ...unit, ...into, row: i(2) })).toThrow(/row\[0\]/);
      expect(() => k.unitRows({ ...unit, ...into, touched: i(0) })).toThrow(/touched to have at least 2/);
      expect(() => k.relu(2, f(1))).toThrow(/x to have at least 2/);
      expect(() => k.gate(1, f(1), new Float64Array(1))).toThrow(/s to be allocated/);
      k.release(mark);
    }
  });
});
