import { describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { fit } from '../../src/estimators/index.js';
import { type Matrix, matrix, rowOf } from '../../src/linalg/index.js';
import { squared } from '../../src/losses/index.js';
import { exactSupport } from '../../src/parallel/exact.js';
import {
  certifyParallel,
  firstLayerNorms,
  fitParallel,
  literalWeightDecay,
  type ParallelNetwork,
  parallelFromJson,
  parallelObjective,
  parallelScores,
  parallelToJson,
  pathNorm,
  trainParallelByAdam,
  weightDecayNorm,
} from '../../src/parallel/index.js';
import { parallelProblem } from '../../src/parallel/options.js';
import { searchSubnets } from '../../src/parallel/oracle.js';

function data(seed: number, n: number, d: number): { X: Matrix; y: Float64Array } {
  const random = createRandom(seed);
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
  return { X, y: Float64Array.from({ length: n }, () => random.normal()) };
}

describe('fitParallel, enumerated', () => {
  it.each([
    ['weight-decay', 2, 1],
    ['weight-decay', 3, 2],
    ['path', 2, 3],
    ['path', 3, 4],
  ] as const)('is proved optimal and no start of Adam gets below: %s, width %i', async (regularizer, width, seed) => {
    const { X, y } = data(seed, 7, 2);
    const problem = { lambda: 0.03, regularizer, width };
    const fitted = await fitParallel(X, y, { ...problem, patterns: 'exact', gap: 1e-6, threads: 1 });
    expect(fitted.certificate.scope).toBe('exact');
    expect(fitted.certificate.relativeGap).toBeLessThan(1e-6);
    expect(Math.abs(fitted.objective - fitted.program)).toBeLessThan(1e-8 * fitted.objective);
    let best = Number.POSITIVE_INFINITY;
    for (let k = 0; k < 10; k++) {
      const adam = await trainParallelByAdam(X, y, { ...problem, seed: k, subnetworks: 20, steps: 600, every: 600 });
      best = Math.min(best, adam.objective);
    }
    expect(fitted.objective).toBeLessThan(best * (1 + 1e-6));
    // Adam comes near: it is the same problem
    expect(best).toBeLessThan(1.05 * fitted.objective);
  });

  it('proves a gap of 1e-6 whatever the data', async () => {
    for (let seed = 1; seed <= 24; seed++) {
      const { X, y } = data(100 + seed, 4 + (seed % 4), 2);
      const problem = { lambda: 0.01 + 0.002 * seed, regularizer: seed % 2 ? 'path' : 'weight-decay' } as const;
      const width = 1 + (seed % 3);
      const fitted = await fitParallel(X, y, { ...problem, width, patterns: 'exact', gap: 1e-6, threads: 1 });
      expect(fitted.status).toBe('solved');
      expect(fitted.certificate.scope).toBe('exact');
      expect(fitted.certificate.relativeGap).toBeLessThan(1e-6);
      expect(Math.abs(fitted.objective - fitted.program)).toBeLessThan(1e-8 * fitted.objective);
    }
  });

  it('orders the optima of both penalties as p(λ/√m) ≤ p_path(λ) ≤ p(λ)', async () => {
    const { X, y } = data(5, 7, 2);
    const optimum = async (regularizer: 'path' | 'weight-decay', lambda: number): Promise<number> =>
      (await fitParallel(X, y, { regularizer, lambda, width: 2, patterns: 'exact', gap: 1e-6, threads: 1 })).objective;
    const path = await optimum('path', 0.05);
    expect(path).toBeLessThanOrEqual((await optimum('weight-decay', 0.05)) * (1 + 1e-6));
    expect(path).toBeGreaterThanOrEqual((await optimum('weight-decay', 0.05 / Math.SQRT2)) * (1 - 1e-6));
  });

  it('refuses what is too large to enumerate, in one line', async () => {
    const { X, y } = data(1, 60, 3);
    await expect(fitParallel(X, y, { patterns: 'exact', lambda: 0.1, timeLimit: 60 })).rejects.toThrow(
      /^fitParallel: patterns 'exact' needs fewer rows/,
    );
  });
});

describe('exactSupport', () => {
  it.each([
    ['weight-decay', 2],
    ['path', 3],
  ] as const)('is the maximum that climbing finds: %s, width %i', async (regularizer, width) => {
    for (let seed = 1; seed <= 3; seed++) {
      const { X, y } = data(seed, 7, 2);
      const problem = parallelProblem(X, y, { regularizer, width, lambda: 0.1 }, 'test');
      const settings = { starts: 300, around: 0, near: [], seed };
      const [found] = await searchSubnets(X, problem.shape, regularizer, y, 0, settings);
      const { upper, complete } = await exactSupport(problem, y, 0.5 * found.value, new Run());
      expect(complete).toBe(true);
      expect(upper).toBeGreaterThanOrEqual(found.value * (1 - 1e-12));
      expect(upper).toBeLessThan(found.value * (1 + 1e-6));
    }
  });
});

describe('fitParallel', () => {
  it.each([
    ['squared', true, false],
    ['squared', false, true],
    ['logistic', true, true],
    ['logistic', false, false],
  ] as const)('with two layers is the two-layer solver: %s, biases %s %s', async (loss, outputBias, hiddenBias) => {
    for (let seed = 1; seed <= 4; seed++) {
      const { X, y } = data(10 + seed, 12, 2);
      const target = loss === 'squared' ? y : y.map((t) => (t > 0 ? 1 : -1));
      const options = { lambda: 0.02, loss, outputBias, hiddenBias, gap: 1e-9 };
      const two = await fit(X, target, options);
      for (const regularizer of ['weight-decay', 'path'] as const) {
        const parallel = await fitParallel(X, target, { ...options, layers: 2, regularizer, threads: 1 });
        expect(Math.abs(parallel.objective - two.certificate.primal)).toBeLessThan(1e-8 * two.certificate.primal);
      }
    }
  });

  it('recovers balanced weights', async () => {
    const { X, y } = data(12, 8, 2);
    const options = { lambda: 0.02, gap: 1e-6, threads: 1 };
    const decay = await fitParallel(X, y, { ...options, width: 2 });
    for (const norm of firstLayerNorms(decay.network)) expect(norm).toBeCloseTo(1, 12);
    expect(literalWeightDecay(decay.network)).toBeCloseTo(weightDecayNorm(decay.network), 10);
    const path = await fitParallel(X, y, { ...options, width: 2, regularizer: 'path' });
    for (const { weights, alpha } of path.network.subnetworks) {
      const [first, second] = weights;
      expect(Math.sqrt(second.data.reduce((sum, t) => sum + t * t, 0))).toBeCloseTo(Math.abs(alpha), 10);
      for (let j = 0; j < first.rows; j++)
        expect(Math.hypot(...rowOf(first, j))).toBeCloseTo(Math.abs(second.data[j]), 10);
    }
  });

  it('takes several outputs, each on its own, a skip branch and four layers', async () => {
    const { X, y } = data(13, 8, 2);
    const both = Float64Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? y[i >> 1] : -2 * y[7 - (i >> 1)]));
    const options = { lambda: 0.05, gap: 1e-5, threads: 1 };
    const joint = await fitParallel(X, both, options);
    const first = await fitParallel(X, y, options);
    const second = await fitParallel(
      X,
      both.filter((_, i) => i % 2 === 1),
      options,
    );
    expect(joint.objective).toBeCloseTo(first.objective + second.objective, 5);
    const skip = await fitParallel(X, y, { ...options, skip: true });
    expect(skip.objective).toBeLessThanOrEqual(first.objective * (1 + 1e-5));
    expect(skip.network.skip).not.toBeNull();
    const four = await fitParallel(X, y, { ...options, layers: 4, regularizer: 'path' });
    const three = await fitParallel(X, y, { ...options, regularizer: 'path' });
    expect(four.network.subnetworks[0].weights.map(({ rows }) => rows)).toEqual([4, 2, 1]);
    expect(Math.abs(four.objective - four.program)).toBeLessThan(1e-8);
    expect(four.objective).toBeLessThanOrEqual(three.objective * (1 + 1e-5));
  });

  it('ends after so many rounds of pricing', async () => {
    const { X, y } = data(15, 40, 2);
    const options = { lambda: 0.05, gap: 1e-3, threads: 1 };
    const [none, one, all] = await Promise.all(
      [0, 1, undefined].map((rounds) => fitParallel(X, y, { ...options, rounds })),
    );
    expect([none.status, none.rounds, one.rounds]).toEqual(['iteration-limit', 0, 1]);
    expect(none.objective).toBeGreaterThan(one.objective);
    expect(one.objective).toBeGreaterThanOrEqual(all.objective * (1 - 1e-3));
    expect(all.objective).toBeGreaterThan(0.98 * none.objective);
  });

  it('leaves nothing behind above λ_max', async () => {
    const { X, y } = data(16, 12, 2);
    for (const regularizer of ['path', 'weight-decay'] as const) {
      const { network, subnetworks, objective } = await fitParallel(X, y, { lambda: 5, regularizer, threads: 1 });
      expect([subnetworks, network.subnetworks.length]).toEqual([0, 0]);
      const mean = y.reduce((sum, t) => sum + t, 0) / 12;
      expect(objective).toBeCloseTo(y.reduce((sum, t) => sum + (t - mean) * (t - mean), 0) / 24, 12);
    }
  });

  it('gives the same bytes for the same seed', async () => {
    const { X, y } = data(14, 10, 3);
    const options = { lambda: 0.05, seed: 3, gap: 1e-4 };
    const [a, b] = await Promise.all([1, 2].map((threads) => fitParallel(X, y, { ...options, threads })));
    expect(JSON.stringify(parallelToJson(a.network))).toBe(JSON.stringify(parallelToJson(b.network)));
  });

  it.each([
    [{ layers: 1 }, 'layers must be a whole number ≥ 2, got 1'],
    [{ layers: 2.5 }, 'layers must be a whole number ≥ 2, got 2.5'],
    [{ width: 0 }, 'width must be a whole number ≥ 1, got 0'],
    [{ width: [2, 2] }, '3 layers take 1 widths, got 2'],
    [{ width: 100 }, 'at most 64 are supported'],
    [{ layers: 4, regularizer: 'weight-decay' }, "use the regularizer 'path'"],
    [{ rank: 3 }, 'rank must be at most 2, the rank of the data, got 3'],
    [{ rank: 0 }, 'rank must be a whole number ≥ 1, got 0'],
    [{ rank: 1, skip: true }, 'rank cannot be combined with a skip branch'],
    [{ lambda: 0 }, 'lambda must be a finite number > 0, got 0'],
    [{ regularizer: 'l1' }, "regularizer must be 'weight-decay' or 'path'"],
    [{ rounds: -1 }, 'rounds must be a whole number ≥ 0, got -1'],
    [{ neurons: 3 }, "there is no option 'neurons'"],
  ])('refuses %j', async (options, message) => {
    const { X, y } = data(1, 6, 2);
    await expect(fitParallel(X, y, options as object)).rejects.toThrow(message);
  });
});

