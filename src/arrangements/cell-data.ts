import { createRandom, type Random } from '../base/index.js';
import { coneScreen, type Kernels } from '../linalg/kernels/index.js';
import type { Arrangement } from './arrangement.js';
import { genericCell, type PositivePart } from './positive-part.js';

/** What all climbs of a function share, in kernel memory that the caller marked. */
export interface CellData {
  /** Hyperplanes, and coordinates. */
  readonly m: number;
  readonly rank: number;
  /** Bytes of a packed cell: a bit a hyperplane, 1 on its positive side. */
  readonly stride: number;
  readonly normals: Float64Array;
  readonly inverseNorms: Float64Array;
  /** See `Kernels.writeConeScreen`. */
  readonly screen: Uint8Array;
  readonly weights: Float64Array;
  /** f(u) = half·u + ½ Σ_g weights_g |n_g·u|. */
  readonly half: Float64Array;
  readonly linear: Float64Array;
  /** The sides of points that lie on hyperplanes. */
  readonly ties: Uint8Array;
  /** Two random words for each positive side; the exclusive or of a cell's own tells it from others. */
  readonly words: Int32Array;
}

export function cellData(kernels: Kernels, { arrangement, weights, linear }: PositivePart): CellData {
  const { count: m, rank, data } = arrangement.normals;
  const { ties, words } = sidesOf(arrangement);
  const normals = kernels.float64(m * rank);
  normals.set(data);
  const inverseNorms = kernels.float64(m).fill(1);
  const shared: CellData = {
    m,
    rank,
    stride: (m + 7) >> 3,
    normals,
    inverseNorms,
    screen: coneScreen(kernels, m, rank, normals, inverseNorms),
    weights: kernels.float64(m),
    half: kernels.float64(rank),
    linear,
    ties: kernels.uint8((m + 7) >> 3),
    words: kernels.int32(2 * m),
  };
  shared.weights.set(weights);
  shared.half.set(linear);
  shared.ties.set(ties);
  shared.words.set(words);
  addHalves(shared.half, weights, data);
  return shared;
}

/** What does not change with the function: kept with its arrangement, since a path searches hundreds of times. */
interface Sides {
  readonly ties: Uint8Array;
  readonly words: Int32Array;
}

const kept = new WeakMap<Arrangement, Sides>();

function sidesOf(arrangement: Arrangement): Sides {
  const known = kept.get(arrangement);
  if (known) return known;
  const words = new Int32Array(2 * arrangement.normals.count);
  fillWords(words, createRandom(0x5eed));
  const sides = { ties: genericCell(arrangement), words };
  kept.set(arrangement, sides);
  return sides;
}

// Loops over numbers have functions of their own here and in the solvers, without destructuring of arrays: engines optimise
// such a small one within a millisecond, but one that calls kernels as well with all that it calls (10 to 30 ms in a fresh process)

/** half ← half + ½ Σ_g weights_g n_g. */
function addHalves(half: Float64Array, weights: Float64Array, normals: Float64Array): void {
  const rank = half.length;
  for (let g = 0; g < weights.length; g++) {
    for (let k = 0; k < rank; k++) half[k] += 0.5 * weights[g] * normals[g * rank + k];
  }
}

function fillWords(words: Int32Array, random: Random): void {
  for (let k = 0; k < words.length; k++) words[k] = random.integer(2 ** 32) | 0;
}

/** The gradients of f in packed cells (count×stride), in kernel memory that the caller marked. */
export function cellGradients(kernels: Kernels, data: CellData, cells: Uint8Array, count: number): Float64Array {
  const { m, rank, stride, normals, weights, linear } = data;
  const g = kernels.unset(count * rank);
  const transposed = kernels.uint8(count * stride);
  kernels.transposePatterns(count, stride, cells, transposed);
  kernels.maskedTransposeProduct(m, rank, count, normals, transposed, weights, g);
  addToRows(g, count, linear);
  return g;
}

function addToRows(rows: Float64Array, count: number, row: Float64Array): void {
  const width = row.length;
  for (let b = 0; b < count; b++) for (let j = 0; j < width; j++) rows[b * width + j] += row[j];
}

/** The products of `count` vectors (kernel memory) with all normals, a row for each. */
export function productsWithNormals(
  kernels: Kernels,
  { m, rank, normals }: CellData,
  w: Float64Array,
  count: number,
  products: Float64Array = kernels.unset(count * m),
): Float64Array {
  kernels.gemm(count, m, rank, 1, w, false, normals, true, 0, products);
  return products;
}
