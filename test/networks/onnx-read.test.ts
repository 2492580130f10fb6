import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { RelucentError } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import { fromOnnx, predictScores } from '../../src/networks/index.js';
import { naiveScores, randomMatrix, relativeError } from './helpers.js';
import { type Graph, modelBytes, node, tensor } from './onnx-builder.js';

const folder = join(import.meta.dirname, 'fixtures');
const file = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));

/** What ONNX Runtime makes of a fixture: its first output of numbers. */
async function peer(name: string, X: Matrix, dims: number[]): Promise<number[]> {
  const session = await InferenceSession.create(join(folder, name), { intraOpNumThreads: 1 });
  const double = name.includes('double') || name.includes('64');
  const input = double ? new Tensor('float64', X.data, dims) : new Tensor('float32', Float32Array.from(X.data), dims);
  const outputs = await session.run({ [session.inputNames[0]]: input });
  const name0 = session.outputNames.find((output) => !output.includes('label'))!;
  return Array.from(outputs[name0].data as Float32Array);
}

const plain = (scores: number[][]): number[] => scores.flat();
const softmax = (scores: number[][]): number[] =>
  scores.flatMap((row) => row.map((s) => 1 / row.reduce((sum, t) => sum + Math.exp(t - s), 0)));
const sigmoid = (scores: number[][]): number[] => softmax(scores.map(([s]) => [0, s]));

/** Fixture, neurons, what its output is, and the shape of a batch where that is not rows of three inputs. */
const readable: [string, (scores: number[][]) => number[], number[]?][] = [
  ...['plain', 'nobias', 'dropout', 'squeeze', 'clamp', 'double', 'batchnorm', 'factorised'].flatMap(
    (name): [string, typeof plain][] => [
      [`torch1-${name}`, plain],
      [`torch2-${name}`, plain],
    ],
  ),
  ['torch1-flatten', softmax, [2, 2, 3]],
  ['torch2-flatten', softmax, [2, 2, 3]],
  ['torch1-threed', plain, [2, 5, 3]],
  ['torch2-threed', plain, [2, 5, 3]],
  ['sklearn-regressor', plain],
  ['sklearn-regressor64', plain],
  ['sklearn-pipeline', plain],
  ['sklearn-binary', sigmoid],
  ['sklearn-three', softmax],
];

describe('real exports of PyTorch and scikit-learn', () => {
  test.each(readable)('%s is read and agrees with ONNX Runtime', async (name, answer, dims = [2, 3]) => {
    const size = dims.reduce((product, dim) => product * dim, 1);
    const X = matrix(
      2,
      size / 2,
      randomMatrix(1, size, 5).data.map((value) => Math.fround(3 * value)),
    );
    const { weights } = fromOnnx(file(`${name}.onnx`));
    const d = weights.hidden.cols;
    const scores = naiveScores(weights, matrix(size / d, d, X.data));
    const expected = await peer(`${name}.onnx`, X, dims);
    expect(relativeError(answer(scores), expected)).toBeLessThan(name.includes('double') ? 1e-14 : 2e-6);
    expect(weights.hidden.rows).toBe(4);
  });

  test('a classifier that ends in ZipMap has the same scores', () => {
    expect(fromOnnx(file('sklearn-zipmap.onnx')).weights).toEqual(fromOnnx(file('sklearn-binary.onnx')).weights);
  });

  test('warnings say what was left out', () => {
    expect(fromOnnx(file('sklearn-binary.onnx')).warnings).toEqual(['The scores are taken before Sigmoid.']);
    expect(fromOnnx(file('torch2-flatten.onnx')).warnings).toEqual(['The scores are taken before Softmax.']);
    expect(fromOnnx(file('torch2-plain.onnx')).warnings).toEqual([]);
  });

  const refused: [string, string][] = [
    ['torch1-deep', 'the network has 3 layers (2 ReLU layers), expected two layers (one).'],
    ['torch2-deep', 'the network has 3 layers (2 ReLU layers), expected two layers (one).'],
    ['sklearn-deep', 'the network has 4 layers (3 ReLU layers), expected two layers (one).'],
    ['torch1-tanh', 'op Tanh is not supported; expected a two-layer ReLU network (Gemm or'],
    ['torch2-conv', 'op Conv is not supported; expected a two-layer ReLU network (Gemm or'],
    ['torch2-residual', 'op Add joins two branches of the graph; expected a two-layer ReLU network'],
    ['sklearn-logistic', 'op Sigmoid is not supported; expected a two-layer ReLU network'],
  ];

  test.each(refused)('%s is refused in one line', (name, message) => {
    expect(() => fromOnnx(file(`${name}.onnx`), { name: 'net.onnx' })).toThrow(`net.onnx: ${message}`);
  });

  test('every fixture is accounted for', () => {
    const covered = [...readable, ...refused].map(([name]) => `${name}.onnx`);
    const others = readdirSync(folder).filter((name) => name.endsWith('.onnx') && !covered.includes(name));
    const also = [
      'sklearn-zipmap.onnx',
      'torch1-conv.onnx',
      'torch1-residual.onnx',
      'torch2-external.onnx',
      'torch2-tanh.onnx',
    ];
    expect(others.sort()).toEqual(also);
  });

  test('weights in a second file are read when that is passed', async () => {
    const name = 'torch2-external.onnx';
    expect(() => fromOnnx(file(name))).toThrow(
      `kept in a second file, '${name}.data'; pass that too, or export with external_data=False.`,
    );
    const { weights } = fromOnnx(file(name), { externalData: { [`${name}.data`]: file(`${name}.data`) } });
    const X = randomMatrix(2, 3);
    expect(relativeError(predictScores(weights, X).data, await peer(name, X, [2, 3]))).toBeLessThan(2e-6);
    const short = { [`${name}.data`]: file(`${name}.data`).subarray(0, 40) };
    expect(() => fromOnnx(file(name), { externalData: short })).toThrow('the two files do not belong together.');
  });
});

