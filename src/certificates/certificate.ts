/**
 * What is proved about a network. All values are objectives on the 1/n scale:
 * (1/n) Σ ℓ + λ Σ_j ‖u_j‖|α_j|, of the *network*, from its weights (MATH: §2).
 */
export interface Certificate {
  /** Objective of the returned network. */
  readonly primal: number;
  /** The dual value behind `gap`: a lower bound over what `scope` names. */
  readonly dual: number;
  /** primal − dual, absolute. */
  readonly gap: number;
  /** gap / max(|primal|, tiny). */
  readonly relativeGap: number;
  readonly scope: Scope;
  /** Proved lower bound over *all* networks of any width, however weak; −Infinity never: 0 is always proved. */
  readonly bound: number;
  /** How `bound` was proved. */
  readonly boundMethod: BoundMethod;
  /** Largest h(±θ)/λ that the dual point was scaled by, over the patterns named by `scope`. */
  readonly dualNorm: number;
  readonly patterns: { readonly count: number; readonly digest: string };
  /** Largest cone violation of the program's point behind the network; 0 for a network judged by its own weights. */
  readonly feasibility: number;
  /** The relative gap that was asked for. */
  readonly tolerance: number;
  /** For `priced`: how hard was looked. */
  readonly search?: { readonly restarts: number; readonly seed: number };
}

/**
 * `sampled`: optimal over the stated patterns only. `priced`: besides, a local search over all directions found no
 * violating pattern (strong evidence, no proof). `exact`: the dual constraint is proved over all patterns: globally optimal
 * to the stated gap. `bound`: a proved lower bound whose gap is not small.
 */
export type Scope = 'sampled' | 'priced' | 'exact' | 'bound';

/**
 * `none`: nothing better than 0, which no objective is below. `crude`: norms of X and of the residual. `enumeration`: once
 * round the circle (rank 1 and 2). `repeated-rows`: what equal rows with different targets leave. `branch-and-bound`: over cones, or over the signs of rows. Proofs:
 * docs/certificates.md.
 */
export type BoundMethod =
  | 'none'
  | 'crude'
  | 'enumeration'
  | 'branch-and-bound'
  | 'eigenvalue'
  | 'low-rank'
  | 'repeated-rows';
