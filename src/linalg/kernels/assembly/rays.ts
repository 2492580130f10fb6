// Points with their products with all rows: steps along rays, packed sides, unit projections. plain/rays.ts says in which order sums are made.

import { address, integer, number } from './arguments';

// @ts-ignore: decorator
@inline
function rowAt(base: usize, index: usize, b: i32, length: i32): usize {
  return base + (<usize>load<u32>(index + ((<usize>b) << 2)) * <usize>length << 3);
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

/** to ← scale (a + t b). */
function blend(length: i32, scale: f64, a: usize, t: f64, b: usize, to: usize): void {
  const whole = (<usize>length << 3) & ~15;
  const scales = f64x2.splat(scale);
  const steps = f64x2.splat(t);
  for (let j: usize = 0; j < whole; j += 16) {
    v128.store(to + j, f64x2.mul(scales, f64x2.add(v128.load(a + j), f64x2.mul(steps, v128.load(b + j)))));
  }
  if (length & 1) store<f64>(to + whole, scale * (load<f64>(a + whole) + t * load<f64>(b + whole)));
}

/**
 * Task: some blocks. Arguments 0 m, 1 d, 2 blocks, 3 blocks of a task, 4 weights, 5 half, 6 w, 7 products, 8 row, 9 along, 10 its
 * products, 11 its row, 12 factor, 13 sign, 14 value, 15 moved, 16–19 the steps.
 */
export function raysTask(task: i32): void {
  const from = task * integer(3);
  const to = min(integer(2), from + integer(3));
  for (let b = from; b < to; b++) bestOnRay(b);
}

function bestOnRay(b: i32): void {
  const m = integer(0);
  const d = integer(1);
  const half = address(5);
  const w = rowAt(address(6), address(8), b, d);
  const products = rowAt(address(7), address(8), b, m);
  const along = rowAt(address(9), address(11), b, d);
  const alongProducts = rowAt(address(10), address(11), b, m);
  const place = (<usize>b) << 3;
  const factor = load<f64>(address(12) + place);
  const sign = load<f64>(address(13) + place);
  const t0 = factor * number(16);
  const t1 = factor * number(17);
  const t2 = factor * number(18);
  const t3 = factor * number(19);
  let s0 = f64x2.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const weights = address(4);
  const whole = (<usize>m << 3) & ~15;
  const v0 = f64x2.splat(t0);
  const v1 = f64x2.splat(t1);
  const v2 = f64x2.splat(t2);
  const v3 = f64x2.splat(t3);
  for (let g: usize = 0; g < whole; g += 16) {
    const q = v128.load(weights + g);
    const p = v128.load(products + g);
    const v = v128.load(alongProducts + g);
    s0 = f64x2.add(s0, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v0, v)))));
    s1 = f64x2.add(s1, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v1, v)))));
    s2 = f64x2.add(s2, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v2, v)))));
    s3 = f64x2.add(s3, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v3, v)))));
  }
  if (m & 1) {
    const q = v128.load64_zero(weights + whole);
    const p = v128.load64_zero(products + whole);
    const v = v128.load64_zero(alongProducts + whole);
    s0 = f64x2.add(s0, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v0, v)))));
    s1 = f64x2.add(s1, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v1, v)))));
    s2 = f64x2.add(s2, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v2, v)))));
    s3 = f64x2.add(s3, f64x2.mul(q, f64x2.abs(f64x2.add(p, f64x2.mul(v3, v)))));
  }
  const halfA = dot(d, half, w);
  const halfB = dot(d, half, along);
  const aa = dot(d, w, w);
  const ab = dot(d, w, along);
  const bb = dot(d, along, along);
  let value = load<f64>(address(14) + place);
  let step = 0.0;
  let reached = valueOf(sign, halfA, halfB, lanes(s0), aa, ab, bb, t0);
  if (reached > value) { value = reached; step = t0; }
  reached = valueOf(sign, halfA, halfB, lanes(s1), aa, ab, bb, t1);
  if (reached > value) { value = reached; step = t1; }
  reached = valueOf(sign, halfA, halfB, lanes(s2), aa, ab, bb, t2);
  if (reached > value) { value = reached; step = t2; }
  reached = valueOf(sign, halfA, halfB, lanes(s3), aa, ab, bb, t3);
  if (reached > value) { value = reached; step = t3; }
  store<i32>(address(15) + ((<usize>b) << 2), step !== 0.0 ? 1 : 0);
  if (step === 0.0) return;
  store<f64>(address(14) + place, value);
  const scale = 1.0 / Math.sqrt(squareOf(aa, ab, bb, step));
  blend(d, scale, w, step, along, w);
  blend(m, scale, products, step, alongProducts, products);
}

// @ts-ignore: decorator
@inline
function squareOf(aa: f64, ab: f64, bb: f64, t: f64): f64 {
  return aa + t * (2.0 * ab + t * bb);
}

// @ts-ignore: decorator
@inline
function valueOf(sign: f64, halfA: f64, halfB: f64, sum: f64, aa: f64, ab: f64, bb: f64, t: f64): f64 {
  return sign * (halfA + t * halfB + 0.5 * sum) / Math.sqrt(squareOf(aa, ab, bb, t));
}

/**
 * Packs the sides of rows of products. Arguments 0 m, 1 blocks, 2 stride, 3 tolerance, 4 products, 5 row, 6 ties, 7 stride of
 * the ties, 8 bytes, 9 row in the bytes, 10 words, 11 hash.
 */