/** Linear–ReLU–Linear of two inputs, three neurons, one output, in the given form. */
const W = tensor('W', [3, 2], [1, 2, 3, 4, 5, 6]);
const Wt = tensor('Wt', [2, 3], [1, 3, 5, 2, 4, 6]);
const h = tensor('h', [3], [0.5, -0.5, 0.25]);
const V = tensor('V', [3, 1], [1, -1, 2]);
const b = tensor('b', [1], [10]);
const second = [node('MatMul', ['r', 'V'], 's'), node('Add', ['s', 'b'], 'y')];

const read = (graph: Graph) => fromOnnx(modelBytes(graph));
const flat = (graph: Graph): number[] => {
  const { hidden, hiddenBias, output, outputBias } = read(graph).weights;
  return [...hidden.data, ...hiddenBias, ...output.data, ...outputBias];
};
const expected = [1, 2, 3, 4, 5, 6, 0.5, -0.5, 0.25, 1, -1, 2, 10];

describe('forms of the same network', () => {
  const first = [node('MatMul', ['x', 'Wt'], 'a'), node('Add', ['a', 'h'], 'z')];
  const rest = [node('Relu', ['z'], 'r'), ...second];
  const forms: [string, Graph][] = [
    ['MatMul and Add', { nodes: [...first, ...rest], constants: [Wt, h, V, b] }],
    ['bias first', { nodes: [first[0], node('Add', ['h', 'a'], 'z'), ...rest], constants: [Wt, h, V, b] }],
    [
      'Gemm with transB',
      { nodes: [node('Gemm', ['x', 'W', 'h'], 'z', { transB: 1 }), ...rest], constants: [W, h, V, b] },
    ],
    [
      'Gemm with alpha and beta',
      {
        nodes: [node('Gemm', ['x', 'Wt', 'h2'], 'z', { alpha: 2, beta: 0.5 }), ...rest],
        constants: [tensor('Wt', [2, 3], [0.5, 1.5, 2.5, 1, 2, 3]), tensor('h2', [1, 3], [1, -1, 0.5]), V, b],
      },
    ],
    [
      'weights transposed by a node',
      { nodes: [node('Transpose', ['W'], 'Wt', { perm: [1, 0] }), ...first, ...rest], constants: [W, h, V, b] },
    ],
    [
      'weights in Constant nodes',
      { nodes: [node('Constant', [], 'Wt', { value: Wt }), ...first, ...rest], constants: [h, V, b] },
    ],
    ['weights as float_data', { nodes: [...first, ...rest], constants: [{ ...Wt, form: 'float_data' }, h, V, b] }],
    ['weights as double_data', { nodes: [...first, ...rest], constants: [Wt, { ...h, form: 'double_data' }, V, b] }],
    ['weights as float64', { nodes: [...first, ...rest], constants: [{ ...Wt, form: 'float64' }, h, V, b] }],
    ['constants listed as inputs', { nodes: [...first, ...rest], constants: [Wt, h, V, b], listed: true }],
    [
      'Max with 0',
      {
        nodes: [...first, node('Max', ['z', 'zero'], 'r'), ...second],
        constants: [Wt, h, V, b, tensor('zero', [], [0])],
      },
    ],
    [
      'Clip from 0',
      {
        nodes: [...first, node('Clip', ['z', 'zero', ''], 'r'), ...second],
        constants: [Wt, h, V, b, tensor('zero', [], [0])],
      },
    ],
    ['old Clip', { nodes: [...first, node('Clip', ['z'], 'r', { min: 0 }), ...second], constants: [Wt, h, V, b] }],
    [
      'harmless operators in between',
      {
        nodes: [
          node('Cast', ['x'], 'x1', { to: 1 }),
          node('Identity', ['x1'], 'x2'),
          node('Flatten', ['x2'], 'x3', { axis: 1 }),
          node('MatMul', ['x3', 'Wt'], 'a'),
          first[1],
          node('Relu', ['z'], 'r0'),
          node('Dropout', ['r0'], 'r1'),
          node('Reshape', ['r1', 'shape'], 'r'),
          ...second,
        ],
        constants: [Wt, h, V, b, tensor('shape', [2], [-1, 3], 'int64')],
      },
    ],
    [
      'scaling multiplied in',
      {
        nodes: [
          node('Sub', ['x', 'mean'], 'x1'),
          node('Div', ['x1', 'two'], 'x2'),
          node('MatMul', ['x2', 'Wt2'], 'a'),
          node('Sub', ['a', 'g'], 'z'),
          ...rest,
        ],
        constants: [
          tensor('mean', [2], [1, 1]),
          tensor('two', [], [2]),
          tensor('Wt2', [2, 3], [2, 6, 10, 4, 8, 12]),
          tensor('g', [3], [-3.5, -6.5, -11.25]),
          V,
          b,
        ],
      },
    ],
    [
      'output in other units',
      {
        nodes: [
          ...first,
          node('Relu', ['z'], 'r'),
          node('MatMul', ['r', 'half'], 's'),
          node('Mul', ['two', 's'], 't'),
          node('Add', ['t', 'b'], 'y'),
        ],
        constants: [Wt, h, tensor('half', [3, 1], [0.5, -0.5, 1]), tensor('two', [1], [2]), b],
      },
    ],
    [
      'several outputs, one called score',
      {
        nodes: [
          ...first,
          node('Relu', ['z'], 'r'),
          second[0],
          node('Add', ['s', 'b'], 'score'),
          node('Neg', ['score'], 'y'),
        ],
        constants: [Wt, h, V, b],
        outputs: ['y', 'score'],
      },
    ],
  ];

  test('a gated layer: where a gate is at least 0', () => {
    const gated = [
      ...first,
      node('MatMul', ['x', 'G'], 'g'),
      node('GreaterOrEqual', ['g', 'zero'], 'open'),
      node('Where', ['open', 'z', 'zero'], 'r'),
      ...second,
    ];
    const constants = [Wt, h, V, b, tensor('G', [2, 3], [9, 8, 7, 6, 5, 4]), tensor('zero', [], [0])];
    expect(flat({ nodes: gated, constants })).toEqual(expected);
    const { activation, gates, gateBias } = read({ nodes: gated, constants }).weights;
    expect([activation, [...gates!.data], [...gateBias!]]).toEqual(['gated', [9, 6, 8, 5, 7, 4], [0, 0, 0]]);
  });

  test.each(forms)('%s', (_, graph) => {
    expect(flat(graph)).toEqual(expected);
  });
});

