import type { Run } from '../../base/index.js';
import { polish } from './interior-point.js';
import type { LineForm } from './lines.js';
import type { SignMultipliers } from './multipliers.js';
import { changeable } from './pairs.js';

import { quadraticBound } from './quadratic-bound.js';
import { quadraticForm } from './quadratic-form.js';
import type { Workspace } from './workspace.js';

export interface Repaired {
  /** Infinity where T could not be made definite. */
  readonly bound: number;
  readonly multipliers: SignMultipliers;
}

/**
 * The multipliers of an iteration leave T a little indefinite, and are off in other ways. The multiplier of s⁺_k s⁻_k = 0 has any
 * sign: with those of least bound, and with the best values of the `most` largest others.
 */
export async function repair(
  form: LineForm,
  sign: number,
  raw: SignMultipliers,
  level: number,
  most: number,
  workspace: Workspace,
  run: Run,
): Promise<Repaired> {
  const { list, changed } = changeable(form, raw, level, most);
  const values = await polish(form.lines, quadraticForm(form, sign, raw), list, level, workspace, run);
  const multipliers = values === null ? raw : changed(raw, values);
  return { bound: quadraticBound(form, sign, multipliers), multipliers };
}
