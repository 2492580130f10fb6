import type { Matrix, PatternSet } from '../linalg/index.js';
import type { LiftedProgram } from '../programs/index.js';
import { norm } from './gated-judge.js';
import type { KeptModel, NearStart } from './gated-model.js';

interface TrailPoint {
  /** nλ. */
  readonly threshold: number;
  /** The norm of every block. */
  readonly sizes: Float64Array;
  /** The residual of every output; null where none is kept. */
  readonly residuals: readonly (Float64Array | null)[];
}

/** The last solutions over the same patterns, latest first: where the next one, at another λ, is looked for. */
export interface GatedTrail {
  readonly patterns: PatternSet;
  readonly X: Matrix;
  readonly points: readonly TrailPoint[];
  /** The last model of every output. */
  readonly models: readonly (KeptModel | null)[];
}

export const follows = (trail: GatedTrail | undefined, { patterns, problem }: LiftedProgram): boolean =>
  trail?.patterns === patterns && trail.X === problem.X;

export function blockNorms({ d, blocks }: LiftedProgram, z: Float64Array): Float64Array {
  return Float64Array.from({ length: blocks }, (_, b) => norm(z, b * d, d));
}

/** The trail with the solution z of a program; what is left of the old one is the point before. */
export function nextTrail(
  program: LiftedProgram,
  z: Float64Array,
  kept: readonly (NearStart | null)[],
  old?: GatedTrail,
): GatedTrail {
  const { patterns, threshold, problem } = program;
  const before = old && follows(old, program) ? old.points.filter((point) => point.threshold !== threshold) : [];
  const residuals = kept.map((one) => one?.r ?? null);
  const point = { threshold, sizes: blockNorms(program, z), residuals };
  const models = kept.map((one) => one?.model ?? null);
  return { patterns, X: problem.X, points: [point, ...before.slice(0, 1)], models };
}

/** Where a λ lies from the last point, in steps from the one before to it. */
const stepsOn = (threshold: number, last: TrailPoint, before: TrailPoint): number =>
  (threshold - last.threshold) / (last.threshold - before.threshold);

/** Block norms on the line through the last two points, in λ; blocks that entered or left with the last one keep its. */
export function expectedSizes({ points: [last, before] }: Pick<GatedTrail, 'points'>, threshold: number): Float64Array {
  if (!before) return last.sizes;
  const steps = stepsOn(threshold, last, before);
  return last.sizes.map((size, b) => {
    if (size === 0 || before.sizes[b] === 0) return size;
    return Math.max(0, size + steps * (size - before.sizes[b]));
  });
}

/** The residual of an output, its multiple of 1/nλ on the line through the last two; with the last model. */
export function expectedResidual(
  { points: [last, before], models }: GatedTrail,
  threshold: number,
  output: number,
): NearStart | undefined {
  const [r, model, old] = [last.residuals[output], models[output], before?.residuals[output]];
  if (!r || !model) return undefined;
  const scale = threshold / last.threshold;
  if (!old) return { r: r.map((v) => scale * v), model };
  const steps = stepsOn(threshold, last, before);
  const oldScale = threshold / before.threshold;
  return { r: r.map((v, i) => scale * v + steps * (scale * v - oldScale * old[i])), model };
}
