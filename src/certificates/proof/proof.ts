/**
 * What proves a lower bound over all two-layer ReLU networks of any width on given data (docs/semidefinite.md): a dual
 * point, and for both signs σ multipliers of products that are never negative. Everything is in the coordinates of X with
 * its column of ones, if it has one: z_k is row `lines[k]`, s±_k = |z_kᵀu| ± z_kᵀu.
 */
export interface Proof {
  /** n: the dual point, θ = t/n; sums to exactly 0 when the output bias is free. */
  readonly t: Float64Array;
  /** Row of X that stands for each line but the auxiliary ones. */
  readonly lines: Int32Array;
  /** n: the line of each row, −1 for none. */
  readonly of: Int32Array;
  /** Any number of more lines, d numbers each, after those of rows: |z·u| of any z may stand in products. */
  readonly auxiliary: Float64Array;
  readonly combinations: LineCombinations;
  /** Of F(u) = tᵀ(Xu)_+ and of −F. */
  readonly sides: readonly [ProofSide, ProofSide];
}

/**
 * C combinations of lines, entries start_c … start_{c+1} − 1 each: −share z of the first entry is nearly Σ share z of the others. The
 * slack ρ_c = Σ|share||z·u| of the others − |share z·u| of the first + (length of Σ share z) is never negative for ‖u‖ ≤ 1,
 * whatever the numbers are.
 */
export interface LineCombinations {
  readonly count: number;
  readonly start: Int32Array;
  readonly line: Int32Array;
  readonly share: Float64Array;
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
  readonly slack: SlackSide;
}

/** Of products of slacks: ρ(q + pᵀu), read as at least ‖p‖; ρ_c s⁺_k and ρ_c s⁻_k at c·K + k; ρ_c ρ_b at c·C + b, c ≥ b. */
export interface SlackSide {
  /** C, and C×d. */
  readonly q: Float64Array;
  readonly p: Float64Array;
  readonly plus: Pairs;
  readonly minus: Pairs;
  readonly pairs: Pairs;
}

/** Multipliers that are not 0, by ascending place k·K + l. */
export interface Pairs {
  readonly at: Uint32Array;
  readonly value: Float64Array;
}
