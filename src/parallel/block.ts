import type { Matrix } from '../linalg/index.js';
import type { Shape } from './shape.js';
import { activations, type LiftedSubnet } from './subnet.js';

/**
 * A block of the convex program: signs and the activation pattern of every node. Over its cone C = {Z : (2D_v − I) q(v) ≥ 0 at
 * every node v} the sub-network is linear in Z.
 */
export interface Block {
  readonly output: number;
  readonly sign: 1 | -1;
  readonly signs: Int8Array;
  /** nodes×n, 0 or 1. */
  readonly patterns: Uint8Array;
}

/** The block whose cone holds a sub-network (a tie counts as active). */
export function blockOf(X: Matrix, shape: Shape, subnet: LiftedSubnet): Block {
  const q = activations(X, shape, subnet);
  const { output, sign, signs } = subnet;
  return { output, sign, signs, patterns: Uint8Array.from(q, (t) => (t >= 0 ? 1 : 0)) };
}

/**
 * Equal exactly for blocks that are equal up to the order of neurons: the name of a node holds those of its children in
 * sorted order.
 */
export function blockKey(shape: Shape, block: Block): string {
  const n = block.patterns.length / shape.nodes;
  const name = (v: number): string => {
    const own = String.fromCharCode(...packed(block.patterns, v * n, n));
    const below = Array.from({ length: shape.children[v] }, (_, c) => {
      const child = shape.firstChild[v] + c;
      return (block.signs[child] > 0 ? '+' : '-') + name(child);
    });
    return `${own}(${below.sort().join()})`;
  };
  return `${block.output}${block.sign > 0 ? '+' : '-'}${name(shape.nodes - 1)}`;
}

function packed(bits: Uint8Array, from: number, n: number): number[] {
  const out = new Array<number>(Math.ceil(n / 15)).fill(0);
  for (let i = 0; i < n; i++) out[Math.floor(i / 15)] |= bits[from + i] << (i % 15);
  return out;
}

/**
 * What is linear in a block: masks[j·n + i] ∈ {−1, 0, 1} with q(root) = Σ_j masks_j ∘ (X z_j) on active rows, output sign
 * included.
 */
export function masksOf(shape: Shape, { sign, signs, patterns }: Block): Int8Array {
  const n = patterns.length / shape.nodes;
  const coefficient = new Int8Array(shape.nodes * n);
  const root = shape.nodes - 1;
  for (let i = 0; i < n; i++) coefficient[root * n + i] = patterns[root * n + i] * sign;
  for (let v = root - 1; v >= 0; v--) {
    const above = shape.parent[v] * n;
    for (let i = 0; i < n; i++) coefficient[v * n + i] = coefficient[above + i] * signs[v] * patterns[v * n + i];
  }
  return coefficient.subarray(0, shape.leaves * n);
}

/** The block's matrix: column (j, k) holds masks_j ∘ X_k, n numbers a column. */
export function columnsOf(X: Matrix, shape: Shape, block: Block): Float64Array {
  const { rows: n, cols: d, data } = X;
  const masks = masksOf(shape, block);
  const out = new Float64Array(shape.leaves * d * n);
  for (let j = 0; j < shape.leaves; j++)
    for (let k = 0; k < d; k++)
      for (let i = 0, at = (j * d + k) * n; i < n; i++) out[at + i] = masks[j * n + i] * data[i * d + k];
  return out;
}
