/**
 * A convex loss, as sums over samples (the 1/n of the objective is applied by the program). Arrays hold n samples of
 * `outputs` numbers each, row-major. r is the *residual* −∂ℓ/∂f: for the squared loss y − f. Dual variable θ = r/n.
 */
export interface Loss {
  readonly name: LossName;
  /** What y holds: numbers, labels −1/+1, or one-hot rows (joint losses). */
  readonly targets: 'number' | 'label' | 'one-hot';
  /** False when one sample's outputs are coupled (softmax): then curvature is a block per sample. */
  readonly separable: boolean;
  /** Largest curvature of ℓ in f. */
  readonly curvatureBound: number;
  /** Σ_i ℓ(f_i, y_i). */
  value(f: Float64Array, y: Float64Array, outputs: number): number;
  /** out ← −∂ℓ/∂f. */
  residual(f: Float64Array, y: Float64Array, outputs: number, out: Float64Array): void;
  /** Σ_i ℓ*(−r_i; y_i); +Infinity outside the domain. */
  conjugate(r: Float64Array, y: Float64Array, outputs: number): number;
  /** out ← ∂²ℓ/∂f²: n numbers when separable with one output, else an outputs×outputs block per sample. */
  curvature(f: Float64Array, y: Float64Array, outputs: number, out: Float64Array): void;
  /** f ← argmin ℓ(f; y) + ‖f − v‖²/(2 tau) per sample; what f holds before is where an iteration begins. */
  proximal(v: Float64Array, y: Float64Array, outputs: number, tau: number, f: Float64Array): void;
  /** b (length outputs) ← argmin_b Σ_i ℓ(f_i + b; y_i), to machine precision. */
  bestBias(f: Float64Array, y: Float64Array, outputs: number, b: Float64Array): void;
}

export type LossName = 'squared' | 'huber' | 'logistic' | 'squared-hinge' | 'softmax';
