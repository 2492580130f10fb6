import { log } from '../base/index.js';
import type { PatternSet } from '../linalg/index.js';
import type { LiftedProgram } from '../programs/index.js';
import { norm } from './gated-judge.js';

interface TrailPoint {
  /** nλ. */
  readonly threshold: number;
  /** The norm of every block. */
  readonly sizes: Float64Array;
}

/** The last solutions over the same patterns, latest first: where the next one, at another λ, is looked for. */
export interface GatedTrail {
  readonly patterns: PatternSet;
  readonly points: readonly TrailPoint[];
}

export function blockNorms({ d, blocks }: LiftedProgram, z: Float64Array): Float64Array {
  return Float64Array.from({ length: blocks }, (_, b) => norm(z, b * d, d));
}

/** The trail with the solution z of a program; what is left of the old one is the point before. */
export function nextTrail(program: LiftedProgram, z: Float64Array, old?: GatedTrail): GatedTrail {
  const { patterns, threshold } = program;
  const sizes = blockNorms(program, z);
  const before = old?.patterns === patterns ? old.points.filter((point) => point.threshold !== threshold) : [];
  return { patterns, points: [{ threshold, sizes }, ...before.slice(0, 1)] };
}

/** Block norms on the line through the last two points, in log λ; blocks that entered or left with the last one keep its. */
export function expectedSizes({ points: [last, before] }: GatedTrail, threshold: number): Float64Array {
  if (!before) return last.sizes;
  const share = log(threshold / last.threshold) / log(last.threshold / before.threshold);
  return last.sizes.map((size, b) => {
    if (size === 0 || before.sizes[b] === 0) return size;
    return Math.max(0, size + share * (size - before.sizes[b]));
  });
}
