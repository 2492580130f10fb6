import { samplePatterns } from '../arrangements/index.js';
import { Run, type RunOptions, requireOptions, requireThat } from '../base/index.js';
import type { Matrix, PatternSet } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { Certificate, Scope } from './certificate.js';
import { bestDualPoint, column } from './dual.js';
import { type GlobalBound, type GlobalBoundOptions, globalLowerBound } from './global-bound.js';
import { certifyRules } from './option-rules.js';
import { neuronPoints, patternDigest, type StatedPatterns, statedPatterns } from './patterns.js';
import { objectiveOf, type Problem, type ProblemOptions, requireFit, residualOf, trainingProblem } from './problem.js';
import type { SemidefiniteBound } from './semidefinite/index.js';
import { supportBound } from './support.js';

/** How a pattern set can be made again: every pattern, those found with the network, or those of random gates. */
export type PatternOrigin =
  | { readonly kind: 'all' }
  | { readonly kind: 'found' }
  | { readonly kind: 'gaussian'; readonly seed: number; readonly count: number };

export interface CertifyOptions extends RunOptions, ProblemOptions {
  /**
   * `auto` (default): over the stated patterns when there are any or the network is gated, else over all networks.
   * `sampled`: over the stated patterns, or the network's own. `priced`: over all networks, and no more than `priced` is
   * claimed where more is proved; its dual value may be larger than a proved one, which stops at the tolerance.
   */
  readonly scope?: 'auto' | 'sampled' | 'priced';
  /** The patterns of the program that the network answers, on the rows of X; or where they come from. */
  readonly patterns?: PatternSet | PatternOrigin;
  /** Relative gap at which the network counts as optimal. Default 1e-6. */
  readonly tolerance?: number;
  /** Seed of the local search. Default 0. */
  readonly seed?: number;
  /** Random starts of the local search. Default 1000. */
  readonly starts?: number;
  /** Most cones that branch and bound looks at; see `SphereOptions`. */
  readonly nodeLimit?: number;
  /** Most iterations of the eigenvalue bound; see `SphereOptions`. */
  readonly iterations?: number;
  /**
   * Bound all networks by the semidefinite relaxation as well (docs/semidefinite.md): minutes where the other methods take
   * seconds, and far tighter from rank 5 on. ReLU networks with one output and a separable loss, λ > 0. Default false.
   */
  readonly prove?: boolean;
  /** Over all networks: called for every output with the unit vector (d, d + 1 with a hidden bias) of the largest |r_kᵀ(Xu)_+| met. */
  readonly onPeak?: (direction: Float64Array, output: number) => void;
}

/** What `certify` returns: with `prove`, where the relaxation applies, its bound and what proves it. */
export interface ProvedCertificate extends Certificate {
  /** `value` is proved over all networks like `bound`, which other methods gave; the larger one counts. */
  readonly relaxation?: SemidefiniteBound;
}

/** A local search stopped before this many starts is no evidence. */
const MINIMAL_STARTS = 50;

/** What is being certified. */
interface Claim {
  readonly problem: Problem;
  readonly weights: NetworkWeights;
  readonly residual: Float64Array;
  readonly primal: number;
  readonly tolerance: number;
  readonly options: CertifyOptions;
  readonly run: Run;
}

/**
 * What can be proved about a network, whoever trained it, from its weights and the data alone (docs/certificates.md has
 * the proofs). Shares no code with the solvers. The same input gives the same certificate unless the time limit or
 * the signal stops it; then it claims less.
 *
 * @param weights a neuron with several outputs counts as one neuron for each.
 * @param X n×d, encoded, without the column of ones.
 * @param y n×c targets, row-major.
 * @param lambda on the 1/n loss scale.
 * @throws `usage` when the network is not one of the problem or an option is bad, `data` for a bad entry.
 */
export async function certify(
  weights: NetworkWeights,
  X: Matrix,
  y: Float64Array,
  lambda: number,
  options: CertifyOptions = {},
): Promise<ProvedCertificate> {
  requireOptions(options, certifyRules, 'certify');
  const problem = trainingProblem(X, y, lambda, options);
  requireFit(weights, problem, 'certify');
  const { tolerance = 1e-6 } = options;
  const claim: Claim = {
    problem,
    weights,
    residual: residualOf(weights, problem),
    primal: objectiveOf(weights, problem),
    tolerance,
    options,
    run: new Run(options),
  };
  const given = givenPatterns(claim);
  const sampled = options.scope === 'sampled' || weights.activation === 'gated' || given !== null;
  const certificate = await (sampled ? sampledCertificate(claim, given) : globalCertificate(claim));
  return options.prove ? withRelaxation(claim, certificate) : certificate;
}

/** Adds the bound of the relaxation; nothing where it does not apply, or where the gap is closed without it. */
async function withRelaxation(claim: Claim, certificate: Certificate): Promise<ProvedCertificate> {
  const { problem, weights, primal, tolerance, run } = claim;
  const goal = primal - tolerance * Math.abs(primal);
  // A sizeable part of the library that only proofs need: loaded when the first is asked for
  const { isProvable, semidefiniteLowerBound } = await import('./semidefinite/index.js');
  if (!isProvable(problem) || weights.activation === 'gated' || certificate.bound >= goal) return certificate;
  const timeLimit = (claim.options.timeLimit ?? Number.POSITIVE_INFINITY) - run.seconds;
  const relaxation = await semidefiniteLowerBound(problem, { ...run.options, timeLimit, goal, start: weights });
  return { ...certificate, relaxation };
}

