import { createRandom } from '../../src/base/index.js';
import { differentiate } from '../../src/deep/ir/gradient.js';
import { Graph } from '../../src/deep/ir/graph.js';
import type { Node } from '../../src/deep/ir/node.js';
import { type Shape, sizeOf } from '../../src/deep/ir/shape.js';

export type Feeds = Record<string, Float64Array>;

export function normals(length: number, seed: number): Float64Array {
  const random = createRandom(seed);
  return Float64Array.from({ length }, () => random.normal());
}

export interface Case {
  readonly name: string;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly build: (graph: Graph, inputs: Record<string, Node>) => Node;
  /** Maps the random numbers of every input, e.g. to positive ones. */
  readonly domain?: (x: number) => number;
  /** ONNX Runtime has no float64 kernel for it. */
  readonly float32Only?: boolean;
  /** Too many inputs for a numeric gradient. */
  readonly large?: boolean;
}

/** The case as one scalar Σ c_i · f_i(inputs) with random c, and its gradient in every input. */
export function weighted({ shapes, build }: Case): { output: Node; value: Node; gradients: Node[]; names: string[] } {
  const graph = new Graph();
  const names = Object.keys(shapes);
  const inputs = Object.fromEntries(names.map((name) => [name, graph.input(name, shapes[name])]));
  const output = build(graph, inputs);
  const weights = graph.constant(normals(sizeOf(output.shape), 99), output.shape);
  const value = graph.sum(graph.multiply(output, weights));
  const gradients = differentiate(
    graph,
    value,
    names.map((name) => inputs[name]),
  );
  return { output, value, gradients, names };
}

export function feedsOf({ shapes, domain = (x) => x }: Case, seed = 1): Feeds {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, normals(sizeOf(shape), seed + i).map(domain)]),
  );
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  return worst;
}

const image = [2, 3, 6, 5] as const;

