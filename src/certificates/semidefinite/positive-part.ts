import { binaryExponent, createRandom } from '../../base/index.js';
import { dotAt, norm } from '../rounding.js';

/** M ≈ RRᵀ − (a positive semidefinite rest): row j of `rows` is the j-th column of R. */
export interface PositiveFactor {
  readonly rank: number;
  /** rank×size. */
  readonly rows: Float64Array;
}

/** Eigenvalues below this times the largest are left out. */
const NEGLIGIBLE = 1e-13;

/**
 * The positive semidefinite part of a symmetric matrix (size×size, lower triangle read, destroyed), as RRᵀ. Householder's
 * tridiagonal form, all eigenvalues by the implicit QL method, vectors of the positive ones alone by inverse iteration: a
 * third of the work of a full decomposition where few are positive. Nothing is proved with it.
 */
export function positiveFactor(m: Float64Array, size: number): PositiveFactor {
  const unit = rootScale(m);
  for (let at = 0; at < m.length; at++) m[at] /= unit * unit;
  const { diagonal, off, scale } = tridiagonalise(m, size);
  const values = tridiagonalValues(diagonal, off).sort((a, b) => b - a);
  const largest = Math.max(Math.abs(values[0]), Math.abs(values[size - 1]));
  const rank = values.filter((x) => x > NEGLIGIBLE * largest).length;
  const rows = new Float64Array(rank * size);
  const random = createRandom(0, size);
  for (let j = 0; j < rank; j++) {
    const vector = inverseIteration(diagonal, off, values[j], largest, rows, values, j, random.normal);
    rows.set(vector, j * size);
  }
  for (let j = 0; j < rank; j++) {
    const row = rows.subarray(j * size, (j + 1) * size);
    backTransform(m, scale, size, row);
    const length = unit * Math.sqrt(values[j]);
    for (let i = 0; i < size; i++) row[i] *= length;
  }
  return { rank, rows };
}

/** A power of two near the root of the largest entry, so that squares neither overflow nor vanish. */
function rootScale(m: Float64Array): number {
  let largest = 0;
  for (const x of m) largest = Math.max(largest, Math.abs(x));
  return largest > 0 ? 2 ** Math.floor(binaryExponent(largest) / 2) : 1;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** off[i] joins i − 1 and i. */
  readonly off: Float64Array;
  /** 2/‖v‖² of the reflector in row i of the matrix (its first i entries). */
  readonly scale: Float64Array;
}

/** Reduces the last row first; its reflector takes its place. */
function tridiagonalise(a: Float64Array, size: number): Tridiagonal {
  const diagonal = new Float64Array(size);
  const off = new Float64Array(size);
  const scale = new Float64Array(size);
  const p = new Float64Array(size);
  for (let i = size - 1; i >= 1; i--) {
    const v = a.subarray(i * size, i * size + i);
    diagonal[i] = a[i * size + i];
    const length = norm(v);
    if (i === 1 || norm(v, 0, i - 1) <= 1e-290) {
      off[i] = v[i - 1];
      continue;
    }
    off[i] = v[i - 1] > 0 ? -length : length;
    v[i - 1] -= off[i];
    scale[i] = 2 / dotAt(v, 0, v, 0, i);
    reflect(a, size, i, v, scale[i], p);
  }
  diagonal[0] = a[0];
  return { diagonal, off, scale };
}

/** A ← PAP on the leading i×i block, lower triangle, P = I − scale vvᵀ. */
function reflect(a: Float64Array, size: number, i: number, v: Float64Array, scale: number, p: Float64Array): void {
  p.fill(0, 0, i);
  for (let k = 0; k < i; k++) {
    const start = k * size;
    const vk = v[k];
    let sum = 0;
    for (let l = 0; l < k; l++) {
      const x = a[start + l];
      sum += x * v[l];
      p[l] += x * vk;
    }
    p[k] += sum + a[start + k] * vk;
  }
  let along = 0;
  for (let k = 0; k < i; k++) along += (p[k] *= scale) * v[k];
  for (let k = 0; k < i; k++) p[k] -= 0.5 * scale * along * v[k];
  for (let k = 0; k < i; k++) {
    const start = k * size;
    const [vk, pk] = [v[k], p[k]];
    for (let l = 0; l <= k; l++) a[start + l] -= vk * p[l] + pk * v[l];
  }
}

