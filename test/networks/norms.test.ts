import { expect, test } from 'vitest';
import { matrix, matrixFromRows } from '../../src/linalg/index.js';
import {
  activeFeatures,
  balanced,
  dropZero,
  hiddenNorms,
  mergeParallel,
  type NetworkWeights,
  neuronNorms,
  outputNorms,
  penalty,
  predictScores,
  selectNeurons,
  splitOutputs,
} from '../../src/networks/index.js';
import { randomMatrix, randomNetwork, relativeError } from './helpers.js';

const byHand: NetworkWeights = {
  activation: 'relu',
  hidden: matrixFromRows([
    [3, 0, 0],
    [0, 0, 6],
    [0, 1, 0],
  ]),
  hiddenBias: Float64Array.of(4, 8, 0),
  output: matrixFromRows([
    [2, 0],
    [-1, 0.5],
    [0, 0],
  ]),
  outputBias: Float64Array.of(0, 0),
};

const sameFunction = (a: NetworkWeights, b: NetworkWeights, tolerance = 1e-13): void => {
  const X = randomMatrix(50, a.hidden.cols, 3);
  expect(relativeError(predictScores(a, X).data, predictScores(b, X).data)).toBeLessThan(tolerance);
};

test('norms and penalty by hand: the hidden bias counts, several outputs count by their sum', () => {
  expect([...hiddenNorms(byHand)]).toEqual([5, 10, 1]);
  expect([...outputNorms(byHand)]).toEqual([2, 1.5, 0]);
  expect([...neuronNorms(byHand)]).toEqual([10, 15, 0]);
  expect(penalty(byHand)).toBe(25);
});

test.each([1e-300, 1e-200, 1e-163, 1e-155, 1e155, 1e200, 1e300])(
  'weights of size %d, whose squares are no doubles, count as their rescaled neurons do',
  (size) => {
    const scaled: NetworkWeights = {
      ...byHand,
      hidden: matrix(
        3,
        3,
        byHand.hidden.data.map((v) => v * size),
      ),
      hiddenBias: byHand.hiddenBias.map((v) => v * size),
      output: matrix(
        3,
        2,
        byHand.output.data.map((v) => v / size),
      ),
    };
    expect(relativeError(neuronNorms(scaled), neuronNorms(byHand))).toBeLessThan(1e-14);
    sameFunction(scaled, dropZero(scaled));
    sameFunction(scaled, mergeParallel(scaled));
  },
);

test('active features are those of neurons that reach an output, by weight or gate', () => {
  expect(activeFeatures(byHand)).toEqual([0, 2]);
  expect(activeFeatures(byHand, 3)).toEqual([2]);
  const gates = matrixFromRows([
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 1],
  ]);
  expect(activeFeatures({ ...byHand, activation: 'gated', gates, gateBias: new Float64Array(3) })).toEqual([0, 1, 2]);
});

test.each(['relu', 'gated'] as const)('balancing keeps function and penalty of a %s network', (activation) => {
  const weights = randomNetwork({ inputs: 4, neurons: 6, outputs: 2, activation });
  const even = balanced(weights);
  sameFunction(weights, even);
  expect(penalty(even)).toBeCloseTo(penalty(weights), 12);
  const outer = outputNorms(even);
  expect(relativeError(hiddenNorms(even), outer)).toBeLessThan(1e-14);
  const squares = outer.reduce((sum, norm) => sum + norm * norm, 0);
  expect(squares).toBeCloseTo(penalty(weights), 12);
});

test('balancing makes a half-dead neuron all zeros', () => {
  const even = balanced(byHand);
  expect([...even.hidden.data.slice(6)]).toEqual([0, 0, 0]);
  expect([...even.output.data.slice(4)]).toEqual([0, 0]);
});

test('zero neurons are dropped, and small ones below a threshold', () => {
  expect(dropZero(byHand).hidden.rows).toBe(2);
  expect([...dropZero(byHand, 10).hiddenBias]).toEqual([8]);
  sameFunction(byHand, dropZero(byHand), 1e-300);
});

