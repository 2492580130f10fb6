/** Products are added to C one stretch of this many terms at a time, each summed by itself in order. */
export const DEPTH = 256;

/** `Kernels.gemm`. */
export function gemm(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: Float64Array,
  transposeA: boolean,
  b: Float64Array,
  transposeB: boolean,
  beta: number,
  c: Float64Array,
): void {
  scaleInPlace(c, m * n, beta);
  const [aRow, aStep] = transposeA ? [1, m] : [k, 1];
  const [bStep, bColumn] = transposeB ? [1, k] : [n, 1];
  const sums = new Float64Array(n);
  for (let from = 0; from < k; from += DEPTH) {
    const to = Math.min(k, from + DEPTH);
    for (let i = 0; i < m; i++) {
      sums.fill(0);
      for (let p = from; p < to; p++) {
        const factor = a[i * aRow + p * aStep];
        for (let j = 0; j < n; j++) sums[j] += factor * b[p * bStep + j * bColumn];
      }
      for (let j = 0; j < n; j++) c[i * n + j] += alpha * sums[j];
    }
  }
}

/** `Kernels.weightedGram`. */
export function weightedGram(
  n: number,
  k: number,
  a: Float64Array,
  w: Float64Array | null,
  beta: number,
  c: Float64Array,
): void {
  symmetricProduct(
    k,
    n,
    (i, p) => (w ? a[p * k + i] * w[p] : a[p * k + i]),
    (i, p) => a[p * k + i],
    beta,
    c,
  );
}

/** `Kernels.outerGram`. */
export function outerGram(n: number, k: number, a: Float64Array, beta: number, c: Float64Array): void {
  const entry = (i: number, p: number) => a[i * k + p];
  symmetricProduct(n, k, entry, entry, beta, c);
}

/** The lower triangle of beta C + Σ_p left(i, p) right(j, p), then its mirror. */
function symmetricProduct(
  size: number,
  terms: number,
  left: (i: number, p: number) => number,
  right: (j: number, p: number) => number,
  beta: number,
  c: Float64Array,
): void {
  scaleInPlace(c, size * size, beta);
  const sums = new Float64Array(size);
  for (let from = 0; from < terms; from += DEPTH) {
    const to = Math.min(terms, from + DEPTH);
    for (let i = 0; i < size; i++) {
      sums.fill(0);
      for (let p = from; p < to; p++) {
        const factor = left(i, p);
        for (let j = 0; j <= i; j++) sums[j] += factor * right(j, p);
      }
      for (let j = 0; j <= i; j++) c[i * size + j] += sums[j];
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) c[j * size + i] = c[i * size + j];
}

/** Zero is written, not multiplied: C may hold anything when beta is 0. */
function scaleInPlace(c: Float64Array, length: number, beta: number): void {
  if (beta === 0) c.fill(0, 0, length);
  else if (beta !== 1) for (let i = 0; i < length; i++) c[i] *= beta;
}
