import type { Node } from '../ir/node.js';
import type { Shape, Window } from '../ir/shape.js';
import { channelsLast, markBlocked, once, toBlocks, toRows } from './layout.js';
import { type Attribute, OnnxModel } from './model.js';

/**
 * Convolutions in the layout that the processor likes: channels in blocks of its vector length side by side. ONNX Runtime
 * chooses it by itself only for constant kernels; in training kernels change, so the graph says it. About twice as fast.
 */

/** Whether such numbers of channels, or of images, fill blocks. */
const fits = (block: number, ...counts: number[]): boolean => block > 0 && counts.every((count) => count % block === 0);

/**
 * A kernel [o, c, s, s] as the blocked convolution wants it: [o/B, c/B, s, s, B of c, B of o]. The runtime's own operator for
 * blocks brings the first axis inwards and whole blocks move then: four times as fast as one transposition of entries.
 * An image of fewer channels than a block has stays in rows, and its kernel is [o/B, c, s, s, B of o].
 */
const blockedKernel = (model: OnnxModel, kernel: string, shape: Shape): string =>
  once(model, `blocks of ${kernel}`, () => inBlocks(model, kernel, shape));

function inBlocks(model: OnnxModel, kernel: string, [o, c, size]: Shape): string {
  const B = model.block;
  const rows = model.op('Reshape', [kernel, model.indices([1, o, c, size * size])]);
  const inner = model.blockedOp('ReorderInput', [rows]);
  if (c < B) return model.op('Reshape', [inner, model.indices([o, c, size, size])]);
  const split = model.op('Reshape', [inner, model.indices([o / B, c / B, B, size * size, B])]);
  const moved = model.op('Transpose', [split], { perm: [0, 1, 3, 2, 4] });
  return model.op('Reshape', [moved, model.indices([o, c, size, size])]);
}

/** The kernel [o, c, s, s] turned by 180° with inputs and outputs exchanged, blocked: B × B tiles are turned over, then moved. */
function blockedTurned(model: OnnxModel, kernel: string, shape: Shape): string {
  const [o, c, size] = shape;
  const B = model.block;
  const tiles = (o / B) * (c / B) * size * size;
  const apart = model.op('Reshape', [blockedKernel(model, kernel, shape), model.indices([tiles, B, B, 1])]);
  const flat = model.op('Reshape', [model.blockedOp('ReorderInput', [apart]), model.indices([tiles, B * B])]);
  const order = model.indices(turnedTiles(o / B, c / B, size * size), `turned_${o}_${c}_${size}`);
  return model.op('Reshape', [model.op('Gather', [flat, order], { axis: 0 }), model.indices([c, o, size, size])]);
}

/** Where the tile for (input block, output block, place) stands among those for (output block, input block, place turned). */
const turnedTiles = (outputs: number, channels: number, places: number): number[] =>
  Array.from({ length: outputs * channels * places }, (_, i) => {
    const [block, place] = [Math.floor(i / places), i % places];
    const [channel, output] = [Math.floor(block / outputs), block % outputs];
    return (output * channels + channel) * places + places - 1 - place;
  });

type Attributes = Readonly<Record<string, Attribute>>;

/** A convolution of an image and a kernel that lie as they must; its result lies in blocks. */
function convolve(model: OnnxModel, inputs: readonly string[], outputs: number, attributes: Attributes): string {
  const usual = { dilations: [1, 1], group: 1, strides: [1, 1] };
  return markBlocked(model, model.blockedOp('Conv', inputs, { ...usual, ...attributes }), outputs);
}

/** conv2d(image, kernel [, bias]) in blocks, or null where the channels do not fill them. */
export function blockedConvolution(
  model: OnnxModel,
  [image, kernel, ...bias]: readonly string[],
  shape: Shape,
  attributes: Attributes,
): string | null {
  const [outputs, channels, size] = shape;
  const few = channels < model.block;
  if (!fits(model.block, outputs, few ? 0 : channels)) return null;
  const from = few ? toRows(model, image) : toBlocks(model, image, channels);
  const inputs = [from, blockedKernel(model, kernel, shape), ...bias];
  return convolve(model, inputs, outputs, { kernel_shape: [size, size], ...attributes });
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
  const inputs = [toBlocks(model, dy, outputs), blockedTurned(model, kernel, shape)];
  const pads = [padding, padding, padding, padding];
  return convolve(model, inputs, channels, { kernel_shape: [size, size], pads });
}

