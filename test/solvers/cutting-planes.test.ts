import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { cuttingPlanes } from './cutting-planes.js';
import { judgedSolve, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

describe('SSNAL against quadratic programs with cuts', () => {
  const shapes = [
    { gated: false, outputBias: false, n: 7, d: 2 },
    { gated: false, outputBias: true, n: 8, d: 3 },
    { gated: true, outputBias: false, n: 8, d: 2 },
    { gated: true, outputBias: true, n: 7, d: 3 },
  ];
  it.each(shapes)('gated $gated, output bias $outputBias', async (o) => {
    for (const [k, ratio] of [0.8, 0.2, 0.05, 0.01].entries()) {
      const c = randomCase({ ...o, ratio, patternCount: 12, seed: 20 + k });
      const { lower, upper } = cuttingPlanes(c.dense, c.flags);
      expect(upper - lower).toBeLessThanOrEqual(1e-8 * upper);
      const { outcome, primal } = await judgedSolve(kernels, c, { gap: 1e-9 });
      expect(primal).toBeGreaterThanOrEqual(lower * (1 - 1e-9));
      expect(primal).toBeLessThanOrEqual(upper * (1 + 2e-9));
      expect(outcome.dual).toBeLessThanOrEqual(upper * (1 + 1e-9));
      expect(outcome.dual).toBeGreaterThanOrEqual(lower * (1 - 1e-8));
    }
  });
});
