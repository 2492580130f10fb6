import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { agreed, type Backends, createBackends, normals, place, randomPatterns, relativeError } from './support.js';

let backends: Backends;
beforeAll(async () => {
  backends = await createBackends();
});
afterAll(() => backends.dispose());

/** n, d, patterns: odd sizes, one column, one row, none, both kinds of tables, several panels, shared by threads. */
const sizes = [
  [1, 1, 1],
  [3, 3, 2],
  [8, 1, 3],
  [13, 3, 0],
  [65, 5, 9],
  [70, 17, 40],
  [64, 33, 21],
  [100, 2, 900],
  [203, 7, 1000],
  [90, 100, 801],
  [1030, 21, 300],
];

describe('transposePatterns', () => {
  it('moves byte (p, c) to (c, p)', () => {
    for (const [count, stride] of [
      [0, 3],
      [1, 1],
      [5, 3],
      [130, 67],
      [64, 128],
    ]) {
      const bytes = Uint8Array.from({ length: count * stride }, (_, i) => i * 31);
      for (const kernels of backends.all) {
        const mark = kernels.mark();
        const out = kernels.uint8(count * stride);
        kernels.transposePatterns(count, stride, place(kernels, bytes), out);
        expect([...out]).toEqual([...bytes].map((_, at) => bytes[(at % count) * stride + Math.floor(at / count)]));
        kernels.release(mark);
      }
    }
  });
});

describe('maskedTransposeProduct', () => {
  for (const [n, d, count] of sizes) {
    it(`${n} rows, ${d} columns, ${count} patterns`, () => {
      const { stride, bytes, active } = randomPatterns(n, count);
      const [x, r] = [normals(n * d), normals(n)];
      const got = agreed(backends, (kernels) => {
        const transposed = kernels.uint8(bytes.length);
        const g = kernels.float64(count * d).fill(Number.NaN);
        kernels.transposePatterns(count, stride, place(kernels, bytes), transposed);
        kernels.maskedTransposeProduct(n, d, count, place(kernels, x), transposed, place(kernels, r), g);
        return g;
      });
      const expected = new Float64Array(count * d);
      for (let p = 0; p < count; p++) {
        for (let i = 0; i < n; i++) {
          if (active(p, i)) for (let j = 0; j < d; j++) expected[p * d + j] += r[i] * x[i * d + j];
        }
      }
      expect(relativeError(got, expected)).toBeLessThan(1e-12);
    });
  }

  it('no rows give zeros', () => {
    const got = agreed(backends, (kernels) => {
      const g = kernels.float64(6).fill(1);
      kernels.maskedTransposeProduct(0, 3, 2, kernels.float64(0), kernels.uint8(0), kernels.float64(0), g);
      return g;
    });
    expect([...got]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('an inactive row may hold anything', () => {
    const [n, d, count] = [40, 3, 2];
    const x = normals(n * d).fill(Number.NaN, 9 * d, 10 * d);
    const bytes = new Uint8Array(count * 5).fill(255);
    bytes[1] = bytes[6] = 255 - 2;
    const got = agreed(backends, (kernels) => {
      const transposed = kernels.uint8(bytes.length);
      const g = kernels.float64(count * d);
      kernels.transposePatterns(count, 5, place(kernels, bytes), transposed);
      kernels.maskedTransposeProduct(n, d, count, place(kernels, x), transposed, place(kernels, normals(n)), g);
      return g;
    });
    expect(got.every(Number.isFinite)).toBe(true);
  });
});

describe('maskedForward', () => {
  for (const [n, d, blocks] of sizes) {
    it(`${n} rows, ${d} columns, ${blocks} blocks`, () => {
      const patterns = Math.max(1, blocks >> 1);
      const { stride, bytes, active } = randomPatterns(n, patterns);
      const random = createRandom(3);
      const pattern = Int32Array.from({ length: blocks }, () => random.integer(patterns));
      const [x, scale, z, start] = [n * d, blocks, blocks * d, n].map((length) => normals(length));
      const got = agreed(backends, (kernels) => {
        const f = place(kernels, start);
        const arrays = [place(kernels, scale), place(kernels, z)] as const;
        const packed = place(kernels, bytes);
        kernels.maskedForward(n, d, blocks, place(kernels, x), packed, stride, place(kernels, pattern), ...arrays, f);
        return f;
      });
      const expected = Float64Array.from(start);
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < blocks; k++) {
          if (!active(pattern[k], i)) continue;
          for (let j = 0; j < d; j++) expected[i] += scale[k] * x[i * d + j] * z[k * d + j];
        }
      }
      expect(relativeError(got, expected)).toBeLessThan(1e-12);
    });
  }
});

describe('maskedColumns', () => {
  for (const [n, d, k] of [
    [1, 1, 1],
    [9, 3, 2],
    [50, 6, 0],
    [37, 5, 5],
    [1030, 21, 12],
    [64, 20, 3],
  ]) {
    it(`${n} rows, ${d} columns, ${k} basis rows`, () => {
      const { bytes, active } = randomPatterns(n, 1);
      const [ldm, offset] = [k + 3, 2];
      const [x, basis, start] = [normals(n * d), normals(k * d), normals(n * ldm)];
      const got = agreed(backends, (kernels) => {
        const m = place(kernels, start);
        kernels.maskedColumns(
          n,
          d,
          k,
          place(kernels, x),
          place(kernels, bytes),
          -0.3,
          place(kernels, basis),
          m,
          ldm,
          offset,
        );
        return m;
      });
      const expected = start.map((old, at) => {
        const [i, q] = [Math.floor(at / ldm), (at % ldm) - offset];
        if (q < 0 || q >= k) return old;
        let sum = 0;
        for (let j = 0; j < d; j++) sum += x[i * d + j] * basis[q * d + j];
        return active(0, i) ? -0.3 * sum : 0;
      });
      expect(relativeError(got, expected)).toBeLessThan(1e-12);
    });
  }
});

it('forward and transpose are adjoint: Σ_p z_pᵀ(XᵀD_p r) = rᵀ Σ_p D_pX z_p', () => {
  const [n, d, count] = [77, 6, 30];
  const { stride, bytes } = randomPatterns(n, count);
  const [x, r, z] = [normals(n * d), normals(n), normals(count * d)];
  const sides = agreed(backends, (kernels) => {
    const packed = place(kernels, bytes);
    const transposed = kernels.uint8(bytes.length);
    kernels.transposePatterns(count, stride, packed, transposed);
    const [g, f, all] = [kernels.float64(count * d), kernels.float64(n), place(kernels, normals(n * d))];
    all.set(x);
    kernels.maskedTransposeProduct(n, d, count, all, transposed, place(kernels, r), g);
    const pattern = place(
      kernels,
      Int32Array.from({ length: count }, (_, p) => p),
    );
    kernels.maskedForward(
      n,
      d,
      count,
      all,
      packed,
      stride,
      pattern,
      kernels.float64(count).fill(1),
      place(kernels, z),
      f,
    );
    return Float64Array.of(
      g.reduce((sum, value, at) => sum + value * z[at], 0),
      f.reduce((sum, value, i) => sum + value * r[i], 0),
    );
  });
  expect(Math.abs(sides[0] - sides[1])).toBeLessThan(1e-10 * Math.abs(sides[0]) + 1e-12);
});
