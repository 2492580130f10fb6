import type { Kernels } from '../../linalg/kernels/index.js';

/**
 * Solves [H⁺, 0, C⁺; 0, H⁻, C⁻; C⁺ᵀ, C⁻ᵀ, T⁺ + T⁻] for two signs that share some unknowns, from the Cholesky factors of
 * [H, C; Cᵀ, T] of each: the rest of the shared ones is the sum of both factors' last blocks times their transposes.
 */
export class ArrowSystem {
  readonly #rest: Float64Array;

  private constructor(
    readonly kernels: Kernels,
    /** Lower factors, (own + shared)² each. */
    readonly factors: readonly Float64Array[],
    readonly own: readonly number[],
    readonly shared: number,
    rest: Float64Array,
  ) {
    this.#rest = rest;
  }

  /** Factors both matrices in place, which are in memory of the kernels; null where one is not definite. */
  static of(
    kernels: Kernels,
    matrices: readonly Float64Array[],
    own: readonly number[],
    shared: number,
  ): ArrowSystem | null {
    const rest = kernels.float64(shared * shared);
    const last = kernels.unset(shared * shared);
    for (const [index, matrix] of matrices.entries()) {
      const size = own[index] + shared;
      if (kernels.cholesky(size, matrix) >= 0) return null;
      last.fill(0);
      for (let i = 0; i < shared; i++) {
        const row = (own[index] + i) * size + own[index];
        last.set(matrix.subarray(row, row + i + 1), i * shared);
      }
      kernels.outerGram(shared, shared, last, 1, rest);
    }
    if (kernels.cholesky(shared, rest) >= 0) return null;
    return new ArrowSystem(kernels, matrices, own, shared, rest);
  }

  /** In place: the right side of each sign's own unknowns, and of the shared ones, for which `among` (null for none) stays 0 along. */
  solve(sides: readonly Float64Array[], right: Float64Array, among: Float64Array | null): void {
    sides.forEach((b, index) => {
      this.#forward(index, b, right);
    });
    this.#solveShared(right);
    if (among !== null) {
      const back = among.slice();
      this.#solveShared(back);
      let [along, unit] = [0, 0];
      for (let i = 0; i < right.length; i++) {
        along += among[i] * right[i];
        unit += among[i] * back[i];
      }
      for (let i = 0; i < right.length; i++) right[i] -= (along / unit) * back[i];
    }
    sides.forEach((b, index) => {
      this.#backward(index, b, right);
    });
  }

  #solveShared(b: Float64Array): void {
    const mark = this.kernels.mark();
    const copy = this.kernels.unset(this.shared);
    copy.set(b);
    this.kernels.choleskySolve(this.shared, this.#rest, copy);
    b.set(copy);
    this.kernels.release(mark);
  }

  /** b ← L⁻¹b, and what it takes from the shared ones. */
  #forward(index: number, b: Float64Array, right: Float64Array): void {
    const [l, own] = [this.factors[index], this.own[index]];
    const size = own + this.shared;
    for (let i = 0; i < size; i++) {
      let sum = i < own ? b[i] : right[i - own];
      const row = i * size;
      for (let k = 0; k < Math.min(i, own); k++) sum -= l[row + k] * b[k];
      if (i < own) b[i] = sum / l[row + i];
      else right[i - own] = sum;
    }
  }

  #backward(index: number, b: Float64Array, shared: Float64Array): void {
    const [l, own] = [this.factors[index], this.own[index]];
    const size = own + this.shared;
    for (let i = size - 1; i >= 0; i--) {
      const row = i * size;
      if (i < own) b[i] /= l[row + i];
      const x = i < own ? b[i] : shared[i - own];
      for (let k = 0; k < Math.min(i, own); k++) b[k] -= l[row + k] * x;
    }
  }
}
