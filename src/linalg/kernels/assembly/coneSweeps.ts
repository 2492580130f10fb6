// Hildreth's method for a proof that a norm is within the threshold: see plain/coneSweeps.ts, of which this is the SIMD form.

import { addRow, at, c, capacity, count, d, listRow, normOf, nu, openList, proof, rows, setCount, w, width } from './coneFactor';
import { clearList, defaultLimit, listLength, rowListed, scanRows, signedScale, slack } from './conePricing';

const FEWEST_COLUMNS: i32 = 32;
const SWEEPS: i32 = 2;
const MOST_ROUNDS: i32 = 20;
const ROUNDS_AHEAD: f64 = 4;
const RELAXATION: f64 = 1.5;
const VIOLATION: f64 = 1e-13;

/** True with the proof in `proof` and its rows and multipliers at hand, else false. */
export function sweepBound(tight: usize, stored: i32, multiplier: usize, factor: f64, threshold: f64): bool {
  if (!loadMultipliers(tight, stored, multiplier, factor)) return false;
  const goal = threshold * threshold;
  let square = squareOf();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    enlist(VIOLATION * sqrt(square));
    for (let sweep = 0; sweep < SWEEPS; sweep++) sweepRows();
    dropIdle();
    const before = square;
    square = squareOf();
    if (square <= goal) return provedNorm() <= threshold;
    if (!(square - goal <= ROUNDS_AHEAD * (before - square))) return false;
  }
  return false;
}

function squareOf(): f64 {
  const length = normOf(w);
  return length * length;
}

/** ‖c + X_sᵀν‖ from the multipliers themselves. */
export function provedNorm(): f64 {
  memory.copy(proof, c, (<usize>width) << 3);
  for (let k = 0; k < count; k++) {
    const row = rowAt(k);
    addRow(row, load<f64>(at(nu, k)) * signedScale(row), proof);
  }
  return normOf(proof);
}

// @ts-ignore: decorator
@inline
function rowAt(k: i32): i32 {
  return load<i32>(rows + ((<usize>k) << 2));
}

/** The stored rows and multipliers, in the scratch's own places: the factor of the block stays as it is. */
function loadMultipliers(tight: usize, stored: i32, multiplier: usize, factor: f64): bool {
  if (d < FEWEST_COLUMNS || stored > capacity) return false;
  openList();
  for (let k = 0; k < stored; k++) listRow(load<i32>(tight + ((<usize>k) << 2)), factor * load<f64>(at(multiplier, k)));
  return true;
}

/** Adds the rows that a scan finds violated, as far as there is room. */
function enlist(tolerance: f64): void {
  clearList(defaultLimit());
  scanRows(tolerance);
  const before = count;
  for (let k = 0; k < listLength() && count < capacity; k++) {
    const row = rowListed(k);
    if (!isListed(row, before)) listRow(row, 0);
  }
}

function isListed(row: i32, end: i32): bool {
  for (let k = 0; k < end; k++) if (rowAt(k) === row) return true;
  return false;
}

function sweepRows(): void {
  for (let k = 0; k < count; k++) {
    const row = rowAt(k);
    const from = load<f64>(at(nu, k));
    const next = max(0, from - RELAXATION * slack(row));
    const step = next - from;
    if (step === 0) continue;
    store<f64>(at(nu, k), next);
    addRow(row, step * signedScale(row), w);
  }
}

/** Takes the rows with ν = 0 out, to make room. */
function dropIdle(): void {
  const end = count;
  setCount(0);
  for (let k = 0; k < end; k++) if (load<f64>(at(nu, k)) > 0) listRow(rowAt(k), load<f64>(at(nu, k)));
}
