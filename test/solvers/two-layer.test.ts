import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchViolations } from '../../src/arrangements/index.js';
import { type ProgressEvent, Run } from '../../src/base/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import type { TwoLayerProblem } from '../../src/programs/index.js';
import { type LiftedNetwork, solveTwoLayer } from '../../src/solvers/index.js';
import { type DenseProblem, denseConstant, denseObjective, denseResidual, dot } from './dense.js';
import { allLosses, type Case, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

const options = { patterns: 'auto', gap: 1e-6, seed: 1 } as const;

/** Outputs of the network on the rows, and its objective, from the weights alone. */
function evaluated(p: DenseProblem, network: LiftedNetwork): { F: number[][]; primal: number } {
  const z = (j: number): number[] => Array.from(network.z.data.subarray(j * network.z.cols, (j + 1) * network.z.cols));
  const all = Array.from({ length: network.count }, (_, j) => z(j));
  const F = p.X.map((x) => {
    const f = Array.from(network.bias);
    all.forEach((own, j) => {
      f[network.output[j]] += network.sign[j] * Math.max(0, dot(x, own));
    });
    return f;
  });
  const norms = all.reduce((sum, own) => sum + Math.sqrt(dot(own, own)), 0);
  return { F, primal: denseObjective(p, F, norms) };
}

const constantValue = ({ dense }: Case): number =>
  denseObjective(
    dense,
    dense.Y.map(() => denseConstant(dense)),
    0,
  );

/** Stops at the k-th look. */
class CountedRun extends Run {
  looks = 0;
  constructor(readonly most: number) {
    super();
  }
  override get stop(): 'aborted' | null {
    return ++this.looks > this.most ? 'aborted' : null;
  }
}

describe('the priced pipeline', () => {
  it.each(allLosses)('%s: what fresh starts of another seed find stays within the gap', async (loss) => {
    const c = randomCase({ loss, n: 60, d: 5, ratio: 0.02, seed: 40 });
    const found = await solveTwoLayer(kernels, c.problem, options, new Run());
    expect(found.status).toBe('solved');
    expect(found.source).toBe('found');
    const { F, primal } = evaluated(c.dense, found.network);
    expect(Math.abs(primal - found.primal)).toBeLessThanOrEqual(1e-11 * primal);
    expect(found.dual).toBeLessThanOrEqual(primal * (1 + 1e-12));
    const { X, lambda, outputs } = c.problem;
    const residual = denseResidual(c.dense, F);
    for (let k = 0; k < outputs; k++) {
      const r = residual.map((row) => row[k]);
      const [worst] = await searchViolations(X, r, { starts: 200, seed: 99, kernels });
      expect(worst.value).toBeLessThanOrEqual(lambda * X.rows * (1 + 1e-4));
    }
  });

  it('another seed ends at the same optimum here, the same seed at the same bytes', async () => {
    const { problem } = randomCase({ n: 50, d: 4, ratio: 0.05, seed: 41 });
    const [one, again, other] = [
      await solveTwoLayer(kernels, problem, options, new Run()),
      await solveTwoLayer(kernels, problem, options, new Run()),
      await solveTwoLayer(kernels, problem, { ...options, seed: 2 }, new Run()),
    ];
    expect(again).toEqual(one);
    expect(Math.abs(other.primal - one.primal)).toBeLessThanOrEqual(2e-6 * one.primal);
  });

  it('wherever it is stopped, the network is no worse than the constant and the dual value is below it', async () => {
    const c = randomCase({ n: 80, d: 6, ratio: 0.005, seed: 42, outputBias: true });
    const whole = new CountedRun(Number.POSITIVE_INFINITY);
    await solveTwoLayer(kernels, c.problem, options, whole);
    const mark = kernels.mark();
    for (const share of [0, 0.001, 0.01, 0.1, 0.3, 0.6, 0.9]) {
      const stopped = await solveTwoLayer(kernels, c.problem, options, new CountedRun(share * whole.looks));
      expect(stopped.status).toBe('aborted');
      const { primal } = evaluated(c.dense, stopped.network);
      expect(Math.abs(primal - stopped.primal)).toBeLessThanOrEqual(1e-11 * primal);
      expect(stopped.dual).toBeLessThanOrEqual(primal);
      expect(primal).toBeLessThanOrEqual(constantValue(c) * (1 + 1e-12));
      expect(kernels.mark()).toEqual(mark);
    }
  });

  it('reports each phase, fractions within [0, 1]', async () => {
    const c = randomCase({ n: 80, d: 6, ratio: 0.005, seed: 43 });
    const { problem } = c;
    const events: ProgressEvent[] = [];
    await solveTwoLayer(kernels, problem, options, new Run({ onProgress: (event) => events.push(event) }));
    const count = (phase: string): number => events.filter((event) => event.phase === phase).length;
    expect(count('local training')).toBeGreaterThanOrEqual(10);
    expect(count('convex solve')).toBeGreaterThan(0);
    expect(count('pricing')).toBeGreaterThan(1);
    // before there is a neuron, the constant
    expect(events[0].neurons).toBe(0);
    expect(events[0].primal).toBeCloseTo(constantValue(c), 12);
    for (const { fraction = 0 } of events) expect(fraction >= 0 && fraction <= 1).toBe(true);
  });

  it('the constant alone from the largest λ with neurons on, neurons just below', async () => {
    const { problem } = randomCase({ n: 60, d: 5, ratio: 0.5, seed: 44, outputBias: false });
    const r = problem.y;
    const [best] = await searchViolations(problem.X, r, { starts: 200, seed: 5, kernels });
    const solve = (lambda: number) => solveTwoLayer(kernels, withLambda(problem, lambda), options, new Run());
    const above = await solve((1.0001 * best.value) / 60);
    expect(above.network.count).toBe(0);
    expect(above.primal).toBe(above.dual);
    expect((await solve((0.999 * best.value) / 60)).network.count).toBeGreaterThan(0);
  });
});

const withLambda = (problem: TwoLayerProblem, lambda: number): TwoLayerProblem => ({ ...problem, lambda });
