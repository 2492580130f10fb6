import type { Run } from '../../base/index.js';
import type { BranchOptions, BranchResult } from './branch.js';
import { quickDecompose } from './decompose.js';
import { BoundHeap } from './heap.js';
import { Moments } from './moments.js';
import { type SphereProblem, valueAt } from './problem.js';
import { climb, type Top } from './search.js';
import { childBranch, rootBranch, type SignBranch } from './sign-branch.js';
import { trustBound } from './trust.js';

/** Branches whose bound is within this of the best point count as settled. */
const SETTLED = 1e-10;

/** Of the moments that a search begins with, where nobody has fitted them yet. */
const FIT_STEPS = 60;

/** σ of the roots. */
const SIGNS = [1, -1] as const;

type SignOptions = Pick<BranchOptions, 'target' | 'nodeLimit'>;

/**
 * M by branch and bound over the signs of the convex rows (σw_k > 0), the heaviest first. Given its sign s_k a row is
 * linear, w_k s_k z_kᵀv on {s_k z_kᵀv ≥ 0}; those without one are majorised by a quadratic, and so is a share α_k of each
 * concave row, as in `trustBound`; the rest of it lies below −(1 − α_k)|w_k|τ_k z_kᵀv for any τ_k in [−1, 1]; the conditions
 * s_k z_kᵀv ≥ 0 enter with multipliers ν_k ≥ 0. So on the branch σF(v) ≤ constant + wᵀv + vᵀAv, w linear in (τ, ν), and
 * every choice of ω, α, τ, ν proves a bound.
 *
 * Signs that no v has do no harm: nothing needs to be known about which patterns exist. Good for few rows in any dimension,
 * where cones (`branchAndBound`) are good for many rows in few dimensions. Stopped at any time, the largest open bound
 * is proved.
 *
 * @param fitted what `trustBound` has made of the moments, for σ = 1 and −1; default: made here.
 */
export async function signBound(
  p: SphereProblem,
  start: { lower: number; point: Float64Array },
  options: SignOptions,
  run: Run,
  fitted?: readonly Moments[],
): Promise<BranchResult> {
  const search = new SignSearch(p, { value: start.lower, point: start.point }, options);
  search.addRoots(fitted ?? (await fittedMoments(p, run)));
  while (!search.done && run.stop === null) {
    search.step();
    if (search.steps % 256 === 0) run.progress({ phase: 'bound (signs)', fraction: search.steps / options.nodeLimit });
    await run.pause();
  }
  return search.result;
}

async function fittedMoments(p: SphereProblem, run: Run): Promise<readonly Moments[]> {
  const moments: Moments[] = [];
  for (const sign of SIGNS) {
    const found = await trustBound(p, sign, FIT_STEPS, run);
    moments.push(found?.moments ?? new Moments(p, await quickDecompose()));
  }
  return moments;
}

class SignSearch {
  readonly #heap = new BoundHeap<SignBranch>();
  #settled = 0;
  #nodes = 0;
  #first = 0;

  constructor(
    readonly p: SphereProblem,
    private top: Top,
    readonly options: SignOptions,
  ) {}

  /** Branches looked at so far. */
  get steps(): number {
    return this.#nodes;
  }

  get #threshold(): number {
    return Math.max(this.options.target, this.top.value * (1 + SETTLED));
  }

  get done(): boolean {
    return this.#heap.size === 0 || this.#nodes >= this.options.nodeLimit || this.#hopeless;
  }

  /** An eighth of the nodes has not closed a twentieth of the gap. */
  get #hopeless(): boolean {
    if (this.#nodes < this.options.nodeLimit / 8) return false;
    return this.#heap.topBound > this.#first - 0.05 * (this.#first - this.#threshold);
  }

  get result(): BranchResult {
    const upper = Math.min(this.p.total, Math.max(this.#heap.topBound, this.#settled, 0));
    return { upper, lower: this.top.value, point: this.top.point, nodes: this.#nodes };
  }

  addRoots(moments: readonly Moments[]): void {
    SIGNS.forEach((sign, k) => {
      this.#add(rootBranch(this.p, sign, this.#threshold, moments[k]));
    });
    this.#first = this.#heap.topBound;
  }

  /** Splits the branch with the largest bound by the sign of its next row. */
  step(): void {
    const branch = this.#heap.take();
    if (branch.bound <= this.#threshold) {
      this.#settled = Math.max(this.#settled, branch.bound);
      return;
    }
    for (const side of [1, -1] as const) this.#add(childBranch(branch, side, this.#threshold));
  }

  #add(branch: SignBranch): void {
    this.#nodes++;
    this.#improve(branch.peak);
    if (branch.bound <= this.#threshold || branch.depth === branch.tree.order.length) {
      this.#settled = Math.max(this.#settled, branch.bound);
    } else this.#heap.add(branch);
  }

  #improve(peak: Float64Array): void {
    const value = valueAt(this.p, peak);
    if (Math.abs(value) <= this.top.value) return;
    const climbed = climb(this.p, Math.sign(value), peak);
    this.top = climbed.value > Math.abs(value) ? climbed : { value: Math.abs(value), point: peak };
  }
}
