import type { Certificate, Scope } from '../certificates/index.js';
import { gapText, lower } from '../model/parts/index.js';

/** What is proved about a parallel network; objectives on the 1/n scale, `primal` with the penalty of the network's regulariser. */
export interface ParallelCertificate
  extends Pick<Certificate, 'primal' | 'dual' | 'gap' | 'relativeGap' | 'tolerance'> {
  /**
   * `exact`: no parallel network of these layers, widths and penalty is below `dual`, proved. `priced`: none is, as far as a local search
   * over sub-networks saw. `sampled`: none with the sampled patterns. `bound`: proved, but the gap is not small.
   */
  readonly scope: Scope;
  /** Proved lower bound over all parallel networks of the problem, however weak. */
  readonly bound: number;
  /** Largest |rᵀg(X)| over sub-networks of penalty 1, over nλ, that the dual point was scaled by. */
  readonly dualNorm: number;
  /** For `priced`: how hard was looked. */
  readonly search?: { readonly starts: number; readonly seed: number };
  /** For `sampled`: how many random blocks, and their seed. */
  readonly sample?: { readonly count: number; readonly seed: number };
  /** The same in a sentence. */
  readonly words: string;
}

/** One sentence; bounds are rounded down and gaps up, so that what is said to be proved is. */
export function parallelWords({
  scope,
  relativeGap,
  tolerance,
  bound,
}: Pick<ParallelCertificate, 'scope' | 'relativeGap' | 'tolerance' | 'bound'>): string {
  const gap = `relative gap ${gapText(relativeGap)}`;
  const reached = relativeGap <= tolerance;
  const proved = `proved for all: not below ${lower(bound)}`;
  if (scope === 'exact')
    return `Proved over all activation patterns: no parallel network of these layers and widths has an objective below ${lower(bound)} (${gap}).`;
  if (scope === 'sampled') return `Optimal over the sampled patterns only (${gap}); ${proved}.`;
  if (scope === 'priced' && reached)
    return `Optimal as far as a local search over all sub-networks saw, no proof (${gap}); ${proved}.`;
  return `Not shown to be optimal (${gap}); ${proved}.`;
}
