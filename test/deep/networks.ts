import type { Architecture } from '../../src/deep/network/layers.js';
import { initialise, type Tensors } from '../../src/deep/network/parameters.js';
import { normals } from './helpers.js';

const linear = (inputs: number, outputs: number) => ({ kind: 'linear', inputs, outputs }) as const;
const relu = { kind: 'relu' } as const;

/** Three groups (one of them with leaky ReLU, one split without activation), and a layer outside. */
export const mlp: Architecture = {
  name: 'test',
  input: [5],
  layers: [
    linear(5, 4),
    relu,
    linear(4, 6),
    { kind: 'leakyRelu', slope: 0.1 },
    linear(6, 3),
    linear(3, 4),
    relu,
    linear(4, 5),
    relu,
    linear(5, 4),
    relu,
    linear(4, 3),
  ],
};

/** Convolutions, a pool inside a group if asked, a residual branch with a group of its own, flattening into a group. */
export const cnn: Architecture = {
  name: 'test',
  input: [2, 6, 6],
  layers: [
    { kind: 'conv2d', inputs: 2, outputs: 3, size: 3, padding: 1 },
    relu,
    { kind: 'conv2d', inputs: 3, outputs: 4, size: 3, padding: 1 },
    { kind: 'prelu', channels: 4 },
    { kind: 'maxPool', size: 2 },
    {
      kind: 'residual',
      layers: [
        { kind: 'conv2d', inputs: 4, outputs: 5, size: 3, padding: 1 },
        relu,
        { kind: 'conv2d', inputs: 5, outputs: 4, size: 1 },
      ],
    },
    { kind: 'conv2d', inputs: 4, outputs: 3, size: 2, stride: 1 },
    relu,
    { kind: 'flatten' },
    linear(12, 3),
  ],
};

/** Weights with biases that are not zero, so that a bias left out is seen. */
export function weightsOf(architecture: Architecture, seed = 3): Tensors {
  const weights = initialise(architecture, seed, 'float64');
  return Object.fromEntries(
    Object.entries(weights).map(([name, values], i) => {
      return [name, name.endsWith('bias') ? normals(values.length, seed + i).map((b) => 0.3 * b) : values];
    }),
  );
}
