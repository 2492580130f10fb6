/**
 * What proves a lower bound over all two-layer ReLU networks of any width on given data (docs/semidefinite.md): a dual
 * point, and for both signs σ multipliers of products that are never negative. Everything is in the coordinates of X with
 * its column of ones, if it has one: z_k is row `lines[k]`, s±_k = |z_kᵀu| ± z_kᵀu.
 */
export interface Proof {
  /** n: the dual point, θ = t/n; sums to exactly 0 when the output bias is free. */
  readonly t: Float64Array;
  /** Row of X that stands for each line. */
  readonly lines: Int32Array;
  /** n: the line of each row, −1 for none. */
  readonly of: Int32Array;
  /** Of F(u) = tᵀ(Xu)_+ and of −F. */
  readonly sides: readonly [ProofSide, ProofSide];
}

/** For one σ: 2σF(u) ≤ alpha + μ‖u‖² follows from these, with alpha + μ ≤ 2nλ. */
export interface ProofSide {
  readonly alpha: number;
  /** K each: of s±_k(q + pᵀu) ≥ 0; read as at least ‖p‖. */
  readonly qPlus: Float64Array;
  readonly qMinus: Float64Array;
  /** K×d each. */
  readonly pPlus: Float64Array;
  readonly pMinus: Float64Array;
  /** K: of s⁺_k s⁻_k = 0, any sign. */
  readonly diagonal: Float64Array;
  /** Of s⁺_k s⁺_l and s⁻_k s⁻_l for k ≥ l, and of s⁺_k s⁻_l for k ≠ l; read as at least 0. */
  readonly plus: Pairs;
  readonly minus: Pairs;
  readonly cross: Pairs;
}

/** Multipliers that are not 0, by ascending place k·K + l. */
export interface Pairs {
  readonly at: Uint32Array;
  readonly value: Float64Array;
}
