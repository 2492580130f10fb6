import { onnx } from 'onnx-proto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { encodeFeatures } from '../../src/data/index.js';
import type { Matrix } from '../../src/linalg/index.js';
import { matrixFromRows } from '../../src/linalg/index.js';
import {
  constantNetwork,
  equalWeights,
  fromOnnx,
  type NetworkWeights,
  type Precision,
  predictScores,
  toOnnx,
} from '../../src/networks/index.js';
import {
  mixedFeatures,
  mixedNumbers,
  mixedPreprocessing,
  mixedTable,
  randomMatrix,
  randomNetwork,
  relativeError,
  targets,
} from './helpers.js';

const precisions: readonly [Precision, number][] = [
  ['float32', 1e-6],
  ['float64', 1e-12],
];

/** Outputs of ONNX Runtime by name. */
async function run(bytes: Uint8Array, X: Matrix, precision: Precision): Promise<Record<string, Tensor>> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const data = precision === 'float32' ? Float32Array.from(X.data) : X.data.slice();
  const outputs = await session.run({ input: new Tensor(precision, data, [X.rows, X.cols]) });
  return outputs as Record<string, Tensor>;
}

const numbers = (tensor: Tensor): number[] => Array.from(tensor.data as ArrayLike<number | bigint>, Number);

describe.each(precisions)('in %s, to %f', (precision, tolerance) => {
  test.each([
    { activation: 'relu', outputs: 1 },
    { activation: 'gated', outputs: 1 },
    { activation: 'relu', outputs: 3, dense: true },
    { activation: 'gated', outputs: 3 },
  ] as const)('ONNX Runtime gives the scores of predictScores (%o)', async (shape) => {
    const weights = randomNetwork({ inputs: 6, neurons: 20, ...shape });
    const X = randomMatrix(64, 6);
    // What a float32 file gets as input is rounded before any of our arithmetic.
    const rounded = precision === 'float32' ? { ...X, data: X.data.map(Math.fround) } : X;
    const { score } = await run(toOnnx(weights, { precision }), X, precision);
    expect(score.dims).toEqual([64, shape.outputs]);
    expect(relativeError(numbers(score), predictScores(weights, rounded).data)).toBeLessThan(tolerance);
  });

  test.each(['number', 'binary', 'classes'] as const)('preprocessing and answers are in the file: %s', async (kind) => {
    const preprocessing = mixedPreprocessing(targets[kind]);
    const weights = randomNetwork({ inputs: mixedFeatures, neurons: 12, outputs: kind === 'classes' ? 3 : 1 });
    const scores = predictScores(weights, encodeFeatures(mixedTable(), preprocessing).X);
    const outputs = await run(toOnnx(weights, { preprocessing, precision }), matrixFromRows(mixedNumbers()), precision);
    expect(relativeError(numbers(outputs.score), scores.data)).toBeLessThan(tolerance);
    const answers = expectedAnswers(scores, kind);
    for (const [name, expected] of Object.entries(answers)) {
      expect(outputs[name].dims).toEqual(name === 'label' ? [6] : [6, expected.length / 6]);
      expect(relativeError(numbers(outputs[name]), expected)).toBeLessThan(tolerance);
    }
    expect(Object.keys(outputs).sort()).toEqual(['score', ...Object.keys(answers)].sort());
  });

  test('two classes may have two scores, and probabilities may be left out', async () => {
    const preprocessing = mixedPreprocessing(targets.binary);
    const weights = randomNetwork({ inputs: mixedFeatures, neurons: 7, outputs: 2 });
    const scores = predictScores(weights, encodeFeatures(mixedTable(), preprocessing).X);
    const bytes = toOnnx(weights, { preprocessing, precision, probability: false });
    const outputs = await run(bytes, matrixFromRows(mixedNumbers()), precision);
    expect(Object.keys(outputs).sort()).toEqual(['label', 'score']);
    expect(numbers(outputs.label)).toEqual(expectedAnswers(scores, 'classes').label);
  });

  test.each(['relu', 'gated'] as const)('a network without neurons gives its bias (%s)', async (activation) => {
    const bytes = toOnnx(constantNetwork(3, [0.5, -2], activation), { precision });
    const { score } = await run(bytes, randomMatrix(2, 3), precision);
    expect(numbers(score)).toEqual([0.5, -2, 0.5, -2]);
  });

  test('one row and no row are fine', async () => {
    const bytes = toOnnx(randomNetwork({ inputs: 2, neurons: 3 }), { precision });
    expect((await run(bytes, randomMatrix(1, 2), precision)).score.dims).toEqual([1, 1]);
    expect((await run(bytes, randomMatrix(0, 2), precision)).score.dims).toEqual([0, 1]);
  });
});

/** Labels, probabilities and predictions from the definition. */
function expectedAnswers(scores: Matrix, kind: 'number' | 'binary' | 'classes'): Record<string, number[]> {
  const rows = Array.from({ length: scores.rows }, (_, i) => [
    ...scores.data.slice(i * scores.cols, (i + 1) * scores.cols),
  ]);
  if (kind === 'number') return { prediction: rows.map(([score]) => score * 37.25 + 210.5) };
  const softmax = (row: number[]): number[] => row.map((s) => 1 / row.reduce((sum, t) => sum + Math.exp(t - s), 0));
  const all = kind === 'binary' ? rows.map(([score]) => [0, score]) : rows;
  return { label: all.map((row) => row.indexOf(Math.max(...row))), probability: all.flatMap(softmax) };
}