const zerosAround = (model: OnnxModel, values: string, pads: readonly number[]): string =>
  pads.some((pad) => pad > 0) ? model.op('Pad', [values, model.indices(pads)]) : values;

/** Pieces of work (groups, four blocks of outputs, a row each) that a convolution should have at least, for all threads. */
const PIECES = 16;

/** Into how many groups the images are divided, which are summed afterwards: the fewest that make enough pieces of work. */
function groupsOf(block: number, images: number, outputs: number, rows: number): number {
  const [most, pieces] = [images / block, Math.ceil(outputs / (4 * block)) * rows];
  const divisors = Array.from({ length: most }, (_, i) => i + 1).filter((count) => most % count === 0);
  return divisors.find((count) => count * pieces >= PIECES) ?? most;
}

/**
 * dy as a kernel whose channels are its images: [g, n/gB, B, o/B, p, B] → [g, o/B, n/gB, p, B of n, B of o]. Unlike a
 * transposition the gathering of rows of B numbers uses all threads; with several blocks of images and of outputs its list
 * would be long.
 */
function imagesInside(model: OnnxModel, dy: string, [n, o, rows, cols]: Shape, groups: number): string {
  const [B, pixels] = [model.block, rows * cols];
  const target = model.indices([groups * o, n / groups, rows, cols]);
  if (n / groups > B && o > B) {
    const split = model.op('Reshape', [dy, model.indices([groups, n / groups / B, B, o / B, pixels, B])]);
    return model.op('Reshape', [model.op('Transpose', [split], { perm: [0, 3, 1, 4, 2, 5] }), target]);
  }
  const each = (o / B) * pixels;
  const order = Array.from({ length: each * B }, (_, i) => (i % B) * each + Math.floor(i / B));
  const split = model.op('Reshape', [dy, model.indices([n / B, B * each, B])]);
  const moved = model.op('Gather', [split, model.indices(order, `inside_${each}`)], { axis: 1 });
  return model.op('Reshape', [moved, target]);
}

/**
 * The gradient in the kernel at stride 1 as one convolution, or null: images are its channels, dy is its kernel, and columns and
 * channels of the image lie in one axis, which the kernel walks along with a step (dilation) of c. So the s·c numbers of one
 * row of the result stand side by side, and nothing is copied once for every place of the kernel. Images that do not fill
 * their last block are joined by images of zeros, at most as many as there are.
 */
export function blockedKernelGradient(
  model: OnnxModel,
  node: Node,
  [image, dy]: readonly string[],
  { stride, padding }: Window,
): string | null {
  const B = model.block;
  const [{ shape: imageShape }, { shape: dyShape }] = node.inputs;
  const [images, c, height, width] = imageShape;
  const [, o, rows, cols] = dyShape;
  const size = node.shape[2];
  if (stride !== 1 || !fits(B, o) || 2 * images < B) return null;
  const n = B * Math.ceil(images / B);
  const last = channelsLast(model, image, imageShape);
  const wide = zerosAround(model, last, [0, 0, padding, 0, n - images, 0, padding, 0]);
  const filled = zerosAround(model, toBlocks(model, dy, o), [0, 0, 0, 0, n - images, 0, 0, 0]);
  const flat = model.op('Reshape', [wide, model.indices([1, n, height, (width + 2 * padding) * c])]);
  const group = groupsOf(B, n, o, size);
  const kernel = imagesInside(model, filled, [n, o, rows, cols], group);
  const attributes = { kernel_shape: [rows, cols], dilations: [1, c], pads: [padding, 0, padding, 0], group };
  const result = convolve(model, [model.blockedOp('ReorderInput', [flat]), kernel], group * o, attributes);
  const parts = model.op('Reshape', [toRows(model, result), model.indices([group, o, size * size, c])]);
  const places = model.op('ReduceSum', [parts, model.indices([0])], { keepdims: 0 });
  return model.op('Reshape', [model.op('Transpose', [places], { perm: [0, 2, 1] }), model.indices(node.shape)]);
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
