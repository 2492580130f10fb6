import { type Arrangement, arrangementOf, enumeratePatterns, samplePatterns } from '../arrangements/index.js';
import { RelucentError, type Run, type Status } from '../base/index.js';
import { supportBound } from '../certificates/index.js';
import { emptyPatterns, type Matrix, matrix, type PatternSet } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { TwoLayerProblem } from '../programs/index.js';
import { generateColumns, type Round, type SearchEffort, solveOverPatterns } from './column-generation.js';
import { type ConstantModel, constantModel, type LambdaMax, searchLambdaMax } from './constant.js';
import { type LiftedNetwork, liftedNetwork } from './lifted-network.js';
import { patternedStart, type StartNetwork } from './start-network.js';

export interface TwoLayerOptions {
  /** See FitOptions.patterns. */
  readonly patterns: 'auto' | 'exact' | number;
  /** Relative gap. */
  readonly gap: number;
  readonly seed: number;
  /** A network to go on from, in place of local training or of nothing. */
  readonly start?: StartNetwork;
  /** The oracle's searches, weakest first (`auto` patterns). Default: four, by the neurons (`searchesFor`). */
  readonly searches?: readonly SearchEffort[];
  /** See ColumnGenerationOptions. */
  readonly nearStart?: boolean;
}

export interface TwoLayerOutcome {
  readonly status: Status;
  readonly network: LiftedNetwork;
  /** Gated networks only: the gate of each neuron. */
  readonly gates: Matrix | null;
  /** The patterns the program was solved over; `source` says where they came from. */
  readonly patterns: PatternSet;
  readonly source: 'found' | 'all' | 'gaussian';
  /** How many gates were asked for (sampled patterns). */
  readonly patternRequest: number;
  readonly primal: number;
  readonly dual: number;
}

/** Most patterns that `exact` enumerates. */
const enumerationLimit = 60_000;
/** λ in place of 0, as a share of λ_max. */
const vanishing = 1e-8;
/** Gates of a gated network when no number is given. */
export const defaultGates = 500;

/** A training problem for every λ. */
export type TwoLayerFamily = Omit<TwoLayerProblem, 'lambda'>;

/** Patterns that a program is solved over as they are, and where they come from. */
interface FixedPatterns {
  readonly patterns: PatternSet;
  readonly gates: Matrix;
  readonly source: 'all' | 'gaussian';
  /** How many were asked for. */
  readonly request: number;
}

/** The pipeline for one λ; see `TwoLayerPrograms`. */
export const solveTwoLayer = (
  kernels: Kernels,
  { lambda, ...family }: TwoLayerProblem,
  options: TwoLayerOptions,
  run: Run,
): Promise<TwoLayerOutcome> => new TwoLayerPrograms(kernels, family, options).solve(lambda, run, options.start);

/**
 * The programs of one data set, for any λ. What they share (the arrangement, fixed patterns, λ_max) is made once, when it is
 * needed first.
 */
export class TwoLayerPrograms {
  /** The best network without neurons. */
  readonly constant: ConstantModel;
  #arrangement: Arrangement | null = null;
  #fixed: FixedPatterns | null = null;
  #largest: LambdaMax | null = null;

  constructor(
    readonly kernels: Kernels,
    readonly family: TwoLayerFamily,
    readonly options: TwoLayerOptions,
  ) {
    this.constant = constantModel(this.#problem(0));
  }

  /** Whether patterns are found and priced; else they are fixed. */
  get priced(): boolean {
    return this.family.activation === 'relu' && this.options.patterns === 'auto';
  }

  /** The least λ at which the constant is optimal over the programs' patterns: for priced ones, as far as the oracle sees. */
  async lambdaMax(run: Run): Promise<number> {
    return (await this.#lambdaMax(run)).value;
  }

  /**
   * The pipeline: a quick local training (or `start`) finds patterns, their convex program is solved exactly, the oracle prices
   * what is missing, and so on until nothing violates. Fixed patterns make one program, solved from `start` or from nothing.
   */
  async solve(
    lambda: number,
    run: Run,
    start?: StartNetwork,
    { gap = this.options.gap, seed = this.options.seed }: { readonly gap?: number; readonly seed?: number } = {},
  ): Promise<TwoLayerOutcome> {
    const largest = await this.#enough(lambda, run);
    if (largest && lambda >= largest.value && lambda > 0 && !run.stop) return this.#constantOutcome();
    // The dual point of λ = 0 is zero: solve at a λ that no longer shows in the loss, and judge the network at λ = 0
    const problem = this.#problem(lambda > 0 ? lambda : vanishing * (largest?.value || 1));
    if (!this.priced) return this.#solveFixed(problem, gap, run, start);
    const solved = await this.#solvePriced(problem, { gap, seed }, run, start?.network.count ? start.network : null);
    // Stopped early, the first neurons may be worse than none
    const { status, dual } = solved;
    return solved.primal > this.constant.value ? { ...this.#constantOutcome(), status, dual } : solved;
  }

  #problem(lambda: number): TwoLayerProblem {
    return { ...this.family, lambda };
  }

  #prepared(): Arrangement {
    this.#arrangement ??= arrangementOf(this.family.X);
    return this.#arrangement;
  }

  async #lambdaMax(run: Run): Promise<LambdaMax> {
    if (this.#largest?.complete) return this.#largest;
    this.#largest = this.priced
      ? await this.#searchedLambdaMax(Number.POSITIVE_INFINITY, run)
      : await this.#fixedLambdaMax(run);
    return this.#largest;
  }

  /** What is known of λ_max once it is known to exceed λ; null for fixed patterns that nobody has priced. */
  async #enough(lambda: number, run: Run): Promise<LambdaMax | null> {
    const known = this.#largest;
    if (known && (known.complete || known.value > lambda || lambda >= known.constantFrom)) return known;
    // Searching the arrangement takes seconds on large data: only where it is needed
    if (!this.priced && lambda > 0) return null;
    this.#largest = await this.#searchedLambdaMax(lambda, run);
    return this.#largest;
  }

