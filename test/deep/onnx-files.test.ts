import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import {
  type Architecture,
  balance,
  compact,
  deepFromOnnx,
  deepToOnnx,
  type Examples,
  type Layer,
  oneHot,
  parametersOf,
  trainDeep,
} from '../../src/deep/index.js';
import { modelBytes, node, tensor } from '../networks/onnx-builder.js';
import { largestDifference, normals } from './helpers.js';
import { cnn, mlp, weightsOf } from './networks.js';

const fixtures = join(import.meta.dirname, '../fixtures/onnx');

async function run(file: Uint8Array, x: Float32Array | Float64Array, shape: readonly number[]) {
  const session = await InferenceSession.create(file);
  const type = x instanceof Float64Array ? 'float64' : 'float32';
  const feeds = { [session.inputNames[0]]: new Tensor(type, x as never, [...shape]) };
  const answer = (await session.run(feeds))[session.outputNames[0]].data as Float32Array;
  await session.release();
  return answer;
}

/** A chain without the residual. */
const chain: Architecture = { ...cnn, layers: cnn.layers.filter(({ kind }) => kind !== 'residual') };

describe('deepToOnnx and deepFromOnnx', () => {
  it('a written network runs on any number of rows and is read back as it was', async () => {
    const weights = weightsOf(mlp);
    const file = deepToOnnx({ architecture: mlp, weights }, { precision: 'float64' });
    const [few, many] = [normals(15, 1), normals(500, 1)];
    const [a, b] = [await run(file, few, [3, 5]), await run(file, many, [100, 5])];
    expect(largestDifference(a, b.subarray(0, a.length))).toBeLessThan(1e-12);
    const read = deepFromOnnx(file);
    expect(read.architecture.input).toEqual([5]);
    expect(read.weights).toEqual(weights);
    const plain = mlp.layers.map((layer) => (layer.kind === 'linear' ? { ...layer, bias: true } : layer));
    expect(read.architecture.layers).toEqual(
      plain.map((layer) => (layer.kind === 'leakyRelu' ? { ...layer, slope: Math.fround(layer.slope) } : layer)),
    );
  });

  it('convolutions, pools and PReLU come back too', async () => {
    const file = deepToOnnx({ architecture: chain, weights: weightsOf(chain) });
    const again = deepFromOnnx(file);
    const x = Float32Array.from(normals(4 * 72, 2));
    const [a, b] = [await run(file, x, [4, 2, 6, 6]), await run(deepToOnnx(again), x, [4, 2, 6, 6])];
    expect(largestDifference(a, b)).toBe(0);
    expect(again.architecture.layers.map(({ kind }) => kind)).toEqual(chain.layers.map(({ kind }) => kind));
  });

  it('a residual network comes back, one inside another as well', async () => {
    const inner: Layer = { kind: 'residual', layers: [{ kind: 'relu' }, { kind: 'linear', inputs: 5, outputs: 5 }] };
    const nested: Architecture = {
      ...{ name: 'nested', input: [5] },
      layers: [
        { kind: 'residual', layers: [{ kind: 'linear', inputs: 5, outputs: 5, bias: false }, inner] },
        { kind: 'relu' },
        { kind: 'linear', inputs: 5, outputs: 3 },
      ],
    };
    for (const [network, shape] of [
      [cnn, [2, 2, 6, 6]],
      [nested, [4, 5]],
    ] as const) {
      const file = deepToOnnx({ architecture: network, weights: weightsOf(network) });
      const again = deepFromOnnx(file);
      expect(again.architecture.layers.map(({ kind }) => kind)).toEqual(network.layers.map(({ kind }) => kind));
      expect(Object.keys(again.weights).sort()).toEqual(
        parametersOf(network.layers)
          .map(({ name }) => name)
          .sort(),
      );
      const x = Float32Array.from(
        normals(
          shape.reduce((a, b) => a * b, 1),
          2,
        ),
      );
      expect(largestDifference(await run(file, x, shape), await run(deepToOnnx(again), x, shape))).toBe(0);
    }
  });

  for (const name of ['torch-legacy-deep', 'torch-present', 'torch-present-float64', 'torch-legacy-no-bias']) {
    it(`reads what PyTorch writes: ${name}`, async () => {
      const bytes = readFileSync(join(fixtures, `${name}.onnx`));
      const network = deepFromOnnx(bytes);
      const width = network.architecture.input[0];
      const is64 = name.includes('float64');
      const x = is64 ? normals(7 * width, 4) : Float32Array.from(normals(7 * width, 4));
      const [before, after] = [
        await run(bytes, x, [7, width]),
        await run(deepToOnnx(network, { precision: is64 ? 'float64' : 'float32' }), x, [7, width]),
      ];
      expect(largestDifference(before, after)).toBeLessThan(is64 ? 1e-12 : 1e-5);
    });
  }

  it('a network of a user goes on training from its own function and becomes sparse', async () => {
    const { architecture, weights } = deepFromOnnx(readFileSync(join(fixtures, 'torch-legacy-deep.onnx')));
    const outputs = architecture.layers.filter((layer) => layer.kind === 'linear').at(-1)!.outputs;
    const count = 60;
    const target =
      outputs === 1
        ? normals(count, 3)
        : oneHot(
            Array.from({ length: count }, (_, i) => i % outputs),
            outputs,
          );
    const examples: Examples = {
      count,
      input: architecture.input,
      outputs,
      x: normals(count * architecture.input[0], 2),
      target,
    };
    const options = {
      method: 'pathprox',
      loss: outputs === 1 ? 'squared' : 'cross-entropy',
      weights,
      batch: 20,
    } as const;
    const started = await trainDeep(architecture, examples, { ...options, steps: 0 });
    const ended = await trainDeep(architecture, examples, { ...options, steps: 300, lambda: 0.05, rate: 0.05 });
    expect(ended.log.at(-1)!.objective).toBeLessThan(started.log[0].loss + 0.05 * started.log[0].pathNorm);
    expect(ended.log.at(-1)!.active).toBeLessThan(started.log[0].active);
    const small = compact({ architecture, weights: ended.weights });
    const x = Float32Array.from(examples.x);
    const shape = [count, ...architecture.input];
    const [whole, cut] = [
      await run(deepToOnnx({ architecture, weights: ended.weights }), x, shape),
      await run(deepToOnnx(small), x, shape),
    ];
    expect(deepToOnnx(small).length).toBeLessThan(deepToOnnx({ architecture, weights: ended.weights }).length);
    expect(largestDifference(whole, cut)).toBeLessThan(1e-6);
  });

  it('balance of a file keeps its function in float64', async () => {
    const network = deepFromOnnx(readFileSync(join(fixtures, 'torch-present-float64.onnx')));
    const x = normals(9 * network.architecture.input[0], 6);
    const shape = [9, network.architecture.input[0]];
    const [a, b] = [network, balance(network)].map((each) => run(deepToOnnx(each, { precision: 'float64' }), x, shape));
    expect(largestDifference(await a, await b)).toBeLessThan(1e-12);
  });

  const gemm = node('Gemm', ['x', 'W'], 'y', { transB: 1 });
  const W = tensor('W', [3, 2], [1, 2, 3, 4, 5, 6]);
  const refused: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['another file', Uint8Array.of(1, 2, 3), /^n\.onnx: expected an ONNX file/],
    [
      'another operator',
      modelBytes({ nodes: [node('Tanh', ['x'], 'y')], constants: [] }),
      /^n\.onnx: op Tanh is not supported; a network to train may have Gemm/,
    ],
    [
      'a softmax inside',
      modelBytes({
        nodes: [{ ...gemm, output: 'a' }, node('Softmax', ['a'], 'b'), node('Relu', ['b'], 'y')],
        constants: [W],
      }),
      /op Softmax stands inside the network/,
    ],
    [
      'two branches',
      modelBytes({
        nodes: [node('Relu', ['x'], 'a'), node('LeakyRelu', ['x'], 'b'), node('Add', ['a', 'b'], 'y')],
        constants: [W],
      }),
      /n\.onnx: expected a chain of layers or a residual \(x \+ layers\(x\)\), but 'x' is used 2 times/,
    ],
    [
      'a sum of a value with itself',
      modelBytes({ nodes: [node('Add', ['x', 'x'], 'y')], constants: [W] }),
      /but 'x' is used 2 times/,
    ],
    [
      'a residual without layers',
      modelBytes({ nodes: [node('Identity', ['x'], 'a'), node('Add', ['a', 'x'], 'y')], constants: [W] }),
      /op Add: expected layers between 'x' and the sum/,
    ],
    ['no weights', modelBytes({ nodes: [node('Relu', ['x'], 'y')], constants: [] }), /the network has no weights/],
    [
      'weights that do not fit',
      modelBytes({ nodes: [gemm], constants: [tensor('W', [3, 4], new Array(12).fill(1))] }),
      /n\.onnx: layer 0 \(linear\)/,
    ],
  ];
  for (const [name, bytes, message] of refused) {
    it(`refuses ${name} in one line`, () => {
      expect(() => deepFromOnnx(bytes, { name: 'n.onnx' })).toThrow(message);
    });
  }

  it('what stands after the scores is left out', () => {
    const bytes = modelBytes({ nodes: [{ ...gemm, output: 'a' }, node('Softmax', ['a'], 'y')], constants: [W] });
    expect(deepFromOnnx(bytes).weights['0.weight']).toEqual(Float64Array.of(1, 2, 3, 4, 5, 6));
  });
});
