import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
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
  readonly normals: Float64Array;
  readonly weights: Float64Array;
  readonly w: Float64Array;
  readonly products: Float64Array;
  readonly transposed: Uint8Array;
  readonly gradient: Float64Array;
}

function workFor(kernels: Kernels, { arrangement, weights }: PositivePart, batch: number): Work {
  const { count, rank, data } = arrangement.normals;
  const work = {
    normals: kernels.float64(count * rank),
    weights: kernels.float64(count),
    w: kernels.float64(batch * rank),
    products: kernels.float64(count * batch),
    transposed: kernels.uint8(((count + 7) >> 3) * batch),
    gradient: kernels.float64(batch * rank),
  };
  work.normals.set(data);
  work.weights.set(weights);
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
      gradients(kernels, part, work, going.length);
      going = advance(work, out, going, rank);
      await run.pause();
    }
  } finally {
    kernels.release(mark);
  }
}

/** gradient ← that of the cell of each w. */
function gradients(k: Kernels, { arrangement, linear }: PositivePart, work: Work, count: number): void {
  const { count: m, rank } = arrangement.normals;
  const { normals, weights, w, products, transposed, gradient } = work;
  k.gemm(m, count, rank, 1, normals, false, w.subarray(0, count * rank), true, 0, products.subarray(0, m * count));
  packSigns(m, count, products, transposed);
  const packed = transposed.subarray(0, ((m + 7) >> 3) * count);
  k.maskedTransposeProduct(m, rank, count, normals, packed, weights, gradient.subarray(0, count * rank));
  for (let p = 0; p < count; p++) for (let j = 0; j < rank; j++) gradient[p * rank + j] += linear[j];
}

/** The signs of m×count products, eight rows a byte. */
function packSigns(m: number, count: number, products: Float64Array, packed: Uint8Array): void {
  packed.fill(0, 0, ((m + 7) >> 3) * count);
  for (let i = 0; i < m; i++) {
    const bit = 1 << (i & 7);
    const at = (i >> 3) * count;
    const row = i * count;
    for (let p = 0; p < count; p++) if (products[row + p] >= 0) packed[at + p] |= bit;
  }
}

/** Notes the value at each w and steps to the next; returns those still under way, moved to the front. */
function advance(work: Work, out: Ascended, going: readonly number[], rank: number): number[] {
  const { w, gradient } = work;
  const next: number[] = [];
  going.forEach((id, p) => {
    let along = 0;
    let square = 0;
    for (let j = 0; j < rank; j++) {
      along += gradient[p * rank + j] * w[p * rank + j];
      square += gradient[p * rank + j] ** 2;
    }
    const norm = Math.sqrt(square);
    const stationary = record(out, id, w.subarray(p * rank, (p + 1) * rank), out.sign[id] * along, norm);
    if (stationary || !(norm > 0)) return;
    const to = next.push(id) - 1;
    for (let j = 0; j < rank; j++) w[to * rank + j] = (out.sign[id] * gradient[p * rank + j]) / norm;
  });
  return next;
}

/** Keeps w when it is the best so far; whether it is stationary: the gradient's length is then the value. */
function record(out: Ascended, id: number, w: Float64Array, value: number, norm: number): boolean {
  if (value > out.value[id]) {
    out.value[id] = value;
    out.w.set(w, id * w.length);
  }
  return value >= norm * (1 - 1e-14);
}