test('a tie: score 0 is the first class, a gate at 0 is open', async () => {
  const preprocessing = mixedPreprocessing(targets.binary);
  const zero = constantNetwork(mixedFeatures, [0], 'gated');
  const outputs = await run(toOnnx(zero, { preprocessing }), matrixFromRows(mixedNumbers()), 'float32');
  expect(numbers(outputs.label)).toEqual([0, 0, 0, 0, 0, 0]);
  const { gates, gateBias, ...rest } = randomNetwork({ inputs: 1, neurons: 1, activation: 'gated' });
  const tie = { ...rest, gates: gates!, gateBias: gateBias!.map(() => 0) } as NetworkWeights;
  const X = matrixFromRows([[0]]);
  const { score } = await run(toOnnx(tie, { precision: 'float64' }), X, 'float64');
  expect(numbers(score)[0]).toBe(predictScores(tie, X).data[0]);
  expect(numbers(score)[0]).not.toBe(tie.outputBias[0]);
});

describe('an independent parser', () => {
  const preprocessing = mixedPreprocessing(targets.classes);
  const weights = randomNetwork({ inputs: mixedFeatures, neurons: 4, outputs: 3 });
  const model = onnx.ModelProto.decode(toOnnx(weights, { preprocessing, precision: 'float64' }));

  test('finds inputs, outputs, versions and constants', () => {
    expect([Number(model.irVersion), model.producerName, Number(model.opsetImport[0].version)]).toEqual([
      8,
      'relucent',
      15,
    ]);
    const graph = model.graph!;
    expect(graph.output!.map((value) => value.name)).toEqual(['score', 'label', 'probability']);
    const [input] = graph.input!;
    expect(input.name).toBe('input');
    const dims = input.type!.tensorType!.shape!.dim!.map((dim) => dim.dimParam || Number(dim.dimValue));
    expect(dims).toEqual(['N', 5]);
    const hidden = graph.initializer!.find((tensor) => tensor.name === 'hidden.weight')!;
    expect(hidden.dims!.map(Number)).toEqual([4, mixedFeatures]);
    const raw = hidden.rawData!.slice();
    expect([...new Float64Array(raw.buffer, raw.byteOffset, 4 * mixedFeatures)]).toEqual([...weights.hidden.data]);
  });

  test('finds the coding of the columns in the metadata', () => {
    const entries = new Map(model.metadataProps.map(({ key, value }) => [key, value]));
    const columns = JSON.parse(entries.get('relucent.columns') ?? '');
    expect(columns.map((column: { name: string }) => column.name)).toEqual([
      'age',
      'colour */ "1"',
      'member',
      'größe',
      'size',
    ]);
    expect(columns[1].levels).toEqual(['red', 'green\\', 'it’s blue', '7']);
    expect(JSON.parse(entries.get('relucent.classes') ?? '')).toEqual(['a', 'b"c', 'd']);
    expect(model.docString).toContain('NaN for missing');
  });
});

test.each(['relu', 'gated'] as const)('what is written is read back: %s', (activation) => {
  const weights = randomNetwork({ inputs: mixedFeatures, neurons: 5, activation });
  const plain = fromOnnx(toOnnx(weights, { precision: 'float64' }));
  expect(equalWeights(plain.weights, weights)).toBe(true);
  expect(plain.warnings).toEqual([]);
  const folded = fromOnnx(toOnnx(weights, { precision: 'float64', preprocessing: mixedPreprocessing(targets.binary) }));
  expect(equalWeights(folded.weights, weights)).toBe(true);
  expect(folded.warnings).toEqual([
    'The preprocessing in the file is left out: the weights act on its encoded features.',
  ]);
  const single = fromOnnx(toOnnx(weights, { precision: 'float32' })).weights;
  expect(equalWeights(single, weights, 1e-6) && !equalWeights(single, weights)).toBe(true);
});

test('bad input is refused', () => {
  const weights = randomNetwork({ inputs: 2, neurons: 1 });
  expect(() => toOnnx({ ...weights, hiddenBias: new Float64Array(2) })).toThrow('toOnnx: expected 1 hidden biases');
  expect(() => toOnnx(constantNetwork(0, [1]))).toThrow('toOnnx: expected a network with inputs, got one without.');
  expect(() => toOnnx(weights, { preprocessing: mixedPreprocessing() })).toThrow(
    'toOnnx: expected 2 features, as the network has inputs; the preprocessing makes 11 and names 11.',
  );
  const outputs = randomNetwork({ inputs: mixedFeatures, neurons: 1, outputs: 2 });
  expect(() => toOnnx(outputs, { preprocessing: mixedPreprocessing() })).toThrow(
    "toOnnx: number of outputs: expected 1 for the target 'price', the network has 2.",
  );
  const large = { ...weights, outputBias: Float64Array.of(1e300) };
  expect(() => toOnnx(large)).toThrow(
    'toOnnx: expected numbers that fit float32, got 1e+300 in output.bias; use float64.',
  );
  expect(fromOnnx(toOnnx(large, { precision: 'float64' })).weights.outputBias[0]).toBe(1e300);
  const narrow = mixedPreprocessing({ kind: 'number', name: 'y', shift: 0, scale: 1 });
  const columns = narrow.columns.map((column) => (column.kind === 'number' ? { ...column, scale: 1e-60 } : column));
  const network = randomNetwork({ inputs: mixedFeatures, neurons: 1 });
  expect(() => toOnnx(network, { preprocessing: { ...narrow, columns } })).toThrow('got 1e-60 in scale; use float64.');
});
