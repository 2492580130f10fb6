import type { ConeProximalArguments, Kernels } from '../linalg/kernels/index.js';
import type { PositivePart } from './positive-part.js';

/** A cell to project in. */
export interface CellBlock {
  /** +1 for f, −1 for −f. */
  readonly sign: 1 | -1;
  /** The cell: one byte a hyperplane, 1 on its positive side. */
  readonly trial: Uint8Array;
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
    packSides(block.trial, p.bytes.subarray(b * p.stride, (b + 1) * p.stride));
    p.sign[b] = block.sign;
    p.pattern[b] = b;
    p.tight.set(block.tight, b * p.d);
    p.tightCount[b] = block.tight.length;
  });
  fillGradients(kernels, part, data, p);
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

function fillGradients(kernels: Kernels, { linear }: PositivePart, data: CellData, p: ConeProximalArguments): void {
  const transposed = kernels.uint8(p.blocks * p.stride);
  kernels.transposePatterns(p.blocks, p.stride, p.bytes, transposed);
  kernels.maskedTransposeProduct(p.n, p.d, p.blocks, p.x, transposed, data.weights, p.g);
  for (let b = 0; b < p.blocks; b++) for (let j = 0; j < p.d; j++) p.g[b * p.d + j] += linear[j];
}

/** Sets the bits of the hyperplanes whose positive side the cell is on; `bytes` is zero before. */
export function packSides(signs: Uint8Array, bytes: Uint8Array): Uint8Array {
  for (let g = 0; g < signs.length; g++) bytes[g >> 3] |= signs[g] << (g & 7);
  return bytes;
}