function givenPatterns({ options, problem }: Claim): PatternSet | null {
  const { patterns } = options;
  if (patterns === undefined) return null;
  if ('bytes' in patterns) {
    const rows = problem.X.rows;
    requireThat(
      patterns.n === rows,
      `certify: the patterns are of ${patterns.n} rows, X has ${rows}; they must agree.`,
    );
    return patterns;
  }
  if (patterns.kind !== 'gaussian') return null;
  return samplePatterns(problem.augmented, patterns.count, { seed: patterns.seed, kind: 'gaussian' }).patterns;
}

/** The dual constraint over the stated patterns; beside it a bound over all networks by the cheap methods. */
async function sampledCertificate(claim: Claim, given: PatternSet | null): Promise<Certificate> {
  const { problem, weights, residual, run } = claim;
  const gated = weights.activation === 'gated';
  const stated = statedPatterns(weights, problem, given);
  const norms = new Float64Array(problem.outputs);
  let complete = true;
  for (let k = 0; k < norms.length; k++) {
    const r = column(residual, k, problem.outputs);
    const bound = await supportBound(problem.augmented, r, stated.patterns, gated, run);
    norms[k] = bound.value;
    complete &&= bound.complete;
  }
  const global = await boundAll(claim, { nodeLimit: 0, starts: 0, iterations: claim.options.iterations });
  if (!complete) return finished(claim, 'bound', global.value, uppers(global), global, stated);
  // what bounds all networks bounds those of the stated patterns
  const dual = Math.max(bestDualPoint(problem, residual, norms).value, global.value);
  return finished(claim, 'sampled', dual, norms, global, stated);
}

/** `exact` where the bound over all networks closes, else `priced` where the search finds no violation, else `bound`. */
async function globalCertificate(claim: Claim): Promise<Certificate> {
  const { problem, weights, residual, primal, tolerance, options } = claim;
  const stated = statedPatterns(weights, problem, null);
  const goal = primal - 0.5 * tolerance * Math.abs(primal);
  const global = await boundAll(claim, { goal, points: neuronPoints(weights, problem), ...searchOptions(options) });
  global.norms.forEach(({ direction }, k) => {
    options.onPeak?.(direction, k);
  });
  const reached = (value: number): boolean => primal - value <= tolerance * Math.abs(primal);
  // at λ = 0 knowing every norm proves nothing: the multiple of r that is feasible is 0
  const known = problem.lambda > 0 && global.norms.every((bound) => bound.exact);
  const proved = reached(global.value) || known;
  if (proved && options.scope !== 'priced') {
    return finished(claim, 'exact', global.value, uppers(global), global, stated);
  }
  const found = Float64Array.from(global.norms, (bound) => bound.lower);
  const { value } = bestDualPoint(problem, residual, found);
  const violated = found.some((norm) => norm > problem.X.rows * problem.lambda * (1 + tolerance));
  const searched = global.norms.every((bound) => bound.starts >= Math.min(MINIMAL_STARTS, options.starts ?? 1000));
  if (!searched || (violated && !reached(value))) {
    return finished(claim, 'bound', global.value, uppers(global), global, stated);
  }
  const restarts = Math.min(...global.norms.map((bound) => bound.starts));
  const search = { restarts, seed: options.seed ?? 0 };
  return { ...finished(claim, 'priced', Math.max(value, global.value), found, global, stated), search };
}

const searchOptions = ({ starts = 1000, seed = 0, nodeLimit, iterations }: CertifyOptions) => ({
  starts,
  seed,
  nodeLimit,
  iterations,
});

function boundAll(claim: Claim, options: GlobalBoundOptions): Promise<GlobalBound> {
  const { problem, residual, weights, run } = claim;
  const timeLimit = (claim.options.timeLimit ?? Number.POSITIVE_INFINITY) - run.seconds;
  const gated = weights.activation === 'gated';
  return globalLowerBound(problem, residual, { ...run.options, gated, ...options, timeLimit });
}

const uppers = (global: GlobalBound): Float64Array => Float64Array.from(global.norms, (bound) => bound.upper);

function finished(
  { problem, primal, tolerance }: Claim,
  scope: Scope,
  dual: number,
  norms: Float64Array,
  global: GlobalBound,
  stated: StatedPatterns,
): Certificate {
  // primal − dual is ≥ 0 but for the rounding of the primal value
  const gap = Math.max(0, primal - dual);
  const capacity = problem.X.rows * problem.lambda;
  return {
    primal,
    dual,
    gap,
    relativeGap: gap / Math.max(Math.abs(primal), Number.MIN_VALUE),
    scope,
    bound: global.value,
    boundMethod: global.method,
    dualNorm: capacity > 0 ? Math.max(...norms) / capacity : 0,
    patterns: { count: stated.patterns.count, digest: patternDigest(stated.patterns) },
    feasibility: stated.feasibility,
    tolerance,
  };
}
