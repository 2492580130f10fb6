import { expect, test } from 'vitest';
import { matrix } from '../../src/linalg/index.js';
import {
  checkWeights,
  constantNetwork,
  equalWeights,
  type NetworkWeights,
  networkSizes,
  selectNeurons,
  weightsFromJson,
  weightsToJson,
} from '../../src/networks/index.js';
import { randomNetwork } from './helpers.js';

const relu = randomNetwork({ inputs: 3, neurons: 4, outputs: 2 });
const gated = randomNetwork({ inputs: 3, neurons: 4, outputs: 2, activation: 'gated' });

test('sound weights pass, also without neurons', () => {
  for (const weights of [relu, gated, constantNetwork(3, [1]), constantNetwork(3, [1], 'gated')]) checkWeights(weights);
  expect(networkSizes(relu)).toEqual({ inputs: 3, neurons: 4, outputs: 2 });
});

const faults: [string, Partial<NetworkWeights>, NetworkWeights, string][] = [
  ['rows of output', { output: matrix(3, 2) }, relu, 'expected 4 rows in output, one per row of hidden, got 3'],
  ['hidden biases', { hiddenBias: new Float64Array(5) }, relu, 'expected 4 hidden biases, one per neuron, got 5'],
  ['output biases', { outputBias: new Float64Array(1) }, relu, 'expected 2 output biases, got 1'],
  ['no outputs', { output: matrix(4, 0), outputBias: new Float64Array(0) }, relu, 'expected at least one output'],
  [
    'entries',
    { hidden: { rows: 4, cols: 3, data: new Float64Array(11) } },
    relu,
    'expected 4·3 = 12 entries in hidden, got 11',
  ],
  ['gates in relu', { gates: gated.gates, gateBias: gated.gateBias }, relu, 'a relu network has no gates'],
  ['no gates', { gates: undefined }, gated, 'a gated network needs gates and gateBias'],
  ['gate shape', { gates: matrix(4, 2) }, gated, 'expected 4×3 gates, as hidden, got 4×2'],
  ['gate biases', { gateBias: new Float64Array(2) }, gated, 'expected 4 gate biases, got 2'],
  ['activation', { activation: 'tanh' as 'relu' }, relu, 'expected activation relu or gated, got tanh'],
  [
    'NaN',
    { hiddenBias: Float64Array.of(0, Number.NaN, 0, 0) },
    relu,
    'expected finite weights, got NaN in hiddenBias, entry 1',
  ],
  ['Infinity', { gateBias: Float64Array.of(0, 0, 0, -Infinity) }, gated, 'got -Infinity in gateBias, entry 3'],
];

test.each(faults)('unsound weights are refused: %s', (_, change, base, message) => {
  expect(() => checkWeights({ ...base, ...change }, 'here')).toThrow(
    `here: ${message.startsWith('got') ? '' : message}`,
  );
  expect(() => checkWeights({ ...base, ...change }, 'here')).toThrow(message);
});

test('equality looks at every array, at shapes and at the tolerance', () => {
  expect(equalWeights(gated, gated)).toBe(true);
  expect(equalWeights(relu, gated)).toBe(false);
  expect(equalWeights(relu, selectNeurons(relu, [0, 1, 2]))).toBe(false);
  for (const key of ['hiddenBias', 'outputBias', 'gateBias'] as const) {
    const moved = { ...gated, [key]: gated[key]!.map((value) => value + 1e-9) };
    expect([equalWeights(gated, moved), equalWeights(gated, moved, 1e-8)]).toEqual([false, true]);
  }
  for (const key of ['hidden', 'output', 'gates'] as const) {
    const m = gated[key]!;
    const moved = {
      ...gated,
      [key]: matrix(
        m.rows,
        m.cols,
        m.data.map((value) => value + 1e-9),
      ),
    };
    expect([equalWeights(gated, moved), equalWeights(gated, moved, 1e-8)]).toEqual([false, true]);
  }
});

test('neurons are selected in the order asked for, as copies', () => {
  const picked = selectNeurons(gated, [2, 0]);
  expect([...picked.hidden.data]).toEqual([...gated.hidden.data.slice(6, 9), ...gated.hidden.data.slice(0, 3)]);
  expect([...picked.gateBias!]).toEqual([gated.gateBias![2], gated.gateBias![0]]);
  picked.hidden.data.fill(0);
  expect(gated.hidden.data.every((value) => value !== 0)).toBe(true);
});

test('the JSON form keeps every bit', () => {
  for (const weights of [relu, gated, constantNetwork(3, [0.1, 2])]) {
    const back = weightsFromJson(JSON.parse(JSON.stringify(weightsToJson(weights))));
    expect(back).toEqual(weights);
  }
});

test('JSON of other lengths is refused with the neuron', () => {
  const json = structuredClone(weightsToJson(gated)) as unknown as {
    neurons: { gate?: number[]; weights: number[]; output: number[] }[];
  };
  const spoil = (change: (neurons: typeof json.neurons) => void) => {
    const copy = structuredClone(json);
    change(copy.neurons);
    return () => weightsFromJson(copy as never, 'file.json');
  };
  expect(spoil((n) => n[1].weights.pop())).toThrow('file.json: weights of neuron 1: expected 3 numbers, got 2.');
  expect(spoil((n) => n[3].output.push(0))).toThrow('file.json: output of neuron 3: expected 2 numbers, got 3.');
  expect(spoil((n) => delete n[2].gate)).toThrow('file.json: gate of neuron 2: expected 3 numbers, got none.');
  expect(spoil((n) => n[0].weights.fill(Number.NaN))).toThrow(
    'file.json: expected finite weights, got NaN in hidden, entry 0.',
  );
  const mixed = { ...weightsToJson(relu), neurons: weightsToJson(gated).neurons };
  expect(() => weightsFromJson(mixed)).toThrow('expected no gate in a relu network, got one in neuron 0.');
});
