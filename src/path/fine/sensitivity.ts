import { norm2 } from '../../solvers/index.js';
import type { Atom, CellPricer, FineProblem } from './atom.js';
import type { Standing } from './newton.js';
import { dot } from './span.js';

/** Why the fit has no two-sided derivative in λ, or none that could be had. */
export type NotDifferentiable =
  /** A cell without a neuron is at its bound: a neuron enters or leaves here. */
  | 'zero-weight'
  /** A neuron meets or leaves the hyperplane of a row here. */
  | 'tight-row'
  /** The conditions could not be solved to rounding here. */
  | 'unresolved';

/** ∂/∂λ of the fit along the path, by implicit differentiation of the optimality conditions. */
export type Sensitivity =
  | {
      readonly differentiable: true;
      /** ∂f̂/∂λ, n. */
      readonly fit: Float64Array;
      /** ∂/∂λ of the mean loss: −λ times that of the penalty. */
      readonly loss: number;
      /** ∂/∂λ of Σ‖u_j‖|α_j|. */
      readonly penalty: number;
      /** ∂‖w_j‖/∂λ of the neurons of the minimal optimum. */
      readonly lengths: Float64Array;
    }
  | { readonly differentiable: false; readonly reason: NotDifferentiable };

/** Below it multipliers and distances from hyperplanes (shares) count as zero. */
const strict = 1e-10;
/** A cell at its bound stays there when its price changes as fast as the bound, to this share. */
const along = 1e-6;

/**
 * @param others the cells at their bound without a neuron at `at`: harmless where their prices move along with λ (then the
 *   optimum is one of many that share this fit), else the active set changes here.
 */
export function sensitivityOf(
  problem: FineProblem,
  pricer: CellPricer,
  lambda: number,
  at: Standing,
  others: readonly Atom[],
  derivative: { readonly pieces: readonly Float64Array[]; readonly fit: Float64Array } | null,
): Sensitivity {
  if (derivative === null) return { differentiable: false, reason: 'unresolved' };
  if (at.pieces.some(({ atom }) => atom.slack < strict)) return { differentiable: false, reason: 'tight-row' };
  const { fit, pieces } = derivative;
  const n = problem.X.rows;
  const h = new Float64Array(n);
  problem.loss.curvature(at.f, problem.y, 1, h);
  const residual = fit.map((t, i) => -h[i] * t);
  const leaves = others.some((atom) => Math.abs(dot(pricer.column(atom), residual) - n) > along * n);
  if (leaves) return { differentiable: false, reason: 'zero-weight' };
  const lengths = Float64Array.from(at.pieces, ({ c }, j) => dot(c, pieces[j]) / norm2(c));
  const penalty = lengths.reduce((sum, t) => sum + t, 0);
  return { differentiable: true, fit, loss: -lambda * penalty, penalty, lengths };
}
