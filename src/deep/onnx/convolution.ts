import type { Node } from '../ir/node.js';
import type { Shape, Window } from '../ir/shape.js';
import { blockedConvolution, blockedImageGradient, blockedKernelGradient } from './blocked.js';
import type { Emitter } from './emit.js';
import { channelsLast, toRows } from './layout.js';
import type { OnnxModel } from './model.js';
import { fewPixels, productConvolution, productImageGradient, productKernelGradient } from './products.js';

/** [o, c, s, s] → [c, o, s, s], every kernel turned by 180°. */
function turned(model: OnnxModel, kernel: string, [outputs, channels, size]: Shape): string {
  const flat = model.op('Reshape', [kernel, model.indices([outputs, channels, size * size])]);
  const reversed = Array.from({ length: size * size }, (_, i) => size * size - 1 - i);
  const flipped = model.op('Gather', [flat, model.indices(reversed)], { axis: 2 });
  const swapped = model.op('Transpose', [flipped], { perm: [1, 0, 2] });
  return model.op('Reshape', [swapped, model.indices([channels, outputs, size, size])]);
}

/** The convolution of a node, with one bias per output channel if a third input is given. */
export function emitConvolution(
  model: OnnxModel,
  given: readonly string[],
  { inputs: [{ shape: image }, { shape: kernel }] }: Node,
  window: Window,
): string {
  const few = fewPixels(model, image, kernel, window);
  if (few) return productConvolution(model, given, few);
  const { stride, padding } = window;
  const attributes = { strides: [stride, stride], pads: [padding, padding, padding, padding] };
  const blocked = blockedConvolution(model, given, kernel, attributes);
  return blocked ?? model.op('Conv', [toRows(model, given[0]), ...given.slice(1)], attributes);
}

/** With stride 1 a convolution with the turned kernel, which costs what the forward one does; else ConvTranspose. */
export const emitImageGradient: Emitter<'conv2dImageGradient'> = (model, node, [given, kernel], window) => {
  const [dyNode, kernelNode] = node.inputs;
  const { stride, padding } = window;
  const size = kernelNode.shape[2];
  const outer = size - 1 - padding;
  const few = fewPixels(model, node.shape, kernelNode.shape, window);
  if (few) return productImageGradient(model, [given, kernel], few);
  if (stride === 1 && outer >= 0) {
    const blocked = blockedImageGradient(model, [given, kernel], kernelNode.shape, outer);
    if (blocked) return blocked;
    const dy = toRows(model, given);
    return model.op('Conv', [dy, turned(model, kernel, kernelNode.shape)], { pads: [outer, outer, outer, outer] });
  }
  const rest = [2, 3].map((axis) => node.shape[axis] + 2 * padding - size - stride * (dyNode.shape[axis] - 1));
  return model.op('ConvTranspose', [toRows(model, given), kernel], {
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    output_padding: rest,
  });
};

export function padded(model: OnnxModel, image: string, [top, left, bottom, right]: readonly number[]): string {
  if (top + left + bottom + right === 0) return image;
  return model.op('Pad', [image, model.indices([0, 0, top, left, 0, 0, bottom, right])]);
}

/** For one place (i, j) of the kernel: what it meets of the image under every window, [n, c, h', w']. */
export function shifted(
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
  { shape: [outputs, channels, size], inputs: [{ shape: imageShape }, { shape: dyShape }] }: Node,
  [image, dy]: readonly string[],
  { stride, padding }: Window,
): string {
  const [batch, , rows, cols] = dyShape;
  const seen = channelsLast(model, image, imageShape);
  const last =
    padding > 0 ? model.op('Pad', [seen, model.indices([0, padding, padding, 0, 0, padding, padding, 0])]) : seen;
  const parts = Array.from({ length: size * size }, (_, k) => {
    const [i, j] = [Math.floor(k / size), k % size];
    const ends = [i + stride * (rows - 1) + 1, j + stride * (cols - 1) + 1];
    const bounds = [[i, j], ends, [1, 2], [stride, stride]].map((list) => model.indices(list));
    return model.op('Slice', [last, ...bounds]);
  });
  const met = model.op('Concat', parts, { axis: 3 });
  const matrix = model.op('Reshape', [met, model.indices([batch * rows * cols, size * size * channels])]);
  const flatDy = model.op('Reshape', [channelsLast(model, dy, dyShape), model.indices([batch * rows * cols, outputs])]);
  const product = model.op('Gemm', [flatDy, matrix], { transA: 1 });
  const split = model.op('Reshape', [product, model.indices([outputs, size * size, channels])]);
  const moved = model.op('Transpose', [split], { perm: [0, 2, 1] });
  return model.op('Reshape', [moved, model.indices([outputs, channels, size, size])]);
}

/** Pixels of dy below which images count as small. */
const SMALL = 64;

/** Else one convolution, or one product of matrices per place of the kernel and image, summed over images. */
export const emitKernelGradient: Emitter<'conv2dKernelGradient'> = (model, node, given, window) => {
  const [imageNode, dyNode] = node.inputs;
  const few = fewPixels(model, imageNode.shape, node.shape, window);
  if (few) return productKernelGradient(model, given, few);
  const pixels = dyNode.shape[2] * dyNode.shape[3];
  const blocked = pixels < SMALL ? null : blockedKernelGradient(model, node, given, window);
  if (blocked) return blocked;
  if (pixels <= SMALL) return sideBySide(model, node, given, window);
  return placeByPlace(model, node, [toRows(model, given[0]), toRows(model, given[1])], window);
};

function placeByPlace(
  model: OnnxModel,
  { shape, inputs: [, { shape: dyShape }] }: Node,
  [image, dy]: readonly string[],
  { stride, padding }: Window,
): string {
  const [outputs, channels, size] = shape;
  const [batch, , rows, cols] = dyShape;
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
  return model.op('Reshape', [stacked, model.indices(shape)]);
}
