// The factor A = L Q of the tight rows of one block: see plain/coneFactor.ts, of which this is the SIMD form; it adds in
// the same order. The state of the block at hand lives in globals (every thread has its own instance of the module) and
// in the scratch memory that `layFactor` divides.

export let d: i32 = 0;
export let width: i32 = 0;
export let capacity: i32 = 0;
export let count: i32 = 0;
export let x: usize = 0;
export let q: usize = 0;
export let l: usize = 0;
export let rows: usize = 0;
export let nu: usize = 0;
export let target: usize = 0;
export let c: usize = 0;
export let w: usize = 0;
export let proof: usize = 0;
let coefficients: usize = 0;
let products: usize = 0;
let cleanNorm: f64 = 0;
export let stale: bool = false;
// Of the scratch memory, for blocks without a place of their own; the place of the block at hand, or 0; rows that left there.
let ownQ: usize = 0;
let ownL: usize = 0;
let ownRows: usize = 0;
let place: usize = 0;
let left: i32 = 0;

const RANK_TOLERANCE: f64 = 1e-11;
/** Rows that may leave a kept factor before it is made anew: each turns Q a little, with rounding. */
const MOST_LEFT: i32 = 100;
/** Share of a unit row outside the span of the others below which its part there is taken out twice. */
const OBLIQUE: f64 = 0.03;

// @ts-ignore: decorator
@inline
export function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 3);
}

export function padded(length: i32): i32 {
  return (length + 3) & ~3;
}

/** Where row i of L starts: each has room for one entry beyond its diagonal, in steps of four. */
function packedAt(i: i32): i32 {
  const fours = (i + 1) >> 2;
  return 4 * (fours + 1) * (2 * fours + ((i + 1) & 3)) - 4;
}

/** Numbers of Q and L. */
export function factorNumbers(n: i32, columns: i32): i32 {
  const most = min(n, columns);
  return most * padded(columns) + packedAt(most);
}

/** Bytes that `layFactor` takes. */
export function factorBytes(n: i32, columns: i32): usize {
  const most = min(n, columns);
  const vector = <usize>padded(most) << 3;
  const row = <usize>padded(columns) << 3;
  return ((<usize>factorNumbers(n, columns)) << 3) + 5 * vector + 3 * row;
}

export function setWidth(columns: i32): void {
  width = padded(columns);
}

/** Divides the scratch memory and returns the address behind it. */
export function layFactor(n: i32, columns: i32, matrix: usize, scratch: usize): usize {
  d = columns;
  x = matrix;
  setWidth(columns);
  capacity = min(n, columns);
  const vector = <usize>padded(capacity) << 3;
  const row = <usize>width << 3;
  ownQ = scratch;
  ownL = ownQ + <usize>capacity * row;
  nu = ownQ + ((<usize>factorNumbers(n, columns)) << 3);
  target = nu + vector;
  coefficients = target + vector;
  products = coefficients + vector;
  ownRows = products + vector;
  c = ownRows + vector;
  w = c + row;
  proof = w + row;
  memory.fill(c, 0, 3 * row);
  return proof + row;
}

/** Begins with the factor kept at an address (see `ConeFactors`; 0: with none, in scratch memory). */
export function openFactor(numbers: usize, kept: usize): void {
  place = kept;
  q = kept ? numbers : ownQ;
  l = kept ? numbers + (((<usize>capacity) * (<usize>width)) << 3) : ownL;
  rows = kept ? kept + 8 : ownRows;
  count = kept ? load<i32>(kept) : 0;
  left = kept ? load<i32>(kept, 4) : 0;
  if (left > max(MOST_LEFT, 2 * d)) clearCount();
}

export function closeFactor(): void {
  if (place === 0) return;
  store<i32>(place, count);
  store<i32>(place, left, 4);
}

/** Begins with no rows in scratch memory, without a look at the factor of the block. */
export function openList(): void {
  rows = ownRows;
  count = 0;
}

export function setCount(value: i32): void {
  count = value;
}

