// C ← beta C + alpha A B for one tile of C. A and B are read through strides, so that every transpose, the weighted Gram
// matrix and the trailing update of Cholesky are this one routine. Panels of 4 rows of A and of 4 columns of B are packed,
// DEPTH terms at a time; each such stretch is summed by itself and then added to C (plain/dense.ts does the same).
// Entries of A are packed twice over, a whole register each: loading one and doubling it costs engines an instruction more.

export const DEPTH: i32 = 256;
/** Side of a micro-tile: its 16 sums and what they are made of fit the 16 vector registers of a processor with room. */
const SIDE: i32 = 4;
/** Rows of A packed together: 64 × 256 pairs stay in the second-level cache. */
const BLOCK_ROWS: i32 = 64;
/** Widest tile: its B panels are packed in one go. */
export const TILE_COLUMNS: i32 = 512;

/** Bytes of scratch memory for one thread. */
export const PRODUCT_SCRATCH: usize = (<usize>((2 * BLOCK_ROWS + TILE_COLUMNS) * DEPTH + SIDE * SIDE)) << 3;

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

/** Element (i, p) of A is at a + i·row + p·step, times weights[p] unless that is 0. Strides in entries. */
export function setLeft(base: usize, row: usize, step: usize, scale: usize): void {
  a = base;
  aRow = row << 3;
  aStep = step << 3;
  weights = scale;
}

/** Element (p, j) of B is at b + p·step + j·column. */
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
  packedB = packedA + ((<usize>(BLOCK_ROWS * DEPTH)) << 4);
  corner = packedB + ((<usize>(TILE_COLUMNS * DEPTH)) << 3);
  let from = 0;
  do {
    const depth = min(DEPTH, k - from);
    packRight(b + <usize>from * bStep, depth, j0, j1);
    for (let i = i0; i < i1; i += BLOCK_ROWS) {
      const end = min(i1, i + BLOCK_ROWS);
      if (lower && end <= j0) continue;
      const scale = weights === 0 ? <usize>0 : weights + ((<usize>from) << 3);
      packLeft(a + <usize>from * aStep, scale, depth, i, end);
      block(i, end, j0, j1, depth);
    }
    beta = 1;
    from += DEPTH;
  } while (from < k);
}

/** All micro-tiles of a packed block of rows and the packed columns. */
function block(i0: i32, i1: i32, j0: i32, j1: i32, depth: i32): void {
  for (let j = j0; j < j1; j += SIDE) {
    const panelB = packedB + ((<usize>((j - j0) * depth)) << 3);
    for (let i = i0; i < i1; i += SIDE) {
      if (lower && i + SIDE <= j) continue;
      const panelA = packedA + ((<usize>((i - i0) * depth)) << 4);
      const whole = i + SIDE <= i1 && j + SIDE <= j1 && !(lower && i < j + SIDE - 1);
      micro(depth, panelA, panelB, whole, c + <usize>i * cRow + ((<usize>j) << 3));
      if (!whole) writeCorner(i, min(i1, i + SIDE), j, min(j1, j + SIDE));
    }
  }
}

/** Adds the sums left in `corner` to the part of the micro-tile that is wanted. */
function writeCorner(i0: i32, i1: i32, j0: i32, j1: i32): void {
  for (let i = i0; i < i1; i++) {
    const end = lower ? min(j1, i + 1) : j1;
    const from = corner + ((<usize>((i - i0) * SIDE)) << 3);
    for (let j = j0; j < end; j++) {
      const to = c + <usize>i * cRow + ((<usize>j) << 3);
      const base = beta === 0 ? 0 : load<f64>(to) * beta;
      store<f64>(to, base + alpha * load<f64>(from + ((<usize>(j - j0)) << 3)));
    }
  }
}

/** Rows i0 … i1−1 of A, four by four: for each term the four entries, each twice. Missing rows are zero. */
function packLeft(from: usize, scale: usize, depth: i32, i0: i32, i1: i32): void {
  let to = packedA;
  for (let i = i0; i < i1; i += SIDE) {
    const at = from + <usize>i * aRow;
    if (i + SIDE > i1) packSomeRows(at, scale, depth, i1 - i, to);
    else if (scale !== 0) packScaled(at, scale, depth, to);
    else packRows(at, depth, to);
    to += (<usize>(depth * SIDE)) << 4;
  }
}

function packRows(at: usize, depth: i32, to: usize): void {
  const row = aRow;
  const step = aStep;
  const third = row + row;
  for (let p = 0; p < depth; p++) {
    v128.store(to, v128.load64_splat(at));
    v128.store(to, v128.load64_splat(at + row), 16);
    v128.store(to, v128.load64_splat(at + third), 32);
    v128.store(to, v128.load64_splat(at + third + row), 48);
    at += step;
    to += 64;
  }
}

/** With weights. */
function packScaled(at: usize, scale: usize, depth: i32, to: usize): void {
  const row = aRow;
  const step = aStep;
  const third = row + row;
  for (let p = 0; p < depth; p++) {
    const w = v128.load64_splat(scale + ((<usize>p) << 3));
    v128.store(to, f64x2.mul(v128.load64_splat(at), w));
    v128.store(to, f64x2.mul(v128.load64_splat(at + row), w), 16);
    v128.store(to, f64x2.mul(v128.load64_splat(at + third), w), 32);
    v128.store(to, f64x2.mul(v128.load64_splat(at + third + row), w), 48);
    at += step;
    to += 64;
  }
}

