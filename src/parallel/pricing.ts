import type { Run } from '../base/index.js';
import { type Found, searchSubnets } from './oracle.js';
import type { Shape } from './shape.js';
import type { LiftedSubnet } from './subnet.js';
import type { TrainingProblem } from './train.js';

/** How hard to look: starts from random sub-networks, and around those of the network. */
export interface Effort {
  readonly starts: number;
  readonly around: number;
  readonly walks?: number;
  readonly steps?: number;
}

/** Sub-networks of penalty 1 with large |rᵀg(X)|, r the residual n×outputs, largest first, of all outputs. */
export async function priced(
  { X, outputs, regularizer }: TrainingProblem,
  shape: Shape,
  residual: Float64Array,
  subnets: readonly LiftedSubnet[],
  seed: number,
  effort: Effort,
  run: Run,
): Promise<Found[]> {
  const all: Found[] = [];
  for (let k = 0; k < outputs; k++) {
    const r = Float64Array.from({ length: X.rows }, (_, i) => residual[i * outputs + k]);
    const near = subnets.filter(({ output }) => output === k);
    all.push(...(await searchSubnets(X, shape, regularizer, r, k, { ...effort, near, seed, run })));
  }
  return outputs === 1 ? all : all.sort((a, b) => b.value - a.value);
}
