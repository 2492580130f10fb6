import { describe, expect, it } from 'vitest';
import { enumeratePatterns, samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, Run } from '../../src/base/index.js';
import {
  augment,
  certify,
  improvedOutputBias,
  networkObjective,
  patternDigest,
  sphereBound,
  supportBound,
  trainingProblem,
  verifyCertificate,
} from '../../src/certificates/index.js';
import { emptyPatterns, isActive, matrix, type PatternSet, selectPatterns } from '../../src/linalg/index.js';
import { constantNetwork, type NetworkWeights } from '../../src/networks/index.js';
import { descended } from './descent.js';
import { coneSupport, gaussian, normals, randomNetwork, sample } from './oracles.js';

const plain = { outputBias: true, hiddenBias: false };

describe('networkObjective', () => {
  it('is (1/n) Σ ℓ + λ Σ ‖(u, h)‖ Σ|α|, by hand', () => {
    const weights: NetworkWeights = {
      activation: 'relu',
      hidden: matrix(2, 2, Float64Array.of(3, 0, 0, -4)),
      hiddenBias: Float64Array.of(4, 0),
      output: matrix(2, 2, Float64Array.of(2, 0, 1, -3)),
      outputBias: Float64Array.of(0.5, 0),
    };
    const X = matrix(2, 2, Float64Array.of(1, 1, -2, -1));
    const y = Float64Array.of(10, 1, 4, -10);
    // pre-activations: row 0: 7, −4; row 1: −2, 4. outputs: 14.5, 0 and 0.5 + 4, −12
    const fit = (0.5 * (4.5 ** 2 + 1 + 0.5 ** 2 + 4)) / 2;
    const expected = fit + 0.1 * (5 * 2 + 4 * 4);
    const options = { outputBias: true, hiddenBias: true };
    expect(networkObjective(weights, X, y, 0.1, options)).toBeCloseTo(expected, 12);
  });

  it('is that of the same function and penalty however a neuron is scaled, so that no gap looks closed', async () => {
    const X = matrix(3, 1, Float64Array.of(1, 2, -1));
    const y = Float64Array.of(1, 2, 0);
    const scaled = (size: number): NetworkWeights => ({
      ...constantNetwork(1, [0]),
      hidden: matrix(1, 1, Float64Array.of(size)),
      hiddenBias: new Float64Array(1),
      output: matrix(1, 1, Float64Array.of(0.9 / size)),
    });
    const { primal, relativeGap } = await certify(scaled(1), X, y, 0.5);
    for (const size of [1e-300, 1e-165, 1e-160, 1e160, 1e300]) {
      const certificate = await certify(scaled(size), X, y, 0.5);
      expect(certificate.primal).toBeCloseTo(primal, 12);
      expect(certificate.relativeGap).toBeCloseTo(relativeGap, 10);
    }
  });

  it('refuses a network of another problem', () => {
    const X = gaussian(3, 2, createRandom(1));
    const y = Float64Array.of(1, 2, 3);
    const constant = constantNetwork(2, [1]);
    expect(() => networkObjective(constant, X, y, 0.1, { outputBias: false })).toThrow(/output bias/);
    expect(() => networkObjective(constantNetwork(3, [1]), X, y, 0.1)).toThrow(/3 inputs/);
    expect(() => networkObjective(constantNetwork(2, [1, 2]), X, y, 0.1)).toThrow(/2 outputs/);
    expect(() => networkObjective(constantNetwork(2, [Number.NaN]), X, y, 0.1)).toThrow(/finite/);
    const biased = randomNetwork(2, 1, { outputBias: false, hiddenBias: true }, createRandom(2));
    expect(() => networkObjective(biased, X, y, 0.1)).toThrow(/hidden bias/);
  });

  it('refuses a network that is none, and one whose gates contradict its activation', async () => {
    const X = gaussian(3, 2, createRandom(1));
    const y = Float64Array.of(1, 2, 3);
    const network = randomNetwork(2, 1, { outputBias: true, hiddenBias: false }, createRandom(2));
    const gates = { gates: network.hidden, gateBias: network.hiddenBias };
    const bad: readonly [NetworkWeights, RegExp][] = [
      [{ ...network, ...gates }, /relu network has no gates/],
      [{ ...network, activation: 'gated' }, /needs gates/],
      [{ ...network, output: matrix(0, 1) }, /rows in output/],
      [{ ...network, hiddenBias: new Float64Array(0) }, /hidden biases/],
    ];
    const honest = await certify(network, X, y, 0.1);
    for (const [weights, message] of bad) {
      await expect(certify(weights, X, y, 0.1)).rejects.toThrow(message);
      const verdict = await verifyCertificate(honest, weights, X, y, 0.1);
      expect(verdict.accepted).toBe(false);
      expect(verdict.reasons[0]).toMatch(message);
    }
  });

  it('has an improved output bias that nothing nearby beats', () => {
    const random = createRandom(3);
    const { X, y } = sample('logistic', 20, 2, 1, random);
    const weights = randomNetwork(2, 1, plain, random);
    const problem = trainingProblem(X, y, 0.1, { loss: 'logistic' });
    const [b] = improvedOutputBias(weights, problem);
    const at = (bias: number): number =>
      networkObjective({ ...weights, outputBias: Float64Array.of(bias) }, X, y, 0.1, { loss: 'logistic' });
    for (const step of [1, 0.1, 1e-3, -1e-3, -0.1, -1]) expect(at(b)).toBeLessThan(at(b + step));
  });
});

