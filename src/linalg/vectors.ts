/** Σ_k a[i + k] b[j + k] over `length` terms. Four sums run side by side: one alone waits for its last addition. */
export function dot(a: Float64Array, i: number, b: Float64Array, j: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let k = 0;
  for (; k + 4 <= length; k += 4) {
    s0 += a[i + k] * b[j + k];
    s1 += a[i + k + 1] * b[j + k + 1];
    s2 += a[i + k + 2] * b[j + k + 2];
    s3 += a[i + k + 3] * b[j + k + 3];
  }
  for (; k < length; k++) s0 += a[i + k] * b[j + k];
  return s0 + s1 + (s2 + s3);
}

/** Sums of squares between these lose nothing that counts to underflow, and nothing has overflowed. */
const [SMALLEST, LARGEST] = [1e-280, 1e300];

/** Euclidean norm of `length` numbers from `from`, right also where their squares are zero or infinite as doubles. */
export function euclideanNorm(a: Float64Array, from = 0, length = a.length - from): number {
  let squares = 0;
  for (let k = from; k < from + length; k++) squares += a[k] * a[k];
  return squares >= SMALLEST && squares <= LARGEST ? Math.sqrt(squares) : scaledNorm(a, from, length);
}

/** The same by another way, always: divided by the largest first. What was computed with it stays the same to the bit. */
export function scaledNorm(a: Float64Array, from = 0, length = a.length - from): number {
  let largest = 0;
  for (let k = from; k < from + length; k++) largest = Math.max(largest, Math.abs(a[k]));
  if (largest === 0 || !Number.isFinite(largest)) return largest;
  let squares = 0;
  for (let k = from; k < from + length; k++) squares += (a[k] / largest) * (a[k] / largest);
  return largest * Math.sqrt(squares);
}
