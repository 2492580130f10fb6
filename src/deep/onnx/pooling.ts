import type { Node } from '../ir/node.js';
import type { Shape } from '../ir/shape.js';
import { padded, shifted } from './convolution.js';
import type { Emitter } from './emit.js';
import { isBlocked, markBlocked, toBlocks, toRows } from './layout.js';
import type { OnnxModel } from './model.js';

type Pool = { readonly size: number; readonly stride: number };

function blockedPool(model: OnnxModel, kind: string, image: string, channels: number, { size, stride }: Pool): string {
  const attributes = { kernel_shape: [size, size], strides: [stride, stride], pads: [0, 0, 0, 0], dilations: [1, 1] };
  return markBlocked(model, model.blockedOp(kind, [image], attributes), channels);
}

/** A pool stays in the layout of its image. */
const emitPool =
  (kind: string): Emitter<'maxPool' | 'averagePool'> =>
  (model, node, [image], op) => {
    if (isBlocked(model, image)) return blockedPool(model, kind, image, node.shape[1], op);
    return model.op(kind, [image], { kernel_shape: [op.size, op.size], strides: [op.stride, op.stride] });
  };

export const emitMaxPool = emitPool('MaxPool');
export const emitAveragePool = emitPool('AveragePool');

/** Whether the windows tile the image, but for a rest at its end. */
const tiles = ({ size, stride }: { size: number; stride: number }): boolean => size === stride;

/** Every entry of [n, c, rows, cols] repeated over its window: [n, c, rows · s, cols · s]. */
function spread(model: OnnxModel, values: string, size: number): string {
  const scales = model.scales([1, 1, size, size]);
  const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
  return model.op('Resize', [values, '', scales], attributes);
}

/** The same in blocks. */
function blockedSpread(model: OnnxModel, values: string, size: number): string {
  const attributes = { scales: [1, 1, size, size], mode: 'nearest', coordinate_transformation_mode: 'asymmetric' };
  return model.blockedOp('Upsample', [values], attributes);
}

/** Whether a pool's gradient can be made in blocks: channels fill them, and windows cover the image. */
const blocksServe = (model: OnnxModel, { shape: [, channels, ...image] }: Node, op: Pool): boolean =>
  model.block > 0 && channels % model.block === 0 && tiles(op) && image.every((length) => length % op.size === 0);

/** The part of an image [n, c, h, w] that windows of the given size cover, and zeros put back around it. */
const covered = (model: OnnxModel, image: string, shape: Shape, height: number, width: number): string =>
  shape[2] === height && shape[3] === width ? image : shifted(model, image, [0, 0], [height, width], 1);
const uncovered = (model: OnnxModel, part: string, shape: Shape, height: number, width: number): string =>
  padded(model, part, [0, 0, shape[2] - height, shape[3] - width]);

export const emitAveragePoolGradient: Emitter<'averagePoolGradient'> = (model, node, [given], op) => {
  const [, channels, rows, cols] = node.inputs[0].shape;
  const { size } = op;
  if (blocksServe(model, node, op)) {
    const blocked = model.op('Mul', [toBlocks(model, given, channels), model.scalar(1 / (size * size))]);
    return markBlocked(model, blockedSpread(model, blocked, size), channels);
  }
  const dy = toRows(model, given);
  if (!tiles(op)) return overlappingAverage(model, node, dy, op);
  const share = model.op('Mul', [dy, model.scalar(1 / (size * size))]);
  return uncovered(model, spread(model, share, size), node.shape, rows * size, cols * size);
};

function overlappingAverage(
  model: OnnxModel,
  node: Node,
  dy: string,
  { size, stride }: { size: number; stride: number },
): string {
  const channels = node.shape[1];
  const kernel = model.numbers(new Array(channels * size * size).fill(1 / (size * size)), [channels, 1, size, size]);
  const rest = [2, 3].map((axis) => node.shape[axis] - size - stride * (node.inputs[0].shape[axis] - 1));
  const attributes = { group: channels, strides: [stride, stride], output_padding: rest };
  return model.op('ConvTranspose', [dy, kernel], attributes);
}

/** The places of every window numbered downwards: the first one has the greatest number. */
const ranks = (height: number, width: number, size: number): number[] =>
  Array.from({ length: height * width }, (_, i) => {
    return size * size - (Math.floor(i / width) % size) * size - ((i % width) % size);
  });

/**
 * The first maximum of each window is found by numbering its places downwards. Whole images are compared with stretched
 * ones: operators that broadcast within windows are several times slower.
 */
export const emitMaxPoolGradient: Emitter<'maxPoolGradient'> = (model, node, given, op) => {
  if (isBlocked(model, given[0]) && blocksServe(model, node, op)) return blockedMaximum(model, node, given, op);
  const [image, pooled, dy] = given.map((name) => toRows(model, name));
  const [, , rows, cols] = node.inputs[2].shape;
  const { size } = op;
  if (!tiles(op)) return overlappingMaximum(model, node, [image, dy], op);
  const [height, width] = [rows * size, cols * size];
  const equal = (a: string, b: string): string => {
    return model.op('Cast', [model.op('Equal', [a, spread(model, b, size)])], { to: model.type });
  };
  const rank = model.numbers(ranks(height, width, size), [1, 1, height, width]);
  const ranked = model.op('Mul', [equal(covered(model, image, node.shape, height, width), pooled), rank]);
  const best = model.op('MaxPool', [ranked], { kernel_shape: [size, size], strides: [size, size] });
  const routed = model.op('Mul', [equal(ranked, best), spread(model, dy, size)]);
  return uncovered(model, routed, node.shape, height, width);
};

/** The same in blocks. */
function blockedMaximum(
  model: OnnxModel,
  { shape: [n, c, height, width] }: Node,
  given: readonly string[],
  { size }: { size: number },
): string {
  const B = model.block;
  const [image, pooled, dy] = given.map((name) => toBlocks(model, name, c));
  const equal = (a: string, b: string): string => {
    return model.op('Cast', [model.op('Equal', [a, blockedSpread(model, b, size)])], { to: model.type });
  };
  const list = ranks(height, width, size).flatMap((rank) => new Array<number>(B).fill(rank));
  const rank = model.numbers(list, [1, height, width, B]);
  const apart = model.op('Reshape', [equal(image, pooled), model.indices([(n * c) / B, height, width, B])]);
  const ranked = model.op('Reshape', [model.op('Mul', [apart, rank]), model.indices([n, c, height, width])]);
  const best = blockedPool(model, 'MaxPool', ranked, c, { size, stride: size });
  const routed = model.op('Mul', [equal(ranked, best), blockedSpread(model, dy, size)]);
  return markBlocked(model, routed, c);
}

function overlappingMaximum(
  model: OnnxModel,
  node: Node,
  [image, dy]: readonly string[],
  { size, stride }: { size: number; stride: number },
): string {
  const total = node.shape.reduce((product, length) => product * length, 1);
  const first = model.op('MaxPool', [image], { kernel_shape: [size, size], strides: [stride, stride] }, 2);
  const places = `v${Number(first.slice(1)) + 1}`;
  const flat = (values: string): string => model.op('Reshape', [values, model.indices([-1])]);
  const zeros = model.op('Expand', [model.scalar(0), model.indices([total])]);
  const summed = model.op('ScatterElements', [zeros, flat(places), flat(dy)], { axis: 0, reduction: 'add' });
  return model.op('Reshape', [summed, model.indices(node.shape)]);
}
