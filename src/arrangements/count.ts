/**
 * How many patterns n rows of rank r have in general position: 2 Σ_{k<r} C(n−1, k). No n rows of rank r have more
 * (MATH §2). Counts n non-zero rows, no two of them parallel; 1 when there are none. +Infinity beyond float64.
 */
export function countPatterns(n: number, rank: number): number {
  if (n <= 0 || rank <= 0) return 1;
  let term = 1;
  let sum = 1;
  for (let k = 1; k < Math.min(rank, n); k++) {
    term = (term * (n - k)) / k;
    sum += term;
  }
  return 2 * sum;
}
