import type { Kernels } from '../../linalg/kernels/index.js';

/** Rows of a block that is inverted entry by entry. */
const SMALL = 48;

/** L⁻¹ of a lower triangular L, size×size, by halves: the block below is −L₂⁻¹L₂₁L₁⁻¹, two matrix products. `out` is 0 at first. */
export function triangularInverse(l: Float64Array, size: number, out: Float64Array, kernels: Kernels): void {
  inverse(l, size, 0, size, out, kernels);
}

/** Of the rows and columns `from` … `to`. */
function inverse(l: Float64Array, size: number, from: number, to: number, out: Float64Array, kernels: Kernels): void {
  if (to - from <= SMALL) {
    direct(l, size, from, to, out);
    return;
  }
  const middle = (from + to) >> 1;
  inverse(l, size, from, middle, out, kernels);
  inverse(l, size, middle, to, out, kernels);
  const [upper, lower] = [middle - from, to - middle];
  const mark = kernels.mark();
  const block = (source: Float64Array, row: number, rows: number, column: number, columns: number): Float64Array => {
    const copy = kernels.unset(rows * columns);
    for (let i = 0; i < rows; i++) {
      const at = (row + i) * size + column;
      copy.set(source.subarray(at, at + columns), i * columns);
    }
    return copy;
  };
  const below = block(l, middle, lower, from, upper);
  const [first, second] = [block(out, from, upper, from, upper), block(out, middle, lower, middle, lower)];
  const once = kernels.unset(lower * upper);
  kernels.gemm(lower, upper, lower, -1, second, false, below, false, 0, once);
  kernels.gemm(lower, upper, upper, 1, once, false, first, false, 0, below);
  for (let i = 0; i < lower; i++) out.set(below.subarray(i * upper, (i + 1) * upper), (middle + i) * size + from);
  kernels.release(mark);
}

function direct(l: Float64Array, size: number, from: number, to: number, out: Float64Array): void {
  for (let i = from; i < to; i++) {
    const row = i * size;
    for (let k = from; k < i; k++) {
      const factor = l[row + k];
      for (let c = from; c <= k; c++) out[row + c] -= factor * out[k * size + c];
    }
    const pivot = l[row + i];
    out[row + i] = 1;
    for (let c = from; c <= i; c++) out[row + c] /= pivot;
  }
}