describe('what is refused, and how', () => {
  const first = [node('MatMul', ['x', 'Wt'], 'z'), node('Relu', ['z'], 'r')];
  const constants = [Wt, h, V, b];
  const cases: [string, Graph, string][] = [
    [
      'a linear model',
      { nodes: [node('MatMul', ['x', 'Wt'], 'y')], constants },
      'the network has one layer and no ReLU',
    ],
    [
      'no layer before the ReLU',
      { nodes: [node('Relu', ['x'], 'r'), node('MatMul', ['r', 'V'], 'y')], constants: [tensor('V', [2, 1], [1, 1])] },
      'the hidden layer has no weight matrix',
    ],
    [
      'no layer after the ReLU',
      { nodes: [first[0], node('Relu', ['z'], 'y')], constants },
      'the output layer has no weight matrix',
    ],
    [
      'wrong sizes',
      { nodes: [node('MatMul', ['x', 'V'], 'z'), node('Relu', ['z'], 'y')], constants },
      'a 3×1 matrix multiplies 2 numbers',
    ],
    [
      'a gate on a later layer',
      {
        nodes: [
          ...first,
          node('MatMul', ['r', 'S'], 's'),
          node('MatMul', ['x', 'Wt'], 'g'),
          node('GreaterOrEqual', ['g', 'zero'], 'open'),
          node('Where', ['open', 's', 'zero'], 'r2'),
          node('MatMul', ['r2', 'V'], 'y'),
        ],
        constants: [...constants, tensor('S', [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]), tensor('zero', [], [0])],
      },
      'op Where is used in a way that is not understood',
    ],
    [
      'two inputs',
      { nodes: [...first, ...second], constants, inputs: ['x', 'other'] },
      'the graph has 2 inputs, expected one',
    ],
    [
      'float16 weights',
      { nodes: [...first, ...second], constants: [{ ...Wt, form: 'float16' }, h, V, b] },
      "constant 'Wt' is of type float16; export as float32 or float64.",
    ],
    [
      'a custom operator',
      {
        nodes: [node('MatMul', ['x', 'Wt'], 'z'), { ...node('Relu', ['z'], 'r'), domain: 'com.example' }, ...second],
        constants,
      },
      'op com.example.Relu is not supported',
    ],
    [
      'layers after a softmax',
      {
        nodes: [
          ...first,
          node('MatMul', ['r', 'V'], 's'),
          node('Softmax', ['s'], 'p'),
          node('MatMul', ['p', 'b2'], 'y'),
        ],
        constants: [...constants, tensor('b2', [1, 1], [1])],
      },
      'op MatMul after Softmax is not supported',
    ],
    [
      'training-mode batch normalisation',
      {
        nodes: [
          node('BatchNormalization', ['x', 'o', 'o', 'o', 'o'], 'n', { training_mode: 1 }),
          node('MatMul', ['n', 'Wt'], 'y'),
        ],
        constants: [...constants, tensor('o', [2], [1, 1])],
      },
      'op BatchNormalization is used in a way that is not understood',
    ],
    [
      'a reshape that mixes samples',
      {
        nodes: [node('Reshape', ['x', 'shape'], 'x1'), node('MatMul', ['x1', 'Wt'], 'y')],
        constants: [...constants, tensor('shape', [2], [1, -1], 'int64')],
      },
      'op Reshape reshapes in a way that is not understood',
    ],
    [
      'two different outputs',
      { nodes: [...first, ...second, node('Neg', ['y'], 'w')], constants, outputs: ['y', 'w'] },
      "expected one output of scores, got 2 different ones (y, w); name it 'score'.",
    ],
    [
      'an unknown tensor',
      { nodes: [node('MatMul', ['x', 'nowhere'], 'y')], constants },
      "tensor 'nowhere' is used before it is made",
    ],
    [
      'an output of constants',
      { nodes: [node('Identity', ['h'], 'y')], constants },
      "output 'y' does not depend on the inputs",
    ],
    [
      'a bounded ReLU',
      { nodes: [first[0], node('Clip', ['z'], 'r', { min: 0, max: 6 }), ...second], constants },
      'op Clip is used in a way that is not understood',
    ],
    [
      'a transposed input',
      { nodes: [node('Gemm', ['x', 'Wt'], 'y', { transA: 1 })], constants },
      'op Gemm is used in a way that is not understood',
    ],
    [
      'infinite weights',
      { nodes: [...first, ...second], constants: [tensor('Wt', [2, 3], [1, 2, 3, 4, 5, Infinity]), h, V, b] },
      'expected finite weights, got Infinity in hidden, entry 5.',
    ],
  ];

  test.each(cases)('%s', (_, graph, message) => {
    let error: unknown;
    try {
      fromOnnx(modelBytes(graph), { name: 'net.onnx' });
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(RelucentError);
    expect((error as RelucentError).kind).toBe('model');
    expect((error as RelucentError).message).toContain(`net.onnx: ${message}`);
    expect((error as RelucentError).message).not.toMatch(/\n|\.\./);
  });

  test.each([
    ['an empty file', new Uint8Array(0), 'it holds no graph'],
    ['text', new TextEncoder().encode('{"format": "relucent-model"}'), 'the file is damaged or of another kind'],
    ['a zip file', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0), 'the file is damaged or of another kind'],
  ])('%s', (_, bytes, message) => {
    expect(() => fromOnnx(bytes)).toThrow(message);
  });
});
