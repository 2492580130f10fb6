import type { Run } from '../base/index.js';
import type { ParallelProblem } from './options.js';
import type { LiftedSubnet } from './subnet.js';

export interface ExactSupport {
  /** Proved upper bound. */
  readonly upper: number;
  readonly complete: boolean;
  readonly violators: readonly LiftedSubnet[];
}

/** To be filled in. */
export async function exactSupport(
  _p: ParallelProblem,
  _r: Float64Array,
  _enough: number,
  _run: Run,
): Promise<ExactSupport> {
  return { upper: Number.POSITIVE_INFINITY, complete: false, violators: [] };
}
