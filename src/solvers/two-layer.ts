import { type Arrangement, arrangementOf, enumeratePatterns, samplePatterns } from '../arrangements/index.js';
import { RelucentError, type Run, type Status } from '../base/index.js';
import { emptyPatterns, type Matrix, matrix, type PatternSet } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { TwoLayerProblem } from '../programs/index.js';
import { generateColumns, type SolvedProgram, solveOverPatterns } from './column-generation.js';
import { type ConstantModel, constantModel, searchLambdaMax } from './constant.js';
import { type LiftedNetwork, liftedNetwork } from './lifted-network.js';
import { trainLocally } from './local-training.js';

export interface TwoLayerOptions {
  /** See FitOptions.patterns. */
  readonly patterns: 'auto' | 'exact' | number;
  /** Relative gap. */
  readonly gap: number;
  readonly seed: number;
  /** `auto` patterns: a network to go on from, in place of local training. */
  readonly start?: LiftedNetwork;
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
const defaultGates = 500;

/**
 * The pipeline: a quick local training finds patterns, their convex program is solved exactly, the oracle prices what is
 * missing, and so on until nothing violates. `exact` and a number of patterns solve one program over a fixed set.
 */
export async function solveTwoLayer(
  kernels: Kernels,
  given: TwoLayerProblem,
  options: TwoLayerOptions,
  run: Run,
): Promise<TwoLayerOutcome> {
  const { lambda, activation } = given;
  const constant = constantModel(given);
  const priced = activation === 'relu' && options.patterns === 'auto';
  // Preparing the arrangement and searching it take seconds on large data: only where they are needed
  const arrangement = priced || lambda === 0 ? arrangementOf(given.X) : null;
  const lambdaMax = arrangement
    ? await searchLambdaMax(kernels, given, arrangement, constant, lambda, options.seed, run)
    : Number.POSITIVE_INFINITY;
  // The dual point of λ = 0 is zero: solve at a λ that no longer shows in the loss, and judge the network at λ = 0
  const problem = lambda > 0 ? given : { ...given, lambda: vanishing * (lambdaMax || 1) };
  if (activation === 'gated') return solveGated(kernels, problem, options, run);
  if (options.patterns === 'exact') return solveAll(kernels, problem, options, run);
  if (arrangement === null || typeof options.patterns === 'number') {
    return solveSampled(kernels, problem, Number(options.patterns), options, run);
  }
  if (problem.lambda >= lambdaMax && !run.stop) return constantOutcome(problem, constant);
  const solved = await solvePriced(kernels, problem, arrangement, options, run);
  // Stopped early, the first neurons may be worse than none
  const { status, dual } = solved;
  return solved.primal > constant.value ? { ...constantOutcome(problem, constant), status, dual } : solved;
}

async function solveAll(
  kernels: Kernels,
  problem: TwoLayerProblem,
  options: TwoLayerOptions,
  run: Run,
): Promise<TwoLayerOutcome> {
  const { patterns } = await enumerated(problem, run);
  return finished(await solveOverPatterns(kernels, problem, patterns, options.gap, run), 'all', patterns.count);
}

async function enumerated(problem: TwoLayerProblem, run: Run): Promise<{ patterns: PatternSet; gates: Matrix }> {
  const found = await enumeratePatterns(problem.X, { limit: enumerationLimit, signal: run.options.signal });
  if (!found.complete && !run.stop) {
    throw new RelucentError(
      'resource',
      `fit: patterns 'exact' enumerates at most ${enumerationLimit} activation patterns, and this data (${problem.X.rows} rows of rank ${found.rank}) has more; use patterns 'auto'.`,
    );
  }
  return found;
}

async function solveSampled(
  kernels: Kernels,
  problem: TwoLayerProblem,
  count: number,
  options: TwoLayerOptions,
  run: Run,
): Promise<TwoLayerOutcome> {
  const { patterns } = samplePatterns(problem.X, count, { seed: options.seed, kind: 'gaussian' });
  return finished(await solveOverPatterns(kernels, problem, patterns, options.gap, run), 'gaussian', count);
}

async function solveGated(
  kernels: Kernels,
  problem: TwoLayerProblem,
  options: TwoLayerOptions,
  run: Run,
): Promise<TwoLayerOutcome> {
  const exact = options.patterns === 'exact';
  const count = typeof options.patterns === 'number' ? options.patterns : defaultGates;
  const { patterns, gates } = exact
    ? await enumerated(problem, run)
    : samplePatterns(problem.X, count, { seed: options.seed, kind: 'gaussian' });
  const solved = await solveOverPatterns(kernels, problem, patterns, options.gap, run);
  return finished(solved, exact ? 'all' : 'gaussian', count, gates);
}

function finished(
  solved: SolvedProgram,
  source: 'all' | 'gaussian',
  patternRequest: number,
  gates?: Matrix,
): TwoLayerOutcome {
  const { status, network, patterns, primal, dual } = solved;
  return {
    status,
    network,
    patterns,
    source,
    patternRequest,
    primal,
    dual,
    gates: gates ? chosenRows(gates, solved.blockPatterns) : null,
  };
}

function chosenRows(gates: Matrix, rows: Int32Array): Matrix {
  const out = matrix(rows.length, gates.cols);
  rows.forEach((row, j) => {
    out.data.set(gates.data.subarray(row * gates.cols, (row + 1) * gates.cols), j * gates.cols);
  });
  return out;
}

async function solvePriced(
  kernels: Kernels,
  problem: TwoLayerProblem,
  arrangement: Arrangement,
  options: TwoLayerOptions,
  run: Run,
): Promise<TwoLayerOutcome> {
  const { start } = options;
  const first = start?.count ? start : await trainLocally(kernels, problem, localOptions(problem, options.seed), run);
  const onRound = (round: {
    primal: number;
    relativeGap: number;
    neurons: number;
    round: number;
    patterns: number;
  }): void =>
    run.progress({ phase: 'pricing', ...round, message: `round ${round.round + 1}, ${round.patterns} patterns` });
  const priced = await generateColumns(
    kernels,
    problem,
    first,
    { gap: options.gap, seed: options.seed, arrangement, onRound },
    run,
  );
  const { status, network, patterns, primal, dual } = priced;
  return { status, network, patterns, source: 'found', patternRequest: 0, primal, dual, gates: null };
}

function constantOutcome(problem: TwoLayerProblem, { bias, value }: ConstantModel): TwoLayerOutcome {
  return {
    status: 'solved',
    network: liftedNetwork([], problem.X.cols, bias),
    gates: null,
    patterns: emptyPatterns(problem.X.rows),
    source: 'found',
    patternRequest: 0,
    primal: value,
    dual: value,
  };
}

/** Adam's settings in units of the data: the learning rate is a share of the size of the first weights. */
function localOptions(problem: TwoLayerProblem, seed: number) {
  const neurons = problem.outputs * (problem.X.rows < 500 ? 100 : 200);
  return { neurons, steps: 300, seed, batch: 2048, relativeRate: 0.045 };
}
