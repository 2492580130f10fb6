import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agreed, type Backends, createBackends, normals, place, relativeError } from './support.js';

let backends: Backends;
beforeAll(async () => {
  backends = await createBackends();
});
afterAll(() => backends.dispose());

/** C = beta C + alpha A B from the definition. */
function product(
  m: number,
  n: number,
  k: number,
  alpha: number,
  beta: number,
  arrays: Float64Array[],
  ta: boolean,
  tb: boolean,
) {
  const [a, b, c] = arrays;
  return c.map((old, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let p = 0; p < k; p++) sum += (ta ? a[p * m + i] : a[i * k + p]) * (tb ? b[j * k + p] : b[p * n + j]);
    return (beta === 0 ? 0 : beta * old) + alpha * sum;
  });
}

const shapes = [
  [1, 1, 1],
  [3, 5, 2],
  [4, 4, 256],
  [7, 9, 257],
  [1, 33, 300],
  [33, 1, 300],
  [1, 1, 700],
  [101, 67, 30],
  [130, 150, 513],
];

describe('gemm', () => {
  for (const [m, n, k] of shapes) {
    for (const [ta, tb] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      it(`${m}×${n}×${k} ${ta ? 'Aᵀ' : 'A'} ${tb ? 'Bᵀ' : 'B'}`, () => {
        const arrays = [normals(m * k), normals(k * n), normals(m * n)];
        for (const [alpha, beta] of [
          [1, 0],
          [-0.7, 1],
          [2, 0.3],
        ]) {
          const got = agreed(backends, (kernels) => {
            const [a, b, c] = arrays.map((array) => place(kernels, array));
            kernels.gemm(m, n, k, alpha, a, ta, b, tb, beta, c);
            return c;
          });
          expect(relativeError(got, product(m, n, k, alpha, beta, arrays, ta, tb))).toBeLessThan(1e-12);
        }
      });
    }
  }

  it('a product large enough to be shared by all threads', () => {
    const [m, n, k] = [301, 623, 270];
    const arrays = [normals(m * k), normals(k * n), normals(m * n)];
    const got = agreed(backends, (kernels) => {
      const [a, b, c] = arrays.map((array) => place(kernels, array));
      kernels.gemm(m, n, k, 1, a, false, b, true, 1, c);
      return c;
    });
    expect(relativeError(got, product(m, n, k, 1, 1, arrays, false, true))).toBeLessThan(1e-12);
  });

  it('does not read C when beta is 0, and only scales it when there are no terms', () => {
    const got = agreed(backends, (kernels) => {
      const [a, b, c] = [place(kernels, normals(6)), place(kernels, normals(8)), kernels.float64(12).fill(Number.NaN)];
      kernels.gemm(3, 4, 2, 1, a, false, b, false, 0, c);
      kernels.gemm(3, 4, 0, 1, a, false, b, false, 0.5, c);
      return c;
    });
    const expected = product(3, 4, 2, 0.5, 0, [normals(6), normals(8), new Float64Array(12)], false, false);
    expect(relativeError(got, expected)).toBeLessThan(1e-12);
  });

  it('leaves what lies around C alone', () => {
    for (const kernels of backends.all) {
      const mark = kernels.mark();
      const [before, c, after] = [kernels.float64(8).fill(5), kernels.float64(7 * 9), kernels.float64(8).fill(5)];
      const [a, b] = [place(kernels, normals(7 * 3)), place(kernels, normals(3 * 9))];
      kernels.gemm(7, 9, 3, 1, a, false, b, false, 0, c);
      expect([...before, ...after].every((value) => value === 5)).toBe(true);
      kernels.release(mark);
    }
  });
});

