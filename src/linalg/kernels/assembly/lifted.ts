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
const LONG_FROM: i32 = 800;

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

/** Byte (g, i) of `to`: bit k tells whether row i is active in the pattern of block 8g + k (anything beyond the last). */
function gatherBytes(blocks: i32, chunk: i32, chunks: i32, to: usize, row: usize): void {
  for (let g = 0; g < blocks; g += 8) {
    const last = blocks - 1;
    const p0 = patternAt(g);
    const p1 = patternAt(min(g + 1, last));
    const p2 = patternAt(min(g + 2, last));
    const p3 = patternAt(min(g + 3, last));
    const p4 = patternAt(min(g + 4, last));
    const p5 = patternAt(min(g + 5, last));
    const p6 = patternAt(min(g + 6, last));
    const p7 = patternAt(min(g + 7, last));
    const end = <usize>(chunk + chunks);
    let out = to;
    for (let c = <usize>chunk; c < end; c++) {
      const low = load<u8>(p0 + c) | (<u32>load<u8>(p1 + c) << 8) | (<u32>load<u8>(p2 + c) << 16) | (<u32>load<u8>(p3 + c) << 24);
      const high = load<u8>(p4 + c) | (<u32>load<u8>(p5 + c) << 8) | (<u32>load<u8>(p6 + c) << 16) | (<u32>load<u8>(p7 + c) << 24);
      store<u64>(out, transposeBits((<u64>low) | ((<u64>high) << 32)));
      out += 8;
    }
    to += row;
  }
}

/** Where the pattern of a block of `forwardTask` lies. */
function patternAt(block: i32): usize {
  return address(5) + <usize>load<u32>(address(7) + ((<usize>block) << 2)) * address(6);
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

// The maskedColumns at hand: a row of X and of the basis in bytes, the first result and a row of results, the scale.
let rowBytes: usize = 0;
let result: usize = 0;
let resultRow: usize = 0;
let resultScale: f64 = 1;

/**
 * Task: some rows of a maskedColumns. Arguments 0 n, 1 d, 2 k, 3 rows of a task, 4 X, 5 pattern, 6 scale, 7 basis,
 * 8 M, 9 ldm, 10 offset. Scratch: a row number each, and three.
 */
export function columnsTask(task: i32, scratch: usize): void {
  const k = integer(2);
  const from = task * integer(3);
  const to = min(integer(0), from + integer(3));
  rowBytes = address(1) << 3;
  resultRow = address(9) << 3;
  result = address(8) + (address(10) << 3);
  resultScale = number(6);
  const end = scratch + ((<usize>listActive(from, to, scratch)) << 2);
  for (let at = scratch; at < end; at += 16) {
    for (let q = 0; q < k; q += 2) fourByTwo(at, q, q + 1 < k);
  }
}

/** Lists the active rows, the last again until they are a multiple of four, and writes the zeros of the others. */
function listActive(from: i32, to: i32, list: usize): i32 {
  const width = address(2) << 3;
  const pattern = address(5);
  let listed: i32 = 0;
  for (let i = from; i < to; i++) {
    if ((load<u8>(pattern + <usize>(i >> 3)) >> <u8>(i & 7)) & 1) {
      store<i32>(list + ((<usize>listed) << 2), i);
      listed++;
    } else {
      const out = result + <usize>i * resultRow;
      for (let at: usize = 0; at < width; at += 8) store<f64>(out + at, 0);
    }
  }
  for (; listed & 3; listed++) {
    const next = list + ((<usize>listed) << 2);
    store<i32>(next, load<i32>(next - 4));
  }
  return listed;
}

/** Entries q and q + 1 of row i from their sums over even and odd columns; the last column, when d is odd, joins the even ones. */
// @ts-ignore: decorator
@inline
function finish(i: i32, q: i32, a: v128, b: v128, x: usize, u: usize, v: usize, whole: usize, two: bool): void {
  if (whole < rowBytes) {
    const last = v128.load64_zero(x + whole);
    a = f64x2.add(a, f64x2.mul(last, v128.load64_zero(u + whole)));
    b = f64x2.add(b, f64x2.mul(last, v128.load64_zero(v + whole)));
  }
  const sums = f64x2.add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3));
  const both = f64x2.mul(f64x2.splat(resultScale), sums);
  const to = result + <usize>i * resultRow + ((<usize>q) << 3);
  if (two) v128.store(to, both);
  else v128.store64_lane(to, both, 0);
}

/** The four rows listed at `at` times the basis rows q and, if wanted, q + 1. */
function fourByTwo(at: usize, q: i32, two: bool): void {
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
  const v = two ? u + rowBytes : u;
  const whole = rowBytes & ~15;
  let a0 = f64x2.splat(0);
  let a1 = a0;
  let a2 = a0;
  let a3 = a0;
  let b0 = a0;
  let b1 = a0;
  let b2 = a0;
  let b3 = a0;
  for (let j: usize = 0; j < whole; j += 16) {
    const p = v128.load(u + j);
    const r = v128.load(v + j);
    let s = v128.load(x0 + j);
    a0 = f64x2.add(a0, f64x2.mul(s, p));
    b0 = f64x2.add(b0, f64x2.mul(s, r));
    s = v128.load(x1 + j);
    a1 = f64x2.add(a1, f64x2.mul(s, p));
    b1 = f64x2.add(b1, f64x2.mul(s, r));
    s = v128.load(x2 + j);
    a2 = f64x2.add(a2, f64x2.mul(s, p));
    b2 = f64x2.add(b2, f64x2.mul(s, r));
    s = v128.load(x3 + j);
    a3 = f64x2.add(a3, f64x2.mul(s, p));
    b3 = f64x2.add(b3, f64x2.mul(s, r));
  }
  finish(i0, q, a0, b0, x0, u, v, whole, two);
  finish(i1, q, a1, b1, x1, u, v, whole, two);
  finish(i2, q, a2, b2, x2, u, v, whole, two);
  finish(i3, q, a3, b3, x3, u, v, whole, two);
}
