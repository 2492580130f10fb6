import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { coneProjection, denseGradient, dot, length } from './dense.js';
import { allLosses, type Case, judgedSolve, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

/** A solve to 1e-8 and everything that dense loops can say against it. */
async function expectProved(c: Case): Promise<void> {
  const { outcome, primal, lower, relativeGap, violation } = await judgedSolve(kernels, c);
  expect(outcome.status).toBe('solved');
  expect(outcome.relativeGap).toBeLessThanOrEqual(1e-8);
  expect(Math.abs(outcome.primal - primal)).toBeLessThanOrEqual(1e-12 * primal);
  // a dual value may use less of the ray through the residual than it could, never more
  expect(outcome.dual).toBeLessThanOrEqual(lower + 1e-10 * primal);
  expect(lower).toBeLessThanOrEqual(primal * (1 + 1e-12));
  expect(relativeGap).toBeLessThanOrEqual(1.02e-8);
  expect(violation).toBeLessThanOrEqual(1e-12);
  expect(outcome.neurons).toBeGreaterThan(0);
}

const combinations = allLosses.flatMap((loss) =>
  [false, true].flatMap((gated) => [false, true].map((outputBias) => ({ loss, gated, outputBias }))),
);

describe('the duality gap re-derived in dense loops', () => {
  it.each(combinations)('$loss, gated $gated, output bias $outputBias', async (o) => {
    for (const ratio of [0.7, 0.07, 7e-3, 7e-4]) await expectProved(randomCase({ ...o, n: 22, d: 3, ratio, seed: 3 }));
  });

  it.each(allLosses)('%s with four outputs, one for each neuron', async (loss) => {
    await expectProved(randomCase({ loss, n: 18, d: 2, outputs: 4, ratio: 0.05, seed: 8 }));
  });
});

describe('the oracle itself', () => {
  it('projects on cones as the best of all faces does', () => {
    const { dense, flags } = randomCase({ n: 8, d: 3, seed: 5, ratio: 0.1 });
    for (const pattern of flags) {
      const g = denseGradient(dense.X, pattern, [1, -2, 0.5, 1, -1, 0.3, 2, -0.7]);
      expect(Math.abs(length(coneProjection(dense.X, pattern, g)) - bestFace(dense.X, pattern, g))).toBeLessThan(1e-11);
    }
  });
});

/** max gᵀu over u in the cone, ‖u‖ ≤ 1, d = 3: u is g projected on the whole space, a plane or a line, where that is feasible. */
function bestFace(X: Case['dense']['X'], pattern: readonly boolean[], g: readonly number[]): number {
  const feasible = (u: readonly number[]): boolean =>
    X.every((x, i) => (pattern[i] ? 1 : -1) * dot(x, u) >= -1e-12 * length(u));
  const lines = X.flatMap((a) => X.map((b) => cross(a, b))).filter((v) => length(v) > 1e-9);
  const points = [g, ...X.map((x) => without(g, x)), ...lines.map((v) => v.map((t) => (t * dot(v, g)) / dot(v, v)))];
  return Math.max(0, ...points.filter(feasible).map(length));
}

const without = (g: readonly number[], x: readonly number[]): number[] =>
  g.map((v, k) => v - (x[k] * dot(g, x)) / dot(x, x));

const cross = (a: readonly number[], b: readonly number[]): number[] => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
