// The lifted operator [D₁X … D_PX] and its transpose; see plain/lifted.ts for the order of the sums.

import { address, integer, number } from './arguments';
import { PAIRS, panelCount, panelStart, subsetSums, TABLE_SCRATCH } from './tables';

/** Byte (p, c) of `bytes` to (c, p), in squares that stay in the cache. */
export function transposePatterns(count: i32, stride: i32, bytes: usize, transposed: usize): void {
  const side = 64;
  for (let p0 = 0; p0 < count; p0 += side) {
    const p1 = min(count, p0 + side);
    for (let c0 = 0; c0 < stride; c0 += side) {
      const c1 = min(stride, c0 + side);
      for (let p = p0; p < p1; p++) {
        for (let c = c0; c < c1; c++) {
          store<u8>(transposed + <usize>c * <usize>count + <usize>p, load<u8>(bytes + <usize>p * <usize>stride + <usize>c));
        }
      }
    }
  }
}

/** Patterns from which on the long tables repay their building. */
const LONG_FROM: i32 = 400;

/**
 * Task: one panel of columns for some patterns. Arguments 0 n, 1 d, 2 count, 3 patterns of a task, 4 X, 5 transposed,
 * 6 r, 7 G. Tasks with the same range of patterns stand together.
 */
export function transposeProductTask(task: i32, scratch: usize): void {
  const n = integer(0);
  const d = integer(1);
  const count = integer(2);
  const panels = panelCount(d);
  const panel = task % panels;
  const from = (task / panels) * integer(3);
  const patterns = min(integer(3), count - from);
  const start = panelStart(d, panel);
  const end = panelStart(d, panel + 1);
  const odd = 2 * end > d;
  const rowBytes = (<usize>d) << 3;
  const offset = (<usize>start) << 4;
  const out = address(7) + <usize>from * rowBytes + offset;
  subsetSums(
    n, address(4) + offset, rowBytes, address(6), address(5) + <usize>from, <usize>count, patterns, out, rowBytes,
    end - start, odd, odd, patterns >= LONG_FROM, scratch,
  );
}

/** Bytes of scratch memory for one thread of `forwardTask`. */
export function forwardScratchBytes(blocks: i32, rows: i32): usize {
  return TABLE_SCRATCH + <usize>rows * (((<usize>PAIRS) << 4) + 16 + <usize>((blocks + 7) / 8));
}

/**
 * Task: some rows (a multiple of 8). Arguments 0 n, 1 d, 2 blocks, 3 rows of a task, 4 X, 5 bytes, 6 stride, 7 pattern,
 * 8 scale, 9 Z, 10 f.
 */
export function forwardTask(task: i32, scratch: usize): void {
  const d = integer(1);
  const blocks = integer(2);
  const from = task * integer(3);
  const rows = min(integer(3), integer(0) - from);
  const padded = <usize>((rows + 7) & ~7);
  const sums = scratch + TABLE_SCRATCH;
  const dots = sums + padded * ((<usize>PAIRS) << 4);
  const bytes = dots + (padded << 4);
  gatherBytes(blocks, from >> 3, (rows + 7) >> 3, bytes, padded);
  memory.fill(dots, 0, padded << 4);
  const rowBytes = (<usize>d) << 3;
  for (let panel = 0; panel < panelCount(d); panel++) {
    const start = panelStart(d, panel);
    const pairs = panelStart(d, panel + 1) - start;
    const odd = 2 * (start + pairs) > d;
    const offset = (<usize>start) << 4;
    subsetSums(
      blocks, address(9) + offset, rowBytes, address(8), bytes, padded, rows, sums, (<usize>pairs) << 4, pairs, odd, false,
      rows >= LONG_FROM, scratch,
    );
    addDots(address(4) + <usize>from * rowBytes + offset, rowBytes, sums, dots, rows, pairs, odd);
  }
  addResult(address(10) + ((<usize>from) << 3), dots, rows);
}

/** dots (two lanes a row) ← dots + x_i * sums_i, lane by lane. */
function addDots(x: usize, rowBytes: usize, sums: usize, dots: usize, rows: i32, pairs: i32, odd: bool): void {
  const whole = odd ? pairs - 1 : pairs;
  for (let i = 0; i < rows; i++) {
    let sum = v128.load(dots);
    let q: usize = 0;
    for (; q < (<usize>whole) << 4; q += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(x + q), v128.load(sums + q)));
    if (odd) sum = f64x2.add(sum, f64x2.mul(v128.load64_zero(x + q), v128.load64_zero(sums + q)));
    v128.store(dots, sum);
    x += rowBytes;
    sums += (<usize>pairs) << 4;
    dots += 16;
  }
}

function addResult(f: usize, dots: usize, rows: i32): void {
  for (let i = 0; i < rows; i++) {
    store<f64>(f, load<f64>(f) + (load<f64>(dots) + load<f64>(dots, 8)));
    f += 8;
    dots += 16;
  }
}

/** Byte (g, i) of `to`: bit k tells whether row i is active in the pattern of block 8g + k. */
function gatherBytes(blocks: i32, chunk: i32, chunks: i32, to: usize, row: usize): void {
  for (let g = 0; g < blocks; g += 8) {
    for (let c = 0; c < chunks; c++) {
      let bits: u64 = 0;
      for (let k = 0; k < min(8, blocks - g); k++) bits |= <u64>blockByte(g + k, chunk + c) << (8 * k);
      store<u64>(to + ((<usize>c) << 3), transposeBits(bits));
    }
    to += row;
  }
}

