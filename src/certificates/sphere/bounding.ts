import { Run, type RunOptions } from '../../base/index.js';
import type { Matrix } from '../../linalg/index.js';
import { dotAt, norm } from '../rounding.js';
import { type BranchResult, branchAndBound } from './branch.js';
import { crudeBound } from './crude.js';
import type { SphereData } from './data.js';
import type { Moments } from './moments.js';
import { planeMaximum } from './plane.js';
import { type SphereProblem, sphereProblem, unreduce } from './problem.js';
import { searchSphere, type Top } from './search.js';

export type SphereMethod = 'crude' | 'eigenvalue' | 'low-rank' | 'signs' | 'branch-and-bound' | 'sweep';

export interface SphereOptions extends RunOptions {
  /** Default `auto`: all that apply, cheapest first, until the target is met. */
  readonly method?: 'auto' | SphereMethod;
  /** An upper bound this small is enough. Default 0: as tight as can be. */
  readonly target?: number;
  /** Starts of the local search for `lower`. Default 1000. */
  readonly starts?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Most branches that each branch and bound looks at; 0 leaves out all that enumerates. Default: so many that it takes some seconds. */
  readonly nodeLimit?: number;
  /** Most iterations of the eigenvalue method. Default 100; fewer for large X in any case. */
  readonly iterations?: number;
  /** k×d: points to start the search from as well (such as the neurons of a network). */
  readonly points?: Matrix;
  /** Gated networks: bound max_D ‖XᵀDr‖ over all sets D of rows instead. Default false. */
  readonly gated?: boolean;
}

/** Bounds of h(r) = max_{‖u‖≤1} |rᵀ(Xu)_+|. */
export interface SphereBound {
  /** Proved, rounding included. */
  readonly upper: number;
  /** The largest value found; no proof that there is none above. */
  readonly lower: number;
  /** A unit vector (d) that attains `lower`, for r or for −r; zeros when lower is 0. */
  readonly direction: Float64Array;
  /** Method of `upper`. */
  readonly method: SphereMethod;
  /** upper and lower agree to 1e-9: the maximum itself. */
  readonly exact: boolean;
  /** Branches that branch and bound looked at. */
  readonly nodes: number;
  /** Random starts behind `lower`; fewer than asked for when the call was stopped. */
  readonly starts: number;
}

/** Largest rank for which branch and bound is tried (2^rank orthants, for either sign). */
export const BRANCH_RANK = 8;

/** Distinct rows up to which signs come before cones in any dimension. */
const SHORT = 16;

/** Defaults of the node limits, as nodes × rows × rank²; and branches of signs × rows, for their memory. */
const CONE_WORK = 1e8;
const SIGN_WORK = 7e7;
const SIGN_MEMORY = 2e6;

/** Share of the time limit for the local search. */
const SEARCH_SHARE = 0.4;

/** Kept once loaded: a path asks at every λ. */
let trust: Promise<typeof import('./trust.js')> | undefined;
let lowRank: Promise<typeof import('./low-rank.js')> | undefined;

/** One call: the least bound so far and the methods that lower it. */
export class Bounding {
  readonly #run: Run;
  readonly #p: SphereProblem;
  #upper = Number.POSITIVE_INFINITY;
  #method: SphereMethod = 'crude';
  #top: Top;
  #nodes = 0;
  #starts = 0;
  /** What the eigenvalue bound has fitted, for σ = 1 and −1. */
  #moments: readonly Moments[] | undefined;

  constructor(
    readonly data: SphereData,
    readonly theta: Float64Array,
    readonly options: SphereOptions,
  ) {
    this.#run = new Run(options);
    this.#p = sphereProblem(data.reduced, theta, options.gated ?? false);
    this.#top = { value: 0, point: new Float64Array(data.reduced.rank) };
  }

