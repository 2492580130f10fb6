// Orthonormal basis of a null space by Householder reflections: see plain/nullBasis.ts. Sums run in order there, and here.

const RANK_TOLERANCE: f64 = 1e-11;

/** Bytes of scratch memory that `nullBasis` needs. */
export function nullBasisScratchBytes(d: i32, count: i32): usize {
  return ((<usize>min(count, d) * <usize>d) << 3) + ((<usize>d) << 3);
}

/** `Kernels.nullBasis`; arrays are addresses. */
export function nullBasis(d: i32, x: usize, rows: usize, count: i32, basis: usize, scratch: usize): i32 {
  const rowBytes = (<usize>d) << 3;
  const work = scratch;
  const reflectors = scratch + rowBytes;
  let rank = 0;
  for (let k = 0; k < count && rank < d; k++) {
    if (!loadUnitRow(d, x + <usize>load<i32>(rows + ((<usize>k) << 2)) * rowBytes, work)) continue;
    for (let i = 0; i < rank; i++) reflect(d, i, reflectors + <usize>i * rowBytes, work);
    if (makeReflector(d, rank, work, reflectors + <usize>rank * rowBytes)) rank++;
  }
  for (let k = rank; k < d; k++) {
    const to = basis + <usize>(k - rank) * rowBytes;
    memory.fill(to, 0, rowBytes);
    store<f64>(to + ((<usize>k) << 3), 1);
    for (let i = rank - 1; i >= 0; i--) reflect(d, i, reflectors + <usize>i * rowBytes, to);
  }
  return d - rank;
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
  let sum: f64 = 0;
  for (let j = i; j < d; j++) {
    const offset = (<usize>j) << 3;
    sum += load<f64>(reflector + offset) * load<f64>(v + offset);
  }
  sum *= 2;
  for (let j = i; j < d; j++) {
    const offset = (<usize>j) << 3;
    store<f64>(v + offset, load<f64>(v + offset) - sum * load<f64>(reflector + offset));
  }
}
