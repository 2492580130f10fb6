// Orthonormal bases of a null space or a span by Householder reflections: see plain/nullBasis.ts. Norms are summed in order there and here, products over four lanes.

import { addScaled, at, dotPadded, normOf, setWidth, width } from './coneFactor';

const RANK_TOLERANCE: f64 = 1e-11;

/** Rows that meet a reflector while it is in the cache. */
const ROWS: i32 = 16;

/** Bytes of scratch memory that `nullBasis` and `spanBasis` need. */
export function nullBasisScratchBytes(d: i32, count: i32): usize {
  return (<usize>(min(count, d) + ROWS) * <usize>d) << 3;
}

/** `Kernels.nullBasis`; arrays are addresses. */
export function nullBasis(d: i32, x: usize, rows: usize, count: i32, basis: usize, scratch: usize): i32 {
  const rank = makeReflectors(d, x, rows, count, scratch);
  reflectedAxes(d, rank, d, rank, basis, scratch);
  return d - rank;
}

/** `Kernels.spanBasis`; arrays are addresses. */
export function spanBasis(d: i32, x: usize, rows: usize, count: i32, basis: usize, scratch: usize): i32 {
  const rank = makeReflectors(d, x, rows, count, scratch);
  reflectedAxes(d, 0, rank, rank, basis, scratch);
  return rank;
}

/** The reflectors that send the rows to the first axes, above ROWS rows of scratch; returns their number. */
function makeReflectors(d: i32, x: usize, rows: usize, count: i32, scratch: usize): i32 {
  const rowBytes = (<usize>d) << 3;
  const reflectors = scratch + <usize>ROWS * rowBytes;
  let rank = 0;
  for (let k = 0; k < count && rank < d; ) {
    const before = rank;
    let loaded = 0;
    for (; loaded < ROWS && k < count; k++) {
      const row = x + <usize>load<i32>(rows + ((<usize>k) << 2)) * rowBytes;
      if (loadUnitRow(d, row, scratch + <usize>loaded * rowBytes)) loaded++;
    }
    for (let i = 0; i < before; i++) {
      for (let t = 0; t < loaded; t++) reflect(d, i, reflectors + <usize>i * rowBytes, scratch + <usize>t * rowBytes);
    }
    for (let t = 0; t < loaded && rank < d; t++) {
      const work = scratch + <usize>t * rowBytes;
      for (let i = before; i < rank; i++) reflect(d, i, reflectors + <usize>i * rowBytes, work);
      if (makeReflector(d, rank, work, reflectors + <usize>rank * rowBytes)) rank++;
    }
  }
  return rank;
}

/** Rows of basis ← the axes from … to−1, through all reflectors. */
function reflectedAxes(d: i32, from: i32, to: i32, rank: i32, basis: usize, scratch: usize): void {
  const rowBytes = (<usize>d) << 3;
  const reflectors = scratch + <usize>ROWS * rowBytes;
  memory.fill(basis, 0, <usize>(to - from) * rowBytes);
  for (let k = from; k < to; k++) store<f64>(basis + <usize>(k - from) * rowBytes + ((<usize>k) << 3), 1);
  for (let i = rank - 1; i >= 0; i--) {
    for (let k = 0; k < to - from; k++) reflect(d, i, reflectors + <usize>i * rowBytes, basis + <usize>k * rowBytes);
  }
}

function norm(v: usize, from: i32, to: i32): f64 {
  let square: f64 = 0;
  for (let j = from; j < to; j++) {
    const value = load<f64>(v + ((<usize>j) << 3));
    square += value * value;
  }
  return sqrt(square);
}

function loadUnitRow(d: i32, row: usize, work: usize): bool {
  const length = norm(row, 0, d);
  if (!(length > 0)) return false;
  divide(row, work, 0, d, length);
  return true;
}

function divide(source: usize, to: usize, from: i32, end: i32, by: f64): void {
  for (let j = from; j < end; j++) {
    const offset = (<usize>j) << 3;
    store<f64>(to + offset, load<f64>(source + offset) / by);
  }
}

function makeReflector(d: i32, rank: i32, work: usize, reflector: usize): bool {
  const length = norm(work, rank, d);
  if (!(length > RANK_TOLERANCE)) return false;
  const first = work + ((<usize>rank) << 3);
  const value = load<f64>(first);
  store<f64>(first, value + (value < 0 ? -length : length));
  divide(work, reflector, rank, d, norm(work, rank, d));
  return true;
}

function reflect(d: i32, i: i32, reflector: usize, v: usize): void {
  const from = (<usize>i) << 3;
  const whole = from + ((<usize>((d - i) & ~3)) << 3);
  const end = (<usize>d) << 3;
  let s = f64x2.splat(0);
  let t = f64x2.splat(0);
  for (let j = from; j < whole; j += 32) {
    s = f64x2.add(s, f64x2.mul(v128.load(reflector + j), v128.load(v + j)));
    t = f64x2.add(t, f64x2.mul(v128.load(reflector + j, 16), v128.load(v + j, 16)));
  }
  const lanes = f64x2.add(s, t);
  let sum = f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
  for (let j = whole; j < end; j += 8) sum += load<f64>(reflector + j) * load<f64>(v + j);
  sum *= 2;
  const f = f64x2.splat(sum);
  for (let j = from; j < whole; j += 32) {
    v128.store(v + j, f64x2.sub(v128.load(v + j), f64x2.mul(f, v128.load(reflector + j))));
    v128.store(v + j, f64x2.sub(v128.load(v + j, 16), f64x2.mul(f, v128.load(reflector + j, 16))), 16);
  }
  for (let j = whole; j < end; j += 8) store<f64>(v + j, load<f64>(v + j) - sum * load<f64>(reflector + j));
}

/** Bytes of scratch memory that `complementBasis` needs. */
export function complementScratchBytes(d: i32, count: i32): usize {
  return (<usize>(d - count + 1) * <usize>((d + 3) & ~3)) << 3;
}

/** `Kernels.complementBasis`; arrays are addresses. */
export function complementBasis(d: i32, count: i32, q: usize, basis: usize, scratch: usize): void {
  setWidth(d);
  const row = (<usize>width) << 3;
  const found = scratch + row;
  memory.fill(scratch, 0, row);
  for (let i = 0; i < count; i++) subtractSquares(q + <usize>i * row, scratch);
  for (let k = 0; k < d - count; k++) {
    const v = found + <usize>k * row;
    memory.fill(v, 0, row);
    store<f64>(at(v, largest(d, scratch)), 1);
    for (let pass = 0; pass < 2; pass++) {
      removeRows(q, count, v);
      removeRows(found, k, v);
    }
    divide(v, v, 0, d, normOf(v));
    subtractSquares(v, scratch);
    memory.copy(basis + ((<usize>k * <usize>d) << 3), v, (<usize>d) << 3);
  }
}

function subtractSquares(v: usize, from: usize): void {
  for (let j = 0; j < width; j++) {
    const value = load<f64>(at(v, j));
    store<f64>(at(from, j), load<f64>(at(from, j)) - value * value);
  }
}

function largest(d: i32, v: usize): i32 {
  let best = 0;
  for (let j = 1; j < d; j++) if (load<f64>(at(v, j)) > load<f64>(at(v, best))) best = j;
  return best;
}

/** v ← v without its part along each of the rows, one after another. */
function removeRows(rows: usize, count: i32, v: usize): void {
  for (let i = 0; i < count; i++) {
    addScaled(-dotPadded(rows, v), rows, v);
    rows += (<usize>width) << 3;
  }
}
