import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type CellData, cellData, cellGradients, productsWithNormals } from './cell-data.js';
import type { PositivePart } from './positive-part.js';

/** Directions (unit vectors in the coordinates of the arrangement) with the sign of the function they climb. */
export interface Directions {
  readonly count: number;
  /** +1 climbs f, −1 climbs −f. */
  readonly sign: Float64Array;
  /** count×rank. */
  readonly w: Float64Array;
}

/** Directions that share one product with the data: their products (rows × this) stay in cache. */
const BATCH = 128;
/** Entries of the data times directions between two looks at the clock: some 20 ms. */
const ENTRIES = 1e7;

/** Directions and the best values that they had (−∞: not ascended). */
export interface Ascended extends Directions {
  readonly value: Float64Array;
}

/**
 * Plain ascent from the chosen starts: w ← the direction of the gradient of w's cell, at most `iterations` times, the
 * best point of each kept (a step can go down where weights are negative). The other starts stay where they are. All
 * products run on the kernels: N Wᵀ by one dense product, the gradients by the byte tables.
 */
export async function ascend(
  kernels: Kernels,
  part: PositivePart,
  starts: Directions,
  chosen: readonly number[],
  iterations: number,
  run: Run,
): Promise<Ascended> {
  const value = new Float64Array(starts.count).fill(Number.NEGATIVE_INFINITY);
  const result = { count: starts.count, sign: starts.sign, w: starts.w.slice(), value };
  const { count, rank } = part.arrangement.normals;
  const batch = Math.max(8, Math.min(BATCH, Math.floor(ENTRIES / (count * rank))));
  for (let from = 0; from < chosen.length && run.stop === null; from += batch) {
    await ascendBatch(kernels, part, result, chosen.slice(from, from + batch), iterations, run);
  }
  return result;
}

interface Work {
  readonly data: CellData;
  readonly w: Float64Array;
  readonly products: Float64Array;
  readonly cells: Uint8Array;
  readonly hash: Int32Array;
  readonly row: Int32Array;
}

function workFor(kernels: Kernels, part: PositivePart, batch: number): Work {
  const data = cellData(kernels, part);
  const work = {
    data,
    w: kernels.unset(batch * data.rank),
    products: kernels.unset(batch * data.m),
    cells: kernels.uint8(batch * data.stride),
    hash: kernels.int32(2 * batch),
    row: kernels.int32(batch),
  };
  for (let p = 0; p < batch; p++) work.row[p] = p;
  return work;
}

async function ascendBatch(
  kernels: Kernels,
  part: PositivePart,
  out: Ascended,
  chosen: number[],
  iterations: number,
  run: Run,
): Promise<void> {
  const rank = part.linear.length;
  const mark = kernels.mark();
  try {
    const work = workFor(kernels, part, chosen.length);
    chosen.forEach((id, p) => {
      work.w.set(out.w.subarray(id * rank, (id + 1) * rank), p * rank);
    });
    let going = chosen;
    for (let step = 0; step < iterations && going.length > 0 && run.stop === null; step++) {
      const round = kernels.mark();
      going = advance(work, gradients(kernels, work, going.length), out, going, rank);
      kernels.release(round);
      await run.pause();
    }
  } finally {
    kernels.release(mark);
  }
}

/** The gradients of the cells of each w, in kernel memory that the caller marked. */
function gradients(kernels: Kernels, work: Work, count: number): Float64Array {
  const { data, products, cells, hash, row } = work;
  const { m, stride, ties, words } = data;
  productsWithNormals(kernels, data, work.w, count, products);
  const sides = { tolerance: 0, products, row, ties, tieStride: 0, bytes: cells, byteRow: row, words, hash };
  kernels.packSides({ m, blocks: count, stride, ...sides });
  return cellGradients(kernels, data, cells, count);
}

/** Notes the value at each w and steps to the next; returns those still under way, moved to the front. */
function advance({ w }: Work, gradient: Float64Array, out: Ascended, going: readonly number[], rank: number): number[] {
  const next: number[] = [];
  for (let p = 0; p < going.length; p++) {
    const id = going[p];
    const from = p * rank;
    const norm = Math.sqrt(product(gradient, gradient, from, rank));
    const value = out.sign[id] * product(gradient, w, from, rank);
    const stationary = record(out, id, w, from, rank, value, norm);
    if (stationary || !(norm > 0)) continue;
    const to = (next.push(id) - 1) * rank;
    for (let j = 0; j < rank; j++) w[to + j] = (out.sign[id] * gradient[from + j]) / norm;
  }
  return next;
}

/** Of the entries from …, `length` of them, in order. */
function product(a: Float64Array, b: Float64Array, from: number, length: number): number {
  let sum = 0;
  for (let j = from; j < from + length; j++) sum += a[j] * b[j];
  return sum;
}

/** Keeps w when it is the best so far; whether it is stationary: the gradient's length is then the value. */
function record(
  out: Ascended,
  id: number,
  w: Float64Array,
  from: number,
  rank: number,
  value: number,
  norm: number,
): boolean {
  if (value > out.value[id]) {
    out.value[id] = value;
    for (let j = 0; j < rank; j++) out.w[id * rank + j] = w[from + j];
  }
  return value >= norm * (1 - 1e-14);
}