describe('supportBound', () => {
  it('is the largest support function of the patterns, both signs', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const random = createRandom(seed);
      const [n, d] = [6 + seed, 1 + (seed % 4)];
      const X = gaussian(n, d, random);
      if (seed === 4) X.data.fill(0, 0, d);
      if (seed === 5) X.data.copyWithin(0, d, 2 * d);
      const r = normals(n, random);
      const { patterns } = samplePatterns(X, 5, { seed });
      let truth = 0;
      for (let p = 0; p < patterns.count; p++) {
        for (const sign of [1, -1]) truth = Math.max(truth, coneSupport(X, r, patterns, p, sign));
      }
      const { value, complete } = await supportBound(X, r, patterns, false, new Run());
      expect(complete).toBe(true);
      expect(value / truth).toBeCloseTo(1, 9);
      expect(value).toBeGreaterThanOrEqual(truth * (1 - 1e-12));
    }
  });

  it('is a plain norm for gates', async () => {
    const random = createRandom(9);
    const X = gaussian(7, 3, random);
    const r = normals(7, random);
    const { patterns } = samplePatterns(X, 4, { seed: 1 });
    let truth = 0;
    for (let p = 0; p < patterns.count; p++) {
      const g = [0, 0, 0];
      for (let i = 0; i < 7; i++) {
        if (isActive(patterns, p, i)) for (let j = 0; j < 3; j++) g[j] += r[i] * X.data[3 * i + j];
      }
      truth = Math.max(truth, Math.hypot(...g));
    }
    expect((await supportBound(X, r, patterns, true, new Run())).value).toBeCloseTo(truth, 12);
  });

  it('over all patterns is the maximum over the sphere', async () => {
    const random = createRandom(10);
    const X = gaussian(11, 3, random);
    const r = normals(11, random);
    const { patterns } = await enumeratePatterns(X);
    const { value } = await supportBound(X, r, patterns, false, new Run());
    expect(value / (await sphereBound(X, r)).upper).toBeCloseTo(1, 9);
  });

  it('says when it was stopped', async () => {
    const X = gaussian(5, 2, createRandom(1));
    const { patterns } = samplePatterns(X, 4, { seed: 1 });
    const stopped = await supportBound(
      X,
      new Float64Array(5),
      patterns,
      false,
      new Run({ signal: AbortSignal.abort() }),
    );
    expect(stopped.complete).toBe(false);
  });
});

