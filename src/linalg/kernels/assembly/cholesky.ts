// Blocked Cholesky, right-looking: the diagonal block, then the rows below it (tasks), then the rest by productTask.
// Every sum runs as in plain/cholesky.ts.

import { address, integer } from './arguments';

/** Columns factored together. */
export const PANEL: i32 = 64;
const GROUP: i32 = 8;

/** Bytes of scratch memory for one thread. */
export const CHOLESKY_SCRATCH: usize = (<usize>(PANEL * (PANEL + GROUP))) << 3;

/**
 * Factors the block of rows and columns from … to−1, in a copy T with T[k][i] = A[i][k], so that a column of the factor
 * is contiguous. Returns −1, or the index of the first pivot that is not positive.
 */
export function choleskyDiagonal(n: i32, a: usize, from: i32, to: i32, scratch: usize): i32 {
  const size = to - from;
  const row = (<usize>n) << 3;
  const base = a + <usize>from * row + ((<usize>from) << 3);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k <= i; k++) store<f64>(cell(scratch, k, i), load<f64>(base + <usize>i * row + ((<usize>k) << 3)));
  }
  let failed = -1;
  for (let j = 0; j < size && failed < 0; j++) if (!factorColumn(scratch, j, size)) failed = from + j;
  for (let i = 0; i < size; i++) {
    for (let k = 0; k <= i; k++) store<f64>(base + <usize>i * row + ((<usize>k) << 3), load<f64>(cell(scratch, k, i)));
  }
  return failed;
}

// @ts-ignore: decorator
@inline
function cell(t: usize, k: i32, i: i32): usize {
  return t + ((<usize>(k * PANEL + i)) << 3);
}

/**
 * T[j][j …] ← (T[j][j …] − Σ_{k<j} T[k][j …] T[k][j]) / its first entry's root. Registers begin at an even entry and may
 * end behind the last: what they change there, or in the next row before its diagonal, is never read.
 */
function factorColumn(t: usize, j: i32, size: i32): bool {
  const even = j & ~1;
  let i = even;
  for (; i + 8 < size; i += 16) reduceSixteen(t, j, i);
  if (i < size) reduceEight(t, j, i);
  const pivot = load<f64>(cell(t, j, j));
  if (!(pivot > 0)) return false;
  const root = sqrt(pivot);
  const divisor = f64x2.splat(root);
  for (let r = even; r < size; r += 2) {
    const at = cell(t, j, r);
    v128.store(at, f64x2.div(v128.load(at), divisor));
  }
  store<f64>(cell(t, j, j), root);
  return true;
}

