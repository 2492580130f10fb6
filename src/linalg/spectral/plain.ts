/** Eigenvalues below this times the largest are left out. */
const NEGLIGIBLE = 1e-13;
/** A row whose squares add up to no more is reduced already: entries are of size 1. */
const REDUCED = 1e-290;

/**
 * Eigenvalues of A (n×n, rows of `stride` entries of size 1, lower triangle read, destroyed) in falling order, and unit vectors into
 * `rows`, each of `stride` entries: of all values, or only of the positive ones that are not negligible; `count` of them. Adds in the
 * order of the WebAssembly kernel, and gives the same bytes: dot products by even and odd entries apart, products of a row with what lies
 * left of its block of four likewise.
 */
export function eigenvectors(
  n: number,
  stride: number,
  a: Float64Array,
  rows: Float64Array,
  all: boolean,
): { values: Float64Array; count: number } {
  const { diagonal, off, scale } = tridiagonalise(n, stride, a);
  const values = eigenvalues(diagonal, off);
  const largest = Math.max(Math.abs(values[0]), Math.abs(values[n - 1]));
  let count = all && largest > 0 ? n : 0;
  if (!all) while (count < n && values[count] > NEGLIGIBLE * largest) count++;
  const vectors = Array.from({ length: count }, (_, j) => rows.subarray(j * stride, j * stride + n));
  vectors.forEach((_, j) => {
    inverseIteration(diagonal, off, values, j, largest, vectors);
  });
  for (const row of vectors) backTransform(n, stride, a, scale, row);
  return { values, count };
}

/** Σ a_k b_k over `length` terms, even and odd ones apart. */
function dot(length: number, a: Float64Array, b: Float64Array): number {
  let [even, odd] = [0, 0];
  for (let k = 0; k + 1 < length; k += 2) {
    even += a[k] * b[k];
    odd += a[k + 1] * b[k + 1];
  }
  if (length & 1) even += a[length - 1] * b[length - 1];
  return even + odd;
}

function subtract(length: number, t: number, b: Float64Array, a: Float64Array): void {
  for (let k = 0; k < length; k++) a[k] -= t * b[k];
}

function multiply(a: Float64Array, t: number): void {
  for (let k = 0; k < a.length; k++) a[k] *= t;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** off[i] joins i − 1 and i. */
  readonly off: Float64Array;
  /** 2/‖v‖² of the reflector in row i of the matrix (its first i entries). */
  readonly scale: Float64Array;
}

/** Householder from the last row; the reflector of row i takes the place of its first i entries. */
function tridiagonalise(n: number, stride: number, a: Float64Array): Tridiagonal {
  const [diagonal, off, scale] = [0, 1, 2].map(() => new Float64Array(n));
  let [v, x, w, p] = [0, 1, 2, 3].map(() => new Float64Array(n));
  for (let i = n - 1; i >= 0; i--) {
    const row = a.subarray(i * stride, i * stride + i + 1);
    for (let l = 0; l <= i; l++) row[l] -= v[i] * w[l] + w[i] * v[l];
    diagonal[i] = row[i];
    if (i === 0) break;
    [off[i], scale[i]] = reflector(i, row);
    if (scale[i] === 0) x.fill(0, 0, i);
    else x.set(row.subarray(0, i));
    pass(i, stride, a, v, w, x, p);
    second(i, scale[i], x, p, w);
    [v, x] = [x, v];
  }
  return { diagonal, off, scale };
}

/** Makes v of row i, in place; the entry off the diagonal, and 2/‖v‖², or 0 where the row is reduced. */
function reflector(i: number, row: Float64Array): [number, number] {
  let rest = 0;
  for (let l = 0; l < i - 1; l++) rest += row[l] * row[l];
  const pivot = row[i - 1];
  if (rest <= REDUCED) return [pivot, 0];
  const length = Math.sqrt(rest + pivot * pivot);
  const next = pivot > 0 ? -length : length;
  row[i - 1] = pivot - next;
  return [next, 2 / (rest + row[i - 1] * row[i - 1])];
}

/** A ← A − vwᵀ − wvᵀ on the leading i×i block, lower triangle, and p = Ax with the new A. */
function pass(
  i: number,
  stride: number,
  a: Float64Array,
  v: Float64Array,
  w: Float64Array,
  x: Float64Array,
  p: Float64Array,
): void {
  p.fill(0, 0, i);
  for (let k = 0; k < i; k++) {
    const at = k * stride;
    const [vk, wk, xk] = [v[k], w[k], x[k]];
    let [even, odd] = [0, 0];
    const block = k & ~3;
    for (let l = 0; l < block; l++) {
      const value = (a[at + l] -= vk * w[l] + wk * v[l]);
      if (l & 1) odd += value * x[l];
      else even += value * x[l];
      p[l] += value * xk;
    }
    let sum = even + odd;
    for (let l = block; l < k; l++) {
      const value = (a[at + l] -= vk * w[l] + wk * v[l]);
      sum += value * x[l];
      p[l] += value * xk;
    }
    const last = (a[at + k] -= vk * w[k] + wk * v[k]);
    p[k] += sum + last * xk;
  }
}

/** w of the next update from p = Ax. */
function second(i: number, scale: number, x: Float64Array, p: Float64Array, w: Float64Array): void {
  let along = 0;
  for (let k = 0; k < i; k++) along += (p[k] *= scale) * x[k];
  const half = 0.5 * scale * along;
  for (let k = 0; k < i; k++) w[k] = p[k] - half * x[k];
}

function backTransform(n: number, stride: number, a: Float64Array, scale: Float64Array, x: Float64Array): void {
  for (let i = 2; i < n; i++) {
    if (scale[i] === 0) continue;
    const v = a.subarray(i * stride, i * stride + i);
    subtract(i, scale[i] * dot(i, v, x), v, x);
  }
}

/** Implicit QL without vectors; the values in falling order. */
function eigenvalues(diagonal: Float64Array, off: Float64Array): Float64Array {
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
  return d.sort((a, b) => b - a);
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

/** Numbers in [−½, ½) that follow a seed. */
function uniforms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 16777216 - 0.5;
  };
}

/** A unit vector of the tridiagonal matrix for value j, into vectors[j], orthogonal to the earlier ones near it. */
function inverseIteration(
  diagonal: Float64Array,
  off: Float64Array,
  values: Float64Array,
  j: number,
  largest: number,
  vectors: readonly Float64Array[],
): void {
  const n = diagonal.length;
  const x = vectors[j];
  // equal eigenvalues are moved apart, so that their systems differ
  const lu = factorTridiagonal(diagonal, off, values[j] - j * 1e-15 * largest, 1e-16 * largest + 1e-300);
  const uniform = uniforms(j + 1);
  for (let i = 0; i < n; i++) x[i] = uniform();
  for (let round = 0; round < 4; round++) {
    solveTridiagonal(lu, x);
    multiply(x, 1 / Math.sqrt(dot(n, x, x)));
    for (let k = j - 1; k >= 0 && values[k] - values[j] < 1e-3 * largest; k--)
      subtract(n, dot(n, vectors[k], x), vectors[k], x);
    const rest = Math.sqrt(dot(n, x, x));
    if (rest > 1e-8) multiply(x, 1 / rest);
    else for (let i = 0; i < n; i++) x[i] = uniform();
    if (rest > 0.9 && round >= 1) break;
  }
  multiply(x, 1 / Math.sqrt(dot(n, x, x)));
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
