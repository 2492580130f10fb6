import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { complementBasis, coneProximalRange, nullBasis, spanBasis } from '../../../src/linalg/kernels/plain/cones.js';
import { type CaseOptions, type ConeProblem, coneProblem, FLAWS, flawedRows } from './coneCases.js';
import { ConeModule } from './coneModule.js';

let module: ConeModule;
beforeAll(async () => {
  module = await ConeModule.compile();
});

const RESULTS = ['norm', 'out', 'tight', 'tightCount', 'multiplier'] as const;
const bytesOf = (a: Float64Array | Int32Array) => Buffer.from(a.buffer as ArrayBuffer, a.byteOffset, a.byteLength);

function expectSameBytes(a: ConeProblem, b: ConeProblem, what: string): void {
  for (const key of RESULTS) expect(bytesOf(a[key]).equals(bytesOf(b[key])), `${what}: ${key}`).toBe(true);
  for (const key of ['state', 'numbers'] as const) {
    if (a.factors && b.factors) expect(bytesOf(a.factors[key]).equals(bytesOf(b.factors[key])), key).toBe(true);
  }
}

/** The same bytes, with a screen and without. */
function compare(options: CaseOptions): void {
  compareWith(options, (p) => p);
  compareWith(options, (p) => module.screened(p));
}

/** A cold call, two with other z, one with other weights: the same bytes from both each time. */
function compareWith(options: CaseOptions, prepared: (p: ConeProblem) => ConeProblem): void {
  module.reset();
  const plain = coneProblem(options);
  const simd = prepared(module.copyOf(plain));
  for (let call = 0; call < 4; call++) {
    for (const p of [plain, simd]) {
      p.z.forEach((v, k) => {
        p.z[k] = v + 0.05 * Math.sin(7.1 * k + call);
      });
      if (call === 3) Object.assign(p, { sigma: 4 * p.sigma, threshold: 3 * p.threshold });
    }
    expect(module.coneProximal(simd)).toBe(coneProximalRange(plain, 0, plain.blocks));
    expectSameBytes(plain, simd, `${JSON.stringify(options)}, call ${call}`);
  }
}

describe('SIMD cone kernel', () => {
  it.each(FLAWS)('gives the bytes of the plain one (%s rows)', (flaw) => {
    for (const [n, d] of [
      [1, 1],
      [5, 1],
      [1, 4],
      [7, 3],
      [30, 5],
      [12, 20],
      [100, 9],
      [200, 22],
      [333, 31],
    ]) {
      for (const realisable of [true, false]) {
        compare({ n, d, patterns: 5, flaw, realisable, threshold: 0.3 * Math.sqrt(d), exact: false });
        compare({ n, d, patterns: 5, flaw, realisable });
        compare({
          n,
          d,
          patterns: 5,
          flaw,
          realisable,
          threshold: 0.3 * Math.sqrt(d),
          idle: 0.5 * Math.sqrt(d),
          exact: false,
        });
        compare({ n, d, patterns: 5, flaw, realisable, exact: false, kept: 8 });
      }
    }
  });

  it('gives the bytes of the plain one for many more rows than columns and for many columns', () => {
    compare({ n: 3000, d: 12, patterns: 6 });
    compare({ n: 120, d: 100, patterns: 4 });
    compare({ n: 40, d: 130, patterns: 3 });
    compare({ n: 120, d: 100, patterns: 4, kept: 8 });
    for (const threshold of [2, 4, 6, 8]) compare({ n: 900, d: 60, patterns: 4, threshold, exact: false, kept: 8 });
    for (const idle of [3, 5]) compare({ n: 900, d: 60, patterns: 4, threshold: 2, idle, exact: false, kept: 8 });
    compare({ n: 0, d: 3, patterns: 3 });
    compare({ n: 200, d: 6, patterns: 5, cones: false, threshold: 1 });
  });

  it('gives the bytes of the plain one from any stored multipliers', () => {
    for (const exact of [true, false]) {
      for (const value of [0, 1e200, Number.POSITIVE_INFINITY]) {
        module.reset();
        const plain = coneProblem({ n: 150, d: 11, patterns: 9, threshold: 0.9, exact });
        coneProximalRange(plain, 0, plain.blocks);
        plain.multiplier.forEach((m, k) => {
          plain.multiplier[k] = k % 3 === 0 ? m : value;
          plain.z[k] += 0.1 * Math.sin(3 * k);
        });
        const simd = module.copyOf(plain);
        expect(module.coneProximal(simd)).toBe(coneProximalRange(plain, 0, plain.blocks));
        expectSameBytes(plain, simd, `exact ${exact}, multipliers ${value}`);
      }
    }
  });

  it('does not depend on how the blocks are shared out', () => {
    const whole = coneProblem({ n: 150, d: 11, patterns: 9, threshold: 0.9, exact: false });
    coneProximalRange(whole, 0, whole.blocks);
    for (const bounds of [
      [0, 18],
      [0, 1, 18],
      [0, 5, 6, 13, 18],
    ]) {
      module.reset();
      const parts = module.copyOf(coneProblem({ n: 150, d: 11, patterns: 9, threshold: 0.9, exact: false }));
      for (let k = bounds.length - 1; k > 0; k--) module.coneProximal(parts, bounds[k - 1], bounds[k]);
      expectSameBytes(whole, parts, `shared out at ${bounds}`);
    }
  });
});

