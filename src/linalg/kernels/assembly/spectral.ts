// Eigenvectors of symmetric matrices, a task each: a module of its own, which only proofs load. linalg/spectral/plain.ts says in
// which order sums are made. Matrices have rows of `stride` entries, a multiple of 4.

import { address, ARGUMENTS, integer } from './arguments';
import { setTasks } from './threads';

export { runAlone, runTogether, serve, stop } from './threads';
export { ARGUMENTS };

/** Eigenvalues below this times the largest are left out. */
const NEGLIGIBLE: f64 = 1e-13;
/** A row whose squares add up to no more is reduced already: entries are of size 1. */
const REDUCED: f64 = 1e-290;

// @ts-ignore: decorator
@inline
function get(base: usize, index: i32): f64 {
  return load<f64>(base + ((<usize>index) << 3));
}

// @ts-ignore: decorator
@inline
function set(base: usize, index: i32, value: f64): void {
  store<f64>(base + ((<usize>index) << 3), value);
}

// @ts-ignore: decorator
@inline
function lanes(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

function dot(length: i32, a: usize, b: usize): f64 {
  const whole = (<usize>length << 3) & ~15;
  let sum = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(a + j), v128.load(b + j)));
  if (length & 1) sum = f64x2.add(sum, f64x2.mul(v128.load64_zero(a + whole), v128.load64_zero(b + whole)));
  return lanes(sum);
}

/** a ← a − t b. */
function subtract(length: i32, t: f64, b: usize, a: usize): void {
  const whole = (<usize>length << 3) & ~15;
  const steps = f64x2.splat(t);
  for (let j: usize = 0; j < whole; j += 16) v128.store(a + j, f64x2.sub(v128.load(a + j), f64x2.mul(steps, v128.load(b + j))));
  if (length & 1) store<f64>(a + whole, load<f64>(a + whole) - t * load<f64>(b + whole));
}

function scaled(length: i32, t: f64, a: usize): void {
  for (let i = 0; i < length; i++) set(a, i, get(a, i) * t);
}

/** Doubles that one matrix takes: itself, its vectors, its values, their number, and scratch memory. */
export function placeDoubles(n: i32, stride: i32): i32 {
  return 2 * n * stride + stride + 4 + 4 * stride + 9 * n;
}

/** Arguments: n, stride, the first place, bytes of a place, whether all values are wanted. */
function eigenvectorsTask(_kernel: i32, task: i32, _scratch: usize): void {
  const n = integer(0);
  const stride = integer(1);
  const a = address(2) + <usize>task * address(3);
  const bytes = (<usize>(n * stride)) << 3;
  const rows = a + bytes;
  const values = rows + bytes;
  const count = values + (<usize>stride << 3);
  store<f64>(count, <f64>eigenvectors(n, stride, a, count + 32, values, rows, integer(4)));
}

/**
 * Eigenvalues of A (n×n, rows of `stride` entries of size 1, lower triangle read, destroyed) in falling order into `values`, unit
 * vectors into `rows`, each of `stride` entries: of all values, or only of the positive ones that are not negligible. Returns how many.
 */
function eigenvectors(
  n: i32, stride: i32, a: usize, scratch: usize, values: usize, rows: usize, all: i32,
): i32 {
  const size = <usize>n << 3;
  const diagonal = scratch + (<usize>stride << 5);
  const off = diagonal + size;
  const scale = off + size;
  const work = scale + size;
  tridiagonalise(n, stride, a, diagonal, off, scale, scratch);
  eigenvalues(n, diagonal, off, values, work);
  const largest = max(abs(get(values, 0)), abs(get(values, n - 1)));
  let count = all !== 0 && largest > 0 ? n : 0;
  if (all === 0) while (count < n && get(values, count) > NEGLIGIBLE * largest) count++;
  for (let j = 0; j < count; j++) inverseIteration(n, stride, diagonal, off, values, j, largest, rows, work);
  for (let j = 0; j < count; j++) backTransform(n, stride, a, scale, rows + ((<usize>(j * stride)) << 3));
  return count;
}