describe('low rank', () => {
  const squaredNorm = (values: Float64Array): number => values.reduce((sum, t) => sum + t * t, 0);

  it.each([
    [2, 1],
    [3, 1],
    [3, 2],
    [4, 3],
  ])('contains the exact optimum between its bounds, within its factor: d = %i, rank %i', async (d, rank) => {
    for (let seed = 1; seed <= 3; seed++) {
      const { X, y } = data(20 + seed, 6, d);
      const drawn = X.data.slice();
      const regularizer = seed % 2 ? 'path' : 'weight-decay';
      const options = { lambda: 0.05, regularizer, width: 2, patterns: 'exact', gap: 1e-6, threads: 1 } as const;
      let wider = Number.POSITIVE_INFINITY;
      for (const small of [0.05, 0.025]) {
        // A small last direction
        for (let i = 0; i < X.rows; i++) X.data[d * i + d - 1] = small * drawn[d * i + d - 1] + 0.3 * drawn[d * i];
        const optimum = (await fitParallel(X, y, options)).objective;
        const { lowRank, objective, certificate, predict } = await fitParallel(X, y, { ...options, rank });
        const { lower, upper, factor, tail, exact } = lowRank ?? expect.fail('no interval');
        expect(exact).toBe(true);
        expect(upper).toBe(objective);
        expect(optimum).toBeLessThanOrEqual(objective * (1 + 1e-6));
        expect(optimum).toBeGreaterThanOrEqual(lower * (1 - 1e-9));
        expect(objective).toBeLessThanOrEqual(factor * optimum);
        expect(certificate.primal).toBe(objective);
        // As sharp as the residual shrunk until ‖(nλ, √m σ‖r‖)‖ ≤ nλ: that loses no more than the factor it is shrunk by
        const rho = (tail * Math.sqrt(squaredNorm(predict(X).data.map((f, i) => y[i] - f)))) / (6 * 0.05);
        const shrunk = Math.sqrt(1 + (regularizer === 'path' ? 2 : 1) * rho * rho);
        expect(lower).toBeGreaterThan((objective / shrunk) * (1 - 1e-6));
        // What is left out halved, the interval becomes narrower (not so where two directions are left out, one of which stays)
        if (rank === d - 1) expect(upper - lower).toBeLessThan(0.7 * wider);
        wider = upper - lower;
      }
    }
  });
});

