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
}

/** Of F and of −F. */
export type Multipliers = readonly [SignMultipliers, SignMultipliers];

/** No multiplier at all. */
export const noMultipliers = (count: number, rank: number): SignMultipliers => ({
  qPlus: new Float64Array(count),
  qMinus: new Float64Array(count),
  pPlus: new Float64Array(count * rank),
  pMinus: new Float64Array(count * rank),
  nPlus: new Float64Array(count * count),
  nMinus: new Float64Array(count * count),
  nCross: new Float64Array(count * count),
});