/** Householder from the last row; the reflector of row i takes the place of its first i entries, `scale` is 2/‖v‖². */
function tridiagonalise(n: i32, stride: i32, a: usize, diagonal: usize, off: usize, scale: usize, scratch: usize): void {
  const bytes = <usize>stride << 3;
  let v = scratch;
  let x = v + bytes;
  const w = x + bytes;
  const p = w + bytes;
  memory.fill(scratch, 0, bytes << 2);
  for (let i = n - 1; i >= 0; i--) {
    const row = a + <usize>i * bytes;
    updateRow(i, row, v, w);
    set(diagonal, i, get(row, i));
    if (i === 0) break;
    set(scale, i, reflector(i, row, off));
    if (get(scale, i) === 0) memory.fill(x, 0, <usize>i << 3);
    else memory.copy(x, row, <usize>i << 3);
    pass(i, bytes, a, v, w, x, p);
    second(i, get(scale, i), x, p, w);
    const old = v;
    v = x;
    x = old;
  }
  set(off, 0, 0);
  set(scale, 0, 0);
}

/** Entries 0 … i of row i, less those of vwᵀ + wvᵀ. */
function updateRow(i: i32, row: usize, v: usize, w: usize): void {
  const vi = get(v, i);
  const wi = get(w, i);
  for (let l = 0; l <= i; l++) set(row, l, get(row, l) - (vi * get(w, l) + wi * get(v, l)));
}

/** Makes v of row i, in place; 2/‖v‖², or 0 where the row is reduced. */
function reflector(i: i32, row: usize, off: usize): f64 {
  let rest: f64 = 0;
  for (let l = 0; l < i - 1; l++) rest += get(row, l) * get(row, l);
  const pivot = get(row, i - 1);
  set(off, i, pivot);
  if (rest <= REDUCED) return 0;
  const length = sqrt(rest + pivot * pivot);
  const next = pivot > 0 ? -length : length;
  set(off, i, next);
  const first = pivot - next;
  set(row, i - 1, first);
  return 2 / (rest + first * first);
}

/** w of the next update from p = Ax. */
function second(i: i32, scale: f64, x: usize, p: usize, w: usize): void {
  let along: f64 = 0;
  for (let k = 0; k < i; k++) {
    const value = get(p, k) * scale;
    set(p, k, value);
    along += value * get(x, k);
  }
  const half = 0.5 * scale * along;
  for (let k = 0; k < i; k++) set(w, k, get(p, k) - half * get(x, k));
}

/** A ← A − vwᵀ − wvᵀ on the leading i×i block, lower triangle, and p = Ax with the new A, in one pass: four rows at a time. */
function pass(i: i32, bytes: usize, a: usize, v: usize, w: usize, x: usize, p: usize): void {
  memory.fill(p, 0, <usize>i << 3);
  let k = 0;
  for (; k + 4 <= i; k += 4) fourRows(k, bytes, a + <usize>k * bytes, v, w, x, p);
  const from = k;
  for (; k < i; k++) corner(from, k, a + <usize>k * bytes, v, w, x, p, oneRow(from, k, a + <usize>k * bytes, v, w, x, p));
}

/** Entries `from` … k of row k; `sum` is what the ones before have put into p_k. */
// @ts-ignore: decorator
@inline
function corner(from: i32, k: i32, row: usize, v: usize, w: usize, x: usize, p: usize, sum: f64): void {
  const vk = get(v, k);
  const wk = get(w, k);
  const xk = get(x, k);
  for (let l = from; l < k; l++) {
    const value = get(row, l) - (vk * get(w, l) + wk * get(v, l));
    set(row, l, value);
    sum += value * get(x, l);
    set(p, l, get(p, l) + value * xk);
  }
  const last = get(row, k) - (vk * get(w, k) + wk * get(v, k));
  set(row, k, last);
  set(p, k, get(p, k) + (sum + last * xk));
}

function oneRow(from: i32, k: i32, row: usize, v: usize, w: usize, x: usize, p: usize): f64 {
  const vk = f64x2.splat(get(v, k));
  const wk = f64x2.splat(get(w, k));
  const xk = f64x2.splat(get(x, k));
  let sum = f64x2.splat(0);
  for (let l: usize = 0; l < <usize>from << 3; l += 16) {
    const value = f64x2.sub(v128.load(row + l), f64x2.add(f64x2.mul(vk, v128.load(w + l)), f64x2.mul(wk, v128.load(v + l))));
    v128.store(row + l, value);
    sum = f64x2.add(sum, f64x2.mul(value, v128.load(x + l)));
    v128.store(p + l, f64x2.add(v128.load(p + l), f64x2.mul(value, xk)));
  }
  return lanes(sum);
}