describe('certifyParallel', () => {
  it('never claims more than is true of a network that is not optimal', async () => {
    const { X, y } = data(31, 7, 2);
    const problem = { lambda: 0.04, regularizer: 'path', width: 2 } as const;
    const optimum = (await fitParallel(X, y, { ...problem, patterns: 'exact', gap: 1e-6, threads: 1 })).objective;
    for (let seed = 0; seed < 4; seed++) {
      const { network } = await trainParallelByAdam(X, y, { ...problem, seed, subnetworks: 6, steps: 150 });
      const certificate = await certifyParallel(network, X, y, { ...problem, tolerance: 1e-4 });
      expect(certificate.primal).toBeGreaterThan(optimum);
      expect(certificate.bound).toBeLessThanOrEqual(optimum * (1 + 1e-9));
      expect(certificate.scope).toBe('bound');
    }
  });

  it.each([1e8, 1e10, 1e12])('claims nothing that a column beside one of %d refutes', async (size) => {
    const b = [-2, -1, 0, 1, 2];
    const X = matrix(5, 2, Float64Array.from(b.flatMap((t) => [size, t])));
    const y = Float64Array.from(b, Math.abs);
    const problem = { layers: 3, lambda: 0.05, regularizer: 'weight-decay', width: 2 } as const;
    const empty = { layers: 3, inputs: 2, outputs: 1, skip: null };
    const constant: ParallelNetwork = { ...empty, subnetworks: [], outputBias: Float64Array.of(1.2) };
    const weights = [matrix(2, 2, Float64Array.of(0, 0.5, 0, -0.5)), matrix(1, 2, Float64Array.of(1, 1))];
    const subnetwork = { output: 0, weights, bias: new Float64Array(2), alpha: 2 };
    const better: ParallelNetwork = { ...empty, subnetworks: [subnetwork], outputBias: Float64Array.of(0) };
    const reached = parallelObjective(better, X, y, { ...problem, loss: squared });
    const { primal, dual, bound } = await certifyParallel(constant, X, y, problem);
    expect(reached).toBeLessThan(0.5 * primal);
    expect(dual).toBeLessThanOrEqual(reached);
    expect(bound).toBeLessThanOrEqual(reached);
  });

  it.each([2, 6])('takes no cell that enumeration cannot tell apart for none: %i', async (seed) => {
    const random = createRandom(seed, 31);
    const b = Array.from({ length: 7 }, () => random.normal());
    const y = Float64Array.from(b, () => random.normal());
    const beside = (size: number): Matrix => matrix(7, 2, Float64Array.from(b.flatMap((t) => [size, t])));
    const [own, far] = [1e4, 1e12];
    // the same functions beside a larger constant
    const shrunk = ({ rows, cols, data }: Matrix): Matrix =>
      matrix(
        rows,
        cols,
        data.map((v, k) => (k % 2 === 0 ? (v * own) / far : v)),
      );
    const problem = { layers: 3, lambda: 0.01, regularizer: 'weight-decay', width: 3 } as const;
    const { network } = await fitParallel(beside(own), y, { ...problem, gap: 1e-2, rounds: 3, threads: 1 });
    const better = {
      ...network,
      subnetworks: network.subnetworks.map((s) => ({ ...s, weights: [shrunk(s.weights[0]), s.weights[1]] })),
    };
    const two = (await fit(beside(own), y, { lambda: 0.01, threads: 1 })).weights;
    const neurons = Array.from({ length: two.hidden.rows }, (_, j) => ({
      output: 0,
      weights: [shrunk(matrix(1, 2, rowOf(two.hidden, j))), matrix(1, 1, Float64Array.of(1))],
      bias: new Float64Array(1),
      alpha: two.output.data[j],
    }));
    const flat = { layers: 3, inputs: 2, outputs: 1, skip: null, subnetworks: neurons, outputBias: two.outputBias };
    const { bound } = await certifyParallel(flat, beside(far), y, { ...problem, starts: 0 });
    const reached = parallelObjective(better, beside(far), y, { ...problem, loss: squared });
    expect(bound).toBeLessThanOrEqual(reached);
  });

  it('bounds the optimum without enumeration', async () => {
    const { X, y } = data(32, 30, 3);
    for (const regularizer of ['weight-decay', 'path'] as const) {
      const problem = { lambda: 0.05, regularizer, width: 2 };
      const { network, objective, certificate } = await fitParallel(X, y, { ...problem, gap: 1e-3, threads: 1 });
      expect(certificate.scope).toBe('priced');
      expect(certificate.bound).toBeGreaterThan(0);
      expect(certificate.bound).toBeLessThan(objective);
      const again = await certifyParallel(network, X, y, { ...problem, tolerance: 1e-3 });
      expect(again).toEqual(certificate);
    }
  });

  it('refuses a network of another problem, in one line', async () => {
    const { X, y } = data(33, 6, 2);
    const { network } = await trainParallelByAdam(X, y, { width: 3, steps: 5, subnetworks: 2 });
    const judged = (change: Partial<ParallelNetwork>, options = {}) =>
      certifyParallel({ ...network, ...change }, X, y, options);
    await expect(judged({}, { width: 2 })).rejects.toThrow('reads 3 others, the problem allows 2');
    await expect(judged({}, { outputBias: false })).rejects.toThrow('has an output bias, the problem has none');
    await expect(judged({ outputBias: new Float64Array(2) })).rejects.toThrow('2 output biases for 1 outputs');
    await expect(judged({ skip: matrix(1, 2) }, { skip: false })).rejects.toThrow('the network has a skip branch');
  });
});

