import type { LiftedProgram } from '../programs/index.js';
import { norm2 } from './lifted-network.js';
import { wholeSolveBytes } from './solve-memory.js';
import type { SolveWay, SsnalStart } from './ssnal-types.js';

/**
 * Patterns of the first working set at most (later rounds may add as many as there are already), and Newton steps of a round while
 * so many are missing that the scan stops early: wide programs pay most for patterns that are soon idle (measured).
 */
const narrow = { firstBatch: 32, hastySteps: 4 } as const;
const wide = { firstBatch: 16, hastySteps: 20 } as const;
export const paceOf = (program: LiftedProgram) => (program.d < 256 ? narrow : wide);

/** Kernel memory from which on a whole solve is not tried. */
const manyBytes = 2 ** 30;

/** Columns from which on a descent in λ beats a working set: where more than a few dozen rows are tight for each neuron. */
const descentColumns = 64;

/**
 * The way that is expected to be quickest, from sizes and prices alone (measured: docs/benchmarks/scale.md). A working set where cold
 * projections are very costly: d² times the tight rows, and scans for them. From a cold start also in middling programs, if prices
 * begin so near to their bound that few blocks can be active in the end; with many columns a descent there.
 */
export function chooseWay(program: LiftedProgram, start: SsnalStart): SolveWay {
  const { cones, blocks, patternCount, n, d } = program;
  const { firstBatch } = paceOf(program);
  if (patternCount <= firstBatch) return 'whole';
  if (wholeSolveBytes(program) > manyBytes) return 'parts';
  if (!cones) return 'whole';
  const coldWork = blocks * d * d * (d + n / 100);
  if (coldWork > 1e11) return 'parts';
  if (start.z || patternCount < 8 * firstBatch || blocks * n * d < 2e7) return 'whole';
  if (longestPrice(program) > (coldWork > 2e9 ? 100 : 30) * program.threshold) return 'whole';
  return d >= descentColumns ? 'descent' : 'parts';
}

/** max ‖XᵀD r‖ at the best constant model. */
export function longestPrice(program: LiftedProgram): number {
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