function fourRows(k: i32, bytes: usize, row: usize, v: usize, w: usize, x: usize, p: usize): void {
  const v0 = f64x2.splat(get(v, k));
  const v1 = f64x2.splat(get(v, k + 1));
  const v2 = f64x2.splat(get(v, k + 2));
  const v3 = f64x2.splat(get(v, k + 3));
  const w0 = f64x2.splat(get(w, k));
  const w1 = f64x2.splat(get(w, k + 1));
  const w2 = f64x2.splat(get(w, k + 2));
  const w3 = f64x2.splat(get(w, k + 3));
  const x0 = f64x2.splat(get(x, k));
  const x1 = f64x2.splat(get(x, k + 1));
  const x2 = f64x2.splat(get(x, k + 2));
  const x3 = f64x2.splat(get(x, k + 3));
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const second = row + bytes;
  const third = second + bytes;
  const fourth = third + bytes;
  const end = <usize>k << 3;
  for (let l: usize = 0; l < end; l += 16) {
    const vl = v128.load(v + l);
    const wl = v128.load(w + l);
    const xl = v128.load(x + l);
    let pl = v128.load(p + l);
    let value = f64x2.sub(v128.load(row + l), f64x2.add(f64x2.mul(v0, wl), f64x2.mul(w0, vl)));
    v128.store(row + l, value);
    s0 = f64x2.add(s0, f64x2.mul(value, xl));
    pl = f64x2.add(pl, f64x2.mul(value, x0));
    value = f64x2.sub(v128.load(second + l), f64x2.add(f64x2.mul(v1, wl), f64x2.mul(w1, vl)));
    v128.store(second + l, value);
    s1 = f64x2.add(s1, f64x2.mul(value, xl));
    pl = f64x2.add(pl, f64x2.mul(value, x1));
    value = f64x2.sub(v128.load(third + l), f64x2.add(f64x2.mul(v2, wl), f64x2.mul(w2, vl)));
    v128.store(third + l, value);
    s2 = f64x2.add(s2, f64x2.mul(value, xl));
    pl = f64x2.add(pl, f64x2.mul(value, x2));
    value = f64x2.sub(v128.load(fourth + l), f64x2.add(f64x2.mul(v3, wl), f64x2.mul(w3, vl)));
    v128.store(fourth + l, value);
    s3 = f64x2.add(s3, f64x2.mul(value, xl));
    pl = f64x2.add(pl, f64x2.mul(value, x3));
    v128.store(p + l, pl);
  }
  corner(k, k, row, v, w, x, p, lanes(s0));
  corner(k, k + 1, second, v, w, x, p, lanes(s1));
  corner(k, k + 2, third, v, w, x, p, lanes(s2));
  corner(k, k + 3, fourth, v, w, x, p, lanes(s3));
}

function backTransform(n: i32, stride: i32, a: usize, scale: usize, x: usize): void {
  for (let i = 2; i < n; i++) {
    const factor = get(scale, i);
    if (factor === 0) continue;
    const v = a + ((<usize>(i * stride)) << 3);
    subtract(i, factor * dot(i, v, x), v, x);
  }
}

/** Implicit QL without vectors; the values in falling order. */
function eigenvalues(n: i32, diagonal: usize, off: usize, d: usize, e: usize): void {
  memory.copy(d, diagonal, <usize>n << 3);
  memory.copy(e, off + 8, <usize>(n - 1) << 3);
  set(e, n - 1, 0);
  for (let l = 0; l < n; l++) {
    for (let round = 0; round < 60; round++) {
      let m = l;
      while (m < n - 1 && abs(get(e, m)) > 1.2e-16 * (abs(get(d, m)) + abs(get(d, m + 1)))) m++;
      if (m === l) break;
      step(d, e, l, m);
    }
  }
  for (let i = 1; i < n; i++) {
    const value = get(d, i);
    let j = i;
    for (; j > 0 && get(d, j - 1) < value; j--) set(d, j, get(d, j - 1));
    set(d, j, value);
  }
}

