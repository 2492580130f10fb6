import type { ConeProximalArguments } from '../kernels.js';
import { addRow, type ConeScratch, idleBound, provedNorm } from './coneActiveSet.js';
import { type ConeFactor, normOf } from './coneFactor.js';
import { CANDIDATES, rowDot, scanRows, signedScale } from './conePricing.js';

/** With fewer columns the active set is as quick, and rows of blocks that are not zero would be swept for nothing. */
const FEWEST_COLUMNS = 32;
/** Sweeps over the listed rows between two scans. */
const SWEEPS = 2;
/** Rounds of a scan and sweeps at most, and how many as good as the last one may be missing to the threshold. */
const MOST_ROUNDS = 20;
const ROUNDS_AHEAD = 4;
/** Share of a multiplier's best step that is taken: beyond 1 the sweeps of nearly dependent rows converge faster. */
const RELAXATION = 1.5;
const VIOLATION = 1e-13;

/**
 * Hildreth's method: minimises ‖c + Aᵀν‖ in one ν ≥ 0 after another, 4d operations each where the active set takes d² for a row, over
 * the stored tight rows and the worst violated ones of a scan a round. It never ends exactly, but most blocks only need a norm within
 * the threshold. `factor`: of the stored multipliers, with w = c + factor·X_sᵀν. Returns true with the proof stored, or false, nothing
 * stored, when the threshold is too far for the pace of the last round.
 */
export function sweepBound(p: ConeProximalArguments, b: number, s: ConeScratch, factor: number): boolean {
  const { factor: f } = s;
  if (!loadMultipliers(p, b, f, factor)) return false;
  const idle = idleBound(p, b);
  const goal = idle * idle;
  let square = squareOf(f);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    enlist(p, b, s, VIOLATION * Math.sqrt(square));
    for (let sweep = 0; sweep < SWEEPS; sweep++) sweepRows(p, b, f);
    dropIdle(f);
    const before = square;
    square = squareOf(f);
    if (square <= goal) return storeProof(p, b, f);
    if (!(square - goal <= ROUNDS_AHEAD * (before - square))) return false;
  }
  return false;
}

const squareOf = (f: ConeFactor): number => normOf(f, f.w) ** 2;

/** The stored rows and multipliers, in the scratch's own places: the factor of the block stays as it is. */
function loadMultipliers(p: ConeProximalArguments, b: number, f: ConeFactor, factor: number): boolean {
  const stored = p.tightCount[b];
  if (p.d < FEWEST_COLUMNS || stored > f.capacity) return false;
  f.rows = f.own.rows;
  f.count = stored;
  for (let k = 0; k < stored; k++) {
    f.rows[k] = p.tight[b * p.d + k];
    f.nu[k] = factor * p.multiplier[b * p.d + k];
  }
  return true;
}

/** Adds the rows that a scan finds violated, as far as there is room. */
function enlist(p: ConeProximalArguments, b: number, { factor: f, list }: ConeScratch, tolerance: number): void {
  list.limit = CANDIDATES;
  scanRows(p, b, f, list, tolerance);
  const before = f.count;
  for (let k = 0; k < list.count && f.count < f.capacity; k++) {
    if (isListed(f, list.rows[k], before)) continue;
    f.rows[f.count] = list.rows[k];
    f.nu[f.count++] = 0;
  }
}

function isListed(f: ConeFactor, row: number, count: number): boolean {
  for (let k = 0; k < count; k++) if (f.rows[k] === row) return true;
  return false;
}

function sweepRows(p: ConeProximalArguments, b: number, f: ConeFactor): void {
  for (let k = 0; k < f.count; k++) {
    const scale = signedScale(p, b, f.rows[k]);
    const next = Math.max(0, f.nu[k] - RELAXATION * (rowDot(p.d, p.x, f.rows[k], f.w) * scale));
    const step = next - f.nu[k];
    if (step === 0) continue;
    f.nu[k] = next;
    addRow(p, f.rows[k], step * scale, f.w);
  }
}

/** Takes the rows with ν = 0 out, to make room. */
function dropIdle(f: ConeFactor): void {
  let kept = 0;
  for (let k = 0; k < f.count; k++) {
    if (!(f.nu[k] > 0)) continue;
    f.rows[kept] = f.rows[k];
    f.nu[kept++] = f.nu[k];
  }
  f.count = kept;
}

/** What the multipliers prove, computed anew: the steps have gathered rounding. */
function storeProof(p: ConeProximalArguments, b: number, f: ConeFactor): boolean {
  const norm = provedNorm(p, b, f);
  if (!(norm <= idleBound(p, b))) return false;
  p.norm[b] = norm;
  p.tightCount[b] = f.count;
  p.tight.set(f.rows.subarray(0, f.count), b * p.d);
  p.multiplier.set(f.nu.subarray(0, f.count), b * p.d);
  return true;
}