/** One case for every operation of the graph, with broadcasting, transposes, strides and padding. */
export const cases: readonly Case[] = [
  { name: 'add', shapes: { a: [3, 4], b: [4] }, build: (g, { a, b }) => g.add(a, b) },
  { name: 'add scalar', shapes: { a: [], b: [2, 3] }, build: (g, { a, b }) => g.add(a, b) },
  { name: 'subtract', shapes: { a: [3, 1], b: [3, 4] }, build: (g, { a, b }) => g.subtract(a, b) },
  { name: 'multiply', shapes: { a: [2, 3, 4], b: [3, 1] }, build: (g, { a, b }) => g.multiply(a, b) },
  { name: 'multiply by itself', shapes: { a: [3, 4] }, build: (g, { a }) => g.multiply(a, a) },
  {
    name: 'divide',
    shapes: { a: [3, 4], b: [1, 4] },
    build: (g, { a, b }) => g.divide(a, b),
    domain: (x) => Math.abs(x) + 0.5,
  },
  { name: 'maximum', shapes: { a: [3, 4], b: [4] }, build: (g, { a, b }) => g.maximum(a, b) },
  { name: 'negate', shapes: { a: [5] }, build: (g, { a }) => g.negate(a) },
  { name: 'exp', shapes: { a: [5] }, build: (g, { a }) => g.exp(a) },
  { name: 'log', shapes: { a: [5] }, build: (g, { a }) => g.log(a), domain: (x) => Math.abs(x) + 0.5 },
  { name: 'sqrt', shapes: { a: [5] }, build: (g, { a }) => g.sqrt(a), domain: (x) => Math.abs(x) + 0.5 },
  { name: 'positive', shapes: { a: [5] }, build: (g, { a }) => g.positive(a) },
  { name: 'relu', shapes: { a: [4, 5] }, build: (g, { a }) => g.rectify(a) },
  { name: 'leaky relu', shapes: { a: [4, 5] }, build: (g, { a }) => g.rectify(a, 0.1) },
  ...[0, 1, 2, 3].map((bits): Case => {
    const [ta, tb] = [bits % 2 === 1, bits > 1];
    const shapes = { a: ta ? [4, 3] : [3, 4], b: tb ? [5, 4] : [4, 5] };
    return {
      name: `matmul${ta ? ' Aᵀ' : ''}${tb ? ' Bᵀ' : ''}`,
      shapes,
      build: (g, { a, b }) => g.matmul(a, b, ta, tb),
    };
  }),
  { name: 'sum of all', shapes: { a: [2, 3] }, build: (g, { a }) => g.sum(a) },
  { name: 'sum of axes', shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.sum(a, [0, 2]) },
  { name: 'broadcast', shapes: { a: [3, 1] }, build: (g, { a }) => g.broadcast(a, [2, 3, 4]) },
  { name: 'reshape', shapes: { a: [3, 4] }, build: (g, { a }) => g.reshape(a, [2, 6]) },
  { name: 'transpose', shapes: { a: [2, 3, 4] }, build: (g, { a }) => g.transpose(a, [2, 0, 1]) },
  {
    name: 'cross entropy',
    shapes: { z: [4, 3] },
    build: (g, { z }) => g.crossEntropy(z, g.constant([1, 0, 0, 0, 0, 1, 0.25, 0.5, 0.25, 0, 1, 0], [4, 3])),
  },
  ...[
    [3, 1, 1],
    [3, 1, 0],
    [3, 2, 1],
    [2, 2, 0],
    [5, 1, 2],
    [1, 1, 0],
  ].map(
    ([size, stride, padding]): Case => ({
      name: `conv2d ${size} x ${size}, stride ${stride}, padding ${padding}`,
      shapes: { a: image, k: [4, 3, size, size] },
      build: (g, { a, k }) => g.conv2d(a, k, { stride, padding }),
      float32Only: true,
    }),
  ),
  ...[
    [1, 1],
    [2, 1],
    [1, 0],
  ].map(
    ([stride, padding]): Case => ({
      name: `conv2d of a larger image, stride ${stride}, padding ${padding}`,
      shapes: { a: [2, 3, 19, 18], k: [4, 3, 3, 3] },
      build: (g, { a, k }) => g.conv2d(a, k, { stride, padding }),
      float32Only: true,
      large: true,
    }),
  ),
  ...[
    [1, 1],
    [2, 0],
  ].map(
    ([stride, padding]): Case => ({
      name: `conv2d of 16 to 32 channels with a bias, stride ${stride}, padding ${padding}`,
      shapes: { a: [1, 16, 4, 3], k: [32, 16, 3, 3], b: [32] },
      build: (g, { a, k, b }) => g.add(g.conv2d(a, k, { stride, padding }), g.reshape(b, [1, 32, 1, 1])),
      float32Only: true,
      large: true,
    }),
  ),
  {
    name: 'conv2d of 32 images, 16 to 32 channels',
    shapes: { a: [32, 16, 8, 8], k: [32, 16, 3, 3] },
    build: (g, { a, k }) => g.conv2d(a, k, { stride: 1, padding: 1 }),
    domain: (x) => x / 4,
    float32Only: true,
    large: true,
  },
  {
    name: 'conv2d of 128 images in groups of several blocks, 5 x 5',
    shapes: { a: [128, 1, 8, 8], k: [32, 1, 5, 5] },
    build: (g, { a, k }) => g.conv2d(a, k, { stride: 1, padding: 2 }),
    domain: (x) => x / 4,
    float32Only: true,
    large: true,
  },
  ...[9, 20].map(
    (images): Case => ({
      name: `conv2d of ${images} images, which leave a rest`,
      shapes: { a: [images, 16, 8, 8], k: [16, 16, 3, 3] },
      build: (g, { a, k }) => g.conv2d(a, k, { stride: 1, padding: 1 }),
      float32Only: true,
      large: true,
    }),
  ),
  // Sixteen images and channels fill the blocks of every processor that has them.
  ...[1, 3, 16, 32].flatMap((channels) =>
    [0, 1].map(
      (padding): Case => ({
        name: `conv2d of 16 images, ${channels} to 16 channels, padding ${padding}`,
        shapes: { a: [16, channels, 8, 9], k: [16, channels, 3, 3] },
        build: (g, { a, k }) => g.conv2d(a, k, { stride: 1, padding }),
        float32Only: true,
        large: true,
      }),
    ),
  ),
  ...[
    [3, 1],
    [3, 0],
    [2, 1],
    [1, 0],
  ].map(
    ([size, padding]): Case => ({
      name: `conv2d of few pixels, ${size} x ${size}, padding ${padding}`,
      shapes: { a: [2, 32, 3, 4], k: [64, 32, size, size], b: [64] },
      build: (g, { a, k, b }) => g.add(g.conv2d(a, k, { stride: 1, padding }), g.reshape(b, [1, 64, 1, 1])),
      float32Only: true,
      large: true,
    }),
  ),
  {
    name: 'blocks through ReLU, pools, a residual and a slope per channel',
    shapes: { a: [16, 16, 8, 8], k: [32, 16, 3, 3], b: [32], l: [32, 32, 3, 3], s: [32] },
    build: (g, { a, k, b, l, s }) => {
      const perChannel = (v: Node): Node => g.reshape(v, [1, 32, 1, 1]);
      const first = g.maxPool(g.rectify(g.add(g.conv2d(a, k, { stride: 1, padding: 1 }), perChannel(b))), 2);
      const second = g.add(first, g.rectify(g.conv2d(first, l, { stride: 1, padding: 1 }), 0.1));
      return g.averagePool(g.multiply(second, perChannel(s)), 2);
    },
    domain: (x) => x / 4,
    float32Only: true,
    large: true,
  },
  {
    name: 'blocks through pools whose windows overlap or leave a rest',
    shapes: { a: [16, 16, 9, 9], k: [16, 16, 3, 3] },
    build: (g, { a, k }) => {
      const image = g.conv2d(a, k, { stride: 1, padding: 1 });
      return g.add(g.maxPool(g.maxPool(image, 3, 2), 2), g.averagePool(g.averagePool(image, 2), 3, 1));
    },
    float32Only: true,
    large: true,
  },
  { name: 'max pool 2', shapes: { a: image }, build: (g, { a }) => g.maxPool(a, 2), float32Only: true },
  { name: 'average pool 2', shapes: { a: image }, build: (g, { a }) => g.averagePool(a, 2), float32Only: true },
  { name: 'max pool 3, stride 2', shapes: { a: image }, build: (g, { a }) => g.maxPool(a, 3, 2), float32Only: true },
  {
    name: 'average pool 3, stride 2',
    shapes: { a: image },
    build: (g, { a }) => g.averagePool(a, 3, 2),
    float32Only: true,
  },
  {
    name: 'a value used twice',
    shapes: { a: [3, 3] },
    build: (g, { a }) => g.add(g.matmul(a, g.rectify(a)), g.multiply(a, g.exp(a))),
  },
];
