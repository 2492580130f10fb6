import type { Run } from '../../base/index.js';
import type { Problem } from '../problem.js';
import { Barrier } from './barrier.js';
import { InteriorPoint, type SharedValue } from './interior-point.js';
import type { LineForm } from './lines.js';
import type { Multipliers } from './multipliers.js';
import { changeable, type DualRow, dualRows } from './pairs.js';
import { quadraticBound } from './quadratic-bound.js';
import { quadraticForm } from './quadratic-form.js';
import { placeOf } from './schur-system.js';
import type { Workspace } from './workspace.js';

/** A dual point with its multipliers. */
export interface DualCandidate {
  readonly r: Float64Array;
  /** What the network of r predicts, and the curvature of its losses: the slope and the curvature of the value of r. */
  readonly f: Float64Array;
  readonly curvature: Float64Array;
  readonly multipliers: Multipliers;
}

export interface Repaired {
  /** Bound of F; Infinity where T could not be made definite. */
  readonly bound: number;
  readonly form: LineForm;
  readonly r: Float64Array;
  readonly multipliers: Multipliers;
}

/**
 * The multipliers of an iteration leave T a little indefinite, and they and its residual are off in other ways. The multiplier of s⁺_k s⁻_k = 0
 * has any sign: with the best values of these, of the `most` largest others of either sign, and for the squared loss of the dual point. `formOf` gives
 * F for a dual point.
 */
export async function repair(
  problem: Problem,
  formOf: (r: Float64Array) => LineForm,
  given: DualCandidate,
  level: number,
  most: number,
  workspace: Workspace,
  run: Run,
): Promise<Repaired> {
  const mark = workspace.kernels.mark();
  try {
    return judged(formOf, (await polished(problem, formOf(given.r), given, level, most, workspace, run)) ?? given);
  } finally {
    workspace.kernels.release(mark);
  }
}

type Point = Pick<DualCandidate, 'r' | 'multipliers'>;

function judged(formOf: (r: Float64Array) => LineForm, { r, multipliers }: Point): Repaired {
  const form = formOf(r);
  const bounds = [1, -1].map((sign, side) => quadraticBound(form, sign, multipliers[side]));
  return { bound: Math.max(...bounds), form, r, multipliers };
}

async function polished(
  problem: Problem,
  form: LineForm,
  given: DualCandidate,
  level: number,
  most: number,
  workspace: Workspace,
  run: Run,
): Promise<Point | null> {
  // the model of other losses knows nothing of the bounds of their domains: there r stays
  const rows = problem.loss.name === 'squared' ? dualRows(form, level) : [];
  const value = sharedValue(problem, given, rows);
  if (value === null) return null;
  const lists = [1, -1].map((sign, side) =>
    changeable(form, sign, given.multipliers[side], given.r, rows, level, most),
  );
  const barriers = lists.map(({ list }, side) => {
    const quadratic = quadraticForm(form, side === 0 ? 1 : -1, given.multipliers[side]);
    return new Barrier(form.lines, quadratic, list, level, workspace);
  });
  const method = new InteriorPoint([barriers[0], barriers[1]], value);
  if (!method.start()) return null;
  const found = await method.descend(run);
  const changed = lists.map(({ list, changed }, side) => {
    const values = list.value.map((_, v) => found[side][placeOf(list, v)]);
    return changed(given.multipliers[side], values);
  });
  const r = given.r.slice();
  rows.forEach(({ row, unit }, i) => void (r[row] = found[0][barriers[0].own + 2 + i] / unit));
  return { r, multipliers: [changed[0], changed[1]] };
}

/** A bound of F of this part of what is wanted is low enough: what proves less drowns in rounding. */
const ENOUGH = 0.1;

/** Null where r has no value to improve. */
function sharedValue(
  { loss, y, outputBias }: Problem,
  { r, f, curvature }: DualCandidate,
  rows: readonly DualRow[],
): SharedValue | null {
  const value = -loss.conjugate(r, y, 1);
  if (!(value > 0 && Number.isFinite(value))) return null;
  const of = (entry: (at: DualRow) => number): Float64Array => Float64Array.from(rows, entry);
  return {
    from: of(({ row, unit }) => unit * r[row]),
    slope: of(({ row, unit }) => f[row] / (value * unit)),
    weight: of(({ row, unit }) => 1 / (curvature[row] * value * unit * unit)),
    along: outputBias && rows.length > 0 ? of(({ unit }) => 1 / unit) : null,
    // α + μ is twice the bound
    allowed: rows.length > 0 ? 2 : 2 * ENOUGH,
  };
}
