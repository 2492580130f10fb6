import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { certify, globalLowerBound, trainingProblem, verifyCertificate } from '../../src/certificates/index.js';
import { matrix } from '../../src/linalg/index.js';
import { constantNetwork, type NetworkWeights } from '../../src/networks/index.js';
import { randomNetwork } from './oracles.js';

/** Four different rows on a line, the second and third twice, with different targets there. */
const X = matrix(6, 1, Float64Array.of(-1, 1, 1, 2, 2, 3));
const y = Float64Array.of(0.5, 1, 3, -1, -1.5, 2);
/** Within equal rows the mean is best: (1² + 1²)/2/6 for the second and 2·0.25²/2/6 for the third. */
const least = (1 + 0.25 ** 2) / 6;

/** f(x) = 0.5 (−x)_+ + 2 (x)_+ − 5.25 (x − 1)_+ + 6.5 (x − 2)_+ goes through every mean. */
const interpolating: NetworkWeights = {
  activation: 'relu',
  hidden: matrix(4, 1, Float64Array.of(-1, 1, 1, 1)),
  hiddenBias: Float64Array.of(0, 0, -1, -2),
  output: matrix(4, 1, Float64Array.of(0.5, 2, -5.25, 6.5)),
  outputBias: Float64Array.of(0),
};

describe('the bound that equal rows prove', () => {
  it('is the least mean loss at λ = 0, by hand, and makes an interpolating network exact', async () => {
    const options = { hiddenBias: true, outputBias: true };
    const certificate = await certify(interpolating, X, y, 0, options);
    expect(certificate.primal).toBeCloseTo(least, 14);
    expect(certificate).toMatchObject({ scope: 'exact', boundMethod: 'repeated-rows' });
    expect(certificate.bound).toBeLessThanOrEqual(least);
    expect(certificate.bound).toBeGreaterThan(least * (1 - 1e-12));
    expect(await verifyCertificate(certificate, interpolating, X, y, 0, options)).toMatchObject({ accepted: true });
  });

  it('is 0 when rows differ, and never above the objective of any network, for every loss', async () => {
    const random = createRandom(31);
    const options = { hiddenBias: true, outputBias: true };
    const apart = trainingProblem(matrix(3, 1, Float64Array.of(1, 2, 3)), Float64Array.of(1, 0, 4), 0, options);
    expect((await globalLowerBound(apart, Float64Array.of(1, -2, 1))).value).toBe(0);
    for (const loss of ['squared', 'huber', 'logistic', 'squared-hinge', 'softmax'] as const) {
      for (let trial = 0; trial < 20; trial++) {
        const outputs = loss === 'softmax' ? 2 : 1;
        const labels = Float64Array.from(y, () => (random.uniform() < 0.5 ? -1 : 1));
        const oneHot = Float64Array.from({ length: 12 }, (_, i) => (labels[i >> 1] > 0 === (i % 2 === 0) ? 1 : 0));
        const targets = loss === 'softmax' ? oneHot : loss === 'squared' || loss === 'huber' ? y : labels;
        const network =
          trial === 0 ? constantNetwork(1, new Float64Array(outputs)) : randomNetwork(1, outputs, options, random);
        const lambda = trial % 2 === 0 ? 0 : 1e-6;
        const { primal, bound } = await certify(network, X, targets, lambda, { ...options, loss });
        expect(bound).toBeLessThanOrEqual(primal);
        // networks that fit every set of equal rows as well as can be: the best constant for each set
        expect(bound).toBeLessThanOrEqual(bestBySet(loss, targets) + 1e-9 + lambda * 1e3);
      }
    }
  });
});

/** Least mean loss when every set of equal rows has its own constant: fine grids. */
function bestBySet(loss: string, targets: Float64Array): number {
  const value = (f: number, t: number): number => {
    if (loss === 'squared') return 0.5 * (f - t) ** 2;
    if (loss === 'huber') return Math.abs(f - t) <= 1 ? 0.5 * (f - t) ** 2 : Math.abs(f - t) - 0.5;
    if (loss === 'squared-hinge') return 0.5 * Math.max(0, 1 - t * f) ** 2;
    return Math.log1p(Math.exp(-t * f));
  };
  const label = (i: number): number => (loss === 'softmax' ? (targets[2 * i] === 1 ? 1 : -1) : targets[i]);
  let sum = 0;
  for (const set of [
    [1, 2],
    [3, 4],
  ]) {
    let best = Number.POSITIVE_INFINITY;
    for (let f = -40; f <= 40; f += 0.01)
      best = Math.min(
        best,
        set.reduce((s, i) => s + value(f, label(i)), 0),
      );
    sum += best;
  }
  return sum / 6;
}
