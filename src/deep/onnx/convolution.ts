import type { Node } from '../ir/node.js';
import type { Shape, Window } from '../ir/shape.js';
import { blockedConvolution, blockedImageGradient } from './blocked.js';
import type { Emitter } from './emit.js';
import type { OnnxModel } from './model.js';

/** [o, c, s, s] → [c, o, s, s], every kernel turned by 180°. */
function turned(model: OnnxModel, kernel: string, [outputs, channels, size]: Shape): string {
  const flat = model.op('Reshape', [kernel, model.indices([outputs, channels, size * size])]);
  const reversed = Array.from({ length: size * size }, (_, i) => size * size - 1 - i);
  const flipped = model.op('Gather', [flat, model.indices(reversed)], { axis: 2 });
  const swapped = model.op('Transpose', [flipped], { perm: [1, 0, 2] });
  return model.op('Reshape', [swapped, model.indices([channels, outputs, size, size])]);
}

/** A convolution, with one bias per output channel if a third input is given. */
export function emitConvolution(
  model: OnnxModel,
  inputs: readonly string[],
  kernel: Shape,
  { stride, padding }: Window,
): string {
  const attributes = { strides: [stride, stride], pads: [padding, padding, padding, padding] };
  return blockedConvolution(model, inputs, kernel, attributes) ?? model.op('Conv', inputs, attributes);
}

/** With stride 1 a convolution with the turned kernel, which costs what the forward one does; else ConvTranspose. */
export const emitImageGradient: Emitter<'conv2dImageGradient'> = (model, node, [dy, kernel], { stride, padding }) => {
  const [dyNode, kernelNode] = node.inputs;
  const size = kernelNode.shape[2];
  const outer = size - 1 - padding;
  if (stride === 1 && outer >= 0) {
    const blocked = blockedImageGradient(model, [dy, kernel], kernelNode.shape, outer);
    if (blocked) return blocked;
    return model.op('Conv', [dy, turned(model, kernel, kernelNode.shape)], { pads: [outer, outer, outer, outer] });
  }
  const rest = [2, 3].map((axis) => node.shape[axis] + 2 * padding - size - stride * (dyNode.shape[axis] - 1));
  return model.op('ConvTranspose', [dy, kernel], {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    output_padding: rest,
  });
};

function padded(model: OnnxModel, image: string, [top, left, bottom, right]: readonly number[]): string {
  if (top + left + bottom + right === 0) return image;
  return model.op('Pad', [image, model.indices([0, 0, top, left, 0, 0, bottom, right])]);
}

/** For one place (i, j) of the kernel: what it meets of the image under every window, [n, c, h', w']. */
function shifted(
  model: OnnxModel,
  image: string,
  [i, j]: readonly number[],
  [rows, cols]: Shape,
  stride: number,
): string {
  const ends = [i + stride * (rows - 1) + 1, j + stride * (cols - 1) + 1];
  return model.op('Slice', [
    image,
    model.indices([i, j]),
    model.indices(ends),
    model.indices([2, 3]),
    model.indices([stride, stride]),
  ]);
}

/**
 * Small images: what every place of the kernel meets stands side by side, [n·h'·w', s²·c], for one product over rows and
 * images. A product per image would be over few numbers, and give a whole kernel each to be summed.
 */
function sideBySide(
  model: OnnxModel,
  { shape: [outputs, channels, size], inputs: [, { shape: dyShape }] }: Node,
  [image, dy]: readonly string[],
  { stride, padding }: Window,
): string {
  const [batch, , rows, cols] = dyShape;
  const zeros = padded(model, image, [padding, padding, padding, padding]);
  const last = model.op('Transpose', [zeros], { perm: [0, 2, 3, 1] });
  const parts = Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    const ends = [i + stride * (rows - 1) + 1, j + stride * (cols - 1) + 1];
    const bounds = [[i, j], ends, [1, 2], [stride, stride]].map((list) => model.indices(list));
    return model.op('Slice', [last, ...bounds]);
  });
  const met = model.op('Concat', parts, { axis: 3 });
  const matrix = model.op('Reshape', [met, model.indices([batch * rows * cols, size * size * channels])]);
  const turned = model.op('Transpose', [dy], { perm: [1, 0, 2, 3] });
  const flatDy = model.op('Reshape', [turned, model.indices([outputs, batch * rows * cols])]);
  const product = model.op('Gemm', [flatDy, matrix]);
  const split = model.op('Reshape', [product, model.indices([outputs, size * size, channels])]);
  const moved = model.op('Transpose', [split], { perm: [0, 2, 1] });
  return model.op('Reshape', [moved, model.indices([outputs, channels, size, size])]);
}

