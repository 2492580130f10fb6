import type { Run } from '../../base/index.js';
import { quickDecompose } from './decompose.js';
import { type Majorant, maximise } from './majorant.js';
import { Moments } from './moments.js';
import type { SphereProblem } from './problem.js';

/** A bound of max σF and the majorant that proves it. */
export interface TrustBound {
  readonly bound: number;
  readonly majorant: Majorant;
  /** Share of each row that its quadratic does not take: 0 for convex rows; a concave row has it left for a linear part. */
  readonly linearShare: Float64Array;
  /** Where the moments have come to. */
  readonly moments: Moments;
}

/**
 * The eigenvalue bound of max σF over the ball. With unit rows, ‖v‖ = 1 and t = z_kᵀv
 *   a convex row has |t| ≤ ω/2 + t²/(2ω), any ω > 0,
 *   a concave one −|t| ≤ −αt² − (1 − α)τt, any α in [0, 1] and τ in [−1, 1]:
 * a quadratic, whose maximum over the sphere an eigendecomposition gives. (F is homogeneous: a positive maximum over the
 * ball is one over the sphere.)
 *
 * The best ω, α, τ are the dual of maximising bᵀm + Σ_{w>0} w√s_k − Σ_{w<0} |w| max(s_k, |z_kᵀm|), s_k = E t², over the means m
 * and second moments on the sphere. That is done by Frank and Wolfe's method, the larger of two as a soft one:
 * ω = √s, α and τ from s and m, and the maximiser of the majorant they give is the next vertex. Every iterate proves a
 * bound; the least is returned. O(n·rank² + rank³) an iteration.
 */
export async function trustBound(
  p: SphereProblem,
  sign: number,
  iterations: number,
  run: Run,
): Promise<TrustBound | null> {
  const moments = new Moments(p, await quickDecompose());
  const linear = p.linear.map((x) => sign * x);
  let best: TrustBound | null = null;
  for (let iteration = 0; iteration < iterations && run.stop === null; iteration++) {
    const { majorant, linearShare } = moments.majorant(sign, 1 + iteration / 10, linear);
    const peak = maximise(majorant);
    if (best === null || peak.bound < best.bound)
      best = { bound: Math.max(0, peak.bound), majorant, linearShare, moments };
    moments.moveTowards(peak, 2 / (iteration + 3));
    await run.pause();
  }
  return best;
}