describe('weightedGram', () => {
  for (const [n, k] of [
    [0, 3],
    [1, 1],
    [5, 3],
    [300, 21],
    [513, 66],
    [600, 130],
  ]) {
    for (const weighted of [false, true]) {
      it(`${n}×${k} ${weighted ? 'weighted' : 'plain'}`, () => {
        const [a, w] = [normals(n * k), normals(n)];
        const c = normals(k * k);
        for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) c[j * k + i] = c[i * k + j];
        for (const beta of [0, 1, 0.5]) {
          const got = agreed(backends, (kernels) => {
            const target = place(kernels, c);
            kernels.weightedGram(n, k, place(kernels, a), weighted ? place(kernels, w) : null, beta, target);
            return target;
          });
          const scaled = weighted ? a.map((value, at) => value * w[Math.floor(at / k)]) : a;
          const expected = product(k, k, n, 1, beta, [scaled, a, c], true, false);
          expect(relativeError(got, expected)).toBeLessThan(1e-12);
          for (let i = 0; i < k; i++) for (let j = 0; j < i; j++) expect(got[j * k + i]).toBe(got[i * k + j]);
        }
      });
    }
  }
});

describe('outerGram', () => {
  it('is the symmetric A Aᵀ', () => {
    for (const [n, k] of [
      [1, 0],
      [5, 3],
      [66, 300],
      [201, 40],
    ]) {
      const [a, half] = [normals(n * k), normals(n * n)];
      const c = half.map((value, at) => value + half[(at % n) * n + Math.floor(at / n)]);
      for (const beta of [0, 1, -0.5]) {
        const got = agreed(backends, (kernels) => {
          const target = place(kernels, c);
          kernels.outerGram(n, k, place(kernels, a), beta, target);
          return target;
        });
        expect(relativeError(got, product(n, n, k, 1, beta, [a, a, c], false, true))).toBeLessThan(1e-12);
        for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) expect(got[j * n + i]).toBe(got[i * n + j]);
      }
    }
  });
});

/** AᵀA + I, positive definite. */
function definite(n: number): Float64Array {
  const a = normals(n * n);
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = i === j ? 1 : 0;
    for (let p = 0; p < n; p++) sum += a[p * n + i] * a[p * n + j];
    return sum;
  });
}

describe('cholesky', () => {
  for (const n of [1, 2, 3, 7, 8, 63, 64, 65, 129, 200]) {
    it(`L Lᵀ = A and A x = b for n = ${n}`, () => {
      const a = definite(n);
      const b = normals(n);
      const both = agreed(backends, (kernels) => {
        const [l, x] = [place(kernels, a), place(kernels, b)];
        expect(kernels.cholesky(n, l)).toBe(-1);
        kernels.choleskySolve(n, l, x);
        return Float64Array.of(...x, ...l);
      });
      const l = both.subarray(n).map((value, at) => (at % n > Math.floor(at / n) ? 0 : value));
      const again = product(n, n, n, 1, 0, [l, l, new Float64Array(n * n)], false, true);
      expect(relativeError(again, a)).toBeLessThan(1e-12);
      const image = product(n, 1, n, 1, 0, [a, both.subarray(0, n), new Float64Array(n)], false, false);
      expect(relativeError(image, b)).toBeLessThan(1e-9);
    });
  }

  it('does not read or write above the diagonal', () => {
    const n = 70;
    const a = definite(n);
    for (const kernels of backends.all) {
      const mark = kernels.mark();
      const [whole, marked] = [place(kernels, a), place(kernels, a)];
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) marked[i * n + j] = 1e9;
      kernels.cholesky(n, whole);
      kernels.cholesky(n, marked);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j <= i; j++) expect(marked[i * n + j]).toBe(whole[i * n + j]);
        for (let j = i + 1; j < n; j++) expect(marked[i * n + j]).toBe(1e9);
      }
      kernels.release(mark);
    }
  });

  it('names the first pivot that is not positive', () => {
    const n = 150;
    for (const [row, value] of [
      [0, 0],
      [5, -1],
      [64, -1],
      [149, Number.NaN],
      [100, -1e6],
    ] as const) {
      const a = definite(n);
      a[row * n + row] = value;
      for (const kernels of backends.all) {
        const mark = kernels.mark();
        expect(kernels.cholesky(n, place(kernels, a))).toBe(row);
        kernels.release(mark);
      }
    }
  });

  it('n = 0', () => {
    for (const kernels of backends.all) expect(kernels.cholesky(0, kernels.float64(0))).toBe(-1);
  });
});