test('splitting gives one output per neuron, the same function and penalty', () => {
  const weights = randomNetwork({ inputs: 4, neurons: 5, outputs: 3, dense: true, activation: 'gated' });
  const split = splitOutputs(weights);
  expect(split.hidden.rows).toBe(15);
  for (let j = 0; j < 15; j++) expect(split.output.data.slice(3 * j, 3 * j + 3).filter((a) => a !== 0)).toHaveLength(1);
  sameFunction(weights, split);
  expect(penalty(split)).toBeCloseTo(penalty(weights), 12);
  expect(splitOutputs(byHand).hidden.rows).toBe(3);
});

/** Every neuron twice more, at other scales. */
function tripled(weights: NetworkWeights): NetworkWeights {
  const m = weights.hidden.rows;
  const all = selectNeurons(
    weights,
    [...Array(3 * m).keys()].map((j) => j % m),
  );
  all.hidden.data.forEach((_, i) => {
    if (i >= all.hidden.cols * m) all.hidden.data[i] *= 0.3;
  });
  all.hiddenBias.forEach((_, i) => {
    if (i >= m) all.hiddenBias[i] *= 0.3;
  });
  return all;
}

test.each(['relu', 'gated'] as const)('parallel neurons of a %s network merge into one', (activation) => {
  const weights = randomNetwork({ inputs: 4, neurons: 6, outputs: 2, activation });
  const many = tripled(weights);
  const merged = mergeParallel(many);
  expect(merged.hidden.rows).toBe(6);
  sameFunction(many, merged);
  expect(penalty(merged)).toBeCloseTo(penalty(many), 12);
  expect(mergeParallel(weights)).toEqual(weights);
});

test('opposite signs, other outputs and other gates do not merge', () => {
  const pair = (output: number[][], change: Partial<NetworkWeights> = {}): number =>
    mergeParallel({
      activation: 'relu',
      hidden: matrixFromRows([
        [1, 2],
        [2, 4],
      ]),
      hiddenBias: new Float64Array(2),
      output: matrixFromRows(output),
      outputBias: new Float64Array(2),
      ...change,
    }).hidden.rows;
  expect(
    pair([
      [1, 0],
      [1, 0],
    ]),
  ).toBe(1);
  expect(
    pair([
      [1, 0],
      [-1, 0],
    ]),
  ).toBe(2);
  expect(
    pair([
      [1, 0],
      [0, 1],
    ]),
  ).toBe(2);
  expect(
    pair(
      [
        [1, 0],
        [1, 0],
      ],
      { hiddenBias: Float64Array.of(0, 1) },
    ),
  ).toBe(2);
  const gated = {
    activation: 'gated',
    gates: matrixFromRows([
      [1, 0],
      [3, 0],
    ]),
    gateBias: new Float64Array(2),
  } as const;
  expect(
    pair(
      [
        [1, 0],
        [1, 0],
      ],
      gated,
    ),
  ).toBe(1);
  expect(
    pair(
      [
        [1, 0],
        [1, 0],
      ],
      { ...gated, gateBias: Float64Array.of(0, 1) },
    ),
  ).toBe(2);
});

test('the tolerance of merging is a distance between unit directions', () => {
  const weights = {
    ...byHand,
    hidden: matrixFromRows([
      [1, 0],
      [1, 1e-4],
    ]),
    hiddenBias: new Float64Array(2),
    output: matrix(2, 1, Float64Array.of(1, 1)),
    outputBias: Float64Array.of(0),
  };
  expect(mergeParallel(weights).hidden.rows).toBe(2);
  expect(mergeParallel(weights, 2e-4).hidden.rows).toBe(1);
  // The merged direction is the sum, so the penalty can only fall, and where both are active nothing changes.
  const merged = mergeParallel(weights, 2e-4);
  expect(penalty(weights) - penalty(merged)).toBeGreaterThan(0);
  const X = matrixFromRows([
    [1, 5],
    [2, -3],
  ]);
  expect(relativeError(predictScores(merged, X).data, predictScores(weights, X).data)).toBeLessThan(1e-15);
});

test('zero neurons pass through merging', () => {
  const weights = { ...byHand, hidden: matrix(3, 3), hiddenBias: new Float64Array(3) };
  expect(mergeParallel(weights)).toEqual(weights);
});
