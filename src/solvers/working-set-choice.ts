import type { LiftedProgram } from '../programs/index.js';
import { norm2 } from './lifted-network.js';
import { wholeSolveBytes } from './ssnal-state.js';
import type { SsnalStart } from './ssnal-types.js';

/**
 * Patterns of the first working set at most (later rounds may add as many as there are already), and Newton steps of a round while
 * so many are missing that the scan stops early: wide programs pay most for patterns that are soon idle (measured).
 */
const narrow = { firstBatch: 32, hastySteps: 4 } as const;
const wide = { firstBatch: 16, hastySteps: 20 } as const;
export const paceOf = (program: LiftedProgram) => (program.d < 256 ? narrow : wide);

/** Kernel memory from which on a whole solve is not tried. */
const manyBytes = 2 ** 30;

/**
 * Whether a working set is expected to pay, from sizes and prices alone (measured: docs/benchmarks/scale.md). Always where cold
 * projections are very costly: d² times the tight rows, and scans for them. From a cold start also in middling programs, if prices
 * begin so near to their bound that few blocks can be active in the end.
 */
export function prefersWorkingSet(program: LiftedProgram, start: SsnalStart): boolean {
  const { cones, blocks, patternCount, n, d } = program;
  const { firstBatch } = paceOf(program);
  if (patternCount <= firstBatch) return false;
  if (wholeSolveBytes(program) > manyBytes) return true;
  if (!cones) return false;
  const coldWork = blocks * d * d * (d + n / 100);
  if (coldWork > 1e11) return true;
  if (start.z || patternCount < 8 * firstBatch || blocks * n * d < 2e7) return false;
  return longestPrice(program) <= (coldWork > 2e9 ? 100 : 30) * program.threshold;
}

/** max ‖XᵀD r‖ at the best constant model. */
function longestPrice(program: LiftedProgram): number {
  const { kernels, rows, outputs, patternCount, d } = program;
  const mark = kernels.mark();
  const [f, r] = [kernels.float64(rows), kernels.float64(rows)];
  program.improveBias(f, new Float64Array(outputs));
  program.residual(f, r);
  const prices = kernels.float64(outputs * patternCount * d);
  program.price(r, prices);
  let most = 0;
  for (let at = 0; at < prices.length; at += d) most = Math.max(most, norm2(prices.subarray(at, at + d)));
  kernels.release(mark);
  return most;
}
