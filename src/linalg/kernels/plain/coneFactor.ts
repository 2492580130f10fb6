import type { ConeProximalArguments } from '../kernels.js';

/**
 * The factor A = L Q of the tight rows of one block: A (count×d) holds the signed unit rows, L is lower triangular, the
 * rows of Q are orthonormal. Beside it lives the residual w = c − Qᵀ(Qc). Rows of Q are padded with zeros to a multiple
 * of four, and every sum runs over four lanes, so that the SIMD kernel adds in the same order.
 */
export interface ConeFactor {
  /** Padded row length and the most rows that can be independent. */
  readonly width: number;
  readonly capacity: number;
  count: number;
  /** Norm that w had when it was last made orthogonal to Q. */
  cleanNorm: number;
  /** Whether rows have left since w was computed from c. */
  stale: boolean;
  /** Rows that left since the factor was made from nothing. */
  left: number;
  /** Those of the block at hand: of its kept factor, or the scratch's own. */
  q: Float64Array;
  l: Float64Array;
  /** Row numbers, multipliers ν ≥ 0 and the unconstrained least-squares multipliers of the tight rows. */
  rows: Int32Array;
  readonly nu: Float64Array;
  readonly target: Float64Array;
  /** Qc, and room for one more product with Q. */
  readonly coefficients: Float64Array;
  readonly products: Float64Array;
  readonly c: Float64Array;
  readonly w: Float64Array;
  /** The scratch's own, for blocks without a place. */
  readonly own: Pick<ConeFactor, 'q' | 'l' | 'rows'>;
  /** Room for c + Aᵀν. */
  readonly proof: Float64Array;
}

/** Rows nearer than this to the span of the others (unit rows) count as dependent. */
export const RANK_TOLERANCE = 1e-11;

/** Rows that may leave a kept factor before it is made anew: each turns Q a little, with rounding. */
const MOST_LEFT = 100;

/** Share of a unit row outside the span of the others below which its part there is taken out twice. */
const OBLIQUE = 0.03;

const padded = (length: number): number => (length + 3) & ~3;

/** Where row i of L starts: each has room for one entry beyond its diagonal, in steps of four. */
function packedAt(i: number): number {
  const fours = (i + 1) >> 2;
  return 4 * (fours + 1) * (2 * fours + ((i + 1) & 3)) - 4;
}

/** See `Kernels.coneFactorNumbers`. */
export function coneFactorNumbers(n: number, d: number): number {
  const most = Math.min(n, d);
  return most * padded(d) + packedAt(most);
}

export function createConeFactor(n: number, d: number): ConeFactor {
  const width = padded(d);
  const capacity = Math.min(n, d);
  const vector = () => new Float64Array(padded(capacity));
  const own = {
    q: new Float64Array(capacity * width),
    l: new Float64Array(packedAt(capacity)),
    rows: new Int32Array(capacity),
  };
  return {
    ...own,
    own,
    width,
    capacity,
    count: 0,
    cleanNorm: 0,
    stale: false,
    left: 0,
    nu: vector(),
    target: vector(),
    coefficients: vector(),
    products: vector(),
    c: new Float64Array(width),
    w: new Float64Array(width),
    proof: new Float64Array(width),
  };
}

/** Begins with the factor that is kept at a place; with none for a block that has no place. */
export function openFactor(f: ConeFactor, p: ConeProximalArguments, place: number): void {
  const kept = place < 0 ? undefined : p.factors;
  f.count = f.left = 0;
  Object.assign(f, f.own);
  if (!kept) return;
  const size = coneFactorNumbers(p.n, p.d);
  const numbers = kept.numbers.subarray(place * size, (place + 1) * size);
  const state = kept.state.subarray(place * (p.d + 2), (place + 1) * (p.d + 2));
  const q = f.capacity * f.width;
  Object.assign(f, { q: numbers.subarray(0, q), l: numbers.subarray(q), rows: state.subarray(2) });
  if (state[1] <= Math.max(MOST_LEFT, 2 * p.d)) [f.count, f.left] = state;
}

export function closeFactor(f: ConeFactor, p: ConeProximalArguments, place: number): void {
  if (place >= 0) p.factors?.state.set([f.count, f.left], place * (p.d + 2));
}

/** Σ a_j b_j of two zero-padded stretches, over four lanes. */
export function dotPadded(length: number, a: Float64Array, ai: number, b: Float64Array, bi: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let j = 0; j < length; j += 4) {
    s0 += a[ai + j] * b[bi + j];
    s1 += a[ai + j + 1] * b[bi + j + 1];
    s2 += a[ai + j + 2] * b[bi + j + 2];
    s3 += a[ai + j + 3] * b[bi + j + 3];
  }
  return s0 + s2 + (s1 + s3);
}

/** y ← y + alpha·x over one padded stretch. */
export function addScaled(
  length: number,
  alpha: number,
  x: Float64Array,
  xi: number,
  y: Float64Array,
  yi: number,
): void {
  for (let j = 0; j < length; j++) y[yi + j] += alpha * x[xi + j];
}

