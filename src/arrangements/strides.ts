import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type CellData, cellGradients, productsWithNormals } from './cell-data.js';
import { type Climbers, listed, reals } from './climbers.js';
import { TOUCH_TOLERANCE } from './positive-part.js';

/** Steps along the gradient over its length: t of w + t·g/‖g‖. Longer ones would end on the same few hills from everywhere. */
const LENGTHS = [1, 0.5, 0.25, 0.06] as const;
/** Strides go on while they gain this share, so often at most. */
const GAIN = 0.01;
const MOST = 20;

/** Strides of every climber: along the gradient of its cell, across many cells, while they gain much. Returns the values reached. */
export async function stride(kernels: Kernels, data: CellData, climbers: Climbers, run: Run): Promise<Float64Array> {
  let going = Array.from({ length: climbers.count }, (_, slot) => slot);
  const value = Float64Array.from(going, (slot) => standingValue(data, climbers, slot));
  for (let round = 0; round < MOST && going.length > 0 && run.stop === null; round++) {
    going = strideOnce(kernels, data, climbers, value, going);
    await run.pause();
  }
  return value;
}

/** ±f where the climber stands. */
export function standingValue({ m, rank, half, weights }: CellData, c: Climbers, slot: number): number {
  let linear = 0;
  let kinks = 0;
  const at = c.at[slot] * rank;
  const from = c.at[slot] * m;
  for (let j = 0; j < rank; j++) linear += half[j] * c.w[at + j];
  for (let g = 0; g < m; g++) kinks += weights[g] * Math.abs(c.products[from + g]);
  return c.sign[slot] * (linear + 0.5 * kinks);
}

/** One stride of those going; returns those worth another. */
function strideOnce(
  kernels: Kernels,
  data: CellData,
  c: Climbers,
  values: Float64Array,
  going: readonly number[],
): number[] {
  const mark = kernels.mark();
  try {
    const { m, rank: d, weights, half } = data;
    const blocks = going.length;
    const row = listed(
      kernels,
      going.map((slot) => c.at[slot]),
    );
    const along = gradientsAt(kernels, data, c, row);
    const sign = going.map((slot) => c.sign[slot]);
    const value = reals(
      kernels,
      going.map((slot) => values[slot]),
    );
    const moved = kernels.int32(blocks);
    const rays = {
      along,
      alongProducts: productsWithNormals(kernels, data, along, blocks, c.ahead),
      ...{ moved, value },
    };
    const own = { sign: reals(kernels, sign), factor: reals(kernels, unitFactors(along, d, sign)) };
    const ahead = { ...rays, ...own, alongRow: listed(kernels, Array.from(going.keys())), steps: LENGTHS };
    kernels.bestOnRays({ m, d, blocks, weights, half, w: c.w, products: c.products, row, ...ahead });
    return going.filter((slot, b) => {
      const before = values[slot];
      values[slot] = value[b];
      return moved[b] === 1 && value[b] > before + GAIN * Math.abs(before);
    });
  } finally {
    kernels.release(mark);
  }
}

/** The gradients of f in the cells of the given points. */
function gradientsAt(kernels: Kernels, data: CellData, { products }: Climbers, row: Int32Array): Float64Array {
  const { m, stride, ties, words } = data;
  const blocks = row.length;
  const bytes = kernels.uint8(blocks * stride);
  const hash = kernels.int32(2 * blocks);
  const byteRow = listed(kernels, Array.from(row.keys()));
  const sides = { tolerance: TOUCH_TOLERANCE, products, row, ties, tieStride: 0, bytes, byteRow, words, hash };
  kernels.packSides({ m, blocks, stride, ...sides });
  return cellGradients(kernels, data, bytes, blocks);
}

/** sign/‖g‖ for each gradient, 0 for none: such a ray leads nowhere. */
function unitFactors(gradients: Float64Array, rank: number, sign: readonly number[]): number[] {
  return sign.map((one, b) => {
    let square = 0;
    for (let j = 0; j < rank; j++) square += gradients[b * rank + j] ** 2;
    return square > 0 ? one / Math.sqrt(square) : 0;
  });
}
