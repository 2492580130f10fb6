import type { Kernels } from '../../linalg/kernels/index.js';

/** Dense products of the solver, by the kernels: what one call returns is whole until the next one. */
export class Workspace {
  readonly #mark: number;

  constructor(readonly kernels: Kernels) {
    this.#mark = kernels.mark();
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
    const [l, b] = [left, a].map((source) => {
      const copy = kernels.unset(source.length);
      copy.set(source);
      return copy;
    });
    const once = kernels.unset(size * columns);
    kernels.gemm(size, columns, size, 1, l, false, b, false, 0, once);
    if (square) kernels.gemm(size, size, size, 1, once, false, l, true, 0, b);
    return square ? b : once;
  }
}