describe('null space', () => {
  const basisOf = (d: number, x: Float64Array, rows: Int32Array) => {
    const basis = new Float64Array(d * d);
    return { basis, dimension: nullBasis(d, x, rows, rows.length, basis) };
  };
  const spanOf = (d: number, x: Float64Array, rows: Int32Array) => {
    const basis = new Float64Array(d * d);
    return { basis, rank: spanBasis(d, x, rows, rows.length, basis) };
  };
  const product = (d: number, a: Float64Array, i: number, b: Float64Array, k: number) => {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += a[i * d + j] * b[k * d + j];
    return sum;
  };

  it('is orthonormal, orthogonal to the rows and of the right dimension', () => {
    const ranks: Record<string, number> = { none: 5, duplicate: 4, negated: 4, zero: 3, dependent: 4 };
    for (const [kind, rank] of Object.entries(ranks)) {
      const d = 9;
      const x = Float64Array.from(flawedRows(6, d, 'none', createRandom(4)));
      for (let j = 0; j < d; j++) {
        if (kind === 'duplicate') x[3 * d + j] = x[j];
        if (kind === 'negated') x[3 * d + j] = -3e4 * x[j];
        if (kind === 'zero') x[3 * d + j] = x[d + j] = 0;
        if (kind === 'dependent') x[3 * d + j] = x[j] - 2 * x[d + j];
      }
      const rows = Int32Array.of(0, 1, 2, 3, 4);
      const { basis, dimension } = basisOf(d, x, rows);
      expect(dimension, kind).toBe(d - rank);
      for (let i = 0; i < dimension; i++) {
        for (let k = 0; k < dimension; k++) expect(product(d, basis, i, basis, k)).toBeCloseTo(i === k ? 1 : 0, 14);
        for (const row of rows)
          expect(Math.abs(product(d, basis, i, x, row))).toBeLessThan(1e-14 * (kind === 'negated' ? 1e5 : 10));
      }
    }
  });

  it('is everything without rows and nothing with enough', () => {
    const x = flawedRows(8, 5, 'none', createRandom(2));
    const all = basisOf(5, x, new Int32Array(0));
    expect(all.dimension).toBe(5);
    for (let k = 0; k < 25; k++) expect(all.basis[k]).toBe(k % 6 === 0 ? 1 : 0);
    expect(
      basisOf(
        5,
        x,
        Int32Array.from({ length: 8 }, (_, k) => k),
      ).dimension,
    ).toBe(0);
  });

  it('decides the rank at 1e-11 on unit rows', () => {
    const x = Float64Array.of(3, 0, 0, 5, 5e-10, 0, 7, 7e-13, 0);
    expect(basisOf(3, x, Int32Array.of(0, 1)).dimension).toBe(1);
    expect(basisOf(3, x, Int32Array.of(0, 2)).dimension).toBe(2);
  });

  it('of orthonormal rows is orthonormal, orthogonal to them, and the same from both kernels', () => {
    for (const [d, count] of [
      [1, 0],
      [5, 5],
      [7, 6],
      [40, 37],
      [30, 12],
    ]) {
      module.reset();
      const rows = Int32Array.from({ length: count }, (_, k) => 2 * k);
      const { basis: span } = spanOf(d, flawedRows(2 * d, d, 'none', createRandom(d)), rows);
      const width = (d + 3) & ~3;
      const q = Float64Array.from({ length: count * width }, (_, k) =>
        k % width < d ? span[Math.floor(k / width) * d + (k % width)] : 0,
      );
      const basis = new Float64Array((d - count) * d);
      complementBasis(d, count, q, basis);
      for (let i = 0; i < d - count; i++) {
        for (let k = 0; k < d - count; k++) expect(product(d, basis, i, basis, k)).toBeCloseTo(i === k ? 1 : 0, 14);
        for (let k = 0; k < count; k++) expect(Math.abs(product(d, basis, i, span, k))).toBeLessThan(1e-14);
      }
      const simd = module.put(new Float64Array(basis.length));
      module.complementBasis(d, count, module.put(q), simd);
      expect(bytesOf(simd).equals(bytesOf(basis))).toBe(true);
    }
  });

  it('has the same bytes from both kernels', () => {
    for (const flaw of FLAWS) {
      for (const [n, d] of [
        [3, 1],
        [4, 7],
        [9, 9],
        [30, 12],
      ]) {
        module.reset();
        const x = flawedRows(n, d, flaw, createRandom(n + d));
        const rows = Int32Array.from({ length: Math.min(n, d + 2) }, (_, k) => (k * 5) % n);
        const { basis, dimension } = basisOf(d, x, rows);
        const simd = module.put(new Float64Array(d * d));
        expect(module.nullBasis(d, module.put(x), module.put(rows), simd)).toBe(dimension);
        expect(bytesOf(simd).equals(bytesOf(basis))).toBe(true);
      }
    }
  });
});
