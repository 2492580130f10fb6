import type { Kernels } from '../linalg/kernels/index.js';

const blockSize = 64;

/** B (n×width) ← L⁻¹ B for the lower factor L (n×n) of `cholesky`, by blocks of rows so that products do the work. */
export function forwardSubstitute(kernels: Kernels, n: number, l: Float64Array, width: number, b: Float64Array): void {
  const mark = kernels.mark();
  const panel = kernels.unset(blockSize * n);
  const inverse = kernels.unset(blockSize * blockSize);
  const old = kernels.unset(blockSize * width);
  for (let from = 0; from < n; from += blockSize) {
    const rows = Math.min(blockSize, n - from);
    const own = b.subarray(from * width, (from + rows) * width);
    if (from > 0) {
      for (let i = 0; i < rows; i++) panel.set(l.subarray((from + i) * n, (from + i) * n + from), i * from);
      kernels.gemm(rows, width, from, -1, panel, false, b, false, 1, own);
    }
    invertDiagonal(n, l, from, rows, inverse);
    old.set(own);
    kernels.gemm(rows, width, rows, 1, inverse, false, old, false, 0, own);
  }
  kernels.release(mark);
}

/** out (rows×rows) ← the inverse of the diagonal block of L that starts at `from`. */
function invertDiagonal(n: number, l: Float64Array, from: number, rows: number, out: Float64Array): void {
  out.fill(0, 0, rows * rows);
  for (let i = 0; i < rows; i++) {
    const at = (from + i) * n + from;
    for (let k = 0; k < i; k++) {
      const factor = l[at + k];
      for (let j = 0; j <= k; j++) out[i * rows + j] -= factor * out[k * rows + j];
    }
    out[i * rows + i] = 1;
    const scale = 1 / l[at + i];
    for (let j = 0; j <= i; j++) out[i * rows + j] *= scale;
  }
}
