import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type CellData, cellGradients, productsWithNormals } from './cell-projection.js';
import { type PositivePart, signsOf } from './positive-part.js';
import type { Point, Rays } from './rays.js';

/** A unit direction that climbs sign·f. */
export interface Walker extends Point {
  readonly sign: 1 | -1;
}

/** Steps along the gradient over its length: t of w + t·g/‖g‖. Longer ones would end on the same few hills from everywhere. */
const LENGTHS = [1, 0.5, 0.25, 0.06] as const;
/** Strides go on while they gain this share, so often at most. */
const GAIN = 0.01;
const MOST = 20;

/** Strides from every direction: along the gradient of its cell, across many cells, while they gain much. */
export async function stride(
  kernels: Kernels,
  part: PositivePart,
  data: CellData,
  rays: Rays,
  starts: readonly Walker[],
  run: Run,
): Promise<Walker[]> {
  const walkers = [...starts];
  let going = [...walkers.keys()];
  for (let round = 0; round < MOST && going.length > 0 && run.stop === null; round++) {
    going = strideOnce(kernels, part, data, rays, walkers, going);
    await run.pause();
  }
  return walkers;
}

/** One stride of those going; returns those worth another. */
function strideOnce(
  kernels: Kernels,
  part: PositivePart,
  data: CellData,
  rays: Rays,
  walkers: Walker[],
  going: readonly number[],
): number[] {
  const mark = kernels.mark();
  try {
    const { count: m, rank } = part.arrangement.normals;
    const cells = going.map((k) => signsOf(part.arrangement, walkers[k].products));
    const gradients = cellGradients(kernels, part, data, cells);
    const products = productsWithNormals(kernels, part, data, gradients, going.length);
    return going.filter((k, b) => {
      const w = gradients.subarray(b * rank, (b + 1) * rank);
      const ahead = { w, products: products.subarray(b * m, (b + 1) * m) };
      const value = rays.value(walkers[k].sign, walkers[k]);
      const next = bestStride(rays, walkers[k], ahead, value);
      if (next === null) return false;
      walkers[k] = next;
      return next.value > value + GAIN * Math.abs(value);
    });
  } finally {
    kernels.release(mark);
  }
}

function bestStride(rays: Rays, from: Walker, gradient: Point, bar: number): (Walker & { value: number }) | null {
  const { sign } = from;
  let square = 0;
  for (const entry of gradient.w) square += entry * entry;
  if (!(square > 0)) return null;
  const unit = sign / Math.sqrt(square);
  const [a, b, c, d] = LENGTHS;
  const best = rays.best(sign, from, gradient, [a * unit, b * unit, c * unit, d * unit], bar);
  return best && { sign, ...best };
}
