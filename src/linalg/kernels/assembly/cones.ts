// Proximal step of the cone blocks: see plain/cones.ts and plain/coneActiveSet.ts, of which this is the SIMD form.

import {
  addRow, appendRow, at, c, clearCount, closeFactor, count, d, dotPadded, factorBytes, factorNumbers, keepLeading, layFactor, normOf, nu, openFactor,
  projectCentre, projectNewest, proof, removeRow, rows, solveMultipliers, stale, target, w, width,
} from './coneFactor';
import {
  clearList, defaultLimit, layPricing, listLength, pricingBytes, scanRows, setPattern, signedScale, takeWorst,
} from './conePricing';
import { provedNorm, sweepBound } from './coneSweeps';

export { factorNumbers } from './coneFactor';
export { screenBytes, screenRowsOf } from './conePricing';
export { complementBasis, complementScratchBytes, nullBasis, nullBasisScratchBytes, spanBasis } from './nullBasis';

const VIOLATION: f64 = 1e-13;
const ZERO: f64 = 1e-13;
const ACCEPTED: f64 = 1e-11;

let exact: bool = false;
let threshold: f64 = 0;
/** Norm up to which the out of the block at hand is zero. */
let idle: f64 = 0;
let swept: bool = true;
// Of the block at hand: its stored tight rows, their number and multipliers, its results.
let tight: usize = 0;
let tightCount: usize = 0;
let multiplier: usize = 0;
let norm: usize = 0;
let out: usize = 0;
let centre: f64 = 0;
// Its kept factor: numbers and state, 0 for none.
let keptNumbers: usize = 0;
let kept: usize = 0;

/** Bytes of scratch memory (16-byte aligned) that `coneProximalRange` needs for each thread. */
export function coneScratchBytes(n: i32, columns: i32): usize {
  return factorBytes(n, columns) + pricingBytes(columns);
}

/** The blocks from … to−1 of `Kernels.coneProximal`; arrays are addresses. Returns how many have an out that is not zero. */
export function coneProximalRange(
  n: i32, columns: i32, x: usize, inverseNorms: usize, bytes: usize, stride: i32, pattern: usize, sign: usize,
  z: usize, g: usize, sigma: f64, thresholdValue: f64, cones: bool, exactValue: bool, tightBase: usize,
  tightCountBase: usize, multiplierBase: usize, normBase: usize, outBase: usize, from: i32, to: i32, scratch: usize,
  places: usize, states: usize, numbers: usize, idleBase: usize, screen: usize,
): i32 {
  layPricing(n, inverseNorms, screen, layFactor(n, columns, x, scratch));
  exact = exactValue;
  threshold = thresholdValue;
  const rowBytes = (<usize>columns) << 3;
  let active = 0;
  for (let b = from; b < to; b++) {
    const p = load<i32>(pattern + ((<usize>b) << 2));
    setPattern(bytes + <usize>p * <usize>stride);
    tight = tightBase + <usize>b * (rowBytes >> 1);
    tightCount = tightCountBase + ((<usize>b) << 2);
    multiplier = multiplierBase + <usize>b * rowBytes;
    norm = at(normBase, b);
    const bar = idleBase ? load<f64>(at(idleBase, b)) : threshold;
    idle = max(threshold, bar);
    swept = bar >= threshold;
    out = outBase + <usize>b * rowBytes;
    findKept(places ? load<i32>(places + ((<usize>b) << 2)) : -1, n, states, numbers);
    loadCentre(z + <usize>b * rowBytes, g + <usize>p * rowBytes, sigma * load<f64>(at(sign, b)));
    active += cones ? coneBlock() : freeBlock();
  }
  return active;
}

function findKept(at: i32, n: i32, states: usize, numbers: usize): void {
  kept = at < 0 ? 0 : states + ((<usize>at * <usize>(d + 2)) << 2);
  keptNumbers = at < 0 ? 0 : numbers + ((<usize>at * <usize>factorNumbers(n, d)) << 3);
}

