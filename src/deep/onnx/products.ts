import type { Shape, Window } from '../ir/shape.js';
import { channelsLast, markBlocked, once, toBlocks } from './layout.js';
import type { OnnxModel } from './model.js';

/**
 * Convolutions of few pixels against many channels, as products of matrices. What every pixel of the result meets of the
 * image stands in one row, ordered as (block of channels, place of the kernel, channel of the block): the order in which the
 * runtime's own operator for blocks writes a kernel [o, c, s, s]. So the kernel, much the largest thing there, is brought into
 * another order once, instead of once for each of the three products and moved in tiles besides.
 */
export interface FewPixels {
  readonly n: number;
  readonly c: number;
  readonly o: number;
  /** Of the image. */
  readonly height: number;
  readonly width: number;
  /** Of the result. */
  readonly rows: number;
  readonly cols: number;
  readonly size: number;
  readonly padding: number;
}

/** The sizes of a convolution that is better off as products, or null: rows of the matrix are at most the outputs. */
export function fewPixels(
  { block }: OnnxModel,
  [n, c, height, width]: Shape,
  [o, , size]: Shape,
  { stride, padding }: Window,
): FewPixels | null {
  const [rows, cols] = [height, width].map((length) => length + 2 * padding - size + 1);
  const fits = block > 0 && c % block === 0 && o % block === 0 && stride === 1;
  return fits && n * rows * cols <= o ? { n, c, o, height, width, rows, cols, size, padding } : null;
}

/** The kernel as [o, c/B · s² · B]. */
const kernelMatrix = (model: OnnxModel, kernel: string, { o, c, size }: FewPixels): string =>
  once(model, `matrix of ${kernel}`, () => {
    return model.op('Reshape', [model.blockedOp('ReorderInput', [kernel]), model.indices([o, c * size * size])]);
  });

/** dy as [n · h' · w', o]. */
const gradientMatrix = (model: OnnxModel, dy: string, { n, o, rows, cols }: FewPixels): string =>
  once(model, `matrix of ${dy}`, () => {
    return model.op('Reshape', [channelsLast(model, dy, [n, o, rows, cols]), model.indices([n * rows * cols, o])]);
  });

/** Every number below the product of `lengths`, as its digits, the last one fastest. */
function digits(lengths: readonly number[]): number[][] {
  return lengths.reduce<number[][]>(
    (all, length) => all.flatMap((head) => Array.from({ length }, (_, i) => [...head, i])),
    [[]],
  );
}

/** What every pixel of the result meets: [n · h' · w', c/B · s² · B]. */
function columns(model: OnnxModel, image: string, sizes: FewPixels): string {
  const { n, c, height, width, rows, cols, size, padding } = sizes;
  const [B, blocks] = [model.block, c / model.block];
  const [high, wide] = [height + 2 * padding, width + 2 * padding];
  return once(model, `columns of ${image} for ${size}, ${padding}`, () => {
    const split = model.op('Reshape', [toBlocks(model, image, c), model.indices([n * blocks, height, width, B])]);
    const around = [0, padding, padding, 0, 0, padding, padding, 0];
    const zeros = padding > 0 ? model.op('Pad', [split, model.indices(around)]) : split;
    const flat = model.op('Reshape', [zeros, model.indices([n, blocks * high * wide, B])]);
    const met = digits([rows, cols, blocks, size, size]).map(([y, x, q, i, j]) => (q * high + y + i) * wide + x + j);
    const order = model.indices(met, `columns_${c}_${height}_${width}_${size}_${padding}`);
    const gathered = model.op('Gather', [flat, order], { axis: 1 });
    return model.op('Reshape', [gathered, model.indices([n * rows * cols, c * size * size])]);
  });
}

/** conv2d(image, kernel [, bias]), in blocks. */
export function productConvolution(
  model: OnnxModel,
  [image, kernel, ...bias]: readonly string[],
  sizes: FewPixels,
): string {
  const { n, o, rows, cols } = sizes;
  const factors = [columns(model, image, sizes), kernelMatrix(model, kernel, sizes), ...bias];
  const last = model.op('Reshape', [model.op('Gemm', factors, { transB: 1 }), model.indices([n, rows, cols, o])]);
  return markBlocked(model, model.blockedOp('ReorderInput', [last], { channels_last: 1 }), o);
}

/** The gradient in the image, in blocks: for every pixel the s² numbers that go back to it (zeros at the rim) are summed. */
export function productImageGradient(model: OnnxModel, [dy, kernel]: readonly string[], sizes: FewPixels): string {
  const { n, c, height, width, rows, cols, size, padding } = sizes;
  const [B, blocks, places] = [model.block, c / model.block, size * size];
  const product = model.op('Gemm', [gradientMatrix(model, dy, sizes), kernelMatrix(model, kernel, sizes)]);
  const count = rows * cols * blocks * places;
  const flat = model.op('Reshape', [product, model.indices([n, count, B])]);
  const ended = model.op('Pad', [flat, model.indices([0, 0, 0, 0, 1, 0])]);
  const from = digits([size, size, blocks, height, width]).map(([i, j, q, y, x]) => {
    const [row, col] = [y + padding - i, x + padding - j];
    const isInside = row >= 0 && col >= 0 && row < rows && col < cols;
    return isInside ? ((row * cols + col) * blocks + q) * places + i * size + j : count;
  });
  const order = model.indices(from, `back_${c}_${height}_${width}_${size}_${padding}`);
  const gathered = model.op('Gather', [ended, order], { axis: 1 });
  const parts = model.op('Reshape', [gathered, model.indices([n, places, c * height * width])]);
  const sum = model.op('ReduceSum', [parts, model.indices([1])], { keepdims: 0 });
  return markBlocked(model, model.op('Reshape', [sum, model.indices([n, c, height, width])]), c);
}

/** The gradient in the kernel, [o, c, s, s]. */
export function productKernelGradient(model: OnnxModel, [image, dy]: readonly string[], sizes: FewPixels): string {
  const { c, o, size } = sizes;
  const factors = [gradientMatrix(model, dy, sizes), columns(model, image, sizes)];
  const product = model.op('Gemm', factors, { transA: 1 });
  const kernel = model.op('Reshape', [product, model.indices([o, c, size, size])]);
  return model.blockedOp('ReorderOutput', [kernel], { channels: c, channels_last: 0 });
}