export function sidesTask(): void {
  const blocks = integer(1);
  for (let b = 0; b < blocks; b++) packSides(b);
}

function packSides(b: i32): void {
  const m = integer(0);
  const tolerance = number(3);
  const products = rowAt(address(4), address(5), b, m);
  const out = <usize>load<u32>(address(9) + ((<usize>b) << 2));
  const bytes = address(8) + out * address(2);
  const ties = address(6) + out * address(7);
  const words = address(10);
  const chunks = m >> 3;
  let hash = i64x2.splat(0);
  for (let c = 0; c < chunks; c++) {
    const at = (<usize>c) << 6;
    const tie = <i32>load<u8>(ties + <usize>c);
    let packed = 0;
    for (let pair = 0; pair < 4; pair++) {
      const place = at + ((<usize>pair) << 4);
      const bits = pairBits(products + place, tolerance, tie >> (2 * pair));
      hash = v128.xor(hash, v128.and(v128.load(words + place), laneMask(bits)));
      packed |= bits << (2 * pair);
    }
    store<u8>(bytes + <usize>c, <u8>packed);
  }
  let word = i64x2.extract_lane(hash, 0) ^ i64x2.extract_lane(hash, 1);
  if (m & 7) {
    const tie = <i32>load<u8>(ties + <usize>chunks);
    let packed = 0;
    for (let g = 8 * chunks; g < m; g++) {
      const bit = sideOf(load<f64>(products + ((<usize>g) << 3)), tolerance, tie >> (g & 7));
      word ^= load<i64>(words + ((<usize>g) << 3)) & -(<i64>bit);
      packed |= bit << (g & 7);
    }
    store<u8>(bytes + <usize>chunks, <u8>packed);
  }
  store<i64>(address(11) + (out << 3), word);
}

// @ts-ignore: decorator
@inline
function sideOf(product: f64, tolerance: f64, tie: i32): i32 {
  return product > tolerance ? 1 : product < -tolerance ? 0 : tie & 1;
}

/** Two sides at once; products within the tolerance are rare. */
// @ts-ignore: decorator
@inline
function pairBits(at: usize, tolerance: f64, tie: i32): i32 {
  const pair = v128.load(at);
  const above = f64x2.gt(pair, f64x2.splat(tolerance));
  const decided = v128.or(above, f64x2.lt(pair, f64x2.splat(-tolerance)));
  if (i64x2.all_true(decided)) return i64x2.bitmask(above);
  return sideOf(load<f64>(at), tolerance, tie) | (sideOf(load<f64>(at, 8), tolerance, tie >> 1) << 1);
}

/** All ones in the lanes whose bits are set. */
// @ts-ignore: decorator
@inline
function laneMask(bits: i32): v128 {
  return i64x2.replace_lane(i64x2.splat(-(<i64>(bits & 1))), 1, -(<i64>(bits >> 1)));
}

/**
 * Unit projections. Arguments 0 m, 1 d, 2 count, 3 tolerance, 4 out, 5 its products, 6 norm, 7 block, 8 w, 9 products, 10 row,
 * 11 touched, 12 touchedCount.
 */
export function unitRowsTask(): void {
  const count = integer(2);
  for (let k = 0; k < count; k++) unitRow(k);
}

function unitRow(k: i32): void {
  const m = integer(0);
  const d = integer(1);
  const tolerance = number(3);
  const b = load<u32>(address(7) + ((<usize>k) << 2));
  const factor = 1.0 / load<f64>(address(6) + ((<usize>b) << 3));
  const out = address(4) + ((<usize>b * <usize>d) << 3);
  const from = address(5) + ((<usize>b * <usize>m) << 3);
  const w = rowAt(address(8), address(10), k, d);
  const products = rowAt(address(9), address(10), k, m);
  const touched = address(11) + ((<usize>k * <usize>m) << 2);
  for (let j: usize = 0; j < (<usize>d) << 3; j += 8) store<f64>(w + j, factor * load<f64>(out + j));
  const whole = m & ~1;
  const factors = f64x2.splat(factor);
  let count = 0;
  for (let g = 0; g < whole; g += 2) {
    const place = (<usize>g) << 3;
    const pair = f64x2.mul(factors, v128.load(from + place));
    v128.store(products + place, pair);
    const above = f64x2.gt(pair, f64x2.splat(tolerance));
    if (i64x2.all_true(v128.or(above, f64x2.lt(pair, f64x2.splat(-tolerance))))) continue;
    count = listTouched(f64x2.extract_lane(pair, 0), tolerance, touched, count, g);
    count = listTouched(f64x2.extract_lane(pair, 1), tolerance, touched, count, g + 1);
  }
  if (m & 1) {
    const product = factor * load<f64>(from + ((<usize>whole) << 3));
    store<f64>(products + ((<usize>whole) << 3), product);
    count = listTouched(product, tolerance, touched, count, whole);
  }
  store<i32>(address(12) + ((<usize>k) << 2), count);
}

// @ts-ignore: decorator
@inline
function listTouched(product: f64, tolerance: f64, list: usize, count: i32, g: i32): i32 {
  if (product > tolerance || product < -tolerance) return count;
  store<i32>(list + ((<usize>count) << 2), g);
  return count + 1;
}
