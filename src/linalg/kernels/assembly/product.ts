// C ← beta C + alpha A B for one tile of C. A and B are read through strides, so that every transpose, the weighted Gram
// matrix and the trailing update of Cholesky are this one routine. Panels of A (6 rows) and B (4 columns) are packed,
// DEPTH terms at a time; each such stretch is summed by itself and then added to C (plain/dense.ts does the same).

export const DEPTH: i32 = 256;
const ROWS: i32 = 6;
const COLUMNS: i32 = 4;
/** Rows of A packed together: 96 × 256 numbers stay in the second-level cache. */
const BLOCK_ROWS: i32 = 96;
/** Widest tile: its B panels are packed in one go. */
export const TILE_COLUMNS: i32 = 512;

/** Bytes of scratch memory for one thread. */
export const PRODUCT_SCRATCH: usize = (<usize>(BLOCK_ROWS + TILE_COLUMNS + COLUMNS) * <usize>DEPTH + <usize>(ROWS * COLUMNS)) << 3;

// The product at hand; every thread has its own instance of the module and so its own globals. Strides are in bytes.
let a: usize = 0;
let aRow: usize = 0;
let aStep: usize = 0;
let weights: usize = 0;
let b: usize = 0;
let bStep: usize = 0;
let bColumn: usize = 0;
let c: usize = 0;
let cRow: usize = 0;
let alpha: f64 = 1;
let beta: f64 = 1;
let lower: bool = false;
let packedA: usize = 0;
let packedB: usize = 0;
let corner: usize = 0;

/** Element (i, p) of A is at a + i·aRow + p·aStep, times weights[p] unless that is 0. */
export function setLeft(base: usize, row: usize, step: usize, scale: usize): void {
  a = base;
  aRow = row << 3;
  aStep = step << 3;
  weights = scale;
}

/** Element (p, j) of B is at b + p·bStep + j·bColumn. */
export function setRight(base: usize, step: usize, column: usize): void {
  b = base;
  bStep = step << 3;
  bColumn = column << 3;
}

/** `lowerOnly`: nothing above the diagonal is touched. */
export function setResult(base: usize, row: usize, factor: f64, old: f64, lowerOnly: bool): void {
  c = base;
  cRow = row << 3;
  alpha = factor;
  beta = old;
  lower = lowerOnly;
}

/** Rows i0 … i1−1 and columns j0 … j1−1 (at most TILE_COLUMNS) of C, with k terms. */
export function productTile(i0: i32, i1: i32, j0: i32, j1: i32, k: i32, scratch: usize): void {
  packedA = scratch;
  packedB = packedA + ((<usize>(BLOCK_ROWS * DEPTH)) << 3);
  corner = packedB + ((<usize>((TILE_COLUMNS + COLUMNS) * DEPTH)) << 3);
  const old = beta;
  let from = 0;
  do {
    const depth = min(DEPTH, k - from);
    packRight(from, depth, j0, j1);
    for (let i = i0; i < i1; i += BLOCK_ROWS) {
      const end = min(i1, i + BLOCK_ROWS);
      if (lower && end <= j0) continue;
      packLeft(from, depth, i, end);
      block(i, end, j0, j1, depth);
    }
    beta = 1;
    from += DEPTH;
  } while (from < k);
  beta = old;
}

/** All micro-tiles of a packed block of rows and the packed columns. */
function block(i0: i32, i1: i32, j0: i32, j1: i32, depth: i32): void {
  for (let j = j0; j < j1; j += COLUMNS) {
    const panelB = packedB + ((<usize>((j - j0) * depth)) << 3);
    for (let i = i0; i < i1; i += ROWS) {
      if (lower && i + ROWS <= j) continue;
      const panelA = packedA + ((<usize>((i - i0) * depth)) << 3);
      const whole = i + ROWS <= i1 && j + COLUMNS <= j1 && !(lower && i < j + COLUMNS - 1);
      const to = c + <usize>i * cRow + ((<usize>j) << 3);
      micro(depth, panelA, panelB, whole, to);
      if (!whole) writeCorner(i, min(i1, i + ROWS), j, min(j1, j + COLUMNS));
    }
  }
}

