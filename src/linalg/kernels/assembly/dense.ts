// gemm, weightedGram and matrix–vector products as tasks: each task writes a tile of the result of its own.

import { address, integer, number } from './arguments';
import { DEPTH, productTile, setLeft, setResult, setRight } from './product';

/**
 * Task: one tile. Arguments 0 m, 1 n, 2 k, 3 alpha, 4 beta, 5 tile rows, 6 tile columns, 7 A, 8 row and 9 step of A,
 * 10 weights, 11 B, 12 step and 13 column of B, 14 C, 15 row of C (strides in entries), 16 lower triangle only.
 */
export function productTask(task: i32, scratch: usize): void {
  const m = integer(0);
  const n = integer(1);
  const height = integer(5);
  const width = integer(6);
  const across = (n + width - 1) / width;
  const i0 = (task / across) * height;
  const j0 = (task % across) * width;
  const i1 = min(m, i0 + height);
  const lower = integer(16) !== 0;
  if (lower && i1 <= j0) return;
  setLeft(address(7), address(8), address(9), address(10));
  setRight(address(11), address(12), address(13));
  setResult(address(14), address(15), number(3), number(4), lower);
  productTile(i0, i1, j0, min(n, j0 + width), integer(2), scratch);
}

/** Copies the lower triangle of C (n×n) to the upper one, in squares that stay in the cache, two by two. */
export function mirror(n: i32, c: usize): void {
  const side = 32;
  const row = (<usize>n) << 3;
  for (let i0 = 0; i0 < n; i0 += side) {
    for (let j0 = 0; j0 <= i0; j0 += side) {
      const end = min(n, i0 + side);
      let i = i0;
      for (; i + 2 <= end; i += 2) mirrorTwo(c, row, i, j0, min(i, j0 + side));
      for (; i < end; i++) mirrorOne(c, row, i, j0, min(i, j0 + side));
    }
  }
}

/** Entries j0 … j1−1 (even numbers of them) of rows i and i + 1, and the one between these rows where j1 = i. */
function mirrorTwo(c: usize, row: usize, i: i32, j0: i32, j1: i32): void {
  const from = c + <usize>i * row;
  let to = c + <usize>j0 * row + ((<usize>i) << 3);
  for (let j = (<usize>j0) << 3; j < (<usize>j1) << 3; j += 16) {
    const u = v128.load(from + j);
    const v = v128.load(from + row + j);
    v128.store(to, v128.shuffle<f64>(u, v, 0, 2));
    v128.store(to + row, v128.shuffle<f64>(u, v, 1, 3));
    to += row << 1;
  }
  if (j1 === i) store<f64>(to, load<f64>(from + row + ((<usize>i) << 3)), 8);
}

function mirrorOne(c: usize, row: usize, i: i32, j0: i32, j1: i32): void {
  const from = c + <usize>i * row;
  const to = c + ((<usize>i) << 3);
  for (let j = j0; j < j1; j++) store<f64>(to + <usize>j * row, load<f64>(from + ((<usize>j) << 3)));
}

/**
 * Task: some entries of y ← beta y + alpha A x. Arguments 0 m, 1 k, 2 alpha, 3 beta, 4 entries of a task, 5 A, 6 length
 * of a stored row, 7 whether A is stored k×m, 8 x, 9 y.
 */
export function vectorTask(task: i32): void {
  const size = integer(4);
  const from = task * size;
  const to = min(integer(0), from + size);
  if (integer(7)) columnsTimes(from, to);
  else rowsTimes(from, to);
}

// @ts-ignore: decorator
@inline
function accumulate(y: usize, sum: f64, first: bool): void {
  const beta = number(3);
  let base = load<f64>(y);
  if (first) base = beta === 0 ? 0 : base * beta;
  store<f64>(y, base + number(2) * sum);
}

