/** h ← its Cholesky factor (lower triangle, row-major); pivots that rounding made too small are lifted to `least` times the diagonal. */
export function cholesky(h: Float64Array, size: number, least = 1e-14): void {
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let j = 0; j < i; j++) {
      h[row + j] = (h[row + j] - dot(h, row, j * size, j)) / h[j * size + j];
    }
    const diagonal = h[row + i];
    const pivot = diagonal - dot(h, row, row, i);
    h[row + i] = Math.sqrt(Math.max(pivot, least * Math.abs(diagonal), Number.MIN_VALUE));
  }
}

/** x ← L⁻ᵀ L⁻¹ x. */
export function choleskySolve(l: Float64Array, size: number, x: Float64Array): void {
  for (let i = 0; i < size; i++) {
    let sum = x[i];
    for (let k = 0, at = i * size; k < i; k++) sum -= l[at + k] * x[k];
    x[i] = sum / l[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    const t = x[i] / l[i * size + i];
    x[i] = t;
    for (let k = 0, at = i * size; k < i; k++) x[k] -= l[at + k] * t;
  }
}

/** Σ_{k<length} a[from + k] a[other + k]. */
export function dot(a: Float64Array, from: number, other: number, length: number, b: Float64Array = a): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 3 < length; k += 4) {
    s0 += a[from + k] * b[other + k];
    s1 += a[from + k + 1] * b[other + k + 1];
    s2 += a[from + k + 2] * b[other + k + 2];
    s3 += a[from + k + 3] * b[other + k + 3];
  }
  for (; k < length; k++) s0 += a[from + k] * b[other + k];
  return s0 + s1 + (s2 + s3);
}

export function norm(values: ArrayLike<number>, from = 0, to = values.length): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k] * values[k];
  return Math.sqrt(sum);
}
