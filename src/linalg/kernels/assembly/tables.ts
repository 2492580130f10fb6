// "Four Russians": for eight rows v_0 … v_7 (of up to 16 columns) the subset sums are tabulated, then every pattern adds
// the one that its byte names. A sum is low half + high half, each half added in order; the long table holds all 256
// of these, the short one the 16 + 16 halves, which are then added on the spot: the same numbers either way. Long tables
// save an addition each time, short ones are quicker to build and stay in the first-level cache.

/** Eight-row groups tabulated together. */
export const GROUPS: i32 = 8;
/** Most columns of a table, in pairs. */
export const PAIRS: i32 = 8;
const ENTRY: usize = <usize>PAIRS << 4;
export const TABLE_SCRATCH: usize = <usize>(GROUPS * 256 + 32) * ENTRY;

/** Number of column panels for d columns, and where panel q starts (in pairs of columns). */
export function panelCount(d: i32): i32 {
  return ((d + 1) / 2 + PAIRS - 1) / PAIRS;
}

export function panelStart(d: i32, panel: i32): i32 {
  return (panel * ((d + 1) / 2)) / panelCount(d);
}

/** Short table of four scaled rows: entry b (16 of them, each `pairs` wide) is the sum of the rows whose bit is set. */
function buildHalf(table: usize, rows: usize, rowBytes: usize, scale: usize, present: i32, pairs: i32, odd: bool): void {
  const entry = (<usize>pairs) << 4;
  memory.fill(table, 0, entry);
  for (let bit = 0; bit < 4; bit++) {
    const size = 1 << bit;
    const fresh = table + <usize>size * entry;
    if (bit >= present) {
      memory.copy(fresh, table, <usize>size * entry);
      continue;
    }
    const factor = v128.load64_splat(scale + ((<usize>bit) << 3));
    const row = rows + <usize>bit * rowBytes;
    for (let q = 0; q < pairs; q++) {
      const offset = (<usize>q) << 4;
      const values = odd && q === pairs - 1 ? v128.load64_zero(row + offset) : v128.load(row + offset);
      const term = f64x2.mul(factor, values);
      for (let s = 0; s < size; s++) {
        const at = <usize>s * entry + offset;
        v128.store(fresh + at, f64x2.add(v128.load(table + at), term));
      }
    }
  }
}

/** The two short tables of a group of `present` rows, one after the other; bits beyond these rows add nothing. */
export function buildShort(table: usize, rows: usize, rowBytes: usize, scale: usize, present: i32, pairs: i32, odd: bool): void {
  buildHalf(table, rows, rowBytes, scale, present, pairs, odd);
  buildHalf(table + ((<usize>pairs) << 8), rows + 4 * rowBytes, rowBytes, scale + 32, present - 4, pairs, odd);
}

/** The long table, from the short ones at `halves`. */
export function buildLong(table: usize, halves: usize, pairs: i32): void {
  const entry = (<usize>pairs) << 4;
  const high = halves + (entry << 4);
  let to = table;
  for (let h = 0; h < 16; h++) {
    const second = high + <usize>h * entry;
    for (let low = 0; low < 16; low++) {
      const first = halves + <usize>low * entry;
      for (let at: usize = 0; at < entry; at += 16) v128.store(to + at, f64x2.add(v128.load(first + at), v128.load(second + at)));
      to += entry;
    }
  }
}

// @ts-ignore: decorator
@inline
function sumAt(long: bool, table: usize, byte: usize, entry: usize, offset: usize): v128 {
  if (long) return v128.load(table + byte * entry + offset);
  return f64x2.add(
    v128.load(table + (byte & 15) * entry + offset),
    v128.load(table + (16 + (byte >> 4)) * entry + offset),
  );
}

// @ts-ignore: decorator
@inline
function loadPair(at: usize, single: bool): v128 {
  return single ? v128.load64_zero(at) : v128.load(at);
}

// @ts-ignore: decorator
@inline
function storePair(at: usize, value: v128, single: bool): void {
  if (single) v128.store64_lane(at, value, 0);
  else v128.store(at, value);
}

/**
 * For count patterns: out row ← (first ? 0 : out row) + the table entries named by its bytes in `groups` tables.
 * Byte of pattern p in group g is at bytes + g·stride + p. `pairs` and `long` are constants at every call.
 */