/** Adds the sums left in `corner` to the part of the micro-tile that is wanted. */
function writeCorner(i0: i32, i1: i32, j0: i32, j1: i32): void {
  for (let i = i0; i < i1; i++) {
    const end = lower ? min(j1, i + 1) : j1;
    const from = corner + ((<usize>((i - i0) * COLUMNS)) << 3);
    for (let j = j0; j < end; j++) {
      const to = c + <usize>i * cRow + ((<usize>j) << 3);
      const base = beta === 0 ? 0 : load<f64>(to) * beta;
      store<f64>(to, base + alpha * load<f64>(from + ((<usize>(j - j0)) << 3)));
    }
  }
}

/** B, columns j0 … j1−1, four by four; missing columns are zero. */
function packRight(from: i32, depth: i32, j0: i32, j1: i32): void {
  let to = packedB;
  const start = b + <usize>from * bStep;
  for (let j = j0; j < j1; j += COLUMNS) {
    const at = start + <usize>j * bColumn;
    const panel = (<usize>(depth * COLUMNS)) << 3;
    if (j + COLUMNS > j1) packPart(at, bStep, bColumn, 0, depth, j1 - j, COLUMNS, to);
    else if (bColumn === 8) packRight4(at, depth, to);
    else packStrided4(at, depth, to);
    to += panel;
  }
}

/** Four columns that lie side by side. */
function packRight4(at: usize, depth: i32, to: usize): void {
  for (let p = 0; p < depth; p++) {
    v128.store(to, v128.load(at));
    v128.store(to, v128.load(at, 16), 16);
    at += bStep;
    to += 32;
  }
}

/** Four columns that lie apart, each of them contiguous (or not: two terms of each are taken at a time if it is). */
function packStrided4(at: usize, depth: i32, to: usize): void {
  const c1 = bColumn;
  const c2 = bColumn * 2;
  const c3 = bColumn * 3;
  let p = 0;
  if (bStep === 8) {
    for (; p + 2 <= depth; p += 2) {
      const v0 = v128.load(at);
      const v1 = v128.load(at + c1);
      const v2 = v128.load(at + c2);
      const v3 = v128.load(at + c3);
      v128.store(to, v128.shuffle<f64>(v0, v1, 0, 2));
      v128.store(to, v128.shuffle<f64>(v2, v3, 0, 2), 16);
      v128.store(to, v128.shuffle<f64>(v0, v1, 1, 3), 32);
      v128.store(to, v128.shuffle<f64>(v2, v3, 1, 3), 48);
      at += 16;
      to += 64;
    }
  }
  for (; p < depth; p++) {
    store<f64>(to, load<f64>(at));
    store<f64>(to, load<f64>(at + c1), 8);
    store<f64>(to, load<f64>(at + c2), 16);
    store<f64>(to, load<f64>(at + c3), 24);
    at += bStep;
    to += 32;
  }
}

/** A, rows i0 … i1−1, six by six, weighted; missing rows are zero. */
function packLeft(from: i32, depth: i32, i0: i32, i1: i32): void {
  let to = packedA;
  const start = a + <usize>from * aStep;
  const scale = weights === 0 ? <usize>0 : weights + ((<usize>from) << 3);
  for (let i = i0; i < i1; i += ROWS) {
    const at = start + <usize>i * aRow;
    if (i + ROWS > i1) packPart(at, aStep, aRow, scale, depth, i1 - i, ROWS, to);
    else if (aRow === 8) packLeft6(at, depth, scale, to);
    else packStrided6(at, depth, scale, to);
    to += (<usize>(depth * ROWS)) << 3;
  }
}

/** Six rows whose entries lie side by side (A stored transposed). */
function packLeft6(at: usize, depth: i32, scale: usize, to: usize): void {
  for (let p = 0; p < depth; p++) {
    const w = f64x2.splat(scale === 0 ? 1 : load<f64>(scale + ((<usize>p) << 3)));
    v128.store(to, f64x2.mul(v128.load(at), w));
    v128.store(to, f64x2.mul(v128.load(at, 16), w), 16);
    v128.store(to, f64x2.mul(v128.load(at, 32), w), 32);
    at += aStep;
    to += 48;
  }
}