/** One implicit shift from m down to l. */
function step(d: usize, e: usize, l: i32, m: i32): void {
  let g = (get(d, l + 1) - get(d, l)) / (2 * get(e, l));
  let r = sqrt(g * g + 1);
  g = get(d, m) - get(d, l) + get(e, l) / (g + (g >= 0 ? r : -r));
  let s: f64 = 1;
  let c: f64 = 1;
  let p: f64 = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = s * get(e, i);
    const b = c * get(e, i);
    r = sqrt(f * f + g * g);
    set(e, i + 1, r);
    if (r === 0) {
      set(d, i + 1, get(d, i + 1) - p);
      set(e, m, 0);
      return;
    }
    s = f / r;
    c = g / r;
    g = get(d, i + 1) - p;
    r = (get(d, i) - g) * s + 2 * c * b;
    p = s * r;
    set(d, i + 1, g + p);
    g = c * r - b;
  }
  set(d, l, get(d, l) - p);
  set(e, l, g);
  set(e, m, 0);
}

/** Numbers in [−½, ½), from this state on. */
let state: u32 = 0;
function uniform(): f64 {
  state = state * 1664525 + 1013904223;
  return <f64>(state >> 8) / 16777216 - 0.5;
}

/** A unit vector of the tridiagonal matrix for value j, into row j, orthogonal to the earlier ones near it. */
function inverseIteration(
  n: i32, stride: i32, diagonal: usize, off: usize, values: usize, j: i32, largest: f64, rows: usize, work: usize,
): void {
  const bytes = <usize>stride << 3;
  const x = rows + <usize>j * bytes;
  const value = get(values, j);
  // equal eigenvalues are moved apart, so that their systems differ
  factor(n, diagonal, off, value - <f64>j * 1e-15 * largest, 1e-16 * largest + 1e-300, work);
  state = j + 1;
  for (let i = 0; i < n; i++) set(x, i, uniform());
  for (let round = 0; round < 4; round++) {
    solve(n, work, x);
    scaled(n, 1 / sqrt(dot(n, x, x)), x);
    for (let k = j - 1; k >= 0 && get(values, k) - value < 1e-3 * largest; k--) {
      const earlier = rows + <usize>k * bytes;
      subtract(n, dot(n, earlier, x), earlier, x);
    }
    const rest = sqrt(dot(n, x, x));
    if (rest > 1e-8) scaled(n, 1 / rest, x);
    else for (let i = 0; i < n; i++) set(x, i, uniform());
    if (rest > 0.9 && round >= 1) break;
  }
  scaled(n, 1 / sqrt(dot(n, x, x)), x);
}

/** The tridiagonal matrix less value·I is PLU by partial pivoting: u0, u1, u2, lower, and 1 where rows were swapped, n each. */
function factor(n: i32, diagonal: usize, off: usize, value: f64, tiny: f64, u0: usize): void {
  const size = <usize>n << 3;
  const u1 = u0 + size;
  const u2 = u1 + size;
  const lower = u2 + size;
  const swapped = lower + size;
  let a = get(diagonal, 0) - value;
  let b: f64 = n > 1 ? get(off, 1) : 0;
  for (let i = 0; i < n - 1; i++) {
    const c = get(off, i + 1);
    const d = get(diagonal, i + 1) - value;
    const e: f64 = i + 2 < n ? get(off, i + 2) : 0;
    if (abs(a) >= abs(c)) {
      set(u0, i, abs(a) < tiny ? tiny : a);
      set(u1, i, b);
      set(u2, i, 0);
      set(swapped, i, 0);
      set(lower, i, c / get(u0, i));
      a = d - get(lower, i) * b;
      b = e;
    } else {
      set(u0, i, c);
      set(u1, i, d);
      set(u2, i, e);
      set(swapped, i, 1);
      set(lower, i, a / c);
      a = b - get(lower, i) * d;
      b = -get(lower, i) * e;
    }
  }
  set(u0, n - 1, abs(a) < tiny ? tiny : a);
}

function solve(n: i32, u0: usize, x: usize): void {
  const size = <usize>n << 3;
  const u1 = u0 + size;
  const u2 = u1 + size;
  const lower = u2 + size;
  const swapped = lower + size;
  for (let i = 0; i < n - 1; i++) {
    const first = get(x, i);
    const next = get(x, i + 1);
    const swap = get(swapped, i) === 1;
    const top = swap ? next : first;
    set(x, i, top);
    set(x, i + 1, (swap ? first : next) - get(lower, i) * top);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = get(x, i);
    if (i + 1 < n) sum -= get(u1, i) * get(x, i + 1);
    if (i + 2 < n) sum -= get(u2, i) * get(x, i + 2);
    set(x, i, sum / get(u0, i));
  }
}

setTasks(eigenvectorsTask);