describe('norms and JSON', () => {
  const network: ParallelNetwork = {
    layers: 3,
    inputs: 2,
    outputs: 1,
    subnetworks: [
      {
        output: 0,
        weights: [matrix(2, 2, Float64Array.of(3, 4, 0, 2)), matrix(1, 2, Float64Array.of(1, -2))],
        bias: new Float64Array(2),
        alpha: -3,
      },
    ],
    skip: null,
    outputBias: Float64Array.of(0.5),
  };

  it('follow their definitions', () => {
    expect(pathNorm(network)).toBeCloseTo(3 * Math.sqrt(9 + 16 + 16), 12);
    expect(weightDecayNorm(network)).toBeCloseTo(3 * (5 + 4), 12);
    const X = matrix(1, 2, Float64Array.of(1, 1));
    expect(parallelScores(network, X).data[0]).toBe(0.5 - 3 * (7 - 4));
    const y = Float64Array.of(0);
    const objective = parallelObjective(network, X, y, { loss: squared, lambda: 0.1, regularizer: 'path' });
    expect(objective).toBeCloseTo(0.5 * 8.5 * 8.5 + 0.1 * 3 * Math.sqrt(41), 12);
  });

  it.each([1e-300, 1e-170, 1e-90, 1e90, 1e170, 1e300])(
    'are right where squares of weights are no doubles: %d',
    (size) => {
      const times = (m: Matrix, t: number): Matrix =>
        matrix(
          m.rows,
          m.cols,
          m.data.map((v) => v * t),
        );
      const of = (first: number, second: number, alpha: number): ParallelNetwork => ({
        layers: 3,
        inputs: 2,
        outputs: 1,
        skip: null,
        outputBias: new Float64Array(1),
        subnetworks: [
          {
            output: 0,
            weights: [
              times(matrix(2, 2, Float64Array.of(1, 2, -2, 1)), first),
              times(matrix(1, 2, Float64Array.of(2, -1)), second),
            ],
            bias: Float64Array.of(2 * first, 0),
            alpha: 3 * alpha,
          },
        ],
      });
      const plain = of(1, 1, 1);
      for (const scaled of [of(size, 1, 1 / size), of(1, size, 1 / size), of(size, 1 / size, 1)]) {
        expect(pathNorm(scaled) / pathNorm(plain)).toBeCloseTo(1, 12);
        expect(weightDecayNorm(scaled) / weightDecayNorm(plain)).toBeCloseTo(1, 12);
      }
      expect(firstLayerNorms(of(size, 1, 1))[0] / size).toBeCloseTo(Math.sqrt(14), 12);
    },
  );

  it('come back from JSON bit for bit, damaged ones are refused', () => {
    const json = parallelToJson(network);
    expect(parallelFromJson(JSON.parse(JSON.stringify(json)))).toEqual(network);
    const ragged = { ...json, subnetworks: [{ ...json.subnetworks[0], weights: [[[1, 2], [3]], [[1, 1]]] }] };
    expect(() => parallelFromJson(ragged, 'm.json')).toThrow('m.json: expected 2 weights in every row');
    expect(() => parallelFromJson({ ...json, outputs: 2 })).toThrow('1 output biases for 2 outputs');
  });
});
