import { type ProgressEvent, Run, type RunOptions } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { BoundMethod } from './certificate.js';
import { bestDualPoint, bestScale, column, dualValue } from './dual.js';
import { keptWith } from './kept.js';
import type { Problem } from './problem.js';
import { repeatedRowsBound } from './repeated-rows.js';
import { type SphereBound, type SphereMethod, type SphereOptions, sphereBound } from './sphere/bound.js';
import { type SphereData, sphereData } from './sphere/data.js';

export interface GlobalBoundOptions extends RunOptions {
  /** Bound all gated networks instead of all ReLU networks. Default false. */
  readonly gated?: boolean;
  /** A bound this large is enough. Default Infinity: as tight as can be. */
  readonly goal?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Starts of the local search. Default 1000. */
  readonly starts?: number;
  /** See `SphereOptions`. */
  readonly nodeLimit?: number;
  readonly iterations?: number;
  /** k×d: points for the local search to start from as well. */
  readonly points?: Matrix;
}

/** A lower bound on the objective of every network of any width. */
export interface GlobalBound {
  /** Proved, and at least 0. */
  readonly value: number;
  readonly method: BoundMethod;
  /** Bounds of max |r_kᵀ(Xu)_+| of the given r, one an output. */
  readonly norms: readonly SphereBound[];
}

/**
 * The best lower bound on (1/n)Σℓ + λΣ‖u_j‖|α_j| over all networks that r leads to: r scaled into the dual feasible set by
 * a proved bound of its support function over the sphere. For the squared loss a few changes of r are tried as
 * well: the bounds are loose when r oscillates, and a smoother r may lose less than the bound gains.
 *
 * @param r n×c: the residual −∂ℓ/∂f of a good network; any r is valid.
 */
export async function globalLowerBound(
  problem: Problem,
  r: Float64Array,
  options: GlobalBoundOptions = {},
): Promise<GlobalBound> {
  const run = new Run(options);
  const data = preparedRows(problem.augmented);
  const { goal = Number.POSITIVE_INFINITY } = options;
  const sphere = { ...options, target: normThatReaches(problem, r, goal) };
  const norms = await boundsOf(problem, data, r, sphere, run);
  let best = candidate(problem, r, norms);
  const settled = norms.every((bound) => bound.exact);
  if (best.value < goal && !settled && problem.loss.name === 'squared') {
    for (const other of variations(problem, r)) {
      if (run.stop !== null) break;
      const iterations = Math.min(25, options.iterations ?? 25);
      const quick = { ...options, method: 'eigenvalue', iterations, starts: 0, onProgress: undefined } as const;
      const rough = await boundsOf(problem, data, other, quick, run);
      const next = candidate(problem, other, rough);
      if (next.value > best.value) best = next;
    }
  }
  const repeated = repeatedRowsBound(problem, r);
  if (repeated > best.value) best = { value: repeated, method: 'repeated-rows' };
  return { ...best, norms };
}

const preparedRows = keptWith(sphereData);

async function boundsOf(
  problem: Problem,
  data: SphereData,
  r: Float64Array,
  options: SphereOptions,
  run: Run,
): Promise<SphereBound[]> {
  const { outputs } = problem;
  const bounds: SphereBound[] = [];
  for (let k = 0; k < outputs; k++) {
    const left = (options.timeLimit ?? Number.POSITIVE_INFINITY) - run.seconds;
    const onProgress = (event: ProgressEvent): void =>
      options.onProgress?.({ ...event, fraction: (k + (event.fraction ?? 0)) / outputs });
    const part = { ...options, onProgress, timeLimit: Math.max(0, left / (outputs - k)) };
    bounds.push(await sphereBound(data, column(r, k, outputs), part));
  }
  return bounds;
}

function candidate(
  problem: Problem,
  r: Float64Array,
  norms: readonly SphereBound[],
): { value: number; method: BoundMethod } {
  const uppers = Float64Array.from(norms, (bound) => bound.upper);
  const { value } = bestDualPoint(problem, r, uppers);
  const loosest = norms.reduce((a, b) => (a.upper >= b.upper ? a : b));
  return { value, method: value > 0 ? nameOf[loosest.method] : 'none' };
}

const nameOf: Record<SphereMethod, BoundMethod> = {
  crude: 'crude',
  eigenvalue: 'eigenvalue',
  'low-rank': 'low-rank',
  signs: 'branch-and-bound',
  'branch-and-bound': 'branch-and-bound',
  sweep: 'enumeration',
};

/** The largest bound of the support function that still proves `goal`; 0 when none does. */
export function normThatReaches(problem: Problem, r: Float64Array, goal: number): number {
  const { loss, y, outputs, lambda } = problem;
  const value = (s: number): number =>
    dualValue(
      loss,
      r.map((x) => s * x),
      y,
      outputs,
    );
  let high = bestScale(loss, r, y, outputs, Number.POSITIVE_INFINITY);
  if (!(value(high) >= goal)) return 0;
  let low = 0;
  for (let k = 0; k < 60; k++) {
    const middle = 0.5 * (low + high);
    if (value(middle) >= goal) high = middle;
    else low = middle;
  }
  return high > 0 ? ((r.length / outputs) * lambda) / high : 0;
}

/** Blends with the residual of the best constant model, and powers: any vector is a valid candidate. */
function* variations(problem: Problem, r: Float64Array): Generator<Float64Array> {
  const start = constantResidual(problem);
  for (const share of [0.1, 0.3, 0.6, 1]) yield r.map((x, i) => (1 - share) * x + share * start[i]);
  const largest = r.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (!(largest > 0)) return;
  for (const change of [Math.sqrt, (t: number): number => t * Math.sqrt(t)]) {
    yield r.map((x) => Math.sign(x) * change(Math.abs(x) / largest));
  }
}

function constantResidual({ loss, y, outputs, outputBias }: Problem): Float64Array {
  const bias = new Float64Array(outputs);
  const f = new Float64Array(y.length);
  if (outputBias) loss.bestBias(f, y, outputs, bias);
  const r = new Float64Array(y.length);
  loss.residual(
    f.map((_, i) => bias[i % outputs]),
    y,
    outputs,
    r,
  );
  return r;
}