/** One row more, with its multiplier, that no factor knows. */
export function listRow(row: i32, value: f64): void {
  store<i32>(rows + ((<usize>count) << 2), row);
  store<f64>(at(nu, count), value);
  count++;
}

export function clearCount(): void {
  count = 0;
  left = 0;
}

/** Keeps the leading rows that are the first of the `stored` ones, in their order; returns how many. */
export function keepLeading(tight: usize, stored: i32): i32 {
  const most = min(count, stored);
  let k = 0;
  while (k < most && load<i32>(rows + ((<usize>k) << 2)) === load<i32>(tight + ((<usize>k) << 2))) k++;
  count = k;
  return k;
}

// @ts-ignore: decorator
@inline
function qRow(i: i32): usize {
  return q + ((<usize>i * <usize>width) << 3);
}

// @ts-ignore: decorator
@inline
function lRow(i: i32): usize {
  return l + ((<usize>packedAt(i)) << 3);
}

// @ts-ignore: decorator
@inline
export function sumLanes(a: v128, b: v128): f64 {
  const s = f64x2.add(a, b);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** Σ a_j b_j of two padded rows. */
export function dotPadded(a: usize, b: usize): f64 {
  let s = f64x2.splat(0);
  let t = f64x2.splat(0);
  const end = a + ((<usize>width) << 3);
  while (a < end) {
    s = f64x2.add(s, f64x2.mul(v128.load(a), v128.load(b)));
    t = f64x2.add(t, f64x2.mul(v128.load(a, 16), v128.load(b, 16)));
    a += 32;
    b += 32;
  }
  return sumLanes(s, t);
}

export function normOf(v: usize): f64 {
  return sqrt(dotPadded(v, v));
}

/** y ← y + alpha·x over one padded row. */
export function addScaled(alpha: f64, source: usize, y: usize): void {
  const a = f64x2.splat(alpha);
  const end = y + ((<usize>width) << 3);
  while (y < end) {
    v128.store(y, f64x2.add(v128.load(y), f64x2.mul(a, v128.load(source))));
    v128.store(y, f64x2.add(v128.load(y, 16), f64x2.mul(a, v128.load(source, 16))), 16);
    y += 32;
    source += 32;
  }
}

/** products ← Qv, four rows at a time. */
function applyQ(v: usize): void {
  let i = 0;
  const bytes = (<usize>width) << 3;
  for (; i + 4 <= count; i += 4) {
    let p = qRow(i);
    let y = v;
    const end = v + bytes;
    let s0 = f64x2.splat(0), t0 = f64x2.splat(0), s1 = f64x2.splat(0), t1 = f64x2.splat(0);
    let s2 = f64x2.splat(0), t2 = f64x2.splat(0), s3 = f64x2.splat(0), t3 = f64x2.splat(0);
    while (y < end) {
      const a = v128.load(y);
      const b = v128.load(y, 16);
      s0 = f64x2.add(s0, f64x2.mul(v128.load(p), a));
      t0 = f64x2.add(t0, f64x2.mul(v128.load(p, 16), b));
      const p1 = p + bytes;
      s1 = f64x2.add(s1, f64x2.mul(v128.load(p1), a));
      t1 = f64x2.add(t1, f64x2.mul(v128.load(p1, 16), b));
      const p2 = p1 + bytes;
      s2 = f64x2.add(s2, f64x2.mul(v128.load(p2), a));
      t2 = f64x2.add(t2, f64x2.mul(v128.load(p2, 16), b));
      const p3 = p2 + bytes;
      s3 = f64x2.add(s3, f64x2.mul(v128.load(p3), a));
      t3 = f64x2.add(t3, f64x2.mul(v128.load(p3, 16), b));
      p += 32;
      y += 32;
    }
    store<f64>(at(products, i), sumLanes(s0, t0));
    store<f64>(at(products, i), sumLanes(s1, t1), 8);
    store<f64>(at(products, i), sumLanes(s2, t2), 16);
    store<f64>(at(products, i), sumLanes(s3, t3), 24);
  }
  for (; i < count; i++) store<f64>(at(products, i), dotPadded(qRow(i), v));
}

/** v ← v − Qᵀ products, four rows at a time. */
function subtractQ(v: usize): void {
  let i = 0;
  const bytes = (<usize>width) << 3;
  for (; i + 4 <= count; i += 4) {
    let p = qRow(i);
    let y = v;
    const end = v + bytes;
    const a0 = v128.load64_splat(at(products, i));
    const a1 = v128.load64_splat(at(products, i), 8);
    const a2 = v128.load64_splat(at(products, i), 16);
    const a3 = v128.load64_splat(at(products, i), 24);
    while (y < end) {
      const p1 = p + bytes;
      const p2 = p1 + bytes;
      const p3 = p2 + bytes;
      let s = f64x2.sub(v128.load(y), f64x2.mul(a0, v128.load(p)));
      s = f64x2.sub(s, f64x2.mul(a1, v128.load(p1)));
      s = f64x2.sub(s, f64x2.mul(a2, v128.load(p2)));
      s = f64x2.sub(s, f64x2.mul(a3, v128.load(p3)));
      v128.store(y, s);
      p += 16;
      y += 16;
    }
  }
  for (; i < count; i++) addScaled(-load<f64>(at(products, i)), qRow(i), v);
}

/** v ← v − Qᵀ(Qv), with Qv added to `sums`; returns the norm of the new v. */
function removeSpan(v: usize, sums: usize): f64 {
  applyQ(v);
  subtractQ(v);
  for (let i = 0; i < count; i++) store<f64>(at(sums, i), load<f64>(at(sums, i)) + load<f64>(at(products, i)));
  return normOf(v);
}

/** w ← c − Qᵀ(Qc), repeated while cancellation leaves w oblique to Q. */
export function projectCentre(centreNorm: f64): void {
  memory.copy(w, c, (<usize>width) << 3);
  memory.fill(coefficients, 0, (<usize>count) << 3);
  stale = false;
  cleanNorm = centreNorm;
  if (count > 0) cleanNorm = removeSpan(w, coefficients);
  if (cleanNorm < 0.1 * centreNorm) cleanNorm = removeSpan(w, coefficients);
}

/** Appends scale · x_row; false when the row depends on the others. */
export function appendRow(row: i32, scale: f64): bool {
  if (count === capacity) return false;
  const v = qRow(count);
  const coefficientsOfRow = lRow(count);
  loadRow(row, scale, v);
  memory.fill(coefficientsOfRow, 0, (<usize>count) << 3);
  let rho: f64;
  if (count > 0) {
    rho = removeSpan(v, coefficientsOfRow);
    if (rho < OBLIQUE) rho = removeSpan(v, coefficientsOfRow);
  } else rho = normOf(v);
  if (!(rho > RANK_TOLERANCE)) return false;
  for (let j = 0; j < width; j += 2) v128.store(at(v, j), f64x2.div(v128.load(at(v, j)), f64x2.splat(rho)));
  store<f64>(at(coefficientsOfRow, count), rho);
  store<i32>(rows + ((<usize>count) << 2), row);
  store<f64>(at(nu, count), 0);
  count++;
  return true;
}

function loadRow(row: i32, scale: f64, v: usize): void {
  const source = x + ((<usize>row * <usize>d) << 3);
  const s = f64x2.splat(scale);
  let j = 0;
  for (; j + 2 <= d; j += 2) v128.store(at(v, j), f64x2.mul(s, v128.load(at(source, j))));
  for (; j < d; j++) store<f64>(at(v, j), scale * load<f64>(at(source, j)));
  for (; j < width; j++) store<f64>(at(v, j), 0);
}

/** v ← v + scale · x_row. */
export function addRow(row: i32, scale: f64, v: usize): void {
  const source = x + ((<usize>row * <usize>d) << 3);
  const s = f64x2.splat(scale);
  let j = 0;
  for (; j + 2 <= d; j += 2) v128.store(at(v, j), f64x2.add(v128.load(at(v, j)), f64x2.mul(s, v128.load(at(source, j)))));
  for (; j < d; j++) store<f64>(at(v, j), load<f64>(at(v, j)) + scale * load<f64>(at(source, j)));
}

/** Takes the newest direction of Q out of w. */
export function projectNewest(): void {
  const newest = qRow(count - 1);
  const alpha = dotPadded(newest, w);
  store<f64>(at(coefficients, count - 1), alpha);
  addScaled(-alpha, newest, w);
  if (normOf(w) < 0.1 * cleanNorm) cleanNorm = removeSpan(w, coefficients);
}

/** Removes tight row j by plane rotations, and gives w back the direction that is lost. */
export function removeRow(j: i32): void {
  const last = count - 1;
  for (let i = j; i < last; i++) {
    memory.copy(lRow(i), lRow(i + 1), (<usize>(i + 2)) << 3);
    store<i32>(rows + ((<usize>i) << 2), load<i32>(rows + ((<usize>i) << 2), 4));
    store<f64>(at(nu, i), load<f64>(at(nu, i), 8));
    store<f64>(at(target, i), load<f64>(at(target, i), 8));
  }
  for (let i = j; i < last; i++) rotate(i, last);
  addScaled(load<f64>(at(coefficients, last)), qRow(last), w);
  count = last;
  left++;
  stale = true;
}

/** The rotation of directions i and i + 1 that clears the entry of L above the diagonal in row i. */
function rotate(i: i32, end: i32): void {
  const a = load<f64>(at(lRow(i), i));
  const b = load<f64>(at(lRow(i), i), 8);
  const r = sqrt(a * a + b * b);
  const cos = a / r;
  const sin = b / r;
  rotatePair(at(coefficients, i), cos, sin);
  for (let k = i; k < end; k++) rotatePair(at(lRow(k), i), cos, sin);
  rotateRows(qRow(i), qRow(i + 1), cos, sin);
}

// @ts-ignore: decorator
@inline
function rotatePair(p: usize, cos: f64, sin: f64): void {
  const u = load<f64>(p);
  const v = load<f64>(p, 8);
  store<f64>(p, cos * u + sin * v);
  store<f64>(p, cos * v - sin * u, 8);
}

function rotateRows(p: usize, o: usize, cos: f64, sin: f64): void {
  const c2 = f64x2.splat(cos);
  const s2 = f64x2.splat(sin);
  const end = o;
  while (p < end) {
    const u = v128.load(p);
    const v = v128.load(o);
    v128.store(p, f64x2.add(f64x2.mul(c2, u), f64x2.mul(s2, v)));
    v128.store(o, f64x2.sub(f64x2.mul(c2, v), f64x2.mul(s2, u)));
    p += 16;
    o += 16;
  }
}

/** target ← the ν with Aᵀν = −Qᵀ(Qc), by substitution in Lᵀ. */
export function solveMultipliers(): void {
  for (let i = 0; i < count; i++) store<f64>(at(target, i), -load<f64>(at(coefficients, i)));
  for (let k = count - 1; k >= 0; k--) {
    const row = lRow(k);
    const value = load<f64>(at(target, k)) / load<f64>(at(row, k));
    store<f64>(at(target, k), value);
    const v2 = f64x2.splat(value);
    let t = target;
    let r = row;
    const end = at(target, k & ~3);
    while (t < end) {
      v128.store(t, f64x2.sub(v128.load(t), f64x2.mul(v2, v128.load(r))));
      v128.store(t, f64x2.sub(v128.load(t, 16), f64x2.mul(v2, v128.load(r, 16))), 16);
      t += 32;
      r += 32;
    }
    for (let i = k & ~3; i < k; i++) store<f64>(at(target, i), load<f64>(at(target, i)) - value * load<f64>(at(row, i)));
  }
}