// @ts-ignore: decorator
@inline
function blockByte(block: i32, chunk: i32): u8 {
  const pattern = <usize>load<u32>(address(7) + ((<usize>block) << 2));
  return load<u8>(address(5) + pattern * address(6) + <usize>chunk);
}

/** Transposes an 8×8 matrix of bits, by squares of 1, 2 and 4. */
function transposeBits(x: u64): u64 {
  let t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aa;
  x = x ^ t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000cccc0000cccc;
  x = x ^ t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0;
  return x ^ t ^ (t << 28);
}

/**
 * Task: some rows of a maskedColumns. Arguments 0 n, 1 d, 2 k, 3 rows of a task, 4 X, 5 pattern, 6 scale, 7 basis,
 * 8 M, 9 ldm, 10 offset. Scratch: a row number each.
 */
export function columnsTask(task: i32, scratch: usize): void {
  const k = integer(2);
  const from = task * integer(3);
  const to = min(integer(0), from + integer(3));
  const listed = listActive(from, to, scratch);
  let t = 0;
  for (; t + 4 <= listed; t += 4) {
    const at = scratch + ((<usize>t) << 2);
    let q = 0;
    for (; q + 2 <= k; q += 2) fourByTwo(at, q);
    if (q < k) for (let i = 0; i < 4; i++) oneByOne(load<i32>(at + ((<usize>i) << 2)), q);
  }
  for (; t < listed; t++) {
    for (let q = 0; q < k; q++) oneByOne(load<i32>(scratch + ((<usize>t) << 2)), q);
  }
}

/** Lists the active rows and writes the zeros of the others. */
function listActive(from: i32, to: i32, list: usize): i32 {
  const width = address(2) << 3;
  const pattern = address(5);
  let listed = 0;
  for (let i = from; i < to; i++) {
    if ((load<u8>(pattern + <usize>(i >> 3)) >> <u8>(i & 7)) & 1) {
      store<i32>(list + ((<usize>listed) << 2), i);
      listed++;
    } else memory.fill(place(i, 0), 0, width);
  }
  return listed;
}

// @ts-ignore: decorator
@inline
function place(i: i32, q: i32): usize {
  return address(8) + ((<usize>i * address(9) + address(10) + <usize>q) << 3);
}

// @ts-ignore: decorator
@inline
function finish(i: i32, q: i32, sum: v128): void {
  store<f64>(place(i, q), number(6) * (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)));
}

function oneByOne(i: i32, q: i32): void {
  const rowBytes = address(1) << 3;
  const x = address(4) + <usize>i * rowBytes;
  const basis = address(7) + <usize>q * rowBytes;
  const whole = rowBytes & ~15;
  let sum = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) sum = f64x2.add(sum, f64x2.mul(v128.load(x + j), v128.load(basis + j)));
  if (whole < rowBytes) sum = f64x2.add(sum, f64x2.mul(v128.load64_zero(x + whole), v128.load64_zero(basis + whole)));
  finish(i, q, sum);
}

function fourByTwo(at: usize, q: i32): void {
  const rowBytes = address(1) << 3;
  const x = address(4);
  const i0 = load<i32>(at);
  const i1 = load<i32>(at, 4);
  const i2 = load<i32>(at, 8);
  const i3 = load<i32>(at, 12);
  const x0 = x + <usize>i0 * rowBytes;
  const x1 = x + <usize>i1 * rowBytes;
  const x2 = x + <usize>i2 * rowBytes;
  const x3 = x + <usize>i3 * rowBytes;
  const u = address(7) + <usize>q * rowBytes;
  const v = u + rowBytes;
  const whole = rowBytes & ~15;
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let j: usize = 0; j < rowBytes; j += 16) {
    const single = j === whole;
    const p = single ? v128.load64_zero(u + j) : v128.load(u + j);
    const r = single ? v128.load64_zero(v + j) : v128.load(v + j);
    let s = single ? v128.load64_zero(x0 + j) : v128.load(x0 + j);
    a0 = f64x2.add(a0, f64x2.mul(s, p));
    b0 = f64x2.add(b0, f64x2.mul(s, r));
    s = single ? v128.load64_zero(x1 + j) : v128.load(x1 + j);
    a1 = f64x2.add(a1, f64x2.mul(s, p));
    b1 = f64x2.add(b1, f64x2.mul(s, r));
    s = single ? v128.load64_zero(x2 + j) : v128.load(x2 + j);
    a2 = f64x2.add(a2, f64x2.mul(s, p));
    b2 = f64x2.add(b2, f64x2.mul(s, r));
    s = single ? v128.load64_zero(x3 + j) : v128.load(x3 + j);
    a3 = f64x2.add(a3, f64x2.mul(s, p));
    b3 = f64x2.add(b3, f64x2.mul(s, r));
  }
  finish(i0, q, a0);
  finish(i0, q + 1, b0);
  finish(i1, q, a1);
  finish(i1, q + 1, b1);
  finish(i2, q, a2);
  finish(i2, q + 1, b2);
  finish(i3, q, a3);
  finish(i3, q + 1, b3);
}