export const normOf = (f: ConeFactor, v: Float64Array, at = 0): number => Math.sqrt(dotPadded(f.width, v, at, v, at));

/** v ← v − Qᵀ(Qv), with Qv added to `sums`; returns the norm of the new v. */
function removeSpan(f: ConeFactor, v: Float64Array, at: number, sums: Float64Array, si: number): number {
  const { count, width, q, products } = f;
  for (let i = 0; i < count; i++) products[i] = dotPadded(width, q, i * width, v, at);
  for (let i = 0; i < count; i++) addScaled(width, -products[i], q, i * width, v, at);
  for (let i = 0; i < count; i++) sums[si + i] += products[i];
  return normOf(f, v, at);
}

/** w ← c − Qᵀ(Qc), repeated while cancellation leaves w oblique to Q. */
export function projectCentre(f: ConeFactor, centreNorm: number): void {
  f.w.set(f.c);
  f.coefficients.fill(0, 0, f.count);
  f.stale = false;
  f.cleanNorm = centreNorm;
  if (f.count > 0) f.cleanNorm = removeSpan(f, f.w, 0, f.coefficients, 0);
  if (f.cleanNorm < 0.1 * centreNorm) cleanResidual(f);
}

/** Makes w orthogonal to Q again. */
function cleanResidual(f: ConeFactor): void {
  f.cleanNorm = removeSpan(f, f.w, 0, f.coefficients, 0);
}

/**
 * Appends scale · x_row. Returns false, leaving the factor as it was, when the row depends on the others.
 * The residual is not touched.
 */
export function appendRow(f: ConeFactor, x: Float64Array, d: number, row: number, scale: number): boolean {
  const { count, width, q, l } = f;
  if (count === f.capacity) return false;
  const at = count * width;
  for (let j = 0; j < d; j++) q[at + j] = scale * x[row * d + j];
  q.fill(0, at + d, at + width);
  const li = packedAt(count);
  l.fill(0, li, li + count);
  let rho = 1;
  if (count > 0) {
    rho = removeSpan(f, q, at, l, li);
    if (rho < OBLIQUE) rho = removeSpan(f, q, at, l, li);
  } else rho = normOf(f, q, at);
  if (!(rho > RANK_TOLERANCE)) return false;
  for (let j = 0; j < width; j++) q[at + j] /= rho;
  l[li + count] = rho;
  f.rows[count] = row;
  f.nu[count] = 0;
  f.count = count + 1;
  return true;
}

/** Takes the newest direction of Q out of w. */
export function projectNewest(f: ConeFactor): void {
  const last = f.count - 1;
  const alpha = dotPadded(f.width, f.q, last * f.width, f.w, 0);
  f.coefficients[last] = alpha;
  addScaled(f.width, -alpha, f.q, last * f.width, f.w, 0);
  if (normOf(f, f.w) < 0.1 * f.cleanNorm) cleanResidual(f);
}

/** Removes tight row j by plane rotations, and gives w back the direction that is lost. */
export function removeRow(f: ConeFactor, j: number): void {
  const { l, rows, nu, target } = f;
  const last = f.count - 1;
  for (let i = j; i < last; i++) {
    const next = packedAt(i + 1);
    l.copyWithin(packedAt(i), next, next + i + 2);
    rows[i] = rows[i + 1];
    nu[i] = nu[i + 1];
    target[i] = target[i + 1];
  }
  for (let i = j; i < last; i++) rotate(f, i, last);
  addScaled(f.width, f.coefficients[last], f.q, last * f.width, f.w, 0);
  f.count = last;
  f.left++;
  f.stale = true;
}

/** The rotation of directions i and i + 1 that clears the entry of L above the diagonal in row i. */
function rotate(f: ConeFactor, i: number, rows: number): void {
  const { width, l, q } = f;
  const at = packedAt(i) + i;
  const a = l[at];
  const b = l[at + 1];
  const r = Math.sqrt(a * a + b * b);
  const cos = a / r;
  const sin = b / r;
  rotatePair(f.coefficients, i, i + 1, cos, sin);
  for (let k = i; k < rows; k++) rotatePair(l, packedAt(k) + i, packedAt(k) + i + 1, cos, sin);
  for (let k = 0; k < width; k++) rotatePair(q, i * width + k, (i + 1) * width + k, cos, sin);
}

function rotatePair(v: Float64Array, i: number, j: number, cos: number, sin: number): void {
  const a = v[i];
  const b = v[j];
  v[i] = cos * a + sin * b;
  v[j] = cos * b - sin * a;
}

/** target ← the ν with Aᵀν = −Qᵀ(Qc), by substitution in Lᵀ. */
export function solveMultipliers(f: ConeFactor): void {
  const { count, l, target, coefficients } = f;
  for (let i = 0; i < count; i++) target[i] = -coefficients[i];
  for (let k = count - 1; k >= 0; k--) {
    const row = packedAt(k);
    const value = target[k] / l[row + k];
    target[k] = value;
    for (let i = 0; i < k; i++) target[i] -= value * l[row + i];
  }
}
