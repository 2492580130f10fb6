import { describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom } from '../../src/base/index.js';
import { networkObjective } from '../../src/certificates/index.js';
import { type FitOptions, fit } from '../../src/estimators/index.js';
import { matrix } from '../../src/linalg/index.js';
import { predictScores } from '../../src/networks/index.js';
import { optimalSet, prunedNetwork, pruningSteps } from '../../src/optimal-set/index.js';
import { expectCertified, expectSame, largestDifference } from './helpers.js';
import type { KnownProblem } from './problems.js';

/** A network of `fit` on small integers: rows repeat, and neurons lie on faces of cells. */
async function trained(
  activation: 'relu' | 'gated',
  loss: 'squared' | 'logistic',
  seed: number,
): Promise<KnownProblem> {
  const random = createRandom(seed);
  const [n, d, patterns, lambda] = [40, 4, 300, 0.005];
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.integer(3) - 1),
  );
  const y = Float64Array.from({ length: n }, () => (random.uniform() < 0.5 ? -1 : 1));
  const outputBias = seed % 2 === 0;
  const options: FitOptions = { lambda, activation, loss, patterns, gap: 1e-11, outputBias, seed: 5, threads: 1 };
  const { weights } = await fit(X, y, options);
  const sample = samplePatterns(X, patterns, { seed: 5, kind: 'gaussian' });
  const given = activation === 'gated' ? { gates: sample.gates } : { patterns: sample.patterns };
  return {
    name: `${activation} ${loss} ${seed}`,
    X,
    y,
    lambda,
    weights,
    options: { loss, outputBias, hiddenBias: false, ...given },
  };
}

describe('networks trained here', () => {
  it('members of their sets are optimal, unique or not', async () => {
    const dimensions: number[] = [];
    for (const loss of ['squared', 'logistic'] as const) {
      for (const activation of ['relu', 'gated'] as const) {
        for (const seed of [1, 2, 3]) {
          const p = await trained(activation, loss, seed);
          const set = await optimalSet(p.weights, p.X, p.y, p.lambda, p.options);
          expect(set.deviation, p.name).toBeLessThan(1e-6);
          expect(set.excess, p.name).toBeLessThan(1e-6);
          for (const { weights } of [set.given, ...set.vertices(5).members, ...set.sample(5, 2)])
            expectSame(p, weights);
          const exact = pruningSteps(set).filter((step) => step.exact);
          for (const step of exact) expectSame(p, prunedNetwork(set, step));
          expect(exact[exact.length - 1].neurons, p.name).toBeLessThanOrEqual(set.rank);
          const { weights } = set.sample(1, 3)[0];
          const again = await optimalSet(weights, p.X, p.y, p.lambda, p.options);
          expect(again.dimension, p.name).toBe(set.dimension);
          expect(Math.max(again.deviation, again.excess), p.name).toBeLessThan(1e-6);
          // ReLU: the verifier's bounds of cone norms are not tight on repeated rows
          if (activation === 'gated') await expectCertified(p, weights);
          dimensions.push(set.dimension);
        }
      }
    }
    expect(Math.max(...dimensions)).toBeGreaterThan(1);
    expect(Math.min(...dimensions)).toBe(0);
  });

  it('a larger tolerance gives nearly optimal networks of the same fit, as near as it says', async () => {
    const p = await trained('gated', 'squared', 1);
    const epsilon = 0.05;
    const set = await optimalSet(p.weights, p.X, p.y, p.lambda, { ...p.options, tolerance: epsilon });
    expect(set.dimension).toBeGreaterThan(2);
    const fitted = predictScores(p.weights, p.X).data;
    const objective = (w: KnownProblem['weights']): number => networkObjective(w, p.X, p.y, p.lambda, p.options);
    const most = objective(p.weights) + (p.lambda * set.penalty * epsilon) / (1 - epsilon);
    const worst = set.extreme(Float64Array.from(set.candidates, () => 1)).greatest.member;
    for (const { weights } of [worst, ...set.sample(100, 1), ...set.vertices(100).members]) {
      expect(largestDifference(predictScores(weights, p.X).data, fitted)).toBeLessThan(1e-9);
      expect(objective(weights)).toBeLessThanOrEqual(most);
      expect(objective(weights)).toBeGreaterThanOrEqual(objective(p.weights) * (1 - 1e-9));
    }
  });
});
