import type { LiftedProgram } from '../programs/index.js';
import { KeptFactors } from './kept-factors.js';

/** Kernel memory of a whole solve: six arrays of all blocks (one of them of half the width), three of prices, vectors over samples. */
export function wholeSolveBytes({ blocks, d, outputs, patternCount, rows, bytesNeeded }: LiftedProgram): number {
  return bytesNeeded + 44 * blocks * d + 24 * outputs * patternCount * d + 8 * (12 * rows + 4 * blocks);
}

/** Kernel memory beyond which a solve keeps no factors: they only save time. */
const spareBytes = 2 ** 31;

/** Places for the factors of a program's blocks, as many as memory allows. */
export const keptFactorsOf = (program: LiftedProgram): KeptFactors =>
  new KeptFactors(program, spareBytes - wholeSolveBytes(program));
