import { describe, expect, it } from 'vitest';
import { createRandom, exp, log } from '../../src/base/index.js';
import { certify, networkObjective } from '../../src/certificates/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { type NetworkWeights, predictScores } from '../../src/networks/index.js';
import {
  optimalSet,
  predictionRanges,
  prunedNetwork,
  pruningCurve,
  pruningSteps,
} from '../../src/optimal-set/index.js';

interface Planted {
  readonly X: Matrix;
  readonly y: Float64Array;
  readonly lambda: number;
  readonly weights: NetworkWeights;
  readonly gates: Matrix;
}

/**
 * Rows are the unit vectors, four of each class; for the output of its class each pair of neighbours of a circle of four has a gate. With
 * all scores of the own class t and the others 0, p = e^t/(e^t + c − 1), every pair has the price (1 − p)√2 = nλ.
 */
function planted(classes: number): Planted {
  const n = 4 * classes;
  const X = matrix(
    n,
    n,
    Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0)),
  );
  const y = Float64Array.from({ length: n * classes }, (_, k) =>
    Math.floor(k / classes) % classes === k % classes ? 1 : 0,
  );
  const p = 0.7;
  const t = log((p * (classes - 1)) / (1 - p));
  const pairs = Array.from({ length: n }, (_, i) => [i, (i + classes) % n]);
  const gates = matrix(n, n + 1);
  pairs.forEach(([a, b], j) => {
    for (let k = 0; k < n; k++) gates.data[j * (n + 1) + k] = k === a || k === b ? 1 : -1;
  });
  const hidden = matrix(n, n);
  const output = matrix(n, classes);
  pairs.forEach(([a, b], j) => {
    hidden.data[j * n + a] = t / 2;
    hidden.data[j * n + b] = t / 2;
    output.data[j * classes + (j % classes)] = 1;
  });
  const own = matrix(
    n,
    n,
    Float64Array.from({ length: n * n }, (_, k) => gates.data[Math.floor(k / n) * (n + 1) + (k % n)]),
  );
  const weights: NetworkWeights = {
    activation: 'gated',
    ...{ hidden, output, gates: own },
    hiddenBias: new Float64Array(n),
    gateBias: new Float64Array(n),
    outputBias: new Float64Array(classes),
  };
  return { X, y, lambda: ((1 - p) * Math.sqrt(2)) / n, weights, gates };
}

/** Probabilities of the classes, row by row. */
function probabilities(weights: NetworkWeights, X: Matrix): number[] {
  const { data, cols } = predictScores(weights, X);
  return Array.from({ length: X.rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols), exp)).flatMap(
    (powers) => powers.map((power) => power / powers.reduce((sum, other) => sum + other, 0)),
  );
}

const options = { loss: 'softmax', outputBias: true, hiddenBias: false } as const;

describe('softmax', () => {
  it.each([
    // a circle of four pairs has one null vector; of two classes each neuron has a mirrored one for the other output besides, and the bias
    // can move: 16 neurons of rank 5
    [2, 11],
    [3, 3],
    [4, 4],
  ])(
    '%i classes: members have one objective and one set of probabilities, in %i dimensions',
    async (classes, dimension) => {
      const { X, y, lambda, weights, gates } = planted(classes);
      const set = await optimalSet(weights, X, y, lambda, { ...options, gates });
      expect(Math.max(set.deviation, set.excess)).toBeLessThan(1e-12);
      expect(set.dimension).toBe(dimension);
      const objective = (w: NetworkWeights): number => networkObjective(w, X, y, lambda, options);
      const exact = pruningSteps(set).filter((step) => step.exact);
      const networks = [...set.sample(10, 1), ...set.vertices(10).members].map((member) => member.weights);
      for (const w of [...networks, ...exact.map((step) => prunedNetwork(set, step))]) {
        expect(Math.abs(objective(w) / objective(weights) - 1)).toBeLessThan(1e-10);
        probabilities(w, X).forEach((p, k) => {
          expect(p).toBeCloseTo(probabilities(weights, X)[k], 9);
        });
      }
      const certificate = await certify(networks[0], X, y, lambda, { ...options, scope: 'sampled' });
      expect(certificate.relativeGap).toBeLessThan(1e-9);
      expect(exact.length).toBeGreaterThan(1);
      expect(pruningCurve(set, [exact[0]], { X, y })[0].accuracy).toBe(1);
      const last = pruningSteps(set).at(-1)!;
      expect(pruningCurve(set, [last], { X, y })[0].accuracy).toBeCloseTo(1 / classes, 12);
    },
  );

  it('classes that some member puts first are those that predictionRanges names', async () => {
    const { X, y, lambda, weights, gates } = planted(3);
    const set = await optimalSet(weights, X, y, lambda, { ...options, gates });
    const random = createRandom(2);
    const rows = matrix(
      40,
      X.cols,
      Float64Array.from({ length: 40 * X.cols }, () => random.normal()),
    );
    const ranges = predictionRanges(set, rows);
    const seen = ranges.map(() => new Set<number>());
    for (const { weights: w } of [...set.sample(200, 5), ...set.vertices(100).members]) {
      const { data } = predictScores(w, rows);
      ranges.forEach(({ least, greatest, classes }, i) => {
        const scores = data.subarray(3 * i, 3 * i + 3);
        scores.forEach((score, k) => {
          expect(score).toBeGreaterThanOrEqual(least[k] - 1e-9);
          expect(score).toBeLessThanOrEqual(greatest[k] + 1e-9);
        });
        const [second, first] = [...scores].sort((a, b) => a - b).slice(1);
        if (first - second < 1e-9) return;
        const top = scores.indexOf(first);
        expect(classes).toContain(top);
        seen[i].add(top);
      });
    }
    const open = ranges.filter(({ classes }) => classes.length > 1).length;
    expect(open).toBeGreaterThan(0);
    // extremes are vertices, so every disagreement has been seen
    ranges.forEach(({ classes }, i) => {
      expect(seen[i].size > 1).toBe(classes.length > 1);
    });
    let rounds = 0;
    expect(predictionRanges(set, rows, () => ++rounds < 3).length).toBe(3);
    expect(() => predictionRanges(set, matrix(1, 2))).toThrow(/predictionRanges: expected 12 columns, got 2/);
  });
});
