import type { Kernels } from '../../linalg/kernels/index.js';
import type { PositiveFactor, Spectral } from '../../linalg/spectral/index.js';

/** Dense products of the solver, by the kernels: what one call returns is whole until the next one. */
export class Workspace {
  readonly #mark: number;

  constructor(
    readonly kernels: Kernels,
    readonly spectral: Spectral,
  ) {
    this.#mark = kernels.mark();
  }

  positiveFactors(ms: readonly Float64Array[], size: number): PositiveFactor[] {
    return this.spectral.positiveFactors(ms, size);
  }

  /** AB for A m×k (or its transpose, k×m) and B k×n. */
  product(m: number, n: number, k: number, a: Float64Array, b: Float64Array, transposeA = false): Float64Array {
    const { kernels } = this;
    kernels.release(this.#mark);
    const [left, right] = [a, b].map((source) => this.#copy(source));
    const out = kernels.unset(m * n);
    if (k === 0) out.fill(0);
    else kernels.gemm(m, n, k, 1, left, transposeA, right, false, 0, out);
    return out;
  }

  #copy(source: Float64Array): Float64Array {
    const copy = this.kernels.unset(source.length);
    copy.set(source);
    return copy;
  }

  /** RRᵀ for the rows in `parts`, one below the other, each of `columns` numbers. */
  gram(parts: readonly Float64Array[], columns: number): Float64Array {
    const { kernels } = this;
    kernels.release(this.#mark);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const count = columns === 0 ? 0 : length / columns;
    const out = kernels.unset(count * count);
    const rows = kernels.unset(length);
    let at = 0;
    for (const part of parts) {
      rows.set(part, at);
      at += part.length;
    }
    if (count > 0) kernels.outerGram(count, columns, rows, 0, out);
    return out;
  }

  /** LAR for L size×size, A size×columns, and R = Lᵀ or none (`square` false). */
  sandwich(left: Float64Array, size: number, a: Float64Array, columns: number, square: boolean): Float64Array {
    const { kernels } = this;
    kernels.release(this.#mark);
    const [l, b] = [left, a].map((source) => this.#copy(source));
    const once = kernels.unset(size * columns);
    kernels.gemm(size, columns, size, 1, l, false, b, false, 0, once);
    if (square) kernels.gemm(size, size, size, 1, once, false, l, true, 0, b);
    return square ? b : once;
  }
}