describe('certify', () => {
  it('proves a constant optimal at and above λ_max, and not below', async () => {
    for (const loss of ['squared', 'logistic', 'squared-hinge', 'huber'] as const) {
      const random = createRandom(4);
      const { X, y } = sample(loss, 14, 3, 1, random);
      const problem = trainingProblem(X, y, 1, { loss });
      const constant = constantNetwork(3, improvedOutputBias(constantNetwork(3, [0]), problem));
      const r = new Float64Array(14);
      problem.loss.residual(new Float64Array(14).fill(constant.outputBias[0]), y, 1, r);
      const largest = (await sphereBound(X, r)).upper / 14;
      const above = await certify(constant, X, y, 1.0001 * largest, { loss });
      expect(above).toMatchObject({ scope: 'exact', boundMethod: 'branch-and-bound' });
      expect(above.relativeGap).toBeLessThan(1e-6);
      const below = await certify(constant, X, y, 0.9 * largest, { loss });
      expect(below.relativeGap).toBeGreaterThan(1e-4);
      expect(below.dualNorm).toBeCloseTo(1 / 0.9, 6);
    }
  });

  it('proves a trained network optimal to a small gap, exactly', async () => {
    for (const [loss, outputs] of [
      ['squared', 1],
      ['squared', 2],
      ['logistic', 1],
      ['softmax', 3],
    ] as const) {
      const random = createRandom(17);
      const data = sample(loss, 20, 3, outputs, random);
      const biases = { outputBias: true, hiddenBias: loss === 'logistic' };
      const weights = descended(data, 0.05, biases, 1500, random, 48);
      const certificate = await certify(weights, data.X, data.y, 0.05, { loss, ...biases, tolerance: 0.02 });
      expect(certificate.scope, loss).toBe('exact');
      expect(certificate.relativeGap, loss).toBeLessThan(0.02);
      expect(certificate.dual).toBe(certificate.bound);
      expect(certificate.dual).toBeLessThanOrEqual(certificate.primal);
      expect(certificate.gap).toBe(certificate.primal - certificate.dual);
    }
  });

  it('gives a priced certificate, with the bound beside it, where it cannot prove', async () => {
    const random = createRandom(23);
    const data = sample('squared', 60, 9, 1, random);
    const weights = descended(data, 0.05, plain, 1000, random, 64);
    const options = { tolerance: 0.05, nodeLimit: 1 };
    const priced = await certify(weights, data.X, data.y, 0.05, options);
    expect(priced.scope).toBe('priced');
    expect(priced.search).toEqual({ restarts: 1000, seed: 0 });
    expect(priced.relativeGap).toBeLessThan(0.05);
    expect(priced.bound).toBeLessThan(priced.dual);
    expect(priced.bound).toBeGreaterThan(0);
    const proved = await certify(weights, data.X, data.y, 0.05, { tolerance: 0.05 });
    expect(proved.bound).toBeGreaterThan(priced.bound);
    expect(proved.bound).toBeLessThanOrEqual(proved.primal);
  });

  it('claims no more than a bound for a bad network in many dimensions', async () => {
    const random = createRandom(29);
    const { X, y } = sample('squared', 60, 9, 1, random);
    const bad = randomNetwork(9, 1, plain, random);
    const certificate = await certify(bad, X, y, 1e-3, { nodeLimit: 50, starts: 100 });
    expect(certificate.scope).toBe('bound');
    expect(certificate.dual).toBe(certificate.bound);
    expect(certificate).not.toHaveProperty('search');
  });

  it('judges over the stated patterns when there are any', async () => {
    const random = createRandom(31);
    const data = sample('squared', 25, 4, 1, random);
    const weights = descended(data, 0.05, plain, 800, random);
    const own = await certify(weights, data.X, data.y, 0.05, { scope: 'sampled' });
    expect(own.scope).toBe('sampled');
    expect(own.feasibility).toBe(0);
    const gates: PatternSet = samplePatterns(data.X, 40, { seed: 3 }).patterns;
    const given = await certify(weights, data.X, data.y, 0.05, { patterns: gates });
    expect(given.scope).toBe('sampled');
    // its own patterns are added where the given ones do not hold its neurons
    expect(given.patterns.count).toBeGreaterThan(gates.count);
    expect(given.dualNorm).toBeGreaterThanOrEqual(own.dualNorm * (1 - 1e-9));
    const origin = await certify(weights, data.X, data.y, 0.05, { patterns: { kind: 'gaussian', seed: 3, count: 40 } });
    expect(origin).toEqual(given);
    const wider = await certify(weights, data.X, data.y, 0.05, { patterns: selectPatterns(gates, [0, 1, 2]) });
    expect(wider.dual).toBeGreaterThanOrEqual(given.dual - 1e-12);
  });

  it('judges gated networks over their own gates', async () => {
    const random = createRandom(37);
    const { X, y } = sample('squared', 20, 3, 1, random);
    const relu = randomNetwork(3, 1, { outputBias: true, hiddenBias: true }, random);
    const weights: NetworkWeights = {
      ...relu,
      activation: 'gated',
      gates: gaussian(relu.hidden.rows, 3, random),
      gateBias: normals(relu.hidden.rows, random),
    };
    const certificate = await certify(weights, X, y, 0.1, { hiddenBias: true });
    expect(certificate.scope).toBe('sampled');
    expect(certificate.patterns.count).toBeLessThanOrEqual(relu.hidden.rows);
    expect(certificate.bound).toBeLessThanOrEqual(certificate.dual);
    // no gated network over those gates does better: neither the same with other weights
    for (let k = 0; k < 200; k++) {
      const other = { ...weights, hidden: gaussian(relu.hidden.rows, 3, random) };
      const scaled = {
        ...other,
        hidden: { ...other.hidden, data: other.hidden.data.map((x) => x * random.uniform()) },
      };
      const value = networkObjective(scaled, X, y, 0.1, { hiddenBias: true });
      expect(value).toBeGreaterThanOrEqual(certificate.dual);
    }
  });

  it('gives the same certificate twice, and one when time or patience run out', async () => {
    const random = createRandom(41);
    const { X, y } = sample('squared', 80, 8, 1, random);
    const weights = randomNetwork(8, 1, plain, random);
    const options = { nodeLimit: 100, starts: 60 };
    expect(await certify(weights, X, y, 0.01, options)).toEqual(await certify(weights, X, y, 0.01, options));
    for (const stop of [{ signal: AbortSignal.abort() }, { timeLimit: 1e-3 }]) {
      const cut = await certify(weights, X, y, 0.01, stop);
      expect(cut.scope).toBe('bound');
      expect(cut.bound).toBeGreaterThanOrEqual(0);
      expect(cut.bound).toBeLessThanOrEqual(cut.primal);
    }
  });

  it('refuses bad options', async () => {
    const X = gaussian(3, 2, createRandom(1));
    const y = Float64Array.of(1, 2, 3);
    const weights = constantNetwork(2, [0]);
    await expect(certify(weights, X, y, -1)).rejects.toMatchObject({ kind: 'usage' });
    await expect(certify(weights, X, y, 1, { tolerance: Number.NaN })).rejects.toMatchObject({ kind: 'usage' });
    await expect(certify(weights, X, y, 1, { patterns: emptyPatterns(4, 1) })).rejects.toMatchObject({ kind: 'usage' });
    await expect(certify(constantNetwork(5, [0]), X, y, 1)).rejects.toMatchObject({ kind: 'usage' });
  });
});

describe('augment and patternDigest', () => {
  it('append ones; recognise patterns', () => {
    expect(augment(matrix(2, 1, Float64Array.of(5, 6))).data).toEqual(Float64Array.of(5, 1, 6, 1));
    const { patterns } = samplePatterns(gaussian(20, 3, createRandom(1)), 10, { seed: 1 });
    const changed = { ...patterns, bytes: patterns.bytes.map((b, i) => (i === 7 ? b ^ 4 : b)) };
    const digests = [patterns, changed, selectPatterns(patterns, [0, 1]), emptyPatterns(20), emptyPatterns(21)];
    expect(new Set(digests.map(patternDigest)).size).toBe(5);
    expect(patternDigest({ n: 9, count: 1, stride: 2, bytes: Uint8Array.of(1, 1) })).toMatchInlineSnapshot(
      `"8355594f5ea1a3e9"`,
    );
  });
});