/** `present` of four rows, with weights or without. */
function packSomeRows(at: usize, scale: usize, depth: i32, present: i32, to: usize): void {
  for (let p = 0; p < depth; p++) {
    const w = scale === 0 ? 1 : load<f64>(scale + ((<usize>p) << 3));
    let from = at;
    for (let i = 0; i < SIDE; i++) {
      v128.store(to, f64x2.splat(i < present ? load<f64>(from) * w : 0));
      from += aRow;
      to += 16;
    }
    at += aStep;
  }
}

/** Columns j0 … j1−1 of B, four by four: for each term the four entries side by side. Missing columns are zero. */
function packRight(from: usize, depth: i32, j0: i32, j1: i32): void {
  let to = packedB;
  for (let j = j0; j < j1; j += SIDE) {
    const at = from + <usize>j * bColumn;
    if (j + SIDE > j1) packSome(at, depth, j1 - j, to);
    else if (bColumn === 8) packAcross(at, depth, to);
    else packAlong(at, depth, to);
    to += (<usize>(depth * SIDE)) << 3;
  }
}

/** Four columns that lie side by side. */
function packAcross(at: usize, depth: i32, to: usize): void {
  const step = bStep;
  for (let p = 0; p < depth; p++) {
    v128.store(to, v128.load(at));
    v128.store(to, v128.load(at, 16), 16);
    at += step;
    to += 32;
  }
}

/** Four columns, each contiguous: two terms of each at a time. */
function packAlong(at: usize, depth: i32, to: usize): void {
  const apart = bColumn;
  const second = at + apart * 2;
  const end = (<usize>depth) << 3;
  let p: usize = 0;
  for (; p + 16 <= end; p += 16) {
    const v0 = v128.load(at + p);
    const v1 = v128.load(at + apart + p);
    const v2 = v128.load(second + p);
    const v3 = v128.load(second + apart + p);
    v128.store(to, v128.shuffle<f64>(v0, v1, 0, 2));
    v128.store(to, v128.shuffle<f64>(v2, v3, 0, 2), 16);
    v128.store(to, v128.shuffle<f64>(v0, v1, 1, 3), 32);
    v128.store(to, v128.shuffle<f64>(v2, v3, 1, 3), 48);
    to += 64;
  }
  if (p < end) packSome(at + p, 1, SIDE, to);
}

/** `present` of four columns. */
function packSome(at: usize, depth: i32, present: i32, to: usize): void {
  for (let p = 0; p < depth; p++) {
    let from = at;
    for (let j = 0; j < SIDE; j++) {
      store<f64>(to, j < present ? load<f64>(from) : 0);
      from += bColumn;
      to += 8;
    }
    at += bStep;
  }
}

// @ts-ignore: decorator
@inline
function put(to: usize, fresh: bool, old: v128, factor: v128, sum: v128): void {
  const base = fresh ? f64x2.splat(0) : f64x2.mul(v128.load(to), old);
  v128.store(to, f64x2.add(base, f64x2.mul(factor, sum)));
}

/** Four by four sums over packed panels: into C itself when the micro-tile is whole, else into `corner`. */
function micro(depth: i32, pa: usize, pb: usize, whole: bool, to: usize): void {
  let c00 = f64x2.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  const end = pb + ((<usize>depth) << 5);
  while (pb < end) {
    const b0 = v128.load(pb);
    const b1 = v128.load(pb, 16);
    let s = v128.load(pa);
    c00 = f64x2.add(c00, f64x2.mul(s, b0));
    c01 = f64x2.add(c01, f64x2.mul(s, b1));
    s = v128.load(pa, 16);
    c10 = f64x2.add(c10, f64x2.mul(s, b0));
    c11 = f64x2.add(c11, f64x2.mul(s, b1));
    s = v128.load(pa, 32);
    c20 = f64x2.add(c20, f64x2.mul(s, b0));
    c21 = f64x2.add(c21, f64x2.mul(s, b1));
    s = v128.load(pa, 48);
    c30 = f64x2.add(c30, f64x2.mul(s, b0));
    c31 = f64x2.add(c31, f64x2.mul(s, b1));
    pa += 64;
    pb += 32;
  }
  if (!whole) {
    const at = corner;
    v128.store(at, c00);
    v128.store(at, c01, 16);
    v128.store(at, c10, 32);
    v128.store(at, c11, 48);
    v128.store(at, c20, 64);
    v128.store(at, c21, 80);
    v128.store(at, c30, 96);
    v128.store(at, c31, 112);
    return;
  }
  const row = cRow;
  const old = f64x2.splat(beta);
  const factor = f64x2.splat(alpha);
  put(to, beta === 0, old, factor, c00);
  put(to + 16, beta === 0, old, factor, c01);
  to += row;
  put(to, beta === 0, old, factor, c10);
  put(to + 16, beta === 0, old, factor, c11);
  to += row;
  put(to, beta === 0, old, factor, c20);
  put(to + 16, beta === 0, old, factor, c21);
  to += row;
  put(to, beta === 0, old, factor, c30);
  put(to + 16, beta === 0, old, factor, c31);
}