function reduceSixteen(t: usize, j: i32, i: i32): void {
  const to = cell(t, j, i);
  let s0 = v128.load(to);
  let s1 = v128.load(to, 16);
  let s2 = v128.load(to, 32);
  let s3 = v128.load(to, 48);
  let s4 = v128.load(to, 64);
  let s5 = v128.load(to, 80);
  let s6 = v128.load(to, 96);
  let s7 = v128.load(to, 112);
  let from = cell(t, 0, i);
  const step = (<usize>PANEL) << 3;
  let factor = cell(t, 0, j);
  for (; from < to; from += step) {
    const f = v128.load64_splat(factor);
    s0 = f64x2.sub(s0, f64x2.mul(v128.load(from), f));
    s1 = f64x2.sub(s1, f64x2.mul(v128.load(from, 16), f));
    s2 = f64x2.sub(s2, f64x2.mul(v128.load(from, 32), f));
    s3 = f64x2.sub(s3, f64x2.mul(v128.load(from, 48), f));
    s4 = f64x2.sub(s4, f64x2.mul(v128.load(from, 64), f));
    s5 = f64x2.sub(s5, f64x2.mul(v128.load(from, 80), f));
    s6 = f64x2.sub(s6, f64x2.mul(v128.load(from, 96), f));
    s7 = f64x2.sub(s7, f64x2.mul(v128.load(from, 112), f));
    factor += step;
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
  v128.store(to, s4, 64);
  v128.store(to, s5, 80);
  v128.store(to, s6, 96);
  v128.store(to, s7, 112);
}

function reduceEight(t: usize, j: i32, i: i32): void {
  const to = cell(t, j, i);
  let s0 = v128.load(to);
  let s1 = v128.load(to, 16);
  let s2 = v128.load(to, 32);
  let s3 = v128.load(to, 48);
  let from = cell(t, 0, i);
  const step = (<usize>PANEL) << 3;
  let factor = cell(t, 0, j);
  for (; from < to; from += step) {
    const f = v128.load64_splat(factor);
    s0 = f64x2.sub(s0, f64x2.mul(v128.load(from), f));
    s1 = f64x2.sub(s1, f64x2.mul(v128.load(from, 16), f));
    s2 = f64x2.sub(s2, f64x2.mul(v128.load(from, 32), f));
    s3 = f64x2.sub(s3, f64x2.mul(v128.load(from, 48), f));
    factor += step;
  }
  v128.store(to, s0);
  v128.store(to, s1, 16);
  v128.store(to, s2, 32);
  v128.store(to, s3, 48);
}

/**
 * Task: rows below a whole panel's diagonal block, X Lᵀ = A for X. Arguments 0 n, 1 A, 2 the panel's first column, 3 rows of a task.
 */
export function choleskyRowsTask(task: i32, scratch: usize): void {
  const n = integer(0);
  const from = integer(2);
  const row = (<usize>n) << 3;
  const base = address(1) + ((<usize>from) << 3);
  packFactor(base + <usize>from * row, row, scratch);
  const group = scratch + ((<usize>(PANEL * PANEL)) << 3);
  const start = from + PANEL + task * integer(3);
  const end = min(n, start + integer(3));
  for (let i = start; i < end; i += GROUP) {
    const rows = min(GROUP, end - i);
    loadGroup(base + <usize>i * row, row, rows, group);
    for (let j = 0; j < PANEL; j += 2) solvePair(scratch + ((<usize>(j * PANEL)) << 3), group, j);
    storeGroup(base + <usize>i * row, row, rows, group);
  }
}

/** The diagonal block row by row, without gaps. */
function packFactor(base: usize, row: usize, to: usize): void {
  for (let j = 0; j < PANEL; j++) memory.copy(to + ((<usize>(j * PANEL)) << 3), base + <usize>j * row, (<usize>(j + 1)) << 3);
}

/** Eight rows, transposed: entry (k, i) is at (8k + i). Those that are missing are copies of the last. */
function loadGroup(base: usize, row: usize, rows: i32, group: usize): void {
  for (let i = 0; i < GROUP; i += 2) {
    const first = base + <usize>min(i, rows - 1) * row;
    const second = base + <usize>min(i + 1, rows - 1) * row;
    let to = group + ((<usize>i) << 3);
    for (let k: usize = 0; k < (<usize>PANEL) << 3; k += 16) {
      const u = v128.load(first + k);
      const v = v128.load(second + k);
      v128.store(to, v128.shuffle<f64>(u, v, 0, 2));
      v128.store(to, v128.shuffle<f64>(u, v, 1, 3), GROUP << 3);
      to += GROUP << 4;
    }
  }
}

/** A missing row's partner is written last, so that its own numbers stay. */
function storeGroup(base: usize, row: usize, rows: i32, group: usize): void {
  for (let i = 0; i < rows; i += 2) {
    const first = base + <usize>i * row;
    const second = i + 1 < rows ? first + row : first;
    let from = group + ((<usize>i) << 3);
    for (let k: usize = 0; k < (<usize>PANEL) << 3; k += 16) {
      const u = v128.load(from);
      const v = v128.load(from, GROUP << 3);
      v128.store(second + k, v128.shuffle<f64>(u, v, 1, 3));
      v128.store(first + k, v128.shuffle<f64>(u, v, 0, 2));
      from += GROUP << 4;
    }
  }
}

/** Columns j and j + 1: x_j ← (x_j − Σ_{k<j} L[j][k] x_k) / L[j][j], eight rows side by side; L begins at row j. */
function solvePair(l: usize, group: usize, j: i32): void {
  const to = group + ((<usize>(j * GROUP)) << 3);
  const second = (<usize>PANEL) << 3;
  let a0 = v128.load(to);
  let a1 = v128.load(to, 16);
  let a2 = v128.load(to, 32);
  let a3 = v128.load(to, 48);
  let b0 = v128.load(to, 64);
  let b1 = v128.load(to, 80);
  let b2 = v128.load(to, 96);
  let b3 = v128.load(to, 112);
  for (let x = group; x < to; x += 64) {
    const f = v128.load64_splat(l);
    const g = v128.load64_splat(l + second);
    let v = v128.load(x);
    a0 = f64x2.sub(a0, f64x2.mul(v, f));
    b0 = f64x2.sub(b0, f64x2.mul(v, g));
    v = v128.load(x, 16);
    a1 = f64x2.sub(a1, f64x2.mul(v, f));
    b1 = f64x2.sub(b1, f64x2.mul(v, g));
    v = v128.load(x, 32);
    a2 = f64x2.sub(a2, f64x2.mul(v, f));
    b2 = f64x2.sub(b2, f64x2.mul(v, g));
    v = v128.load(x, 48);
    a3 = f64x2.sub(a3, f64x2.mul(v, f));
    b3 = f64x2.sub(b3, f64x2.mul(v, g));
    l += 8;
  }
  const p = v128.load64_splat(l);
  const between = v128.load64_splat(l + second);
  const q = v128.load64_splat(l + second, 8);
  a0 = f64x2.div(a0, p);
  a1 = f64x2.div(a1, p);
  a2 = f64x2.div(a2, p);
  a3 = f64x2.div(a3, p);
  v128.store(to, a0);
  v128.store(to, a1, 16);
  v128.store(to, a2, 32);
  v128.store(to, a3, 48);
  v128.store(to, f64x2.div(f64x2.sub(b0, f64x2.mul(a0, between)), q), 64);
  v128.store(to, f64x2.div(f64x2.sub(b1, f64x2.mul(a1, between)), q), 80);
  v128.store(to, f64x2.div(f64x2.sub(b2, f64x2.mul(a2, between)), q), 96);
  v128.store(to, f64x2.div(f64x2.sub(b3, f64x2.mul(a3, between)), q), 112);
}

/** L Lᵀ x = b in place. */
export function choleskySolve(n: i32, l: usize, b: usize): void {
  const row = (<usize>n) << 3;
  let i = 0;
  for (; i + 4 <= n; i += 4) forwardFour(l + <usize>i * row, row, b, i);
  for (; i < n; i++) forwardOne(l + <usize>i * row, b, i, 0);
  i = n - 1;
  for (; (i & 3) !== 3 && i >= 0; i--) backwardOne(l + <usize>i * row, b, i, 0);
  for (; i >= 0; i -= 4) backwardFour(l, row, b, i);
}

/** b_i ← (b_i − Σ_{from ≤ k < i} L[i][k] b_k) / L[i][i]. */
function forwardOne(l: usize, b: usize, i: i32, from: i32): void {
  const to = b + ((<usize>i) << 3);
  let sum = load<f64>(to);
  for (let k = (<usize>from) << 3; k < (<usize>i) << 3; k += 8) sum -= load<f64>(l + k) * load<f64>(b + k);
  store<f64>(to, sum / load<f64>(l + ((<usize>i) << 3)));
}

function forwardFour(l: usize, row: usize, b: usize, i: i32): void {
  const to = b + ((<usize>i) << 3);
  let s0 = load<f64>(to);
  let s1 = load<f64>(to, 8);
  let s2 = load<f64>(to, 16);
  let s3 = load<f64>(to, 24);
  const l2 = l + 2 * row;
  for (let k: usize = 0; k < (<usize>i) << 3; k += 8) {
    const v = load<f64>(b + k);
    s0 -= load<f64>(l + k) * v;
    s1 -= load<f64>(l + row + k) * v;
    s2 -= load<f64>(l2 + k) * v;
    s3 -= load<f64>(l2 + row + k) * v;
  }
  store<f64>(to, s0);
  store<f64>(to, s1, 8);
  store<f64>(to, s2, 16);
  store<f64>(to, s3, 24);
  for (let r = 0; r < 4; r++) forwardOne(l + <usize>r * row, b, i + r, i);
}

/** b_i ← b_i / L[i][i], then b_k ← b_k − L[i][k] b_i for from ≤ k < i. */
function backwardOne(l: usize, b: usize, i: i32, from: i32): void {
  const to = b + ((<usize>i) << 3);
  const value = load<f64>(to) / load<f64>(l + ((<usize>i) << 3));
  store<f64>(to, value);
  for (let k = (<usize>from) << 3; k < (<usize>i) << 3; k += 8) store<f64>(b + k, load<f64>(b + k) - load<f64>(l + k) * value);
}

/** Rows i, i − 1, i − 2, i − 3 (i + 1 a multiple of four). */
function backwardFour(l: usize, row: usize, b: usize, i: i32): void {
  const first = i - 3;
  for (let r = i; r >= first; r--) backwardOne(l + <usize>r * row, b, r, first);
  const l0 = l + <usize>first * row;
  const l2 = l0 + 2 * row;
  const v0 = v128.load64_splat(b + ((<usize>first) << 3));
  const v1 = v128.load64_splat(b + ((<usize>first) << 3), 8);
  const v2 = v128.load64_splat(b + ((<usize>first) << 3), 16);
  const v3 = v128.load64_splat(b + ((<usize>first) << 3), 24);
  for (let k: usize = 0; k < (<usize>first) << 3; k += 16) {
    let s = f64x2.sub(v128.load(b + k), f64x2.mul(v128.load(l2 + row + k), v3));
    s = f64x2.sub(s, f64x2.mul(v128.load(l2 + k), v2));
    s = f64x2.sub(s, f64x2.mul(v128.load(l0 + row + k), v1));
    v128.store(b + k, f64x2.sub(s, f64x2.mul(v128.load(l0 + k), v0)));
  }
}
