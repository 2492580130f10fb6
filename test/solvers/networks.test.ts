import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { patternsOf } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import { selectPatterns } from '../../src/linalg/index.js';
import { createKernels, type Kernels } from '../../src/linalg/kernels/index.js';
import { LiftedProgram } from '../../src/programs/index.js';
import { type LiftedNetwork, mergedNetwork, trainLocally } from '../../src/solvers/index.js';
import { liftedNetwork, startPoint } from '../../src/solvers/lifted-network.js';
import { type DenseProblem, denseConstant, denseObjective, dot } from './dense.js';
import { allLosses, randomCase } from './problems.js';

let kernels: Kernels;
beforeAll(async () => {
  kernels = await createKernels();
});
afterAll(() => kernels.dispose());

/** The objective of the ReLU network itself. */
function objectiveOf(p: DenseProblem, network: LiftedNetwork): number {
  const neuron = (j: number): number[] =>
    Array.from(network.z.data.subarray(j * network.z.cols, (j + 1) * network.z.cols));
  const all = Array.from({ length: network.count }, (_, j) => neuron(j));
  const F = p.X.map((x) => {
    const f = Array.from(network.bias);
    all.forEach((z, j) => {
      f[network.output[j]] += network.sign[j] * Math.max(0, dot(x, z));
    });
    return f;
  });
  return denseObjective(
    p,
    F,
    all.reduce((s, z) => s + Math.sqrt(dot(z, z)), 0),
  );
}

describe('local training', () => {
  const options = { neurons: 40, steps: 300, seed: 1, batch: 2048, relativeRate: 0.045 };

  it.each(allLosses)('%s: far below the best constant, with all rows and with small batches', async (loss) => {
    for (const batch of [2048, 16]) {
      const c = randomCase({ loss, n: 60, d: 4, ratio: 0.02, seed: 6 });
      const trained = await trainLocally(kernels, c.problem, { ...options, batch }, new Run());
      const constant = denseObjective(
        c.dense,
        c.dense.Y.map(() => denseConstant(c.dense)),
        0,
      );
      expect(objectiveOf(c.dense, trained)).toBeLessThan((batch === 16 ? 0.97 : 0.9) * constant);
    }
  });

  it('same seed, same bytes; another seed, another network', async () => {
    const { problem } = randomCase({ n: 50, d: 3, ratio: 0.02, seed: 7 });
    const runs = [];
    for (const seed of [1, 1, 2]) {
      runs.push(await trainLocally(kernels, problem, { ...options, seed, steps: 50 }, new Run()));
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2].z.data).not.toEqual(runs[0].z.data);
  });

  it('zero steps from a network give that network, balanced and back', async () => {
    const c = randomCase({ n: 30, d: 3, ratio: 0.02, seed: 8 });
    const random = createRandom(3);
    const neurons = [1, -1, 1].map((sign) => ({
      z: Float64Array.from([0, 0, 0], () => random.normal()),
      sign,
      output: 0,
    }));
    const from = liftedNetwork(neurons, 3, Float64Array.of(0.5));
    const same = await trainLocally(kernels, c.problem, { ...options, neurons: 3, steps: 0, from }, new Run());
    expect(Array.from(same.sign)).toEqual([1, -1, 1]);
    expect(same.bias[0]).toBe(0.5);
    same.z.data.forEach((v, at) => {
      expect(v).toBeCloseTo(from.z.data[at], 13);
    });
    const better = await trainLocally(kernels, c.problem, { ...options, neurons: 3, steps: 300, from }, new Run());
    expect(objectiveOf(c.dense, better)).toBeLessThan(objectiveOf(c.dense, from));
  });

  it('an aborted run returns where it is', async () => {
    const { problem } = randomCase({ n: 30, d: 3, ratio: 0.02, seed: 9 });
    const stopped = await trainLocally(kernels, problem, options, new Run({ signal: AbortSignal.abort() }));
    const start = await trainLocally(kernels, problem, { ...options, steps: 0 }, new Run());
    expect(stopped).toEqual(start);
  });
});

describe('mergedNetwork', () => {
  const neuron = (z: number[], sign: number, output = 0) => ({ z: Float64Array.from(z), sign, output });

  it('drops zeros and adds neurons of one direction, sign and output; the function stays', () => {
    const parts = [
      neuron([0, 0], 1),
      neuron([1, 2], 1),
      neuron([1, 2], -1),
      neuron([2, 4], 1),
      neuron([2, 4], 1, 1),
      neuron([1, 2 + 1e-6], 1),
      neuron([-1, -2], 1),
    ];
    const whole = liftedNetwork(parts, 2, Float64Array.of(1, 2));
    const { network, source } = mergedNetwork(whole);
    expect(Array.from(source)).toEqual([1, 2, 4, 5, 6]);
    expect(Array.from(network.z.data.subarray(0, 2))).toEqual([3, 6]);
    const problem = {
      X: [
        [1, 1],
        [-1, 0.3],
        [0.2, -1],
      ],
      Y: [
        [1, 0],
        [0, 2],
        [3, 1],
      ],
    } as const;
    const p: DenseProblem = { ...problem, loss: 'squared', lambda: 0.1, outputBias: true, gated: false };
    expect(objectiveOf(p, network)).toBeCloseTo(objectiveOf(p, whole), 13);
  });
});

describe('startPoint', () => {
  it('puts each neuron in the block of its pattern and leaves out those without one', () => {
    const c = randomCase({ n: 12, d: 2, ratio: 0.1, patternCount: 6, seed: 12 });
    const mark = kernels.mark();
    const program = new LiftedProgram(kernels, c.problem, selectPatterns(c.patterns, [0, 2, 3]));
    const z = Float64Array.from([0.3, -2]);
    const network = liftedNetwork(
      [
        { z, sign: -1, output: 0 },
        { z, sign: 1, output: 0 },
        { z, sign: -1, output: 0 },
      ],
      2,
      new Float64Array(1),
    );
    const start = startPoint(program, network, selectPatterns(c.patterns, [2, 1, 2]));
    expect(program.neurons(start)).toEqual([{ pattern: 1, sign: -1, output: 0, z: z.map((v) => 2 * v) }]);
    const own = patternsOf(c.problem.X, network.z);
    expect(own.count).toBe(3);
    kernels.release(mark);
  });
});
