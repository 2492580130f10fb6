import { RelucentError, requireThat } from '../base/index.js';
import { emptyPatterns, type Matrix, type PatternSet } from '../linalg/index.js';

/**
 * The activation patterns of vectors, and the one tie rule of the library: row i of X is active for g when
 * x_i·g >= 0, a tie included. The product is the plain float64 sum over columns 0 … d−1, in that order, so that the
 * same bytes come out everywhere. Whatever needs the pattern of a vector calls this.
 *
 * A vector that lies on a hyperplane {g : x_i·g = 0} only up to rounding has no meaningful bit i: whoever constructs
 * vectors on hyperplanes takes the bits from the construction, not from here.
 *
 * @param X n×d data.
 * @param gates P×d, one vector a row.
 * @returns P patterns of n rows, in the order of the gates.
 * @throws `usage` when the columns differ, `data` when a product is not a number.
 */
export function patternsOf(X: Matrix, gates: Matrix): PatternSet {
  requireThat(
    X.cols === gates.cols,
    `patternsOf: the gates have ${gates.cols} columns, X has ${X.cols}; give one gate a row.`,
  );
  const patterns = emptyPatterns(X.rows, gates.rows);
  const sums = new Float64Array(4);
  for (let p = 0; p < gates.rows; p += 4) {
    const lanes = Math.min(4, gates.rows - p);
    for (let i = 0; i < X.rows; i++) {
      dotFour(X, i, gates, p, lanes, sums);
      for (let k = 0; k < lanes; k++) markActive(patterns, p + k, i, sums[k]);
    }
  }
  return patterns;
}

function markActive(patterns: PatternSet, p: number, i: number, product: number): void {
  if (product >= 0) patterns.bytes[p * patterns.stride + (i >> 3)] |= 1 << (i & 7);
  else if (Number.isNaN(product)) {
    throw new RelucentError(
      'data',
      `patternsOf: row ${i} of X times gate ${p} is not a number; expected finite entries.`,
    );
  }
}

/** sums[k] ← x_i · gate p+k for k < lanes. Four independent sums hide the latency of an addition; each is in order. */
function dotFour(X: Matrix, i: number, gates: Matrix, p: number, lanes: number, sums: Float64Array): void {
  const d = X.cols;
  const x = X.data;
  const g = gates.data;
  const at = i * d;
  const a = p * d;
  const b = lanes > 1 ? a + d : a;
  const c = lanes > 2 ? b + d : a;
  const e = lanes > 3 ? c + d : a;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = 0; j < d; j++) {
    const value = x[at + j];
    s0 += value * g[a + j];
    s1 += value * g[b + j];
    s2 += value * g[c + j];
    s3 += value * g[e + j];
  }
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  sums[3] = s3;
}
