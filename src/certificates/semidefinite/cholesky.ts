/** In-place lower Cholesky factor of a symmetric matrix (size×size, lower triangle read); false when a pivot is not positive. */
export function choleskyFactor(a: Float64Array, size: number): boolean {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j];
      for (let k = 0; k < j; k++) sum -= a[i * size + k] * a[j * size + k];
      if (i > j) a[i * size + j] = sum / a[j * size + j];
      else if (!(sum > 0)) return false;
      else a[i * size + i] = Math.sqrt(sum);
    }
  }
  return true;
}

/** Solves L Lᵀ X = B in place for B size×columns, row-major. */
export function choleskySolve(l: Float64Array, size: number, b: Float64Array, columns: number): void {
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) subtractRow(b, i, k, l[i * size + k], columns);
    divideRow(b, i, l[i * size + i], columns);
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) subtractRow(b, i, k, l[k * size + i], columns);
    divideRow(b, i, l[i * size + i], columns);
  }
}

function subtractRow(b: Float64Array, i: number, k: number, factor: number, columns: number): void {
  for (let c = 0; c < columns; c++) b[i * columns + c] -= factor * b[k * columns + c];
}

function divideRow(b: Float64Array, i: number, divisor: number, columns: number): void {
  for (let c = 0; c < columns; c++) b[i * columns + c] /= divisor;
}

/** L⁻¹ of a lower triangular L, size×size; 0 above the diagonal. */
export function inverseFactor(l: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const to = i * size;
    for (let k = 0; k < i; k++) {
      const [factor, from] = [l[to + k], k * size];
      if (factor !== 0) for (let c = 0; c <= k; c++) out[to + c] -= factor * out[from + c];
    }
    const pivot = l[to + i];
    out[to + i] = 1;
    for (let c = 0; c <= i; c++) out[to + c] /= pivot;
  }
  return out;
}
