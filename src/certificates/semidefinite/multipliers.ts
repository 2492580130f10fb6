/**
 * What proves a bound of σF, F(v) = bᵀv + Σ w_k|z_kᵀv|, on the unit sphere of R^rank, for one sign σ. With
 * s⁺ = |Zv| + Zv and s⁻ = |Zv| − Zv (count numbers each) these products are never negative:
 *   s_k (q_k + p_kᵀv) for ‖p_k‖ ≤ q_k,   N_kl s_k s_l for N_kl ≥ 0;   and s⁺_k s⁻_k = 0, so its multiplier has any sign.
 * Whatever the numbers, `quadraticBound` reads them so that they prove something: N below 0 as 0, q as at least ‖p‖.
 */
export interface SignMultipliers {
  /** count each. */
  readonly qPlus: Float64Array;
  readonly qMinus: Float64Array;
  /** count×rank each. */
  readonly pPlus: Float64Array;
  readonly pMinus: Float64Array;
  /** count×count: of s⁺_k s⁺_l, s⁻_k s⁻_l (the lower triangle is read) and s⁺_k s⁻_l, whose diagonal is free. */
  readonly nPlus: Float64Array;
  readonly nMinus: Float64Array;
  readonly nCross: Float64Array;
  readonly slack: SlackMultipliers;
}

/** Of products of the slacks ρ of combinations, C of them, read in the same way: ρ(q + pᵀv), N_ck ρ_c s_k, N_cb ρ_c ρ_b. */
export interface SlackMultipliers {
  /** C, and C×rank. */
  readonly q: Float64Array;
  readonly p: Float64Array;
  /** C×count: of ρ_c s⁺_k and ρ_c s⁻_k, which come twice. */
  readonly nPlus: Float64Array;
  readonly nMinus: Float64Array;
  /** C×C, of which the lower triangle is read; off the diagonal they come twice. */
  readonly n: Float64Array;
}

/** Of F and of −F. */
export type Multipliers = readonly [SignMultipliers, SignMultipliers];

/** No multiplier at all. */
export const noMultipliers = (count: number, rank: number, slacks = 0): SignMultipliers => ({
  qPlus: new Float64Array(count),
  qMinus: new Float64Array(count),
  pPlus: new Float64Array(count * rank),
  pMinus: new Float64Array(count * rank),
  nPlus: new Float64Array(count * count),
  nMinus: new Float64Array(count * count),
  nCross: new Float64Array(count * count),
  slack: noSlackMultipliers(slacks, count, rank),
});

export const noSlackMultipliers = (slacks: number, count: number, rank: number): SlackMultipliers => ({
  q: new Float64Array(slacks),
  p: new Float64Array(slacks * rank),
  nPlus: new Float64Array(slacks * count),
  nMinus: new Float64Array(slacks * count),
  n: new Float64Array(slacks * slacks),
});