  async run(): Promise<SphereBound> {
    const { method = 'auto' } = this.options;
    this.#offer(crudeBound(this.data.rowNorms, this.data.spectral, this.theta, this.options.gated), 'crude');
    this.#offer(unreduce(this.#p, this.#p.total), 'crude');
    if (this.#p.count === 0) this.#offer(unreduce(this.#p, this.#p.total), 'sweep');
    else if (this.#p.rank <= 2 && (method === 'auto' || method === 'sweep')) this.#sweep();
    else await this.#highRank(method);
    return this.#result();
  }

  #offer(upper: number, method: SphereMethod): void {
    // a finite bound of zero would be scaled to zero by underflow elsewhere
    const bound = upper + 1e-290;
    // nor is NaN a bound
    if (!(bound < this.#upper)) return;
    this.#upper = bound;
    this.#method = method;
  }

  get #enough(): boolean {
    const closed = this.#upper <= Math.max(this.options.target ?? 0, this.#top.value * (1 + 1e-9));
    return closed || this.#run.stop !== null;
  }

  #sweep(): void {
    const { upper, top } = planeMaximum(this.#p);
    this.#offer(unreduce(this.#p, upper), 'sweep');
    this.#top = top;
  }

  async #highRank(method: 'auto' | SphereMethod): Promise<void> {
    await this.#search();
    const wants = (name: SphereMethod): boolean => (method === 'auto' && !this.#enough) || method === name;
    if (wants('eigenvalue')) await this.#eigenvalue();
    if (this.options.nodeLimit === 0 && method === 'auto') return;
    // cones first in few dimensions, but a short list of rows has few signs, and no corner in which cones crowd
    const few = this.#p.rank <= 4 && this.#p.count > SHORT;
    if (few && wants('branch-and-bound')) await this.#branch();
    if (wants('signs')) await this.#signs();
    if (!few && this.#p.rank <= BRANCH_RANK && wants('branch-and-bound')) await this.#branch();
    if (wants('low-rank') && this.#p.rank > 4) await this.#lowRank();
  }

  async #search(): Promise<void> {
    const { starts = 1000, seed = 0, timeLimit = Number.POSITIVE_INFINITY } = this.options;
    const part = this.#run.part(SEARCH_SHARE * timeLimit);
    const found = await searchSphere(this.#p, starts, seed, this.#points(), part);
    this.#top = found;
    this.#starts = found.starts;
  }

  #points(): Float64Array[] {
    const { points } = this.options;
    const { basis } = this.data.reduced;
    if (!points) return [];
    return Array.from({ length: points.rows }, (_, i) => {
      const u = points.data.slice(i * points.cols, (i + 1) * points.cols);
      if (!basis) return u;
      const v = new Float64Array(basis.cols);
      for (let j = 0; j < basis.rows; j++)
        for (let k = 0; k < basis.cols; k++) v[k] += u[j] * basis.data[j * basis.cols + k];
      return v;
    });
  }

  async #eigenvalue(): Promise<void> {
    const { rank, count } = this.#p;
    const affordable = Math.max(4, Math.floor(2e10 / (rank ** 2 * (10 * rank + count) + 1)));
    const iterations = Math.min(this.options.iterations ?? 100, affordable);
    // The methods that decompose matrices are loaded when they are needed first: a fit that closes its gap without does not
    trust ??= import('./trust.js');
    const { trustBound } = await trust;
    const bounds: number[] = [];
    const moments: Moments[] = [];
    for (const sign of [1, -1]) {
      const found = await trustBound(this.#p, sign, iterations, this.#run);
      bounds.push(found?.bound ?? this.#p.total);
      if (found) moments.push(found.moments);
    }
    this.#offer(unreduce(this.#p, Math.max(...bounds)), 'eigenvalue');
    if (moments.length === 2) this.#moments = moments;
  }

  async #branch(): Promise<void> {
    const nodeLimit = this.options.nodeLimit ?? Math.ceil(CONE_WORK / (this.#p.count * this.#p.rank ** 2));
    const known = this.options.method === 'branch-and-bound' ? Number.POSITIVE_INFINITY : this.#upper;
    const options = { target: this.#reducedTarget, nodeLimit, known };
    this.#take(await branchAndBound(this.#p, this.#start, options, this.#run), 'branch-and-bound');
  }

  async #signs(): Promise<void> {
    const work = Math.min(SIGN_WORK / this.#p.rank ** 2, SIGN_MEMORY) / this.#p.count;
    const nodeLimit = this.options.nodeLimit ?? Math.ceil(work);
    const options = { target: this.#reducedTarget, nodeLimit };
    const { signBound } = await import('./signs.js');
    this.#take(await signBound(this.#p, this.#start, options, this.#run, this.#moments), 'signs');
  }

  get #start(): { lower: number; point: Float64Array } {
    return { lower: this.#top.value, point: this.#top.point };
  }

  #take(found: BranchResult, method: SphereMethod): void {
    this.#nodes += found.nodes;
    if (found.lower > this.#top.value) this.#top = { value: found.lower, point: found.point };
    this.#offer(unreduce(this.#p, found.upper), method);
  }

  /** A bound of M that meets the target. */
  get #reducedTarget(): number {
    return Math.max(0, ((this.options.target ?? 0) - this.#p.margin) / this.#p.stretch) * (1 - 1e-14);
  }

  async #lowRank(): Promise<void> {
    lowRank ??= import('./low-rank.js');
    const { lowRankBound } = await lowRank;
    for (const k of [2, 3, 4]) {
      if (this.options.gated || this.#enough) return;
      this.#offer(await lowRankBound(this.data.x, this.theta, k, this.#upper, 10_000, this.#run), 'low-rank');
    }
  }

  /** The best point in the coordinates of X. */
  #direction(): Float64Array {
    const { basis } = this.data.reduced;
    const { point } = this.#top;
    if (!basis) return point;
    return Float64Array.from({ length: basis.rows }, (_, j) => dotAt(basis.data, j * basis.cols, point, 0, basis.cols));
  }

  #result(): SphereBound {
    // points of the reduced ball are points of the ball, F differs from h by the margin
    const lower = Math.min(this.#upper, norm(this.#top.point) > 0 ? this.#top.value : 0);
    const exact = this.#upper <= lower * (1 + 1e-9) || this.#upper <= 1e-280;
    const direction = this.#direction();
    return {
      direction,
      upper: this.#upper,
      lower,
      method: this.#method,
      exact,
      nodes: this.#nodes,
      starts: this.#starts,
    };
  }
}
