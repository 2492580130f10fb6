import type { Shape } from '../ir/shape.js';
import { type Attribute, OnnxModel } from './model.js';

/**
 * Convolutions in the layout that the processor likes: channels in blocks of its vector length side by side. ONNX Runtime
 * chooses it by itself only for constant kernels; in training kernels change, so the graph says it. About twice as fast.
 */

/** Whether a convolution from so many channels to so many can run in blocks. */
const fits = (block: number, ...channels: number[]): boolean =>
  block > 0 && channels.every((count) => count % block === 0);

/**
 * A kernel [o, c, s, s] as the blocked convolution wants it: [o/B, c/B, s, s, B of c, B of o]. The runtime's own operator for
 * blocks brings the last axis inwards and whole blocks move then: four times as fast as one transposition of entries.
 */
function blockedKernel(model: OnnxModel, kernel: string, [o, c, size]: Shape): string {
  const B = model.block;
  const rows = model.op('Reshape', [kernel, model.indices([1, o, c, size * size])]);
  const inner = model.blockedOp('ReorderInput', [rows]);
  const split = model.op('Reshape', [inner, model.indices([o / B, c / B, B, size * size, B])]);
  const moved = model.op('Transpose', [split], { perm: [0, 1, 3, 2, 4] });
  return model.op('Reshape', [moved, model.indices([o, c, size, size])]);
}

/** The kernel [o, c, s, s] turned by 180° with inputs and outputs exchanged, blocked. */
function blockedTurned(model: OnnxModel, kernel: string, [o, c, size]: Shape): string {
  const B = model.block;
  const inner = model.blockedOp('ReorderInput', [kernel]);
  const split = model.op('Reshape', [inner, model.indices([o / B, B, c / B, size * size, B])]);
  const moved = model.op('Transpose', [split], { perm: [2, 0, 3, 1, 4] });
  const reversed = Array.from({ length: size * size }, (_, i) => size * size - 1 - i);
  const flipped = model.op('Gather', [moved, model.indices(reversed)], { axis: 2 });
  return model.op('Reshape', [flipped, model.indices([c, o, size, size])]);
}

function convolve(
  model: OnnxModel,
  [image, kernel, ...bias]: readonly string[],
  size: number,
  outputs: number,
  attributes: Readonly<Record<string, Attribute>>,
): string {
  const blocked = model.blockedOp('ReorderInput', [image]);
  const shape = { kernel_shape: [size, size], dilations: [1, 1], group: 1, strides: [1, 1] };
  const result = model.blockedOp('Conv', [blocked, kernel, ...bias], { ...shape, ...attributes });
  return model.blockedOp('ReorderOutput', [result], { channels: outputs, channels_last: 0 });
}

/** conv2d(image, kernel [, bias]) in blocks, or null where the channels do not fill them. */
export function blockedConvolution(
  model: OnnxModel,
  [image, kernel, ...bias]: readonly string[],
  shape: Shape,
  attributes: Readonly<Record<string, Attribute>>,
): string | null {
  const [outputs, channels, size] = shape;
  if (!fits(model.block, outputs, channels)) return null;
  return convolve(model, [image, blockedKernel(model, kernel, shape), ...bias], size, outputs, attributes);
}

/** The gradient in the image at stride 1, in blocks, or null. */
export function blockedImageGradient(
  model: OnnxModel,
  [dy, kernel]: readonly string[],
  shape: Shape,
  padding: number,
): string | null {
  const [outputs, channels, size] = shape;
  if (!fits(model.block, outputs, channels)) return null;
  const pads = [padding, padding, padding, padding];
  return convolve(model, [dy, blockedTurned(model, kernel, shape)], size, channels, { pads });
}

/** The probe: 16 channels of 2 pixels, numbered, put into blocks. Their new order tells the size of a block. */
export function probeModel(): Uint8Array {
  const model = new OnnxModel('float32');
  model.input('x', [1, 16, 1, 2]);
  model.alias(model.blockedOp('ReorderInput', ['x']), 'y');
  model.output('y', [1, 16, 1, 2]);
  return model.bytes();
}

/** Size of a block from the probe's answer to 0 … 31: where pixel 1 of channel 0 stands. */
export const blockOf = (answer: ArrayLike<number>): number => {
  const at = Array.from(answer).indexOf(1);
  return at === 8 || at === 16 ? at : 0;
};
