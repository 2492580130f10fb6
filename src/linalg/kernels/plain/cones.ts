import type { ConeProximalArguments } from '../kernels.js';
import {
  appendRow,
  type ConeFactor,
  createConeFactor,
  dotPadded,
  normOf,
  projectCentre,
  projectNewest,
  removeRow,
  solveMultipliers,
} from './coneFactor.js';
import { CANDIDATES, type CandidateList, createCandidates, scanRows, signedScale, takeWorst } from './conePricing.js';

export { nullBasis } from './nullBasis.js';

/** Working memory of one thread for n rows and d columns; nothing in it outlives a call. */
export interface ConeScratch {
  readonly factor: ConeFactor;
  readonly list: CandidateList;
  /** Rows that entered and left a tight set since the scratch was made (for measurements). */
  entered: number;
  left: number;
  scans: number;
}

export const createConeScratch = (n: number, d: number): ConeScratch => ({
  factor: createConeFactor(n, d),
  list: createCandidates(),
  entered: 0,
  left: 0,
  scans: 0,
});

/** A row is violated below −1e-13‖w‖; w is zero at 1e-13‖c‖; a result may be outside its cone by 1e-12‖w‖, never more. */
const VIOLATION = 1e-13;
const ZERO = 1e-13;
const ACCEPTED = 1e-12;

/**
 * `Kernels.coneProximal` for the blocks from … to−1. `out` may be `z`.
 *
 * Every result lies in its cone: a block that reaches its iteration cap is solved again from an empty tight set, and if
 * that did not end either with all rows inside 1e-12‖w‖ its out is zero and its norm the bound reached.
 */
export function coneProximalRange(
  p: ConeProximalArguments,
  from: number,
  to: number,
  scratch: ConeScratch = createConeScratch(p.n, p.d),
): number {
  let active = 0;
  for (let b = from; b < to; b++) active += proximalBlock(p, b, scratch);
  return active;
}

/** One block; returns 1 when its out is not zero. */
function proximalBlock(p: ConeProximalArguments, b: number, s: ConeScratch): number {
  const f = s.factor;
  const centre = loadCentre(p, b, f);
  if (!p.cones) {
    f.w.set(f.c);
    return writeOut(p, b, f, centre);
  }
  if (!p.exact && warmBound(p, b, f, centre)) return writeZero(p, b);
  loadWarm(p, b, f, centre);
  const cap = 3 * (p.d + f.count) + 50;
  let norm = activeSet(p, b, s, centre, cap, CANDIDATES);
  if (norm < 0) {
    clearFactor(f, centre);
    norm = activeSet(p, b, s, centre, 10 * cap, 1);
  }
  return writeBlock(p, b, f, norm, centre);
}

/** c ← z + sigma · sign · g; returns its norm. */
function loadCentre(p: ConeProximalArguments, b: number, f: ConeFactor): number {
  const { d, z, g } = p;
  const scale = p.sigma * p.sign[b];
  const row = p.pattern[b] * d;
  for (let j = 0; j < d; j++) f.c[j] = z[b * d + j] + scale * g[row + j];
  return normOf(f, f.c);
}

/**
 * Tries the stored multipliers, scaled by the best factor ≥ 0: when ‖c + X_sᵀν‖ ≤ threshold already, stores that bound
 * and the scaled multipliers. No factorisation and no scan: the common end of a block that stays inactive.
 */
function warmBound(p: ConeProximalArguments, b: number, f: ConeFactor, centre: number): boolean {
  const { d, tight, multiplier } = p;
  const count = p.tightCount[b];
  p.norm[b] = centre;
  if (count === 0) return centre <= p.threshold;
  const v = f.w;
  v.fill(0);
  for (let k = b * d; k < b * d + count; k++) {
    const scale = multiplier[k] * signedScale(p, b, tight[k]);
    if (scale !== 0) for (let j = 0; j < d; j++) v[j] += scale * p.x[tight[k] * d + j];
  }
  const square = dotPadded(f.width, v, 0, v, 0);
  const along = -dotPadded(f.width, v, 0, f.c, 0);
  const factor = square > 0 && along > 0 ? along / square : 0;
  for (let j = 0; j < d; j++) v[j] = f.c[j] + factor * v[j];
  p.norm[b] = normOf(f, v);
  if (!(p.norm[b] <= p.threshold)) return false;
  for (let k = b * d; k < b * d + count; k++) multiplier[k] *= factor;
  return true;
}

