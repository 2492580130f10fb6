import type { Status } from '../base/index.js';
import type { GatedTrail } from './gated-trail.js';
import type { KeptFactors } from './kept-factors.js';
import type { NewtonMethod } from './newton-system.js';

/** All patterns at once, a working set of them at a time, or (from a cold start) all at a falling sequence of λ. */
export type SolveWay = 'whole' | 'parts' | 'descent';

/** Newton steps of a solve, unless it says otherwise. */
export const mostNewton = 3000;

export interface SsnalOptions {
  /** Relative gap to reach over the program's patterns. */
  readonly gap: number;
  /** Newton steps at most. Default 3000. */
  readonly maxNewton?: number;
  /** How Newton's systems are solved. Default: what their sizes promise to be cheapest. */
  readonly newton?: NewtonMethod | 'auto';
  /** Default: what sizes and prices promise to be quickest. */
  readonly way?: SolveWay;
  /** Called after every outer step with the values of the kept point (1/n scale). */
  readonly onStep?: (step: SsnalProgress) => void;
}

export interface SsnalProgress {
  readonly primal: number;
  readonly dual: number;
  readonly relativeGap: number;
  readonly neurons: number;
  readonly newtonSteps: number;
}

/** Tight rows of every block, room for d a block, with the multipliers of the unit rows: where projections start. */
export interface TightSets {
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly multiplier: Float64Array;
}

export interface SsnalOutcome extends SsnalProgress {
  readonly status: Status;
  /** Best feasible point, blocks×d. */
  readonly z: Float64Array;
  readonly bias: Float64Array;
  /** Residual at that point with its best bias, output-major. */
  readonly residual: Float64Array;
  readonly sigma: number;
  /** Largest norm of the price of a block at that residual, sum scale; at least nλ. */
  readonly largest: number;
  readonly tightSets: TightSets;
  readonly evaluations: number;
}

/** Where a solve starts: feasible blocks and a bias. */
export interface SsnalStart {
  readonly z?: Float64Array;
  readonly bias?: Float64Array;
  /** The first σ in units of 4/‖X‖². Default 1. */
  readonly sigmaFactor?: number;
  /** `z` is near the optimum, as along a path: the first σ and τ are chosen by the curvature of the loss there. Default false. */
  readonly near?: boolean;
  /** Near an optimum of fewer patterns: others have joined since. */
  readonly joined?: boolean;
  readonly tightSets?: TightSets;
  /** Factors that an earlier solve over the same blocks kept. Default: places of its own, empty. */
  readonly factors?: KeptFactors;
  /**
   * By which share of the threshold blocks have to be beyond it to become active at first; a quarter of it after each Newton step, and
   * nothing where the first proximal step ends. Default 0.
   */
  readonly reluctance?: number;
  /** Gated programs: the last solutions at other λ, in place of `z`. */
  readonly trail?: GatedTrail;
}