/** c ← z + scale · g. */
function loadCentre(z: usize, g: usize, scale: f64): void {
  const s = f64x2.splat(scale);
  let j = 0;
  for (; j + 2 <= d; j += 2) {
    v128.store(at(c, j), f64x2.add(v128.load(at(z, j)), f64x2.mul(s, v128.load(at(g, j)))));
  }
  if (j < d) store<f64>(at(c, j), load<f64>(at(z, j)) + scale * load<f64>(at(g, j)));
  centre = normOf(c);
}

function freeBlock(): i32 {
  memory.copy(w, c, (<usize>width) << 3);
  store<f64>(norm, centre);
  return writeOut(centre);
}

/** One block with its cone; returns 1 when its out is not zero. */
function coneBlock(): i32 {
  clearMultipliers();
  if (!exact && earlyBound()) return writeZero();
  loadWarm();
  const cap = 20 * (d + count) + 100;
  let length = activeSet(cap, defaultLimit());
  if (length < 0) {
    clearCount();
    projectCentre(centre);
    length = activeSet(10 * cap, 1);
  }
  closeFactor();
  return writeBlock(length);
}

/** Whether multipliers found without a factorisation prove that the block stays idle. */
function earlyBound(): bool {
  const stored = load<i32>(tightCount);
  store<f64>(norm, centre);
  if (centre <= idle && stored === 0) return true;
  const factor = addStored(stored);
  const bound = normOf(w);
  store<f64>(norm, bound);
  if (!(bound <= idle)) {
    if (!swept || !sweepBound(tight, stored, multiplier, factor, idle)) return false;
    store<f64>(norm, normOf(proof));
    storeTight();
    return true;
  }
  for (let k = 0; k < stored; k++) store<f64>(at(multiplier, k), load<f64>(at(multiplier, k)) * factor);
  return true;
}

/** w ← c + factor·X_sᵀν with the stored multipliers and the best factor ≥ 0, which is returned. */
function addStored(stored: i32): f64 {
  memory.fill(w, 0, (<usize>width) << 3);
  for (let k = 0; k < stored; k++) {
    const row = load<i32>(tight + ((<usize>k) << 2));
    addRow(row, load<f64>(at(multiplier, k)) * signedScale(row), w);
  }
  const square = dotPadded(w, w);
  const along = -dotPadded(w, c);
  const factor = square > 0 && along > 0 ? along / square : 0;
  const f2 = f64x2.splat(factor);
  for (let j = 0; j < width; j += 2) {
    v128.store(at(w, j), f64x2.add(v128.load(at(c, j)), f64x2.mul(f2, v128.load(at(w, j)))));
  }
  return factor;
}

/** The rows at hand with their multipliers become the stored ones. */
function storeTight(): void {
  store<i32>(tightCount, count);
  memory.copy(tight, rows, (<usize>count) << 2);
  memory.copy(multiplier, nu, (<usize>count) << 3);
}

/** The factor of the stored tight rows and their optimal multipliers, from the stored ones on. */
function loadWarm(): void {
  openFactor(keptNumbers, kept);
  const stored = load<i32>(tightCount);
  const leading = keepLeading(tight, stored);
  for (let k = 0; k < leading; k++) store<f64>(at(nu, k), load<f64>(at(multiplier, k)));
  for (let k = leading; k < stored; k++) {
    const row = load<i32>(tight + ((<usize>k) << 2));
    if (appendRow(row, signedScale(row))) store<f64>(at(nu, count - 1), load<f64>(at(multiplier, k)));
  }
  projectCentre(centre);
  stepToBoundary();
}

/** Only numbers ≥ 0 prove anything, and any will do for a start: what is none counts as zero. */
function clearMultipliers(): void {
  const stored = load<i32>(tightCount);
  for (let k = 0; k < stored; k++) {
    const value = load<f64>(at(multiplier, k));
    if (!(value >= 0 && value < Infinity)) store<f64>(at(multiplier, k), 0);
  }
}