/** The factor of the stored tight rows, without dependent ones and, repeatedly, those with multipliers ≤ 0. */
function loadWarm(p: ConeProximalArguments, b: number, f: ConeFactor, centre: number): void {
  f.count = 0;
  for (let k = b * p.d; k < b * p.d + p.tightCount[b]; k++) {
    appendRow(f, p.x, p.d, p.tight[k], signedScale(p, b, p.tight[k]));
  }
  projectCentre(f, centre);
  solveMultipliers(f);
  while (dropNegative(f)) {
    projectCentre(f, centre);
    solveMultipliers(f);
  }
  f.nu.set(f.target);
}

function dropNegative(f: ConeFactor): boolean {
  const before = f.count;
  for (let j = before - 1; j >= 0; j--) if (!(f.target[j] > 0)) removeRow(f, j);
  return f.count < before;
}

function clearFactor(f: ConeFactor, centre: number): void {
  f.count = 0;
  projectCentre(f, centre);
}

/**
 * Lawson and Hanson's method from the multipliers in `nu` (positive, optimal for their rows) to the projection of c.
 * Returns ‖w‖, or −1 when more than `cap` rows would enter. The `keep` worst rows of a scan enter, one after another
 * while they are still violated, before the next scan: fewer scans, and every row entered is violated at its turn.
 */
function activeSet(
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
  for (let steps = 0; ; ) {
    const norm = normOf(f, f.w);
    if ((!p.exact && norm <= p.threshold) || norm <= ZERO * centre) return norm;
    let row = takeWorst(p, b, f, list, VIOLATION * norm);
    if (row < 0) {
      // All that the last scan found depended on the tight rows: nothing can be gained from it.
      if (!changed) return norm;
      scanRows(p, b, f, list, VIOLATION * norm);
      s.scans++;
      changed = false;
      row = takeWorst(p, b, f, list, VIOLATION * norm);
      if (row < 0) return norm;
    }
    if (!appendRow(f, p.x, p.d, row, signedScale(p, b, row))) continue;
    if (++steps > cap) return -1;
    s.entered++;
    changed = true;
    projectNewest(f);
    s.left += stepToBoundary(f, centre);
  }
}

/** Moves ν to the least-squares multipliers; rows whose multiplier would turn negative leave on the way. */
function stepToBoundary(f: ConeFactor, centre: number): number {
  const { nu, target } = f;
  let left = 0;
  for (;;) {
    solveMultipliers(f);
    let step = 1;
    let blocking = -1;
    for (let i = 0; i < f.count; i++) {
      if (target[i] > 0) continue;
      const ratio = nu[i] / (nu[i] - target[i]);
      if (blocking < 0 || ratio < step) {
        step = ratio;
        blocking = i;
      }
    }
    if (blocking < 0) break;
    for (let i = 0; i < f.count; i++) nu[i] += step * (target[i] - nu[i]);
    nu[blocking] = 0;
    for (let i = f.count - 1; i >= 0; i--) {
      if (nu[i] > 0 || target[i] > 0) continue;
      removeRow(f, i);
      left++;
    }
    projectCentre(f, centre);
  }
  nu.set(target);
  return left;
}

function writeBlock(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number, centre: number): number {
  const at = b * p.d;
  p.tightCount[b] = f.count;
  for (let k = 0; k < f.count; k++) {
    p.tight[at + k] = f.rows[k];
    p.multiplier[at + k] = f.nu[k];
  }
  const bound = norm < 0 ? normOf(f, f.w) : norm;
  p.norm[b] = bound;
  const settled = bound > p.threshold && bound > ZERO * centre && (norm >= 0 || insideCone(p, b, f, bound));
  return settled ? writeOut(p, b, f, bound) : writeZero(p, b);
}

/** Whether w, left at the iteration cap, is inside its cone all the same. */
function insideCone(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number): boolean {
  const list = createCandidates();
  scanRows(p, b, f, list, ACCEPTED * norm);
  return list.count === 0;
}

/** norm ← ‖w‖, out ← max(0, 1 − threshold/‖w‖) w. */
function writeOut(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number): number {
  p.norm[b] = norm;
  if (!(norm > p.threshold)) return writeZero(p, b);
  const shrink = 1 - p.threshold / norm;
  for (let j = 0; j < p.d; j++) p.out[b * p.d + j] = shrink * f.w[j];
  return 1;
}

function writeZero(p: ConeProximalArguments, b: number): number {
  p.out.fill(0, b * p.d, (b + 1) * p.d);
  return 0;
}
