import { expect, test } from 'vitest';
import { matrix, matrixFromRows } from '../../src/linalg/index.js';
import { constantNetwork, predictScores } from '../../src/networks/index.js';
import { naiveScores, randomMatrix, randomNetwork, relativeError } from './helpers.js';

test.each([
  { activation: 'relu', outputs: 1 },
  { activation: 'gated', outputs: 1 },
  { activation: 'relu', outputs: 3, dense: true },
  { activation: 'gated', outputs: 3 },
] as const)('scores are those of a naive loop (%o)', (shape) => {
  const weights = randomNetwork({ inputs: 5, neurons: 9, ...shape });
  const X = randomMatrix(40, 5);
  const scores = predictScores(weights, X);
  expect([scores.rows, scores.cols]).toEqual([40, shape.outputs]);
  expect(relativeError(scores.data, naiveScores(weights, X).flat())).toBeLessThan(1e-14);
});

test('a tie is active: a gate at exactly 0 is open', () => {
  const one = matrix(1, 1, Float64Array.of(1));
  const weights = {
    activation: 'gated',
    hidden: one,
    hiddenBias: Float64Array.of(5),
    output: one,
    outputBias: Float64Array.of(0),
    gates: one,
    gateBias: Float64Array.of(0),
  } as const;
  expect([...predictScores(weights, matrixFromRows([[0], [-0], [-1e-300]])).data]).toEqual([5, 5, 0]);
});

test('without neurons the score is the bias', () => {
  const scores = predictScores(constantNetwork(2, [3, -4]), randomMatrix(2, 2));
  expect([...scores.data]).toEqual([3, -4, 3, -4]);
});

test('bad input is refused with its place', () => {
  const weights = randomNetwork({ inputs: 3, neurons: 2 });
  expect(() => predictScores(weights, matrix(1, 2))).toThrow(
    'predictScores: expected 3 columns, as the network has inputs, got 2.',
  );
  const X = matrixFromRows([
    [1, 2, 3],
    [4, 5, Number.NaN],
  ]);
  expect(() => predictScores(weights, X)).toThrow('got NaN at row 1, column 2 (from 0).');
});