/** Six rows, each contiguous. */
function packStrided6(at: usize, depth: i32, scale: usize, to: usize): void {
  if (aStep !== 8 || scale !== 0) {
    packPart(at, aStep, aRow, scale, depth, ROWS, ROWS, to);
    return;
  }
  const r2 = at + 2 * aRow;
  const r4 = at + 4 * aRow;
  let p: usize = 0;
  const end = (<usize>depth) << 3;
  for (; p + 16 <= end; p += 16) {
    const v0 = v128.load(at + p);
    const v1 = v128.load(at + aRow + p);
    const v2 = v128.load(r2 + p);
    const v3 = v128.load(r2 + aRow + p);
    const v4 = v128.load(r4 + p);
    const v5 = v128.load(r4 + aRow + p);
    v128.store(to, v128.shuffle<f64>(v0, v1, 0, 2));
    v128.store(to, v128.shuffle<f64>(v2, v3, 0, 2), 16);
    v128.store(to, v128.shuffle<f64>(v4, v5, 0, 2), 32);
    v128.store(to, v128.shuffle<f64>(v0, v1, 1, 3), 48);
    v128.store(to, v128.shuffle<f64>(v2, v3, 1, 3), 64);
    v128.store(to, v128.shuffle<f64>(v4, v5, 1, 3), 80);
    to += 96;
  }
  if (p < end) packPart(at + p, aStep, aRow, 0, 1, ROWS, ROWS, to);
}

/** `present` of `width` entries for each term, the others zero. */
function packPart(at: usize, step: usize, apart: usize, scale: usize, depth: i32, present: i32, width: i32, to: usize): void {
  for (let p = 0; p < depth; p++) {
    const w = scale === 0 ? 1 : load<f64>(scale + ((<usize>p) << 3));
    let from = at;
    for (let i = 0; i < width; i++) {
      store<f64>(to, i < present ? load<f64>(from) * w : 0);
      from += apart;
      to += 8;
    }
    at += step;
  }
}

// @ts-ignore: decorator
@inline
function put(to: usize, sum: v128, whole: bool): void {
  if (!whole) {
    v128.store(to, sum);
    return;
  }
  const base = beta === 0 ? f64x2.splat(0) : f64x2.mul(v128.load(to), f64x2.splat(beta));
  v128.store(to, f64x2.add(base, f64x2.mul(f64x2.splat(alpha), sum)));
}

/** Six by four sums over packed panels: into C itself when the micro-tile is whole, else into `corner`. */
function micro(depth: i32, pa: usize, pb: usize, whole: bool, to: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = f64x2.splat(0);
  let c10 = f64x2.splat(0);
  let c11 = f64x2.splat(0);
  let c20 = f64x2.splat(0);
  let c21 = f64x2.splat(0);
  let c30 = f64x2.splat(0);
  let c31 = f64x2.splat(0);
  let c40 = f64x2.splat(0);
  let c41 = f64x2.splat(0);
  let c50 = f64x2.splat(0);
  let c51 = f64x2.splat(0);
  const end = pb + ((<usize>depth) << 5);
  while (pb < end) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    let s = v128.load64_splat(pa);
    c00 = f64x2.add(c00, f64x2.mul(s, b0));
    c01 = f64x2.add(c01, f64x2.mul(s, b1));
    s = v128.load64_splat(pa, 8);
    c10 = f64x2.add(c10, f64x2.mul(s, b0));
    c11 = f64x2.add(c11, f64x2.mul(s, b1));
    s = v128.load64_splat(pa, 16);
    c20 = f64x2.add(c20, f64x2.mul(s, b0));
    c21 = f64x2.add(c21, f64x2.mul(s, b1));
    s = v128.load64_splat(pa, 24);
    c30 = f64x2.add(c30, f64x2.mul(s, b0));
    c31 = f64x2.add(c31, f64x2.mul(s, b1));
    s = v128.load64_splat(pa, 32);
    c40 = f64x2.add(c40, f64x2.mul(s, b0));
    c41 = f64x2.add(c41, f64x2.mul(s, b1));
    s = v128.load64_splat(pa, 40);
    c50 = f64x2.add(c50, f64x2.mul(s, b0));
    c51 = f64x2.add(c51, f64x2.mul(s, b1));
    pa += 48;
    pb += 32;
  }
  let row = cRow;
  if (!whole) {
    to = corner;
    row = 32;
  }
  put(to, c00, whole);
  put(to + 16, c01, whole);
  to += row;
  put(to, c10, whole);
  put(to + 16, c11, whole);
  to += row;
  put(to, c20, whole);
  put(to + 16, c21, whole);
  to += row;
  put(to, c30, whole);
  put(to + 16, c31, whole);
  to += row;
  put(to, c40, whole);
  put(to + 16, c41, whole);
  to += row;
  put(to, c50, whole);
  put(to + 16, c51, whole);
}
