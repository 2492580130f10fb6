import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { Directions } from './ascent.js';
import { type CellData, cellGradients, productsWithNormals } from './cell-data.js';
import { TOUCH_TOLERANCE } from './positive-part.js';

/**
 * Ascents under way together, each with a place of its own in all arrays; in kernel memory that the caller marked. A climber has
 * two points: where it stands, and where it stood before its last projection.
 */
export interface Climbers {
  readonly count: number;
  /** +1 climbs f, −1 climbs −f. */
  readonly sign: Float64Array;
  /** 2·count×rank and 2·count×m: points and their products with the normals. */
  readonly w: Float64Array;
  readonly products: Float64Array;
  /** The row of the point where each stands, and of the one before, −1 when there is none. */
  readonly at: Int32Array;
  readonly last: Int32Array;
  /** count×stride: the cell to project in next, with its two words. */
  readonly cells: Uint8Array;
  readonly hash: Int32Array;
  /** Rows expected to be tight there, rank places each. */
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  /** What the next projection has to exceed. */
  readonly bar: Float64Array;
  /** The best point so far: value (−∞: none), point, cell. */
  readonly value: Float64Array;
  readonly bestW: Float64Array;
  readonly bestCell: Uint8Array;
  /** count×m, of any content: products on their way, and lists of hyperplanes. */
  readonly ahead: Float64Array;
  readonly list: Int32Array;
}

/** Climbers that stand at the starts from … to − 1. */
export function climbersAt(kernels: Kernels, data: CellData, starts: Directions, from: number, to: number): Climbers {
  const { m, rank, stride } = data;
  const count = to - from;
  const climbers: Climbers = {
    count,
    sign: starts.sign.slice(from, to),
    w: kernels.unset(2 * count * rank),
    products: kernels.unset(2 * count * m),
    at: Int32Array.from({ length: count }, (_, slot) => slot),
    last: new Int32Array(count).fill(-1),
    cells: kernels.uint8(count * stride),
    hash: kernels.int32(2 * count),
    tight: new Int32Array(count * rank),
    tightCount: new Int32Array(count),
    bar: new Float64Array(count),
    value: new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
    bestW: new Float64Array(count * rank),
    bestCell: new Uint8Array(count * stride),
    ahead: kernels.unset(count * m),
    list: kernels.int32(count * m),
  };
  climbers.w.set(starts.w.subarray(from * rank, to * rank));
  productsWithNormals(kernels, data, climbers.w, count, climbers.products);
  return climbers;
}

/** `list` in kernel memory. */
export function listed(kernels: Kernels, list: ArrayLike<number>): Int32Array {
  const array = kernels.int32(list.length);
  for (let k = 0; k < list.length; k++) array[k] = list[k];
  return array;
}

/** The same in reals. */
export function reals(kernels: Kernels, list: ArrayLike<number>): Float64Array {
  const array = kernels.unset(list.length);
  for (let k = 0; k < list.length; k++) array[k] = list[k];
  return array;
}

/** Every climber's cell ← the one that its point lies in; of hyperplanes that it touches, the side of `ties`. */
export function enterCells(kernels: Kernels, data: CellData, c: Climbers, slots: readonly number[]): void {
  pack(kernels, data, c, slots, { ties: data.ties, tieStride: 0 });
}

/** The same for climbers that have leapt: hyperplanes that they touch keep their side. */
export function moveCells(kernels: Kernels, data: CellData, c: Climbers, slots: readonly number[]): void {
  pack(kernels, data, c, slots, { ties: c.cells, tieStride: data.stride });
}

function pack(
  kernels: Kernels,
  { m, stride, words }: CellData,
  c: Climbers,
  slots: readonly number[],
  ties: { readonly ties: Uint8Array; readonly tieStride: number },
): void {
  const mark = kernels.mark();
  const row = listed(
    kernels,
    slots.map((slot) => c.at[slot]),
  );
  const places = { row, byteRow: listed(kernels, slots), products: c.products, bytes: c.cells, hash: c.hash };
  kernels.packSides({ m, blocks: slots.length, stride, tolerance: TOUCH_TOLERANCE, ...places, ...ties, words });
  kernels.release(mark);
}

/** Moves the climber's cell to the other side of hyperplane g. */
export function flip({ cells, hash }: Climbers, { stride, words }: CellData, slot: number, g: number): void {
  cells[slot * stride + (g >> 3)] ^= 1 << (g & 7);
  hash[2 * slot] ^= words[2 * g];
  hash[2 * slot + 1] ^= words[2 * g + 1];
}

/** A whole number from 1 to 2⁵³ for the climber's cell, with its sign: that two of 10⁶ cells share one has odds of 10⁻⁴. */
export const cellNumber = ({ sign, hash }: Climbers, slot: number): number =>
  sign[slot] * ((hash[2 * slot] >>> 0) * 2 ** 21 + (hash[2 * slot + 1] >>> 11) + 1);

/**
 * Projects, for every climber listed, the signed gradient of f in its cell on the cell's cone. The answer lies in kernel
 * memory that the caller marked: norms are the largest values in the cells, `out` the unnormalised directions.
 */
export function projectOnCells(
  kernels: Kernels,
  data: CellData,
  c: Climbers,
  slots: readonly number[],
): ConeProximalArguments {
  const { m, rank, stride } = data;
  const blocks = slots.length;
  const bytes = gathered(kernels, c.cells, stride, slots);
  const sign = reals(
    kernels,
    slots.map((slot) => c.sign[slot]),
  );
  const p: ConeProximalArguments = {
    ...{ n: m, d: rank, blocks, x: data.normals, inverseNorms: data.inverseNorms, screen: data.screen },
    ...{ bytes, stride, sign },
    pattern: listed(kernels, Array.from(slots.keys())),
    z: kernels.float64(blocks * rank),
    g: cellGradients(kernels, data, bytes, blocks),
    ...{ sigma: 1, threshold: 0, cones: true, exact: true },
    tight: kernels.int32(blocks * rank),
    tightCount: kernels.int32(blocks),
    multiplier: kernels.float64(blocks * rank),
    norm: kernels.unset(blocks),
    out: kernels.unset(blocks * rank),
  };
  copyTight(c.tight, c.tightCount, slots, rank, p.tight, p.tightCount);
  kernels.coneProximal(p);
  return p;
}

/** The expected tight rows of `slots`, one after the other. */
function copyTight(
  from: Int32Array,
  fromCount: Int32Array,
  slots: readonly number[],
  rank: number,
  to: Int32Array,
  toCount: Int32Array,
): void {
  for (let b = 0; b < slots.length; b++) {
    const count = fromCount[slots[b]];
    const at = slots[b] * rank;
    toCount[b] = count;
    for (let k = 0; k < count; k++) to[b * rank + k] = from[at + k];
  }
}

/** The rows of `slots` one after the other. */
function gathered(kernels: Kernels, bytes: Uint8Array, stride: number, slots: readonly number[]): Uint8Array {
  const out = kernels.uint8(slots.length * stride);
  copyRows(bytes, stride, slots, out);
  return out;
}

function copyRows(from: Uint8Array, stride: number, slots: readonly number[], to: Uint8Array): void {
  for (let b = 0; b < slots.length; b++) {
    const at = slots[b] * stride;
    for (let k = 0; k < stride; k++) to[b * stride + k] = from[at + k];
  }
}
