import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Run } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { squared } from '../../src/losses/index.js';
import { TwoLayerPrograms } from '../../src/solvers/two-layer.js';
import { gaussianMatrix } from '../arrangements/oracles.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels({ threads: 1 });
});
afterAll(() => kernels.dispose());

function programs(n: number, d: number, seed: number): TwoLayerPrograms {
  const [X, { data: y }] = [gaussianMatrix(n, d, seed), gaussianMatrix(n, 1, seed + 1)];
  const family = { X, y, outputs: 1, loss: squared, outputBias: false, activation: 'relu' } as const;
  return new TwoLayerPrograms(kernels, family, { patterns: 'auto', gap: 1e-6, seed: 0 });
}

describe('λ_max of one data set', () => {
  it.each([
    [200, 10],
    [300, 20],
    [100, 30],
  ])('%i × %i: what was solved far above it before changes nothing', async (n, d) => {
    for (let seed = 0; seed < 5; seed++) {
      const largest = await programs(n, d, 2 * seed).lambdaMax(new Run());
      for (const far of [1.5, 4, 50]) {
        const own = programs(n, d, 2 * seed);
        const above = await own.solve(far * largest, new Run());
        expect([above.status, above.network.count]).toEqual(['solved', 0]);
        expect(await own.lambdaMax(new Run())).toBe(largest);
      }
    }
  });

  it('the constant is the answer just above it and is none just below, in whatever order', async () => {
    for (let seed = 0; seed < 4; seed++) {
      const largest = await programs(120, 8, 2 * seed).lambdaMax(new Run());
      const own = programs(120, 8, 2 * seed);
      for (const share of [3, 1.001, 0.98, 1.001, 2]) {
        const { network, status } = await own.solve(share * largest, new Run());
        expect(status).toBe('solved');
        expect(network.count > 0, `${share} of λ_max`).toBe(share < 1);
      }
    }
  });
});
