import { Graph } from '../ir/graph.js';
import { type Layer, layerPath, outputShape, parametersOf } from '../network/layers.js';
import { type Attribute, OnnxModel, type Precision } from '../onnx/model.js';
import type { DeepNetwork } from './compact.js';

export interface DeepOnnxOptions {
  /** Numbers of the file: float32 (default), or float64 for networks without convolutions and average pools. */
  readonly precision?: Precision;
}

type Write = (layer: Layer, path: string, x: string) => string;

/** Writes layers with the given constants. */
function writer(model: OnnxModel, names: ReadonlyMap<string, string>): Write {
  const weighted = (path: string, x: string): string[] =>
    [x, names.get(`${path}.weight`)!, names.get(`${path}.bias`)].filter((name) => name !== undefined);
  const window = (size: number, stride: number): Record<string, Attribute> => ({
    kernel_shape: [size, size],
    strides: [stride, stride],
  });
  const write: Write = (layer, path, x) => {
    switch (layer.kind) {
      case 'linear':
        return model.op('Gemm', weighted(path, x), { transB: 1 });
      case 'conv2d': {
        const { size, stride = 1, padding = 0 } = layer;
        const pads = [padding, padding, padding, padding];
        return model.op('Conv', weighted(path, x), { ...window(size, stride), pads });
      }
      case 'relu':
        return model.op('Relu', [x]);
      case 'leakyRelu':
        return model.op('LeakyRelu', [x], { alpha: { float: layer.slope } });
      case 'prelu':
        return model.op('PRelu', [x, names.get(`${path}.slope`)!]);
      case 'maxPool':
      case 'averagePool':
        return model.op(layer.kind === 'maxPool' ? 'MaxPool' : 'AveragePool', [x], {
          ...window(layer.size, layer.stride ?? layer.size),
        });
      case 'flatten':
        return model.op('Flatten', [x], { axis: 1 });
      case 'residual': {
        const inner = layer.layers.reduce((value, part, i) => write(part, layerPath(path, i), value), x);
        return model.op('Add', [x, inner]);
      }
    }
  };
  return write;
}

/** Shape of a slope so that it meets [n, channels, …] at its channels: images have two more axes. */
function slopeShapes(layers: readonly Layer[], rank: number, path = ''): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  let axes = rank;
  layers.forEach((layer, i) => {
    const at = layerPath(path, i);
    if (layer.kind === 'flatten') axes = 1;
    if (layer.kind === 'prelu') shapes.set(`${at}.slope`, [layer.channels, ...new Array<number>(axes - 1).fill(1)]);
    if (layer.kind === 'residual') for (const entry of slopeShapes(layer.layers, axes, at)) shapes.set(...entry);
  });
  return shapes;
}

/**
 * The network as an ONNX file: input `x` [n, …input] with any number of rows, output `scores` [n, outputs]. Operators: Gemm,
 * Conv, Relu, LeakyRelu, PRelu, MaxPool, AveragePool, Flatten, Add. `deepFromOnnx` reads it back.
 */
export function deepToOnnx(
  { architecture, weights }: DeepNetwork,
  { precision = 'float32' }: DeepOnnxOptions = {},
): Uint8Array {
  const model = new OnnxModel(precision);
  const slopes = slopeShapes(architecture.layers, architecture.input.length);
  const names = new Map(
    parametersOf(architecture.layers).map(({ name, shape }) => {
      return [name, model.named(name, weights[name], slopes.get(name) ?? shape)];
    }),
  );
  const outputs = outputShape(architecture, () => new Graph());
  model.input('x', ['n', ...architecture.input]);
  const write = writer(model, names);
  model.alias(
    architecture.layers.reduce((value, layer, i) => write(layer, layerPath('', i), value), 'x'),
    'scores',
  );
  model.output('scores', ['n', ...outputs]);
  return model.bytes();
}
