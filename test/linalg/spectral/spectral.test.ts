import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { createSpectral, type PositiveFactor } from '../../../src/linalg/spectral/index.js';

const [wasm, plain] = [await createSpectral(), await createSpectral({ backend: 'plain' })];

function expectSameBytes(found: Float64Array, other: Float64Array): void {
  expect(found.length).toBe(other.length);
  found.forEach((x, at) => {
    if (!Object.is(x, other[at])) throw new Error(`entry ${at} is ${x} and ${other[at]}`);
  });
}

/** By both backends, which must give the same bytes. */
function positiveFactor(m: Float64Array, size: number): PositiveFactor {
  const [[found], [other]] = [wasm, plain].map((kernels) => kernels.positiveFactors([m], size));
  expect(found.rank).toBe(other.rank);
  expectSameBytes(found.rows, other.rows);
  return found;
}

/** By both backends: the largest entry of M − VᵀΛV, and of VVᵀ − I. */
function errorsOf(m: Float64Array, size: number): { defect: number; skew: number } {
  const [{ values, vectors }, other] = [wasm, plain].map((kernels) => kernels.decompose(m, size));
  expectSameBytes(values, other.values);
  expectSameBytes(vectors, other.vectors);
  for (let k = 1; k < size; k++) expect(values[k]).toBeLessThanOrEqual(values[k - 1]);
  const v = new Matrix(Array.from({ length: size }, (_, k) => [...vectors.subarray(k * size, (k + 1) * size)]));
  const back = v
    .transpose()
    .mmul(Matrix.diag([...values]))
    .mmul(v);
  const most = (a: Matrix, entry: (i: number, j: number) => number): number =>
    Math.max(...a.to2DArray().flatMap((row, i) => row.map((x, j) => Math.abs(x - entry(i, j)))));
  return {
    defect: most(back, (i, j) => m[i * size + j]),
    skew: most(v.mmul(v.transpose()), (i, j) => (i === j ? 1 : 0)),
  };
}

function symmetric(size: number, fill: (i: number, j: number) => number): Float64Array {
  const m = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) m[i * size + j] = m[j * size + i] = fill(i, j);
  return m;
}

/** The positive part by a full decomposition of the library. */
function expected(m: Float64Array, size: number): Matrix {
  const rows = Array.from({ length: size }, (_, i) => Array.from(m.subarray(i * size, (i + 1) * size)));
  const { realEigenvalues, eigenvectorMatrix: v } = new EigenvalueDecomposition(new Matrix(rows), {
    assumeSymmetric: true,
  });
  return v.mmul(Matrix.diag(realEigenvalues.map((x) => Math.max(0, x)))).mmul(v.transpose());
}

function difference(m: Float64Array, size: number): number {
  const oracle = expected(m, size);
  const { rank, rows } = positiveFactor(m, size);
  let most = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      for (let k = 0; k < rank; k++) sum += rows[k * size + i] * rows[k * size + j];
      most = Math.max(most, Math.abs(sum - oracle.get(i, j)));
    }
  }
  return most;
}

const random = createRandom(1);
const few = Array.from({ length: 3 }, () => Array.from({ length: 20 }, () => random.normal()));
const cases: Record<string, Float64Array> = {
  zero: symmetric(6, () => 0),
  'the unit matrix': symmetric(9, (i, j) => (i === j ? 1 : 0)),
  'a diagonal with ties': symmetric(12, (i, j) => (i === j ? [2, -1, 0][i % 3] : 0)),
  'a few positive directions': symmetric(20, (i, j) => few.reduce((s, v) => s + v[i] * v[j], i === j ? -0.5 : 0)),
  'equal blocks': symmetric(20, (i, j) => (i >> 1 === j >> 1 ? (i === j ? 1 : 3) : 0)),
  'small integers': symmetric(15, (i, j) => ((i * j) % 5) - 2),
  'a matrix of one entry': symmetric(7, (i, j) => (i === 5 && j === 2 ? 3 : 0)),
  'huge numbers': symmetric(9, (i, j) => 1e150 * Math.cos(i * j)),
  'tiny numbers': symmetric(8, (i, j) => 1e-150 * Math.cos(i + j)),
};

function caseOf(name: string): { m: Float64Array; size: number; largest: number } {
  const m = cases[name];
  return { m, size: Math.sqrt(m.length), largest: m.reduce((most, x) => Math.max(most, Math.abs(x)), 0) };
}

describe('positiveFactor', () => {
  it('runs in WebAssembly and in TypeScript', () => {
    expect([wasm.backend, plain.backend]).toEqual(['wasm', 'plain']);
  });

  it.each([1, 2, 3, 4, 5, 7, 30, 81, 120])('is the positive part of a random matrix of %i rows', (size) => {
    const random = createRandom(size);
    const m = symmetric(size, () => random.normal());
    expect(difference(m, size)).toBeLessThan(1e-12 * size);
  });

  it.each(Object.keys(cases))('is right for %s', (name) => {
    const { m, size, largest } = caseOf(name);
    expect(difference(m, size)).toBeLessThanOrEqual(1e-11 * largest);
  });
});

describe('two matrices at a time', () => {
  it('have the positive parts that each has alone, on one thread and on two, many times over', async () => {
    const random = createRandom(7);
    const together = await createSpectral({ threads: 2 });
    for (let trial = 0; trial < 200; trial++) {
      const size = 1 + random.integer(40);
      const ms = [0, 1].map(() => symmetric(size, () => random.normal()));
      const expected = ms.map((m) => positiveFactor(m, size));
      for (const kernels of [wasm, plain, together]) expect(kernels.positiveFactors(ms, size)).toEqual(expected);
    }
    together.dispose();
  });

  it('need no workers', async () => {
    vi.stubGlobal('process', { ...process, getBuiltinModule: () => undefined });
    const alone = await createSpectral({ threads: 2 });
    vi.unstubAllGlobals();
    const m = symmetric(9, (i, j) => Math.cos(i + j));
    expect(alone.backend).toBe('wasm');
    expect(alone.positiveFactors([m, m], 9)).toEqual(wasm.positiveFactors([m, m], 9));
    alone.dispose();
  });
});

describe('decompose', () => {
  it.each([1, 2, 3, 4, 5, 7, 30, 81, 120])('takes a random matrix of %i rows apart', (size) => {
    const random = createRandom(size);
    const { defect, skew } = errorsOf(
      symmetric(size, () => random.normal()),
      size,
    );
    expect(defect).toBeLessThan(1e-13 * size);
    expect(skew).toBeLessThan(1e-13 * size);
  });

  it.each(Object.keys(cases))('takes %s apart', (name) => {
    const { m, size, largest } = caseOf(name);
    const { defect, skew } = errorsOf(m, size);
    expect(defect).toBeLessThanOrEqual(1e-12 * largest);
    expect(skew).toBeLessThan(1e-12);
  });
});
