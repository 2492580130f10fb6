import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRandom, RelucentError } from '../../src/base/index.js';
import { checkWeights, fromOnnx, toOnnx } from '../../src/networks/index.js';
import { mixedFeatures, mixedPreprocessing, randomNetwork, targets } from './helpers.js';
import { modelBytes, node, tensor } from './onnx-builder.js';

const folder = join(import.meta.dirname, 'fixtures');
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
const own = toOnnx(randomNetwork({ inputs: mixedFeatures, neurons: 3, activation: 'gated' }), {
  preprocessing: mixedPreprocessing(targets.binary),
});
const files: [string, Uint8Array][] = [
  ['own', own],
  ...fixtures.map((name): [string, Uint8Array] => [name, new Uint8Array(readFileSync(join(folder, name)))]),
];

/** Either sound weights, or one clean line of kind `model`; anything else is a crash. */
function outcome(bytes: Uint8Array): 'read' | 'refused' {
  try {
    checkWeights(fromOnnx(bytes, { name: 'fuzz.onnx' }).weights);
    return 'read';
  } catch (error) {
    if (!(error instanceof RelucentError) || error.kind !== 'model') throw error;
    expect(error.message).toMatch(/^fuzz\.onnx: [^\n]+\.$/);
    return 'refused';
  }
}

test.each(files)('truncated anywhere, %s is refused in one line or still whole', (_, bytes) => {
  const outcomes = Array.from(bytes, (_, length) => outcome(bytes.subarray(0, length)));
  // The graph is one field: cut inside it, nothing can be read; what follows it may be missing.
  expect(outcomes.filter((result) => result === 'refused').length).toBeGreaterThan(0.7 * bytes.length);
});

test.each(files)('with bytes changed at random, %s never crashes the reader', (_, bytes) => {
  const random = createRandom(11);
  const counts = { read: 0, refused: 0 };
  for (let round = 0; round < 600; round++) {
    const copy = bytes.slice();
    const changes = 1 + random.integer(4);
    for (let k = 0; k < changes; k++) copy[random.integer(copy.length)] = random.integer(256);
    counts[outcome(copy)]++;
  }
  expect(counts.refused).toBeGreaterThan(50);
});

test('random bytes are refused', () => {
  const random = createRandom(5);
  for (let round = 0; round < 3000; round++) {
    expect(outcome(Uint8Array.from({ length: random.integer(60) }, () => random.integer(256)))).toBe('refused');
  }
});

test('sizes that a damaged file only claims ask for no memory', () => {
  const nodes = [node('Neg', ['x'], 'n'), node('MatMul', ['n', 'W'], 'y')];
  const claim = (width: number, dims: number[]) => () =>
    fromOnnx(modelBytes({ nodes, constants: [tensor('W', dims, [1, 2])], width }));
  expect(claim(1e12, [2, 1])).toThrow('the file says that it has 1000000000000 inputs, more than 10000000');
  expect(claim(2, [1e9, 1e9])).toThrow("constant 'W' has 2 entries, its shape [1000000000,1000000000] asks for");
  const wide = { nodes: [node('MatMul', ['x', 'A'], 'a'), node('MatMul', ['a', 'B'], 'y')], width: 20_000 };
  const constants = [tensor('A', [20_000, 1], Array(20_000).fill(1)), tensor('B', [1, 20_000], Array(20_000).fill(1))];
  expect(() => fromOnnx(modelBytes({ ...wide, constants }))).toThrow('multiply to 20000×20000 weights are too large');
  expect(claim(2, [-1, -2])).toThrow("constant 'W' has 2 entries, its shape [-1,-2] asks for");
});

test('a very deep graph is refused by its depth', () => {
  const relus = Array.from({ length: 20_000 }, (_, k) => node('Relu', [k === 0 ? 'x' : `r${k}`], `r${k + 1}`));
  const graph = { nodes: relus, constants: [], outputs: ['r20000'] };
  expect(() => fromOnnx(modelBytes(graph))).toThrow('the network has 20001 layers (20000 ReLU layers)');
});