function backTransform(a: Float64Array, scale: Float64Array, size: number, x: Float64Array): void {
  for (let i = 2; i < size; i++) {
    if (scale[i] === 0) continue;
    const start = i * size;
    const along = scale[i] * dotAt(a, start, x, 0, i);
    for (let k = 0; k < i; k++) x[k] -= along * a[start + k];
  }
}

/** Implicit QL without vectors. */
function tridiagonalValues(diagonal: Float64Array, off: Float64Array): Float64Array {
  const n = diagonal.length;
  const d = diagonal.slice();
  const e = new Float64Array(n);
  e.set(off.subarray(1));
  for (let l = 0; l < n; l++) {
    for (let round = 0; round < 60; round++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > 1.2e-16 * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      step(d, e, l, m);
    }
  }
  return d;
}

/** One implicit shift from m down to l. */
function step(d: Float64Array, e: Float64Array, l: number, m: number): void {
  let g = (d[l + 1] - d[l]) / (2 * e[l]);
  let r = Math.sqrt(g * g + 1);
  g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    r = Math.sqrt(f * f + g * g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    d[i + 1] = g + (p = s * r);
    g = c * r - b;
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

/** A unit vector of the tridiagonal matrix for one eigenvalue, orthogonal to the earlier ones near it. */
function inverseIteration(
  diagonal: Float64Array,
  off: Float64Array,
  value: number,
  largest: number,
  earlier: Float64Array,
  values: Float64Array,
  count: number,
  normal: () => number,
): Float64Array {
  const n = diagonal.length;
  // equal eigenvalues are moved apart, so that their systems differ
  const lu = factorTridiagonal(diagonal, off, value - count * 1e-15 * largest, 1e-16 * largest + 1e-300);
  const x = Float64Array.from({ length: n }, () => normal());
  for (let round = 0; round < 4; round++) {
    solveTridiagonal(lu, x);
    const size = norm(x);
    for (let i = 0; i < n; i++) x[i] /= size;
    for (let j = count - 1; j >= 0 && values[j] - value < 1e-3 * largest; j--) {
      const along = dotAt(earlier, j * n, x, 0, n);
      for (let i = 0; i < n; i++) x[i] -= along * earlier[j * n + i];
    }
    const rest = norm(x);
    for (let i = 0; i < n; i++) x[i] = rest > 1e-8 ? x[i] / rest : normal();
    if (rest > 0.9 && round >= 1) break;
  }
  const size = norm(x);
  return x.map((t) => t / size);
}

/** T − value·I = PLU by partial pivoting. */
interface TridiagonalFactor {
  readonly u0: Float64Array;
  readonly u1: Float64Array;
  readonly u2: Float64Array;
  readonly lower: Float64Array;
  readonly swapped: Uint8Array;
}

function factorTridiagonal(diagonal: Float64Array, off: Float64Array, value: number, tiny: number): TridiagonalFactor {
  const n = diagonal.length;
  const [u0, u1, u2, lower] = [0, 1, 2, 3].map(() => new Float64Array(n));
  const swapped = new Uint8Array(n);
  let [a, b] = [diagonal[0] - value, n > 1 ? off[1] : 0];
  for (let i = 0; i < n - 1; i++) {
    const [c, d, e] = [off[i + 1], diagonal[i + 1] - value, i + 2 < n ? off[i + 2] : 0];
    if (Math.abs(a) >= Math.abs(c)) {
      u0[i] = Math.abs(a) < tiny ? tiny : a;
      u1[i] = b;
      lower[i] = c / u0[i];
      [a, b] = [d - lower[i] * b, e];
    } else {
      swapped[i] = 1;
      [u0[i], u1[i], u2[i]] = [c, d, e];
      lower[i] = a / c;
      [a, b] = [b - lower[i] * d, -lower[i] * e];
    }
  }
  u0[n - 1] = Math.abs(a) < tiny ? tiny : a;
  return { u0, u1, u2, lower, swapped };
}

function solveTridiagonal({ u0, u1, u2, lower, swapped }: TridiagonalFactor, x: Float64Array): void {
  const n = x.length;
  for (let i = 0; i < n - 1; i++) {
    if (swapped[i] === 1) [x[i], x[i + 1]] = [x[i + 1], x[i]];
    x[i + 1] -= lower[i] * x[i];
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i];
    if (i + 1 < n) sum -= u1[i] * x[i + 1];
    if (i + 2 < n) sum -= u2[i] * x[i + 2];
    x[i] = sum / u0[i];
  }
}
