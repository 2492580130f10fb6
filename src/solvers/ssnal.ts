import type { Run } from '../base/index.js';
import type { LiftedProgram } from '../programs/index.js';
import type { SsnalOptions, SsnalOutcome, SsnalStart } from './ssnal-types.js';
import { solveWhole } from './ssnal-whole.js';
import { prefersWorkingSet } from './working-set-choice.js';

export type { SsnalOptions, SsnalOutcome, SsnalProgress, SsnalStart } from './ssnal-types.js';

/**
 * Solves a lifted program to a relative gap over its patterns, all at once or, where cold projections on its cones are costly, a working
 * set of patterns at a time. Every iterate is a feasible network, so the gap is a proof whenever the solve is stopped.
 */
export async function solveSsnal(
  program: LiftedProgram,
  options: SsnalOptions,
  run: Run,
  start: SsnalStart = {},
): Promise<SsnalOutcome> {
  const inParts = options.workingSet ?? prefersWorkingSet(program, start);
  if (!inParts) return solveWhole(program, options, run, start);
  // Only large programs need it: loaded with the first
  const { solveByWorkingSet } = await import('./working-set.js');
  return solveByWorkingSet(program, options, run, start);
}
