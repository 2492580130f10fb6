/** Columns factored together before the rest of the matrix is updated. */
export const PANEL = 64;

/** `Kernels.cholesky`: right-looking, a panel of columns at a time. */
export function cholesky(n: number, a: Float64Array): number {
  for (let from = 0; from < n; from += PANEL) {
    const to = Math.min(n, from + PANEL);
    for (let i = from; i < n; i++) {
      for (let j = from; j < Math.min(i + 1, to); j++) {
        let sum = a[i * n + j];
        for (let k = from; k < j; k++) sum -= a[i * n + k] * a[j * n + k];
        if (i > j) a[i * n + j] = sum / a[j * n + j];
        else if (sum > 0) a[i * n + j] = Math.sqrt(sum);
        else return i;
      }
    }
    updateRest(n, a, from, to);
  }
  return -1;
}

function updateRest(n: number, a: Float64Array, from: number, to: number): void {
  for (let i = to; i < n; i++) {
    for (let j = to; j <= i; j++) {
      let sum = 0;
      for (let k = from; k < to; k++) sum += a[i * n + k] * a[j * n + k];
      a[i * n + j] -= sum;
    }
  }
}

/** `Kernels.choleskySolve`. */
export function choleskySolve(n: number, l: Float64Array, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= l[i * n + k] * b[k];
    b[i] = sum / l[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    b[i] /= l[i * n + i];
    for (let k = 0; k < i; k++) b[k] -= l[i * n + k] * b[i];
  }
}