  #searchedLambdaMax(enough: number, run: Run): Promise<LambdaMax> {
    const { kernels, constant, options } = this;
    run.progress({ phase: 'pricing', primal: constant.value, neurons: 0 });
    return searchLambdaMax(kernels, this.#problem(0), this.#prepared(), constant, enough, options.seed, run);
  }

  async #fixedLambdaMax(run: Run): Promise<LambdaMax> {
    const { X, outputs, activation } = this.family;
    const { patterns } = await this.#patterns(run);
    let value = 0;
    for (let k = 0; k < outputs; k++) {
      const r = Float64Array.from({ length: X.rows }, (_, i) => this.constant.residual[i * outputs + k]);
      const bound = await supportBound(X, r, patterns, activation === 'gated', run);
      value = Math.max(value, bound.value / X.rows);
    }
    const complete = run.stop === null;
    return { value, complete, constantFrom: complete ? value : Number.POSITIVE_INFINITY, entering: [] };
  }

  async #patterns(run: Run): Promise<FixedPatterns> {
    this.#fixed ??= await this.#makePatterns(run);
    return this.#fixed;
  }

  async #makePatterns(run: Run): Promise<FixedPatterns> {
    const { options, family } = this;
    if (options.patterns === 'exact') {
      const all = await enumerated(family.X, run);
      return { ...all, source: 'all', request: all.patterns.count };
    }
    const request = options.patterns === 'auto' ? defaultGates : options.patterns;
    const { patterns, gates } = samplePatterns(family.X, request, { seed: options.seed, kind: 'gaussian' });
    return { patterns, gates, source: 'gaussian', request };
  }

  async #solveFixed(problem: TwoLayerProblem, gap: number, run: Run, start?: StartNetwork): Promise<TwoLayerOutcome> {
    const { patterns, gates, source, request } = await this.#patterns(run);
    const gated = problem.activation === 'gated';
    const warm = start && patternedStart(problem.X, start, patterns, gated ? gates : null);
    const solved = await solveOverPatterns(this.kernels, problem, patterns, gap, run, warm);
    const { status, network, primal, dual, blockPatterns } = solved;
    const chosen = gated ? chosenRows(gates, blockPatterns) : null;
    return { status, network, patterns, source, patternRequest: request, primal, dual, gates: chosen };
  }

  async #solvePriced(
    problem: TwoLayerProblem,
    { gap, seed }: { readonly gap: number; readonly seed: number },
    run: Run,
    start: LiftedNetwork | null,
  ): Promise<TwoLayerOutcome> {
    const { kernels } = this;
    const { searches, nearStart } = this.options;
    const first = start ?? (await trainedLocally(kernels, problem, this.constant, seed, run));
    const onRound = ({ round, primal, relativeGap, neurons, patterns }: Round): void =>
      run.progress({
        phase: 'pricing',
        primal,
        relativeGap,
        neurons,
        message: `round ${round + 1}, ${patterns} patterns`,
      });
    const own = { gap, seed, searches, nearStart: nearStart && start !== null, arrangement: this.#prepared(), onRound };
    const priced = await generateColumns(kernels, problem, first, own, run);
    const { status, network, patterns, primal, dual } = priced;
    return { status, network, patterns, source: 'found', patternRequest: 0, primal, dual, gates: null };
  }

  /** A network from which a path can start just below λ_max: the neurons that enter first, of no size yet. */
  async entering(run: Run): Promise<LiftedNetwork> {
    const { entering } = await this.#lambdaMax(run);
    return liftedNetwork(entering, this.family.X.cols, this.constant.bias);
  }

  #constantOutcome(): TwoLayerOutcome {
    const { bias, value } = this.constant;
    const { X, activation } = this.family;
    const fixed = this.#fixed;
    return {
      status: 'solved',
      network: liftedNetwork([], X.cols, bias),
      gates: activation === 'gated' ? matrix(0, X.cols) : null,
      patterns: fixed?.patterns ?? emptyPatterns(X.rows),
      source: fixed?.source ?? 'found',
      patternRequest: fixed?.request ?? 0,
      primal: value,
      dual: value,
    };
  }
}

async function enumerated(X: Matrix, run: Run): Promise<{ patterns: PatternSet; gates: Matrix }> {
  const found = await enumeratePatterns(X, { limit: enumerationLimit, signal: run.options.signal });
  if (!found.complete && !run.stop) {
    throw new RelucentError(
      'resource',
      `fit: patterns 'exact' enumerates at most ${enumerationLimit} activation patterns, and this data (${X.rows} rows of rank ${found.rank}) has more; use patterns 'auto'.`,
    );
  }
  return found;
}

function chosenRows(gates: Matrix, rows: Int32Array): Matrix {
  const out = matrix(rows.length, gates.cols);
  rows.forEach((row, j) => {
    out.data.set(gates.data.subarray(row * gates.cols, (row + 1) * gates.cols), j * gates.cols);
  });
  return out;
}

/** A quick local training; its code comes with the first. */
async function trainedLocally(
  kernels: Kernels,
  problem: TwoLayerProblem,
  constant: ConstantModel,
  seed: number,
  run: Run,
): Promise<LiftedNetwork> {
  const { localOptions, trainLocally } = await import('./local-training.js');
  return trainLocally(kernels, problem, localOptions(problem, constant.residual, seed), run);
}
