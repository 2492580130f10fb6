import { norm } from '../rounding.js';
import type { LineForm } from './lines.js';
import type { SignMultipliers } from './multipliers.js';
import { quadraticBound } from './quadratic-bound.js';
import { slackPairs } from './slack-form.js';
import type { Workspace } from './workspace.js';

/** What made T definite at the least cost last time. */
export interface RepairChoice {
  readonly kind: number;
  readonly step: number;
}

export interface Repaired {
  readonly bound: number;
  readonly multipliers: SignMultipliers;
  readonly choice: RepairChoice;
  /** count: what the diagonal of T was raised by. */
  readonly lifts: Float64Array;
}

/** Shares of T's own diagonal that are added as well, and of a diagonal that costs `level` in all. */
const SHARES = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * The multipliers of an iteration leave T a little indefinite. Raising the multiplier of s⁺_k s⁻_k = 0 raises T_kk: by the row
 * sums of |negative part of T|, which make up for it exactly, and a small share of the diagonal. Tries the choices near the
 * last one and keeps the least bound.
 */
export function repair(
  form: LineForm,
  sign: number,
  raw: SignMultipliers,
  level: number,
  last: RepairChoice | null,
  workspace: Workspace,
): Repaired {
  const { count } = form.lines;
  const base = baseDiagonal(form, level);
  const t = diagonalBlock(raw, count);
  slackPairs(form.combinations, raw.slack, count).forEach((x, at) => void (t[at] -= x));
  let best: Repaired | null = null;
  const attempt = (kind: number, step: number, lifts: Float64Array): number => {
    const added = lifts.map((x, k) => 1.0001 * x + SHARES[step] * (Math.abs(t[k * count + k]) + base[k]));
    const multipliers = raised(raw, added);
    const bound = quadraticBound(form, sign, multipliers);
    if (best === null || bound < best.bound) best = { bound, multipliers, choice: { kind, step }, lifts: added };
    return bound;
  };
  const kinds = last === null ? [0, 1] : [last.kind, 1 - last.kind];
  for (const [rank, kind] of kinds.entries()) {
    const lifts = negativeRows(t, count, kind, workspace);
    if (last === null) for (const step of SHARES.keys()) attempt(kind, step, lifts);
    else descend(last.step, rank === 0, (step) => attempt(kind, step, lifts));
  }
  return best!;
}

/** From the last step to its neighbours, as long as the bound falls. */
function descend(from: number, wide: boolean, attempt: (step: number) => number): void {
  const first = attempt(from);
  if (!wide) return;
  for (const direction of [-1, 1]) {
    let least = first;
    for (let step = from + direction; step >= 0 && step < SHARES.length; step += direction) {
      const bound = attempt(step);
      if (!(bound < least)) break;
      least = bound;
    }
    if (least < first) return;
  }
}

function diagonalBlock(m: SignMultipliers, count: number): Float64Array {
  const t = new Float64Array(count * count);
  for (let k = 0; k < count; k++) {
    for (let l = 0; l <= k; l++) {
      const positive = (x: number): number => (k === l ? x : Math.max(0, x));
      const pair = Math.max(0, m.nPlus[k * count + l]) + Math.max(0, m.nMinus[k * count + l]);
      t[k * count + l] = t[l * count + k] = -(
        pair +
        positive(m.nCross[k * count + l]) +
        positive(m.nCross[l * count + k])
      );
    }
  }
  return t;
}

/** Row sums of |negative part|, of T itself (kind 0) or of T scaled towards a unit diagonal (kind 1). */
function negativeRows(t: Float64Array, count: number, kind: number, workspace: Workspace): Float64Array {
  const scale = new Float64Array(count).fill(1);
  if (kind === 1) {
    let largest = 0;
    for (let k = 0; k < count; k++) largest = Math.max(largest, Math.abs(t[k * count + k]));
    for (let k = 0; k < count; k++) scale[k] = Math.sqrt(Math.abs(t[k * count + k]) + 1e-2 * largest);
  }
  const negative = t.map((x, at) => -x / (scale[Math.floor(at / count)] * scale[at % count]));
  const { rank, rows } = workspace.positiveFactor(negative, count);
  const out = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    for (let l = 0; l < count; l++) {
      let sum = 0;
      for (let j = 0; j < rank; j++) sum += rows[j * count + k] * rows[j * count + l];
      out[k] += Math.abs(sum);
    }
    out[k] *= scale[k] * scale[k];
  }
  return out;
}

/** T of this diagonal alone would add `level` to Γ's trace. */
function baseDiagonal({ lines: { count, rank, z } }: LineForm, level: number): Float64Array {
  return Float64Array.from({ length: count }, (_, k) => level / (count * norm(z, k * rank, rank) ** 2));
}

function raised(raw: SignMultipliers, lifts: Float64Array): SignMultipliers {
  const nCross = raw.nCross.slice();
  const count = lifts.length;
  for (let k = 0; k < count; k++) nCross[k * count + k] -= 0.5 * lifts[k];
  return { ...raw, nCross };
}