function acceptTarget(): void {
  memory.copy(nu, target, (<usize>count) << 3);
}

/** Lawson and Hanson's method; returns ‖w‖, or −1 when `cap` rows have entered. */
function activeSet(cap: i32, keep: i32): f64 {
  clearList(keep);
  let changed = true;
  for (let steps = 0; steps < cap; ) {
    let length = normOf(w);
    if (mayStop(length)) return length;
    let row = takeWorst(VIOLATION * length);
    if (row < 0) {
      if (!changed) return length;
      length = refreshed(length);
      scanRows(VIOLATION * length);
      changed = false;
      row = takeWorst(VIOLATION * length);
      if (row < 0) return length;
    }
    if (!appendRow(row, signedScale(row))) continue;
    steps++;
    changed = true;
    projectNewest();
    stepToBoundary();
  }
  return -1;
}

/** The norm of w, computed from c again where rounding may have gathered: every scan judges such a w. */
function refreshed(length: f64): f64 {
  if (!stale) return length;
  projectCentre(centre);
  return normOf(w);
}

function mayStop(length: f64): bool {
  if (length <= ZERO * centre) return true;
  return !exact && length <= idle && provedNorm() <= idle;
}

/** Moves ν to the least-squares multipliers; rows whose multiplier would turn negative leave on the way. */
function stepToBoundary(): void {
  for (;;) {
    solveMultipliers();
    const blocking = firstBlocking();
    if (blocking < 0) break;
    moveToBlocking(blocking);
  }
  acceptTarget();
}

// @ts-ignore: decorator
@inline
function ratioOf(i: i32): f64 {
  const from = load<f64>(at(nu, i));
  return from > 0 ? from / (from - load<f64>(at(target, i))) : 0;
}

function firstBlocking(): i32 {
  let blocking = -1;
  for (let i = 0; i < count; i++) {
    if (load<f64>(at(target, i)) > 0) continue;
    if (blocking < 0 || ratioOf(i) < ratioOf(blocking)) blocking = i;
  }
  return blocking;
}

function moveToBlocking(blocking: i32): void {
  const step = ratioOf(blocking);
  const before = count;
  for (let i = 0; i < before; i++) {
    const from = load<f64>(at(nu, i));
    store<f64>(at(nu, i), from + step * (load<f64>(at(target, i)) - from));
  }
  store<f64>(at(nu, blocking), 0);
  for (let i = before - 1; i >= 0; i--) {
    if (!(load<f64>(at(nu, i)) > 0 || load<f64>(at(target, i)) > 0)) removeRow(i);
  }
}

/** Stores the tight set, the norm that it proves and out. `length` < 0: at the cap. */
function writeBlock(length: f64): i32 {
  const residual = length < 0 ? normOf(w) : length;
  store<f64>(norm, min(centre, max(residual, provedNorm())));
  storeTight();
  if (residual <= ZERO * centre || (length < 0 && !insideCone(residual))) return writeZero();
  return writeOut(residual);
}

function insideCone(length: f64): bool {
  clearList(1);
  scanRows(ACCEPTED * length);
  return listLength() === 0;
}

/** out ← (1 − threshold/‖w‖) w where ‖w‖ is more than `idle`, else 0. */
function writeOut(length: f64): i32 {
  if (!(length > idle)) return writeZero();
  const shrink = 1 - threshold / length;
  const s = f64x2.splat(shrink);
  let j = 0;
  for (; j + 2 <= d; j += 2) v128.store(at(out, j), f64x2.mul(s, v128.load(at(w, j))));
  if (j < d) store<f64>(at(out, j), shrink * load<f64>(at(w, j)));
  return 1;
}

function writeZero(): i32 {
  memory.fill(out, 0, (<usize>d) << 3);
  return 0;
}
