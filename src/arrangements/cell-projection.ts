import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { PositivePart } from './positive-part.js';

/** A cell to project in. */
export interface CellBlock {
  /** +1 for f, −1 for −f. */
  readonly sign: 1 | -1;
  readonly cell: { readonly sides: Uint8Array };
  /** Rows expected to be tight: a warm start. */
  readonly tight: Int32Array;
}

/** What all projections of a function share, in kernel memory that the caller marked. */
export interface CellData {
  readonly normals: Float64Array;
  readonly inverseNorms: Float64Array;
  readonly weights: Float64Array;
}

export function cellData(kernels: Kernels, { arrangement, weights }: PositivePart): CellData {
  const { count, rank, data } = arrangement.normals;
  const shared = {
    normals: kernels.float64(count * rank),
    inverseNorms: kernels.float64(count).fill(1),
    weights: kernels.float64(count),
  };
  shared.normals.set(data);
  shared.weights.set(weights);
  return shared;
}

/**
 * Projects, for every block, the signed gradient of f in its cell on the cell's cone. The answer lies in kernel memory
 * that the caller marked: norms are the largest values in the cells, `out` the unnormalised directions.
 */
export function projectOnCells(
  kernels: Kernels,
  part: PositivePart,
  data: CellData,
  blocks: readonly CellBlock[],
): ConeProximalArguments {
  const p = allocate(kernels, part, data, blocks.length);
  blocks.forEach((block, b) => {
    packSides(block.cell.sides, p.bytes.subarray(b * p.stride, (b + 1) * p.stride));
    p.sign[b] = block.sign;
    p.pattern[b] = b;
    p.tight.set(block.tight, b * p.d);
    p.tightCount[b] = block.tight.length;
  });
  gradientsInto(kernels, part, data, p, p.g);
  kernels.coneProximal(p);
  return p;
}

function allocate(kernels: Kernels, part: PositivePart, data: CellData, blocks: number): ConeProximalArguments {
  const { count: n, rank: d } = part.arrangement.normals;
  const stride = (n + 7) >> 3;
  const reals = (length: number): Float64Array => kernels.float64(length);
  return {
    n,
    d,
    blocks,
    x: data.normals,
    inverseNorms: data.inverseNorms,
    bytes: kernels.uint8(blocks * stride),
    stride,
    pattern: kernels.int32(blocks),
    sign: reals(blocks),
    z: reals(blocks * d),
    g: reals(blocks * d),
    sigma: 1,
    threshold: 0,
    cones: true,
    exact: true,
    tight: kernels.int32(blocks * d),
    tightCount: kernels.int32(blocks),
    multiplier: reals(blocks * d),
    norm: reals(blocks),
    out: reals(blocks * d),
  };
}

interface PackedCells {
  readonly blocks: number;
  readonly stride: number;
  readonly bytes: Uint8Array;
}

function gradientsInto(
  kernels: Kernels,
  { arrangement, linear }: PositivePart,
  { normals, weights }: CellData,
  { blocks, stride, bytes }: PackedCells,
  g: Float64Array,
): void {
  const { count: n, rank: d } = arrangement.normals;
  const transposed = kernels.uint8(blocks * stride);
  kernels.transposePatterns(blocks, stride, bytes, transposed);
  kernels.maskedTransposeProduct(n, d, blocks, normals, transposed, weights, g);
  for (let b = 0; b < blocks; b++) for (let j = 0; j < d; j++) g[b * d + j] += linear[j];
}

/** The gradients of f in the given cells (one byte a hyperplane), in kernel memory that the caller marked. */
export function cellGradients(
  kernels: Kernels,
  part: PositivePart,
  data: CellData,
  cells: readonly Uint8Array[],
): Float64Array {
  const { count: n, rank: d } = part.arrangement.normals;
  const stride = (n + 7) >> 3;
  const [g, bytes] = [kernels.float64(cells.length * d), kernels.uint8(cells.length * stride)];
  cells.forEach((cell, b) => {
    packSides(cell, bytes.subarray(b * stride, (b + 1) * stride));
  });
  gradientsInto(kernels, part, data, { blocks: cells.length, stride, bytes }, g);
  return g;
}

/** The products of `count` directions (kernel memory) with all normals, a row of them for each, in memory that the caller marked. */
export function productsWithNormals(
  kernels: Kernels,
  { arrangement }: PositivePart,
  { normals }: CellData,
  w: Float64Array,
  count: number,
): Float64Array {
  const { count: m, rank } = arrangement.normals;
  const products = kernels.float64(count * m);
  kernels.gemm(count, m, rank, 1, w, false, normals, true, 0, products);
  return products;
}

/** Sets the bits of the hyperplanes whose positive side the cell is on; `bytes` is zero before. */
export function packSides(signs: Uint8Array, bytes: Uint8Array): Uint8Array {
  for (let g = 0; g < signs.length; g++) bytes[g >> 3] |= signs[g] << (g & 7);
  return bytes;
}
