import { RelucentError } from '../../base/index.js';
import type { Graph } from '../ir/graph.js';
import type { Node } from '../ir/node.js';
import { type Shape, sizeOf } from '../ir/shape.js';

/** One layer of a feed-forward network; images are [channels, height, width]. */
export type Layer =
  | { readonly kind: 'linear'; readonly inputs: number; readonly outputs: number; readonly bias?: boolean }
  | {
      readonly kind: 'conv2d';
      readonly inputs: number;
      readonly outputs: number;
      /** Height and width of the kernel. */
      readonly size: number;
      /** Default 1. */
      readonly stride?: number;
      /** Zeros on every side; default 0. */
      readonly padding?: number;
      /** Default true, as for linear layers. */
      readonly bias?: boolean;
    }
  | { readonly kind: 'relu' }
  | { readonly kind: 'leakyRelu'; readonly slope: number }
  /** One learned slope per channel; starts at 0.25. */
  | { readonly kind: 'prelu'; readonly channels: number }
  /** Stride: the size by default. */
  | { readonly kind: 'maxPool' | 'averagePool'; readonly size: number; readonly stride?: number }
  | { readonly kind: 'flatten' }
  /** x + layers(x). */
  | { readonly kind: 'residual'; readonly layers: readonly Layer[] };

export interface Architecture {
  readonly name: string;
  /** Shape of one example. */
  readonly input: Shape;
  readonly layers: readonly Layer[];
  /** How weights start; see `initialise`. Default `he-normal`. */
  readonly start?: 'he-normal' | 'uniform';
}

export interface Parameter {
  /** Path of the layer, then `weight`, `bias` or `slope`: `3.weight`, `4.0.bias` inside a residual. */
  readonly name: string;
  readonly role: 'weight' | 'bias' | 'slope';
  readonly shape: Shape;
}

/** Where a layer stands: `3`, or `4.0` for the first layer inside the residual at 4. */
export const layerPath = (parent: string, index: number): string => (parent === '' ? `${index}` : `${parent}.${index}`);

function layerParameters(layer: Layer, path: string): Parameter[] {
  if (layer.kind === 'residual') return parametersOf(layer.layers, path);
  if (layer.kind === 'prelu') return [{ name: `${path}.slope`, role: 'slope', shape: [layer.channels] }];
  if (layer.kind !== 'linear' && layer.kind !== 'conv2d') return [];
  const { inputs, outputs } = layer;
  const shape = layer.kind === 'linear' ? [outputs, inputs] : [outputs, inputs, layer.size, layer.size];
  const weight: Parameter = { name: `${path}.weight`, role: 'weight', shape };
  return layer.bias === false ? [weight] : [weight, { name: `${path}.bias`, role: 'bias', shape: [outputs] }];
}

/** The parameters in the order of the layers: weights [out, in] or [out, in, s, s], biases [out]. */
export function parametersOf(layers: readonly Layer[], path = ''): Parameter[] {
  return layers.flatMap((layer, i) => layerParameters(layer, layerPath(path, i)));
}

/** [channels] as something that meets images and rows alike. */
const perChannel = (graph: Graph, values: Node, rank: number): Node =>
  rank === 4 ? graph.reshape(values, [1, values.shape[0], 1, 1]) : values;

type Weights = Readonly<Record<string, Node>>;

function applyWeighted(
  graph: Graph,
  layer: Layer & { kind: 'linear' | 'conv2d' },
  path: string,
  x: Node,
  w: Weights,
): Node {
  const weight = w[`${path}.weight`];
  const bias = w[`${path}.bias`];
  const product =
    layer.kind === 'linear'
      ? graph.matmul(x, weight, false, true)
      : graph.conv2d(x, weight, { stride: layer.stride ?? 1, padding: layer.padding ?? 0 });
  return bias ? graph.add(product, perChannel(graph, bias, product.shape.length)) : product;
}

function applyLayer(graph: Graph, layer: Layer, path: string, x: Node, weights: Weights): Node {
  switch (layer.kind) {
    case 'linear':
    case 'conv2d':
      return applyWeighted(graph, layer, path, x, weights);
    case 'relu':
      return graph.rectify(x);
    case 'leakyRelu':
      return graph.rectify(x, layer.slope);
    case 'prelu': {
      const slope = perChannel(graph, weights[`${path}.slope`], x.shape.length);
      return graph.subtract(graph.rectify(x), graph.multiply(slope, graph.rectify(graph.negate(x))));
    }
    case 'maxPool':
      return graph.maxPool(x, layer.size, layer.stride);
    case 'averagePool':
      return graph.averagePool(x, layer.size, layer.stride);
    case 'flatten':
      return graph.reshape(x, [x.shape[0], sizeOf(x.shape.slice(1))]);
    case 'residual':
      return graph.add(x, applyLayers(graph, layer.layers, x, weights, path));
  }
}

/** The network on a batch [n, …input]; weights by parameter name. Throws `usage` where shapes do not fit. */
export function applyLayers(graph: Graph, layers: readonly Layer[], x: Node, weights: Weights, path = ''): Node {
  return layers.reduce((value, layer, i) => {
    try {
      return applyLayer(graph, layer, layerPath(path, i), value, weights);
    } catch (error) {
      if (!(error instanceof RelucentError) || error.message.startsWith('layer ')) throw error;
      throw new RelucentError(error.kind, `layer ${layerPath(path, i)} (${layer.kind}): ${error.message}`);
    }
  }, x);
}

/** Shape of one example's output. Throws `usage` for layers that do not fit together. */
export function outputShape({ layers, input }: Architecture, graphOf: () => Graph): Shape {
  const graph = graphOf();
  const weights = Object.fromEntries(parametersOf(layers).map(({ name, shape }) => [name, graph.input(name, shape)]));
  return applyLayers(graph, layers, graph.input('x', [1, ...input]), weights).shape.slice(1);
}
