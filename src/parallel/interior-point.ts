import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { ConicLayout, type ConicProgram, type ConicSolution } from './conic.js';
import { firstPoint } from './conic-point.js';
import { ConicStepper } from './conic-step.js';
import { evaluate } from './conic-value.js';

const mostIterations = 80;
/** Steps without a smaller gap after which rounding is in the way. */
const mostIdle = 15;

/**
 * A primal-dual interior-point method with Nesterov–Todd scaling and Mehrotra's corrector, for any smooth convex loss (its
 * curvature is taken anew at every step). Ends at the relative gap, or where rounding allows no better; the gap is computed
 * from the point and its multipliers, whatever the method thinks.
 */
export async function solveConic(
  program: ConicProgram,
  gap: number,
  run?: Run,
  kernels?: Kernels,
): Promise<ConicSolution> {
  const mark = kernels?.mark();
  try {
    return await iterated(program, gap, run, kernels);
  } finally {
    if (mark !== undefined) kernels?.release(mark);
  }
}

async function iterated(program: ConicProgram, gap: number, run?: Run, kernels?: Kernels): Promise<ConicSolution> {
  const layout = new ConicLayout(program.blocks);
  const stepper = new ConicStepper(program, layout, kernels);
  const point = firstPoint(program, layout);
  let best = evaluate(program, layout, point, 0);
  let idle = 0;
  for (let k = 1; k <= mostIterations && !run?.stop && stepper.step(point); k++) {
    const now = evaluate(program, layout, point, k);
    idle = gapOf(now) < 0.9 * gapOf(best) ? 0 : idle + 1;
    if (gapOf(now) < gapOf(best)) best = now;
    if (gapOf(best) <= gap * Math.max(Math.abs(best.primal), Number.MIN_VALUE) || idle >= mostIdle) break;
    await run?.pause();
  }
  return best;
}

const gapOf = ({ primal, dual }: ConicSolution): number => primal - dual;
