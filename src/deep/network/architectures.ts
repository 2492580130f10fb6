import { RelucentError } from '../../base/index.js';
import { type Shape, sizeOf } from '../ir/shape.js';
import type { Architecture, Layer } from './layers.js';

const relu: Layer = { kind: 'relu' };
const linear = (inputs: number, outputs: number): Layer => ({ kind: 'linear', inputs, outputs });
const conv = (inputs: number, outputs: number): Layer => ({ kind: 'conv2d', inputs, outputs, size: 3, padding: 1 });

/** L linear layers of m hidden units with ReLU between them. */
function mlp(name: string, input: Shape, classes: number, depth: number, width: number): Architecture {
  const sizes = [sizeOf(input), ...new Array<number>(depth - 1).fill(width), classes];
  const maps = sizes.slice(1).map((size, i) => linear(sizes[i], size));
  return { name, input, layers: flattened(input, interleaved(maps, relu)), start: 'uniform' };
}

/** L linear maps, each split in two with no activation between: 2L layers, ReLU after the odd ones. */
function factorised(name: string, input: Shape, classes: number, depth: number, width: number): Architecture {
  const maps = Array.from({ length: depth }, (_, i) => [
    linear(i === 0 ? sizeOf(input) : width, width),
    relu,
    linear(width, i === depth - 1 ? classes : width),
  ]);
  return { name, input, layers: flattened(input, maps.flat()), start: 'uniform' };
}

const interleaved = (layers: readonly Layer[], between: Layer): Layer[] =>
  layers.flatMap((layer, i) => (i === 0 ? [layer] : [between, layer]));

const flattened = (input: Shape, layers: Layer[]): Layer[] =>
  input.length === 1 ? layers : [{ kind: 'flatten' }, ...layers];

/** Two stages of two 3×3 convolutions, 2×2 max pool after each, one linear layer. */
function smallCnn(name: string, input: Shape, classes: number): Architecture {
  const [channels, height, width] = input;
  const stage = (from: number, to: number): Layer[] => [
    conv(from, to),
    relu,
    conv(to, to),
    relu,
    { kind: 'maxPool', size: 2 },
  ];
  const left = 32 * Math.floor(height / 4) * Math.floor(width / 4);
  return {
    name,
    input,
    layers: [...stage(channels, 16), ...stage(16, 32), { kind: 'flatten' }, linear(left, classes)],
  };
}

/** Sixteen 3×3 convolutions in five stages without batch normalisation, 2×2 average pool after each, one linear layer. */
function vgg19(name: string, input: Shape, classes: number): Architecture {
  const stages = [
    [64, 64],
    [128, 128],
    [256, 256, 256, 256],
    [512, 512, 512, 512],
    [512, 512, 512, 512],
  ];
  let channels = input[0];
  const layers = stages.flatMap((widths): Layer[] => [
    ...widths.flatMap((width): Layer[] => {
      const layer = conv(channels, width);
      channels = width;
      return [layer, relu];
    }),
    { kind: 'averagePool', size: 2 },
  ]);
  const left = 512 * Math.floor(input[1] / 32) * Math.floor(input[2] / 32);
  return { name, input, layers: [...layers, { kind: 'flatten' }, linear(left, classes)] };
}

/**
 * A network by name for examples of shape `input` and so many outputs: `mlp-L-m`, `mlp-L-m-factorised`, `cnn-small`,
 * `vgg19`. The last two take images [channels, height, width]. Throws `usage` for another name or shape.
 */
export function architecture(name: string, input: Shape, classes: number): Architecture {
  const match = /^mlp-([1-9]\d*)-([1-9]\d*)(-factorised)?$/.exec(name);
  if (match) {
    const [depth, width] = [Number(match[1]), Number(match[2])];
    return match[3] ? factorised(name, input, classes, depth, width) : mlp(name, input, classes, depth, width);
  }
  const known =
    name === 'cnn-small' ? { build: smallCnn, least: 4 } : name === 'vgg19' ? { build: vgg19, least: 32 } : null;
  if (known && input.length === 3 && input[1] >= known.least && input[2] >= known.least) {
    return known.build(name, input, classes);
  }
  const expected = known
    ? `images [channels, height, width] of at least ${known.least} x ${known.least} for ${name}`
    : 'mlp-L-m, mlp-L-m-factorised, cnn-small or vgg19';
  throw new RelucentError('usage', `architecture: expected ${expected}, got ${known ? `[${input}]` : `'${name}'`}.`);
}
