import type { Run } from '../base/index.js';
import type { LiftedProgram } from '../programs/index.js';
import type { SsnalOptions, SsnalOutcome, SsnalStart } from './ssnal-types.js';
import { solveWhole } from './ssnal-whole.js';
import { chooseWay } from './working-set-choice.js';

export type { SsnalOptions, SsnalOutcome, SsnalProgress, SsnalStart } from './ssnal-types.js';

/**
 * Solves a lifted program to a relative gap over its patterns, all at once or, where cold projections on its cones are costly, a working
 * set of patterns at a time or at a falling sequence of λ. Every iterate is a feasible network, so the gap is a proof whenever the solve is stopped.
 */
export async function solveSsnal(
  program: LiftedProgram,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart = {},
): Promise<SsnalOutcome> {
  const way = options.way ?? chooseWay(program, start);
  if (way === 'whole') return solveWhole(program, options, run, start);
  // Only large programs need these: loaded with the first
  if (way === 'descent') {
    const { solveByDescent } = await import('./ssnal-descent.js');
    return solveByDescent(program, options, run);
  }
  const { solveByWorkingSet } = await import('./working-set.js');
  return solveByWorkingSet(program, options, run, start);
}
