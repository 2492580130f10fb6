import type { ConeProximalArguments } from '../kernels.js';
import {
  appendRow,
  type ConeFactor,
  createConeFactor,
  normOf,
  openFactor,
  projectCentre,
  projectNewest,
  removeRow,
  solveMultipliers,
} from './coneFactor.js';
import { type CandidateList, createCandidates, scanRows, signedScale, takeWorst } from './conePricing.js';

/** Working memory of one thread for n rows and d columns; nothing in it outlives a call. */
export interface ConeScratch {
  readonly factor: ConeFactor;
  readonly list: CandidateList;
  /** Since the scratch was made: rows entered and left, scans of all rows, blocks started again at their cap. */
  entered: number;
  left: number;
  scans: number;
  restarts: number;
}

export const createConeScratch = (n: number, d: number): ConeScratch => ({
  factor: createConeFactor(n, d),
  list: createCandidates(),
  entered: 0,
  left: 0,
  scans: 0,
  restarts: 0,
});

/** A row is violated below −1e-13‖w‖, and w is zero at 1e-13‖c‖. */
const VIOLATION = 1e-13;
export const ZERO = 1e-13;

/** The norm up to which the block's out is zero. */
export const idleBound = (p: ConeProximalArguments, b: number): number =>
  p.idle ? Math.max(p.threshold, p.idle[b]) : p.threshold;

/** v ← v + scale · x_row. */
export function addRow(p: ConeProximalArguments, row: number, scale: number, v: Float64Array): void {
  for (let j = 0; j < p.d; j++) v[j] += scale * p.x[row * p.d + j];
}

/**
 * ‖c + X_sᵀν‖ from the multipliers themselves: what they prove. It differs from ‖w‖ by rounding alone, unless tight
 * rows are so nearly dependent that the multipliers are huge.
 */
export function provedNorm(p: ConeProximalArguments, b: number, f: ConeFactor): number {
  f.proof.set(f.c);
  for (let k = 0; k < f.count; k++) addRow(p, f.rows[k], f.nu[k] * signedScale(p, b, f.rows[k]), f.proof);
  return normOf(f, f.proof);
}

/**
 * The factor of the stored tight rows and their optimal multipliers. ν moves there from the stored multipliers, rows leaving one by one
 * where theirs reach zero: of all rows with a negative optimal multiplier, most would only come back.
 */
export function loadWarm(p: ConeProximalArguments, b: number, f: ConeFactor, centre: number): number {
  openFactor(f, p, placeOf(p, b));
  const [first, end] = [b * p.d, b * p.d + p.tightCount[b]];
  const leading = keepLeading(f, p.tight.subarray(first, end));
  for (let k = 0; k < leading; k++) f.nu[k] = p.multiplier[first + k];
  for (let k = first + leading; k < end; k++) {
    if (!appendRow(f, p.x, p.d, p.tight[k], signedScale(p, b, p.tight[k]))) continue;
    f.nu[f.count - 1] = p.multiplier[k];
  }
  projectCentre(f, centre);
  return stepToBoundary(f);
}

/** Only numbers ≥ 0 prove anything, and any will do for a start: what is none counts as zero. */
export function clearMultipliers(p: ConeProximalArguments, b: number): void {
  for (let k = b * p.d; k < b * p.d + p.tightCount[b]; k++) {
    if (!(p.multiplier[k] >= 0 && p.multiplier[k] < Number.POSITIVE_INFINITY)) p.multiplier[k] = 0;
  }
}

/** Keeps the leading rows that are the first of the stored ones, in their order; returns how many. */
function keepLeading(f: ConeFactor, stored: Int32Array): number {
  const most = Math.min(f.count, stored.length);
  let k = 0;
  while (k < most && f.rows[k] === stored[k]) k++;
  f.count = k;
  return k;
}

export const placeOf = (p: ConeProximalArguments, b: number): number => p.factors?.place[b] ?? -1;

export function clearFactor(f: ConeFactor, centre: number): void {
  f.count = f.left = 0;
  projectCentre(f, centre);
}

/**
 * Lawson and Hanson's method from the multipliers in `nu` (positive, optimal for their rows) to the projection of c.
 * Returns ‖w‖, or −1 when `cap` rows have entered. The `keep` worst rows of a scan enter, one after another
 * while they are still violated, before the next scan: fewer scans, and every row entered is violated at its turn.
 */
export function activeSet(
  p: ConeProximalArguments,
  b: number,
  s: ConeScratch,
  centre: number,
  cap: number,
  keep: number,
): number {
  const { factor: f, list } = s;
  list.limit = keep;
  list.count = 0;
  let changed = true;
  for (let steps = 0; steps < cap; ) {
    let norm = normOf(f, f.w);
    if (mayStop(p, b, f, norm, centre)) return norm;
    let row = takeWorst(p, b, f, list, VIOLATION * norm);
    if (row < 0) {
      // When nothing entered since the last scan, all that it found depended on the tight rows.
      if (!changed) return norm;
      norm = refreshed(f, norm, centre);
      scanRows(p, b, f, list, VIOLATION * norm);
      s.scans++;
      changed = false;
      row = takeWorst(p, b, f, list, VIOLATION * norm);
      if (row < 0) return norm;
    }
    if (!appendRow(f, p.x, p.d, row, signedScale(p, b, row))) continue;
    steps++;
    s.entered++;
    changed = true;
    projectNewest(f);
    s.left += stepToBoundary(f);
  }
  return -1;
}

/** The norm of w, computed from c again where rounding may have gathered: every scan judges such a w. */
function refreshed(f: ConeFactor, norm: number, centre: number): number {
  if (!f.stale) return norm;
  projectCentre(f, centre);
  return normOf(f, f.w);
}

/** Whether no scan is needed: the projection is zero, or the multipliers prove the threshold and that is all we want. */
function mayStop(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number, centre: number): boolean {
  if (norm <= ZERO * centre) return true;
  const idle = idleBound(p, b);
  return !p.exact && norm <= idle && provedNorm(p, b, f) <= idle;
}

/** Moves ν to the least-squares multipliers; rows whose multiplier would turn negative leave on the way. */
function stepToBoundary(f: ConeFactor): number {
  let left = 0;
  for (;;) {
    solveMultipliers(f);
    const blocking = firstBlocking(f);
    if (blocking < 0) break;
    left += moveToBlocking(f, blocking);
  }
  f.nu.set(f.target);
  return left;
}

const ratioOf = (f: ConeFactor, i: number): number => (f.nu[i] > 0 ? f.nu[i] / (f.nu[i] - f.target[i]) : 0);

/** The row whose multiplier reaches zero first on the way from nu to target; −1 when none does. */
function firstBlocking(f: ConeFactor): number {
  let blocking = -1;
  for (let i = 0; i < f.count; i++) {
    if (f.target[i] > 0) continue;
    if (blocking < 0 || ratioOf(f, i) < ratioOf(f, blocking)) blocking = i;
  }
  return blocking;
}

function moveToBlocking(f: ConeFactor, blocking: number): number {
  const { nu, target } = f;
  const step = ratioOf(f, blocking);
  const before = f.count;
  for (let i = 0; i < before; i++) nu[i] += step * (target[i] - nu[i]);
  nu[blocking] = 0;
  for (let i = before - 1; i >= 0; i--) if (!(nu[i] > 0 || target[i] > 0)) removeRow(f, i);
  return before - f.count;
}
