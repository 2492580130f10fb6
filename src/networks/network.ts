import type { Matrix } from '../linalg/index.js';

/**
 * The weights of a two-layer network, immutable:
 *   relu:  f(x) = Σ_j α_j (u_j·x + h_j)_+ + b
 *   gated: f(x) = Σ_j α_j 1[g_j·x + k_j ≥ 0] (u_j·x + h_j) + b
 */
export interface NetworkWeights {
  readonly activation: 'relu' | 'gated';
  /** m×d: row j is u_j. */
  readonly hidden: Matrix;
  /** m: h_j; zeros where the network has no hidden bias. */
  readonly hiddenBias: Float64Array;
  /** m×c: row j is α_j (one non-zero entry a row in the one-output-per-neuron form). */
  readonly output: Matrix;
  /** c: b. */
  readonly outputBias: Float64Array;
  /** Gated only: m×d gates g_j and m offsets k_j. */
  readonly gates?: Matrix;
  readonly gateBias?: Float64Array;
}
