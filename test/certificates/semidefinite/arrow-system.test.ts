import { expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { ArrowSystem } from '../../../src/certificates/semidefinite/arrow-system.js';
import { createKernels } from '../../../src/linalg/kernels/index.js';

it.each([
  [4, 6, 3],
  [1, 9, 1],
  [12, 5, 8],
])(
  'an arrow of %i and %i own unknowns and %i shared is solved, and along a vector that stays',
  async (a, b, shared) => {
    const random = createRandom(a + 31 * b);
    const kernels = await createKernels({ threads: 1 });
    const own = [a, b];
    // GGᵀ + I of each sign, its own unknowns first
    const dense = own.map((m) => {
      const size = m + shared;
      const g = Float64Array.from({ length: size * size }, () => random.normal());
      return Float64Array.from({ length: size * size }, (_, at) => {
        const [i, j] = [Math.floor(at / size), at % size];
        let sum = i === j ? 1 : 0;
        for (let k = 0; k < size; k++) sum += g[i * size + k] * g[j * size + k];
        return sum;
      });
    });
    const matrices = dense.map((m) => {
      const copy = kernels.float64(m.length);
      copy.set(m);
      return copy;
    });
    const system = ArrowSystem.of(kernels, matrices, own, shared);
    const rights = own.map((m) => Float64Array.from({ length: m }, () => random.normal()));
    const last = Float64Array.from({ length: shared }, () => random.normal());
    const along = Float64Array.from({ length: shared }, () => random.normal());
    for (const among of [null, along]) {
      const sides = rights.map((right) => right.slice());
      const x = last.slice();
      system?.solve(sides, x, among);
      const left = last.slice();
      dense.forEach((m, index) => {
        const size = own[index] + shared;
        const all = [...sides[index], ...x];
        const product = (i: number): number => all.reduce((sum, entry, j) => sum + m[i * size + j] * entry, 0);
        rights[index].forEach((right, i) => void expect(product(i)).toBeCloseTo(right, 9));
        for (let i = 0; i < shared; i++) left[i] -= product(own[index] + i);
      });
      // what is left of the shared rows is nothing, or a multiple of `along`
      const dot = (u: Float64Array, v: Float64Array): number => u.reduce((sum, entry, i) => sum + entry * v[i], 0);
      const multiple = among ? dot(left, along) / dot(along, along) : 0;
      left.forEach((entry, i) => void expect(entry).toBeCloseTo(multiple * along[i], 8));
      if (among) expect(dot(x, along)).toBeCloseTo(0, 9);
    }
    kernels.dispose();
  },
);

it('there is none of a matrix that is not definite', async () => {
  const kernels = await createKernels({ threads: 1 });
  const [good, bad] = [kernels.float64(4), kernels.float64(4)];
  good.set([2, 0, 0.5, 2]);
  bad.set([1, 0, 2, 1]);
  expect(ArrowSystem.of(kernels, [good, bad], [1, 1], 1)).toBeNull();
  kernels.dispose();
});
