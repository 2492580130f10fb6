// C ← beta C + alpha A B for one tile of C. A and B are read through strides, so that every transpose, the weighted Gram
// matrix and the trailing update of Cholesky are this one routine. Panels of 4 rows of A and of 4 columns of B are packed,
// DEPTH terms at a time; each such stretch is summed by itself and then added to C (plain/dense.ts does the same).

export const DEPTH: i32 = 256;
/** Side of a micro-tile: its 16 sums and what they are made of fit the 16 vector registers of a processor with room. */
const SIDE: i32 = 4;
/** Rows of A packed together: 96 × 256 numbers stay in the second-level cache. */
const BLOCK_ROWS: i32 = 96;
/** Widest tile: its B panels are packed in one go. */
export const TILE_COLUMNS: i32 = 512;

/** Bytes of scratch memory for one thread. */
export const PRODUCT_SCRATCH: usize = (<usize>((BLOCK_ROWS + TILE_COLUMNS) * DEPTH + SIDE * SIDE)) << 3;

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
  packedB = packedA + ((<usize>(BLOCK_ROWS * DEPTH)) << 3);
  corner = packedB + ((<usize>(TILE_COLUMNS * DEPTH)) << 3);
  let from = 0;
  do {
    const depth = min(DEPTH, k - from);
    pack(b + <usize>from * bStep, bColumn, bStep, 0, depth, j0, j1, packedB);
    for (let i = i0; i < i1; i += BLOCK_ROWS) {
      const end = min(i1, i + BLOCK_ROWS);
      if (lower && end <= j0) continue;
      const scale = weights === 0 ? <usize>0 : weights + ((<usize>from) << 3);
      pack(a + <usize>from * aStep, aRow, aStep, scale, depth, i, end, packedA);
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
      const panelA = packedA + ((<usize>((i - i0) * depth)) << 3);
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

/**
 * Lines i0 … i1−1 (rows of A or columns of B, `apart` bytes from each other, their terms `step` bytes), four by four:
 * for each term the four entries side by side. Missing lines are zero.
 */
function pack(from: usize, apart: usize, step: usize, scale: usize, depth: i32, i0: i32, i1: i32, to: usize): void {
  for (let i = i0; i < i1; i += SIDE) {
    const at = from + <usize>i * apart;
    if (i + SIDE > i1) packSome(at, apart, step, scale, depth, i1 - i, to);
    else if (scale !== 0) packScaled(at, apart, step, scale, depth, to);
    else if (apart === 8) packAcross(at, step, depth, to);
    else packAlong(at, apart, step, depth, to);
    to += (<usize>(depth * SIDE)) << 3;
  }
}

/** Four lines that lie side by side. */
function packAcross(at: usize, step: usize, depth: i32, to: usize): void {
  for (let p = 0; p < depth; p++) {
    v128.store(to, v128.load(at));
    v128.store(to, v128.load(at, 16), 16);
    at += step;
    to += 32;
  }
}

/** Four lines, each contiguous: two terms of each at a time. */
function packAlong(at: usize, apart: usize, step: usize, depth: i32, to: usize): void {
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
  if (p < end) packSome(at + p, apart, step, 0, 1, SIDE, to);
}

/** Four lines with weights; only the Gram matrix has them, and its lines lie side by side. */
function packScaled(at: usize, apart: usize, step: usize, scale: usize, depth: i32, to: usize): void {
  if (apart !== 8) {
    packSome(at, apart, step, scale, depth, SIDE, to);
    return;
  }
  for (let p = 0; p < depth; p++) {
    const w = v128.load64_splat(scale + ((<usize>p) << 3));
    v128.store(to, f64x2.mul(v128.load(at), w));
    v128.store(to, f64x2.mul(v128.load(at, 16), w), 16);
    at += step;
    to += 32;
  }
}

/** `present` of four entries for each term, the others zero. */
function packSome(at: usize, apart: usize, step: usize, scale: usize, depth: i32, present: i32, to: usize): void {
  for (let p = 0; p < depth; p++) {
    const w = scale === 0 ? 1 : load<f64>(scale + ((<usize>p) << 3));
    let from = at;
    for (let i = 0; i < SIDE; i++) {
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
    pa += 32;
    pb += 32;
  }
  const row: usize = whole ? cRow : 32;
  if (!whole) to = corner;
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
}
