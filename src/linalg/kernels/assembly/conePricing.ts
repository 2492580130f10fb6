// The scan for violated rows: see plain/conePricing.ts. Here rows are first screened with 16-bit integers: unit rows and
// w/‖w‖ are rounded to multiples of 1/32767, so that one instruction multiplies and adds eight entries, the sum of d
// products fits 32 bits (Cauchy–Schwarz) and errs by less than `screenError`. Only rows that the error leaves in doubt are
// evaluated in float64, and those values alone decide: the outcome is that of the scan without screening.

import { at, d, normOf, sumLanes, w, x } from './coneFactor';

const LIMIT: i32 = 16;
const SCALE: f64 = 32767;

let n: i32 = 0;
let inverseNorms: usize = 0;
let pattern: usize = 0;
let listRows: usize = 0;
let listValues: usize = 0;
let limit: i32 = LIMIT;
let listed: i32 = 0;
let bar: f64 = 0;

let quantised: usize = 0;
let quantisedW: usize = 0;
let screenError: f64 = 0;

// @ts-ignore: decorator
@inline
function pairs(): i32 {
  return (d + 1) >> 1;
}

/** Bytes that `layPricing` takes. */
export function pricingBytes(columns: i32): usize {
  const pairCount = <usize>((columns + 1) >> 1);
  return 16 * 16 + ((pairCount * 4 + 15) & ~15);
}

/** Bytes of the integer copy of the rows. */
export function screenBytes(rowCount: i32, columns: i32): usize {
  return <usize>((rowCount + 15) >> 4) * <usize>((columns + 1) >> 1) * 64;
}

/** `screen`: the integer copy of the rows, 0 for none. */
export function layPricing(rowCount: i32, norms: usize, screen: usize, scratch: usize): void {
  n = rowCount;
  inverseNorms = norms;
  quantised = screen;
  listValues = scratch;
  listRows = scratch + 16 * 8;
  quantisedW = scratch + 16 * 16;
  const half = sqrt(<f64>d) / (2 * SCALE);
  screenError = half * (2 + half) + 1e-9;
}

/** The packed pattern of the block at hand. */
export function setPattern(bytes: usize): void {
  pattern = bytes;
}

export function clearList(keep: i32): void {
  listed = 0;
  limit = keep;
}

export function defaultLimit(): i32 {
  return LIMIT;
}

export function listLength(): i32 {
  return listed;
}

export function rowListed(k: i32): i32 {
  return load<i32>(listRows + ((<usize>k) << 2));
}

/** ±1/‖x_row‖; 0 for a zero row. */
// @ts-ignore: decorator
@inline
export function signedScale(row: i32): f64 {
  const inverse = load<f64>(at(inverseNorms, row));
  return (load<u8>(pattern + <usize>(row >> 3)) >> <u8>(row & 7)) & 1 ? inverse : -inverse;
}

export function slack(row: i32): f64 {
  let p = x + ((<usize>row * <usize>d) << 3);
  let y = w;
  const end = w + ((<usize>(d & ~3)) << 3);
  let s = f64x2.splat(0);
  let t = f64x2.splat(0);
  while (y < end) {
    s = f64x2.add(s, f64x2.mul(v128.load(p), v128.load(y)));
    t = f64x2.add(t, f64x2.mul(v128.load(p, 16), v128.load(y, 16)));
    p += 32;
    y += 32;
  }
  let sum = sumLanes(s, t);
  for (let j = d & ~3; j < d; j++) {
    sum += load<f64>(p) * load<f64>(y);
    p += 8;
    y += 8;
  }
  return sum * signedScale(row);
}

// @ts-ignore: decorator
@inline
function offer(row: i32): void {
  const value = slack(row);
  if (value < bar) insert(row, value);
}

/** Inserts in order of value; a full list raises the bar to its last value. */
function insert(row: i32, value: f64): void {
  let k = listed < limit ? listed++ : limit - 1;
  for (; k > 0 && load<f64>(at(listValues, k - 1)) > value; k--) {
    store<f64>(at(listValues, k), load<f64>(at(listValues, k - 1)));
    store<i32>(listRows + ((<usize>k) << 2), load<i32>(listRows + ((<usize>(k - 1)) << 2)));
  }
  store<f64>(at(listValues, k), value);
  store<i32>(listRows + ((<usize>k) << 2), row);
  if (listed === limit) bar = load<f64>(at(listValues, limit - 1));
}

/** Fills the list with the rows whose slack is below −tolerance: the `limit` worst, ties by row number. */
export function scanRows(tolerance: f64): void {
  listed = 0;
  bar = -tolerance;
  if (quantised) screenRows();
  else for (let row = 0; row < n; row++) offer(row);
}

