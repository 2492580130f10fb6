import type { GatedLift } from './gated-lift.js';

/** Numbers of the matrix of products kept at a time. */
const productLimit = 1 << 22;
/** Pairs priced at a time. */
const pairLimit = 2048;

/**
 * The blocks G_ab = XᵀD_aD_bX of the Gram matrix, each found once. With the columns x_{·i}x_{·j} (i ≥ j) as data and
 * D_aD_b as patterns, a block is a row of prices of the all-ones vector: byte tables make it, not multiplications.
 */
export class GatedGram {
  /** Numbers a block: its lower triangle by rows. */
  readonly size: number;
  readonly #slots = new Map<number, number>();
  readonly #ones: Float64Array;
  readonly #width: number;
  #values = new Float64Array(0);
  #products: Float64Array | null = null;

  constructor(readonly lift: GatedLift) {
    const { kernels, n, d } = lift;
    this.size = (d * (d + 1)) / 2;
    this.#width = Math.max(8, Math.min(this.size, Math.floor(productLimit / n)));
    this.#ones = kernels.float64(n).fill(1);
    if (this.#width >= this.size) this.#products = kernels.unset(n * this.size);
    if (this.#products) this.#multiply(0, this.size, this.#products);
  }

  /** The numbers of all blocks; `offset` says where one starts. Replaced when blocks are added. */
  get values(): Float64Array {
    return this.#values;
  }

  offset(a: number, b: number): number {
    return this.size * (this.#slots.get(this.#key(a, b)) as number);
  }

  /** How many pairs of these patterns are not known yet. */
  missing(patterns: readonly number[]): number {
    let count = 0;
    for (const [k, a] of patterns.entries())
      for (let l = 0; l <= k; l++) if (!this.#slots.has(this.#key(a, patterns[l]))) count++;
    return count;
  }

  /** Finds the blocks of all pairs of these patterns. */
  ensure(patterns: readonly number[]): void {
    const keys: number[] = [];
    for (const [k, a] of patterns.entries()) {
      for (let l = 0; l <= k; l++) {
        const key = this.#key(a, patterns[l]);
        if (!this.#slots.has(key)) keys.push(key);
      }
    }
    for (let from = 0; from < keys.length; from += pairLimit) this.#add(keys.slice(from, from + pairLimit));
  }

  #key(a: number, b: number): number {
    return a >= b ? a * this.lift.count + b : b * this.lift.count + a;
  }

  #add(keys: readonly number[]): void {
    const { kernels, n, count, stride, bytes } = this.lift;
    const mark = kernels.mark();
    const masks = kernels.uint8(keys.length * stride);
    const transposed = kernels.uint8(keys.length * stride);
    keys.forEach((key, k) => {
      const [a, b] = [Math.floor(key / count) * stride, (key % count) * stride];
      for (let c = 0; c < stride; c++) masks[k * stride + c] = bytes[a + c] & bytes[b + c];
    });
    kernels.transposePatterns(keys.length, stride, masks, transposed);
    const first = this.#reserve(keys);
    const out = kernels.unset(keys.length * this.#width);
    const products = this.#products ?? kernels.unset(n * this.#width);
    for (let from = 0; from < this.size; from += this.#width) {
      const width = Math.min(this.#width, this.size - from);
      if (!this.#products) this.#multiply(from, width, products);
      kernels.maskedTransposeProduct(n, width, keys.length, products, transposed, this.#ones, out);
      for (let k = 0; k < keys.length; k++)
        this.#values.set(out.subarray(k * width, (k + 1) * width), (first + k) * this.size + from);
    }
    kernels.release(mark);
  }

  /** Room for new blocks; returns the slot of the first. */
  #reserve(keys: readonly number[]): number {
    const first = this.#slots.size;
    for (const key of keys) this.#slots.set(key, this.#slots.size);
    const needed = this.#slots.size * this.size;
    if (needed > this.#values.length) {
      const grown = new Float64Array(Math.max(needed, 2 * this.#values.length));
      grown.set(this.#values);
      this.#values = grown;
    }
    return first;
  }

  /** Columns [from, from + width) of the products of columns of X, packed as the lower triangle is. */
  #multiply(from: number, width: number, out: Float64Array): void {
    const { n, d, x } = this.lift;
    let [row, column] = [0, from];
    while (column > row) column -= ++row;
    for (let k = 0; k < width; k++) {
      for (let i = 0; i < n; i++) out[i * width + k] = x[i * d + row] * x[i * d + column];
      if (++column > row) [row, column] = [row + 1, 0];
    }
  }
}
