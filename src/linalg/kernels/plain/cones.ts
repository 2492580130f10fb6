import type { ConeProximalArguments } from '../kernels.js';
import {
  activeSet,
  addRow,
  type ConeScratch,
  clearFactor,
  clearMultipliers,
  createConeScratch,
  idleBound,
  loadWarm,
  placeOf,
  provedNorm,
  ZERO,
} from './coneActiveSet.js';
import { type ConeFactor, closeFactor, dotPadded, normOf } from './coneFactor.js';
import { CANDIDATES, createCandidates, scanRows, signedScale } from './conePricing.js';
import { sweepBound } from './coneSweeps.js';

export { type ConeScratch, createConeScratch } from './coneActiveSet.js';
export { complementBasis, nullBasis, spanBasis } from './nullBasis.js';

/** A result may be outside its cone by this share of its length, never by more. */
const ACCEPTED = 1e-11;

/**
 * `Kernels.coneProximal` for the blocks from … to−1. `out` may be `z`.
 *
 * Every result lies in its cone: a block that reaches its iteration cap is solved again from an empty tight set, and if
 * that did not end either, with all rows inside 1e-11‖w‖, its out is zero and its norm the bound reached.
 * Rows are inside by 1e-13‖w‖, except those within 1e-11 of the span of the tight ones, which count as tight.
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
    p.norm[b] = centre;
    return writeOut(p, b, f, centre);
  }
  clearMultipliers(p, b);
  if (!p.exact && earlyBound(p, b, s, centre)) return writeZero(p, b);
  s.left += loadWarm(p, b, f, centre);
  const cap = 20 * (p.d + f.count) + 100;
  let norm = activeSet(p, b, s, centre, cap, CANDIDATES);
  if (norm < 0) {
    s.restarts++;
    clearFactor(f, centre);
    norm = activeSet(p, b, s, centre, 10 * cap, 1);
  }
  closeFactor(f, p, placeOf(p, b));
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

/** Whether the block may well be idle. */
const isSwept = (p: ConeProximalArguments, b: number): boolean => !p.idle || p.idle[b] >= p.threshold;

/** Whether multipliers found without a factorisation prove that the block stays idle: then they and that norm are stored. */
function earlyBound(p: ConeProximalArguments, b: number, s: ConeScratch, centre: number): boolean {
  const f = s.factor;
  p.norm[b] = centre;
  if (centre <= idleBound(p, b) && p.tightCount[b] === 0) return true;
  const factor = addStored(p, b, f);
  p.norm[b] = normOf(f, f.w);
  if (!(p.norm[b] <= idleBound(p, b))) return isSwept(p, b) && sweepBound(p, b, s, factor);
  for (let k = b * p.d; k < b * p.d + p.tightCount[b]; k++) p.multiplier[k] *= factor;
  return true;
}

/** w ← c + factor·X_sᵀν with the stored multipliers and the best factor ≥ 0, which is returned: the common end of a block that stays inactive. */
function addStored(p: ConeProximalArguments, b: number, f: ConeFactor): number {
  const { d, tight, multiplier } = p;
  const v = f.w;
  v.fill(0);
  for (let k = b * d; k < b * d + p.tightCount[b]; k++) {
    addRow(p, tight[k], multiplier[k] * signedScale(p, b, tight[k]), v);
  }
  const square = dotPadded(f.width, v, 0, v, 0);
  const along = -dotPadded(f.width, v, 0, f.c, 0);
  const factor = square > 0 && along > 0 ? along / square : 0;
  for (let j = 0; j < d; j++) v[j] = f.c[j] + factor * v[j];
  return factor;
}

/** Stores the tight set, the norm that it proves and out; returns 1 when out is not zero. `norm` < 0: at the cap. */
export function writeBlock(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number, centre: number): number {
  const residual = norm < 0 ? normOf(f, f.w) : norm;
  p.norm[b] = Math.min(centre, Math.max(residual, provedNorm(p, b, f)));
  p.tightCount[b] = f.count;
  p.tight.set(f.rows.subarray(0, f.count), b * p.d);
  p.multiplier.set(f.nu.subarray(0, f.count), b * p.d);
  if (residual <= ZERO * centre || (norm < 0 && !insideCone(p, b, f, residual))) return writeZero(p, b);
  return writeOut(p, b, f, residual);
}

/** Whether w, left at the iteration cap, is inside its cone all the same. */
function insideCone(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number): boolean {
  const list = createCandidates();
  scanRows(p, b, f, list, ACCEPTED * norm);
  return list.count === 0;
}

/** out ← (1 − threshold/‖w‖) w where ‖w‖ is more than `idleBound`, else 0. */
function writeOut(p: ConeProximalArguments, b: number, f: ConeFactor, norm: number): number {
  if (!(norm > idleBound(p, b))) return writeZero(p, b);
  const shrink = 1 - p.threshold / norm;
  for (let j = 0; j < p.d; j++) p.out[b * p.d + j] = shrink * f.w[j];
  return 1;
}

function writeZero(p: ConeProximalArguments, b: number): number {
  p.out.fill(0, b * p.d, (b + 1) * p.d);
  return 0;
}
