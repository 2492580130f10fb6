import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RelucentError } from '../../../src/base/index.js';
import { createKernels, type Kernels } from '../../../src/linalg/kernels/index.js';
import { type Backends, createBackends } from './support.js';

let backends: Backends;
beforeAll(async () => {
  backends = await createBackends();
});
afterAll(() => backends.dispose());

const each = (run: (kernels: Kernels) => void) => () => {
  for (const kernels of backends.all) run(kernels);
};

/** The call throws this kind, with these words on its one line. */
function refuses(run: () => unknown, words: RegExp, kind = 'usage'): void {
  let error: unknown;
  try {
    run();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(RelucentError);
  expect((error as RelucentError).kind).toBe(kind);
  expect((error as RelucentError).message).toMatch(words);
}

describe('memory', () => {
  it(
    'gives zeros, aligned to 16 bytes, also where earlier arrays were released',
    each((kernels) => {
      for (let round = 0; round < 3; round++) {
        const mark = kernels.mark();
        const arrays = [kernels.uint8(3), kernels.float64(1001), kernels.int32(5), kernels.float64(7)];
        for (const array of arrays) {
          expect(array.byteOffset % 16).toBe(0);
          expect(array.every((value) => value === 0)).toBe(true);
          array.fill(9);
        }
        kernels.release(mark);
      }
    }),
  );

  it(
    'keeps arrays apart',
    each((kernels) => {
      const mark = kernels.mark();
      const arrays = Array.from({ length: 20 }, (_, k) => kernels.uint8(k * 7).fill(k));
      arrays.forEach((array, k) => {
        expect(array.every((value) => value === k)).toBe(true);
      });
      kernels.release(mark);
    }),
  );

  it(
    'grows, and older arrays stay valid',
    each((kernels) => {
      const mark = kernels.mark();
      const old = kernels.float64(4).fill(2);
      const wide = kernels.float64(3e6);
      wide[3e6 - 1] = 1;
      const c = kernels.float64(4);
      kernels.gemm(2, 2, 2, 1, old, false, old, false, 0, c);
      expect([...c]).toEqual([8, 8, 8, 8]);
      kernels.release(mark);
    }),
  );

  it('of WebAssembly is used again after release', async () => {
    const kernels = await createKernels({ backend: 'wasm' });
    const mark = kernels.mark();
    const first = kernels.float64(10);
    kernels.release(mark);
    expect(kernels.float64(10).byteOffset).toBe(first.byteOffset);
    kernels.dispose();
  });

  it(
    'is zero where it is asked for so, also after other use',
    each((kernels) => {
      const mark = kernels.mark();
      kernels.unset(50).fill(3);
      kernels.float64(50).fill(3);
      kernels.release(mark);
      expect(kernels.unset(20).length).toBe(20);
      expect(kernels.unset(3e6).length).toBe(3e6);
      expect([...kernels.float64(200)].every((v) => v === 0)).toBe(true);
      kernels.release(mark);
    }),
  );

  it(
    'that cannot be had is a resource error, and the kernels live on',
    each((kernels) => {
      refuses(() => kernels.float64(2 ** 46), /memory/, 'resource');
      expect(kernels.float64(2).length).toBe(2);
    }),
  );

  it('more than 4 GiB of WebAssembly memory is a resource error', async () => {
    const kernels = await createKernels({ backend: 'wasm' });
    refuses(() => kernels.float64(2 ** 29), /cannot grow memory to 4\d\d\d MiB/, 'resource');
    kernels.dispose();
  });

  it(
    'refuses lengths and marks that are none',
    each((kernels) => {
      for (const length of [-1, 1.5, Number.NaN]) {
        for (const allocate of [kernels.float64, kernels.unset, kernels.int32, kernels.uint8]) {
          refuses(() => allocate(length), /expected an array length/);
        }
      }
      for (const mark of [-1, Number.NaN, kernels.mark() + 1]) refuses(() => kernels.release(mark), /mark/);
    }),
  );
});

describe('arguments', () => {
  it(
    'refuses an array of another memory and a released one',
    each((kernels) => {
      const mark = kernels.mark();
      const [a, c] = [kernels.float64(4), kernels.float64(4)];
      const others = [new Float64Array(4), backends.all[kernels.backend === 'plain' ? 1 : 0].float64(4)];
      for (const foreign of others) {
        refuses(() => kernels.gemm(2, 2, 2, 1, foreign, false, a, false, 0, c), /gemm: expected a to be allocated/);
        refuses(() => kernels.gemm(2, 2, 2, 1, a, false, foreign, false, 0, c), /gemm: expected b to be allocated/);
        refuses(() => kernels.gemm(2, 2, 2, 1, a, false, a, false, 0, foreign), /gemm: expected c to be allocated/);
      }
      kernels.release(mark);
      refuses(() => kernels.cholesky(2, a), /cholesky: expected a to be allocated by these kernels and not released/);
    }),
  );

  it(
    'refuses arrays that are too short',
    each((kernels) => {
      const mark = kernels.mark();
      const f = (length: number) => kernels.float64(length);
      const u = (length: number) => kernels.uint8(length);
      const i = (length: number) => kernels.int32(length);
      const short: Array<[string, () => unknown]> = [
        ['a', () => kernels.gemm(2, 3, 4, 1, f(7), false, f(12), false, 0, f(6))],
        ['b', () => kernels.gemm(2, 3, 4, 1, f(8), false, f(11), false, 0, f(6))],
        ['c', () => kernels.gemm(2, 3, 4, 1, f(8), false, f(12), false, 0, f(5))],
        ['a', () => kernels.weightedGram(3, 2, f(5), null, 0, f(4))],
        ['w', () => kernels.weightedGram(3, 2, f(6), f(2), 0, f(4))],
        ['c', () => kernels.weightedGram(3, 2, f(6), null, 0, f(3))],
        ['a', () => kernels.outerGram(2, 3, f(5), 0, f(4))],
        ['c', () => kernels.outerGram(2, 3, f(6), 0, f(3))],
        ['a', () => kernels.cholesky(3, f(8))],
        ['l', () => kernels.choleskySolve(3, f(8), f(3))],
        ['b', () => kernels.choleskySolve(3, f(9), f(2))],
        ['bytes', () => kernels.transposePatterns(2, 3, u(5), u(6))],
        ['transposed', () => kernels.transposePatterns(2, 3, u(6), u(5))],
        ['x', () => kernels.maskedTransposeProduct(9, 2, 3, f(17), u(6), f(9), f(6))],
        ['transposed', () => kernels.maskedTransposeProduct(9, 2, 3, f(18), u(5), f(9), f(6))],
        ['r', () => kernels.maskedTransposeProduct(9, 2, 3, f(18), u(6), f(8), f(6))],
        ['g', () => kernels.maskedTransposeProduct(9, 2, 3, f(18), u(6), f(9), f(5))],
        ['x', () => kernels.maskedForward(9, 2, 1, f(17), u(2), 2, i(1), f(1), f(2), f(9))],
        ['pattern', () => kernels.maskedForward(9, 2, 1, f(18), u(2), 2, i(0), f(1), f(2), f(9))],
        ['scale', () => kernels.maskedForward(9, 2, 1, f(18), u(2), 2, i(1), f(0), f(2), f(9))],
        ['z', () => kernels.maskedForward(9, 2, 1, f(18), u(2), 2, i(1), f(1), f(1), f(9))],
        ['f', () => kernels.maskedForward(9, 2, 1, f(18), u(2), 2, i(1), f(1), f(2), f(8))],
        ['x', () => kernels.maskedColumns(9, 2, 1, f(17), u(2), 1, f(2), f(9), 1, 0)],
        ['pattern', () => kernels.maskedColumns(9, 2, 1, f(18), u(1), 1, f(2), f(9), 1, 0)],
        ['basis', () => kernels.maskedColumns(9, 2, 1, f(18), u(2), 1, f(1), f(9), 1, 0)],
        ['m', () => kernels.maskedColumns(9, 2, 1, f(18), u(2), 1, f(2), f(8), 1, 0)],
        ['rows', () => kernels.nullBasis(3, f(9), i(1), 2, f(9))],
        ['basis', () => kernels.nullBasis(3, f(9), i(2), 2, f(8))],
        ['rows', () => kernels.spanBasis(3, f(9), i(1), 2, f(9))],
        ['basis', () => kernels.spanBasis(3, f(9), i(2), 2, f(8))],
      ];
      for (const [name, run] of short)
        refuses(run, new RegExp(`: expected ${name} to have at least \\d+ entries, got`));
      kernels.release(mark);
    }),
  );

  it(
    'refuses sizes that are none, columns beyond M, and indices beyond their arrays',
    each((kernels) => {
      const mark = kernels.mark();
      const f = (length: number) => kernels.float64(length);
      refuses(() => kernels.cholesky(-1, f(1)), /cholesky: expected n to be a whole number/);
      refuses(() => kernels.cholesky(1.5, f(9)), /cholesky: expected n to be a whole number/);
      refuses(
        () => kernels.maskedColumns(8, 1, 2, f(8), kernels.uint8(1), 1, f(2), f(24), 3, 2),
        /offset \+ k <= ldm = 3/,
      );
      const pattern = kernels.int32(1);
      const forward = (stride: number) =>
        kernels.maskedForward(9, 1, 1, f(9), kernels.uint8(4), stride, pattern, f(1), f(1), f(9));
      refuses(() => forward(1), /maskedForward: expected a stride of at least 2 bytes, got 1/);
      for (const index of [-1, 2]) {
        pattern[0] = index;
        refuses(() => forward(2), /maskedForward: expected pattern\[0\] from 0 to 1/);
        refuses(() => kernels.nullBasis(3, f(6), pattern, 1, f(9)), /nullBasis: expected rows\[0\] from 0 to 1/);
        refuses(() => kernels.spanBasis(3, f(6), pattern, 1, f(9)), /spanBasis: expected rows\[0\] from 0 to 1/);
      }
      kernels.release(mark);
    }),
  );
});

describe('createKernels', () => {
  it('refuses options that are none', async () => {
    for (const threads of [0, -1, 1.5, Number.NaN]) {
      await expect(createKernels({ threads })).rejects.toThrow(/createKernels: expected threads/);
    }
    await expect(createKernels({ backend: 'gpu' as 'wasm' })).rejects.toThrow(/expected backend 'wasm' or 'plain'/);
  });

  it('takes WebAssembly by default', async () => {
    const kernels = await createKernels();
    expect([kernels.backend, kernels.threads]).toEqual(['wasm', 1]);
    kernels.dispose();
  });

  it('disposed kernels refuse everything', async () => {
    for (const options of [{ backend: 'plain' }, { backend: 'wasm', threads: 2 }] as const) {
      const kernels = await createKernels(options);
      const a = kernels.float64(1);
      kernels.dispose();
      refuses(() => kernels.float64(1), /disposed/);
      refuses(() => kernels.cholesky(1, a), /released/);
      kernels.dispose();
    }
  });
});