// @ts-ignore: decorator
@inline
function sweep(pairs: i32, long: bool, tables: usize, groups: i32, bytes: usize, stride: usize, count: i32, out: usize, outRow: usize, odd: bool, first: bool): void {
  const entry = (<usize>pairs) << 4;
  const size = long ? entry << 8 : entry << 5;
  const zero = f64x2.splat(0);
  for (let p = 0; p < count; p++) {
    let a0 = zero;
    let a1 = zero;
    let a2 = zero;
    let a3 = zero;
    let a4 = zero;
    let a5 = zero;
    let a6 = zero;
    let a7 = zero;
    if (!first) {
      a0 = loadPair(out, pairs === 1 && odd);
      if (pairs > 1) a1 = loadPair(out + 16, pairs === 2 && odd);
      if (pairs > 2) a2 = loadPair(out + 32, pairs === 3 && odd);
      if (pairs > 3) a3 = loadPair(out + 48, pairs === 4 && odd);
      if (pairs > 4) a4 = loadPair(out + 64, pairs === 5 && odd);
      if (pairs > 5) a5 = loadPair(out + 80, pairs === 6 && odd);
      if (pairs > 6) a6 = loadPair(out + 96, pairs === 7 && odd);
      if (pairs > 7) a7 = loadPair(out + 112, pairs === 8 && odd);
    }
    let table = tables;
    let at = bytes + <usize>p;
    for (let g = 0; g < groups; g++) {
      const byte = <usize>load<u8>(at);
      a0 = f64x2.add(a0, sumAt(long, table, byte, entry, 0));
      if (pairs > 1) a1 = f64x2.add(a1, sumAt(long, table, byte, entry, 16));
      if (pairs > 2) a2 = f64x2.add(a2, sumAt(long, table, byte, entry, 32));
      if (pairs > 3) a3 = f64x2.add(a3, sumAt(long, table, byte, entry, 48));
      if (pairs > 4) a4 = f64x2.add(a4, sumAt(long, table, byte, entry, 64));
      if (pairs > 5) a5 = f64x2.add(a5, sumAt(long, table, byte, entry, 80));
      if (pairs > 6) a6 = f64x2.add(a6, sumAt(long, table, byte, entry, 96));
      if (pairs > 7) a7 = f64x2.add(a7, sumAt(long, table, byte, entry, 112));
      table += size;
      at += stride;
    }
    storePair(out, a0, pairs === 1 && odd);
    if (pairs > 1) storePair(out + 16, a1, pairs === 2 && odd);
    if (pairs > 2) storePair(out + 32, a2, pairs === 3 && odd);
    if (pairs > 3) storePair(out + 48, a3, pairs === 4 && odd);
    if (pairs > 4) storePair(out + 64, a4, pairs === 5 && odd);
    if (pairs > 5) storePair(out + 80, a5, pairs === 6 && odd);
    if (pairs > 6) storePair(out + 96, a6, pairs === 7 && odd);
    if (pairs > 7) storePair(out + 112, a7, pairs === 8 && odd);
    out += outRow;
  }
}

function sweepLong(pairs: i32, tables: usize, groups: i32, bytes: usize, stride: usize, count: i32, out: usize, outRow: usize, odd: bool, first: bool): void {
  if (pairs === 1) sweep(1, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 2) sweep(2, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 3) sweep(3, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 4) sweep(4, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 5) sweep(5, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 6) sweep(6, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 7) sweep(7, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else sweep(8, true, tables, groups, bytes, stride, count, out, outRow, odd, first);
}

function sweepShort(pairs: i32, tables: usize, groups: i32, bytes: usize, stride: usize, count: i32, out: usize, outRow: usize, odd: bool, first: bool): void {
  if (pairs === 1) sweep(1, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 2) sweep(2, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 3) sweep(3, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 4) sweep(4, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 5) sweep(5, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 6) sweep(6, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else if (pairs === 7) sweep(7, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
  else sweep(8, false, tables, groups, bytes, stride, count, out, outRow, odd, first);
}

/**
 * out (count rows, `outRow` bytes apart) ← Σ over all n rows: scale_i · row_i where the pattern's bit i is set; one panel
 * of columns, 2·pairs wide (one less in the rows, in out, when they are odd). Bytes as in `sweep`. `long` chooses the
 * tables, never the result.
 */
export function subsetSums(
  n: i32, rows: usize, rowBytes: usize, scale: usize, bytes: usize, stride: usize, count: i32, out: usize, outRow: usize,
  pairs: i32, oddRows: bool, oddOut: bool, long: bool, scratch: usize,
): void {
  const shortSize = (<usize>pairs) << 9;
  const halves = scratch;
  const longTables = scratch + shortSize;
  for (let from = 0; from < n; from += 8 * GROUPS) {
    const groups = min(GROUPS, (n - from + 7) / 8);
    for (let g = 0; g < groups; g++) {
      const row = from + 8 * g;
      const short = long ? halves : scratch + <usize>g * shortSize;
      buildShort(short, rows + <usize>row * rowBytes, rowBytes, scale + ((<usize>row) << 3), min(8, n - row), pairs, oddRows);
      if (long) buildLong(longTables + <usize>g * (shortSize << 3), halves, pairs);
    }
    const at = bytes + <usize>(from / 8) * stride;
    if (long) sweepLong(pairs, longTables, groups, at, stride, count, out, outRow, oddOut, from === 0);
    else sweepShort(pairs, scratch, groups, at, stride, count, out, outRow, oddOut, from === 0);
  }
}