/** Pixels of dy up to which images count as small. */
const SMALL = 64;

/** Else one product of matrices per place of the kernel and image, summed over images. */
export const emitKernelGradient: Emitter<'conv2dKernelGradient'> = (model, node, [image, dy], { stride, padding }) => {
  const [, dyNode] = node.inputs;
  if (dyNode.shape[2] * dyNode.shape[3] <= SMALL) return sideBySide(model, node, [image, dy], { stride, padding });
  const [outputs, channels, size] = node.shape;
  const [batch, , rows, cols] = dyNode.shape;
  const zeros = padded(model, image, [padding, padding, padding, padding]);
  const flatDy = model.op('Reshape', [dy, model.indices([batch, outputs, rows * cols])]);
  const places = Array.from({ length: size * size }, (_, k) => {
    const part = shifted(model, zeros, [Math.floor(k / size), k % size], [rows, cols], stride);
    const flat = model.op('Reshape', [part, model.indices([batch, channels, rows * cols])]);
    const product = model.op('MatMul', [flatDy, model.op('Transpose', [flat], { perm: [0, 2, 1] })]);
    const total = model.op('ReduceSum', [product, model.indices([0])], { keepdims: 0 });
    return model.op('Reshape', [total, model.indices([outputs, channels, 1])]);
  });
  const stacked = model.op('Concat', places, { axis: 2 });
  return model.op('Reshape', [stacked, model.indices(node.shape)]);
};

/** Whether the windows tile the image, but for a rest at its end. */
const tiles = ({ size, stride }: { size: number; stride: number }): boolean => size === stride;

/** Every entry of [n, c, rows, cols] repeated over its window: [n, c, rows · s, cols · s]. */
function spread(model: OnnxModel, values: string, size: number): string {
  const scales = model.scales([1, 1, size, size]);
  const attributes = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
  return model.op('Resize', [values, '', scales], attributes);
}

/** The part of an image [n, c, h, w] that windows of the given size cover, and zeros put back around it. */
const covered = (model: OnnxModel, image: string, shape: Shape, height: number, width: number): string =>
  shape[2] === height && shape[3] === width ? image : shifted(model, image, [0, 0], [height, width], 1);
const uncovered = (model: OnnxModel, part: string, shape: Shape, height: number, width: number): string =>
  padded(model, part, [0, 0, shape[2] - height, shape[3] - width]);

export const emitAveragePoolGradient: Emitter<'averagePoolGradient'> = (model, node, [dy], op) => {
  const [, , rows, cols] = node.inputs[0].shape;
  const { size } = op;
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

/**
 * The first maximum of each window is found by numbering its places downwards. Whole images are compared with stretched
 * ones: operators that broadcast within windows are several times slower.
 */
export const emitMaxPoolGradient: Emitter<'maxPoolGradient'> = (model, node, [image, pooled, dy], op) => {
  const [, , rows, cols] = node.inputs[2].shape;
  const { size } = op;
  if (!tiles(op)) return overlappingMaximum(model, node, [image, dy], op);
  const [height, width] = [rows * size, cols * size];
  const equal = (a: string, b: string): string => {
    return model.op('Cast', [model.op('Equal', [a, spread(model, b, size)])], { to: model.type });
  };
  const place = (i: number): number => (Math.floor(i / width) % size) * size + ((i % width) % size);
  const rank = model.numbers(
    Array.from({ length: height * width }, (_, i) => size * size - place(i)),
    [1, 1, height, width],
  );
  const ranked = model.op('Mul', [equal(covered(model, image, node.shape, height, width), pooled), rank]);
  const best = model.op('MaxPool', [ranked], { kernel_shape: [size, size], strides: [size, size] });
  const routed = model.op('Mul', [equal(ranked, best), spread(model, dy, size)]);
  return uncovered(model, routed, node.shape, height, width);
};

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