/** Writes the integer copy of the unit rows: groups of 16 rows, in each the column pairs, in each the rows. */
export function screenRowsOf(rowCount: i32, columns: i32, matrix: usize, norms: usize, screen: usize): void {
  const pairCount = (columns + 1) >> 1;
  memory.fill(screen, 0, screenBytes(rowCount, columns));
  for (let row = 0; row < rowCount; row++) {
    const scale = SCALE * load<f64>(at(norms, row));
    const source = matrix + ((<usize>row * <usize>columns) << 3);
    let to = screen + <usize>(row >> 4) * <usize>pairCount * 64 + (<usize>(row & 15) << 2);
    for (let j = 0; j < columns; j++) {
      store<i16>(to + (<usize>(j & 1) << 1), <i16>nearest(scale * load<f64>(at(source, j))));
      if (j & 1) to += 64;
    }
  }
}

function quantiseResidual(norm: f64): void {
  const scale = SCALE / norm;
  store<i32>(quantisedW + (<usize>(pairs() - 1) << 2), 0);
  for (let j = 0; j < d; j++) store<i16>(quantisedW + (<usize>j << 1), <i16>nearest(scale * load<f64>(at(w, j))));
}

/** Integer products below this leave a row in doubt: ⌈SCALE² (bar/‖w‖ + error)⌉. */
// @ts-ignore: decorator
@inline
function doubt(norm: f64): i32 {
  return <i32>ceil(SCALE * SCALE * (bar / norm + screenError));
}

function screenRows(): void {
  const norm = normOf(w);
  quantiseResidual(norm);
  const groupBytes = <usize>pairs() * 64;
  let below = doubt(norm);
  let seen = bar;
  let group = quantised;
  for (let row = 0; row < n; row += 16) {
    let mask = screenGroup(group, groupBytes, below, row);
    while (mask) {
      offer(row + ctz(mask));
      mask &= mask - 1;
    }
    if (bar !== seen) {
      seen = bar;
      below = doubt(norm);
    }
    group += groupBytes;
  }
}

/** Which of the 16 rows of a group are in doubt, as bits. */
// @ts-ignore: decorator
@inline
function screenGroup(group: usize, groupBytes: usize, below: i32, row: i32): i32 {
  let s0 = i32x4.splat(0), s1 = i32x4.splat(0), s2 = i32x4.splat(0), s3 = i32x4.splat(0);
  const end = group + groupBytes;
  let y = quantisedW;
  while (group < end) {
    const v = v128.load32_splat(y);
    s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.load(group), v));
    s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.load(group, 16), v));
    s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v128.load(group, 32), v));
    s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v128.load(group, 48), v));
    group += 64;
    y += 4;
  }
  const low = i32x4.splat(below);
  const high = i32x4.splat(-below);
  const positive = packMasks(i32x4.lt_s(s0, low), i32x4.lt_s(s1, low), i32x4.lt_s(s2, low), i32x4.lt_s(s3, low));
  const negative = packMasks(i32x4.gt_s(s0, high), i32x4.gt_s(s1, high), i32x4.gt_s(s2, high), i32x4.gt_s(s3, high));
  const left = n - row;
  let bits = <i32>load<u8>(pattern + <usize>(row >> 3));
  if (left > 8) bits |= <i32>load<u8>(pattern + <usize>(row >> 3), 1) << 8;
  const mask = (positive & bits) | (negative & ~bits);
  return left >= 16 ? mask : mask & ((1 << left) - 1);
}

// @ts-ignore: decorator
@inline
function packMasks(a: v128, b: v128, e: v128, f: v128): i32 {
  return i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(e, f)));
}

/** Takes the row that is now most violated out of the list (those no longer violated leave it); −1 when none is. */
export function takeWorst(tolerance: f64): i32 {
  let kept = 0;
  let worst = -1;
  for (let k = 0; k < listed; k++) {
    const row = load<i32>(listRows + ((<usize>k) << 2));
    const value = slack(row);
    if (!(value < -tolerance)) continue;
    store<i32>(listRows + ((<usize>kept) << 2), row);
    store<f64>(at(listValues, kept), value);
    if (worst < 0 || value < load<f64>(at(listValues, worst))) worst = kept;
    kept++;
  }
  listed = kept;
  return worst < 0 ? -1 : takeAt(worst);
}

function takeAt(k: i32): i32 {
  const to = listRows + ((<usize>k) << 2);
  const row = load<i32>(to);
  listed--;
  store<i32>(to, load<i32>(listRows + ((<usize>listed) << 2)));
  store<f64>(at(listValues, k), load<f64>(at(listValues, listed)));
  return row;
}