/** Rows of A contiguous: four dot products at a time, each summed in order. */
function rowsTimes(from: i32, to: i32): void {
  const k = integer(1);
  const stride = address(6) << 3;
  const x = address(8);
  for (let p = 0; p === 0 || p < k; p += DEPTH) {
    const end = (<usize>min(k, p + DEPTH)) << 3;
    const start = (<usize>p) << 3;
    let i = from;
    for (; i + 4 <= to; i += 4) fourDots(address(5) + <usize>i * stride, stride, x, start, end, at(9, i), p === 0);
    for (; i < to; i++) accumulate(at(9, i), dot(address(5) + <usize>i * stride, x, start, end), p === 0);
  }
}

// @ts-ignore: decorator
@inline
function at(array: i32, index: i32): usize {
  return address(array) + ((<usize>index) << 3);
}

function fourDots(a: usize, stride: usize, x: usize, start: usize, end: usize, y: usize, first: bool): void {
  let s0: f64 = 0;
  let s1: f64 = 0;
  let s2: f64 = 0;
  let s3: f64 = 0;
  const a2 = a + 2 * stride;
  for (let p = start; p < end; p += 8) {
    const value = load<f64>(x + p);
    s0 += load<f64>(a + p) * value;
    s1 += load<f64>(a + stride + p) * value;
    s2 += load<f64>(a2 + p) * value;
    s3 += load<f64>(a2 + stride + p) * value;
  }
  accumulate(y, s0, first);
  accumulate(y + 8, s1, first);
  accumulate(y + 16, s2, first);
  accumulate(y + 24, s3, first);
}

function dot(a: usize, x: usize, start: usize, end: usize): f64 {
  let sum: f64 = 0;
  for (let p = start; p < end; p += 8) sum += load<f64>(a + p) * load<f64>(x + p);
  return sum;
}

/** Columns of A contiguous: sixteen entries of y at a time. */
function columnsTimes(from: i32, to: i32): void {
  const k = integer(1);
  for (let p = 0; p === 0 || p < k; p += DEPTH) {
    const depth = min(DEPTH, k - p);
    let i = from;
    for (; i + 16 <= to; i += 16) sixteenSums(p, depth, i);
    for (; i < to; i++) oneSum(p, depth, i);
  }
}

function oneSum(p: i32, depth: i32, i: i32): void {
  const stride = address(6) << 3;
  let from = at(5, i) + <usize>p * stride;
  let sum: f64 = 0;
  for (let q = p; q < p + depth; q++) {
    sum += load<f64>(from) * load<f64>(at(8, q));
    from += stride;
  }
  accumulate(at(9, i), sum, p === 0);
}

// @ts-ignore: decorator
@inline
function accumulatePair(y: usize, sum: v128, first: bool): void {
  accumulate(y, f64x2.extract_lane(sum, 0), first);
  accumulate(y + 8, f64x2.extract_lane(sum, 1), first);
}

function sixteenSums(p: i32, depth: i32, i: i32): void {
  const stride = address(6) << 3;
  let from = at(5, i) + <usize>p * stride;
  let x = at(8, p);
  const end = x + ((<usize>depth) << 3);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  for (; x < end; x += 8) {
    const value = v128.load64_splat(x);
    s0 = f64x2.add(s0, f64x2.mul(v128.load(from), value));
    s1 = f64x2.add(s1, f64x2.mul(v128.load(from, 16), value));
    s2 = f64x2.add(s2, f64x2.mul(v128.load(from, 32), value));
    s3 = f64x2.add(s3, f64x2.mul(v128.load(from, 48), value));
    s4 = f64x2.add(s4, f64x2.mul(v128.load(from, 64), value));
    s5 = f64x2.add(s5, f64x2.mul(v128.load(from, 80), value));
    s6 = f64x2.add(s6, f64x2.mul(v128.load(from, 96), value));
    s7 = f64x2.add(s7, f64x2.mul(v128.load(from, 112), value));
    from += stride;
  }
  const y = at(9, i);
  const first = p === 0;
  accumulatePair(y, s0, first);
  accumulatePair(y + 16, s1, first);
  accumulatePair(y + 32, s2, first);
  accumulatePair(y + 48, s3, first);
  accumulatePair(y + 64, s4, first);
  accumulatePair(y + 80, s5, first);
  accumulatePair(y + 96, s6, first);
  accumulatePair(y + 112, s7, first);
}
