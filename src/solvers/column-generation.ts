import {
  type Arrangement,
  arrangementOf,
  patternsOf,
  type Violation,
  ViolationSearch,
  violationPatterns,
} from '../arrangements/index.js';
import type { Run, Status } from '../base/index.js';
import { type Matrix, matrix, type PatternSet, selectPatterns } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { bestDualScale, LiftedProgram, type TwoLayerProblem } from '../programs/index.js';
import type { GatedTrail } from './gated-trail.js';
import { type LiftedNetwork, liftedNetwork, mergedNetwork, startPoint } from './lifted-network.js';
import { PatternPool } from './pricing-pool.js';
import { type Warmth, warmTightSets, warmthOf } from './pricing-warmth.js';
import { type SsnalOptions, type SsnalProgress, type SsnalStart, solveSsnal } from './ssnal.js';

export interface ColumnGenerationOptions {
  /** Relative gap, counting what the oracle finds over all directions. */
  readonly gap: number;
  readonly seed: number;
  /** The oracle's searches, weakest first: one by what the last round found, and the last where that finds nothing. Default: four. */
  readonly searches?: readonly SearchEffort[];
  readonly maxRounds?: number;
  /** The start is near the optimum, as along a path: its program is solved to the end at once. Default false. */
  readonly nearStart?: boolean;
  /** That of the problem's X, where it is there already. */
  readonly arrangement?: Arrangement;
  readonly onRound?: (round: Round) => void;
}

/** Starts of one search of the oracle: anywhere, and near the neurons and the largest maxima. */
export interface SearchEffort {
  readonly starts: number;
  readonly around: number;
}

/**
 * Near the neurons a start finds more violations than elsewhere, but what lies far off is found late and moves everything:
 * each search looks in both places (measured: without the latter, breast cancer at λ = 1e-4 still has violations of 5 %
 * after 50 rounds). The last search is evidence: up to 4,000 climbs around and between all that is known, the best
 * maxima first, over when waves find nothing new or nearly all climbs meet where others have been. On 20 residuals of UCI tables it meets
 * the largest violation in 84 % of the searches; 250 starts anywhere and 1,000 near what is known, as before, met it in 37 %. Every
 * search goes on from the one before it.
 */
const defaultSearches: readonly SearchEffort[] = [
  { starts: 20, around: 200 },
  { starts: 60, around: 300 },
  { starts: 100, around: 600 },
  { starts: 100, around: 4000 },
];

/**
 * Many neurons have more about them: at least this many starts a neuron, anywhere in the last search and around what is known in all. (Of
 * fixed sizes, diabetes at λ = 1e-4 took 137 rounds, with these 24, and breast cancer 189; both ended with violations of 1e-3
 * that a thousand other starts found.)
 */
const aroundNeuron = 6;
const lastAnywhere = 8;
const lastAround = 12;
/**
 * And few have little: the last search starts at most so often around a neuron, but this often in all. (At λ = 1e-2, nine problems of 2 to 18
 * neurons, four seeds: the same networks with 500 as with 4,000. At 1e-3, four problems of 28 to 46, four seeds: with 25, 50 and 100 a neuron
 * objectives within 3e-7 of each other, and no violation above 3e-6 for 6,000 fresh climbs.)
 */
const mostAroundFew = 50;
const leastAround = 1000;
/**
 * Where violations were found round after round, more may be left: beyond so many rounds the last search grows with their square, up to so
 * many times. (digits38 at λ = 1e-4 ends after some 50, and one search of the usual size meets what is left, 8e-3, three times in ten.)
 */
const fewRounds = 36;
const mostTimes = 4;

/** The default searches for so many neurons of an output, after so many rounds. */
export function searchesFor(neurons: number, rounds = 0): readonly SearchEffort[] {
  const times = Math.min(mostTimes, Math.max(1, (rounds / fewRounds) ** 2));
  return defaultSearches.map(({ starts, around }, k) =>
    k < defaultSearches.length - 1
      ? { starts, around: Math.max(around, aroundNeuron * neurons) }
      : {
          starts: Math.round(times * Math.max(starts, lastAnywhere * neurons)),
          around: Math.round(times * lastAroundFor(neurons, around)),
        },
  );
}

const lastAroundFor = (neurons: number, most: number): number =>
  Math.max(leastAround, Math.min(most, mostAroundFew * neurons), lastAround * neurons);

export interface Round {
  readonly round: number;
  readonly primal: number;
  /** Largest |r'(Xu)_+| found over the unit ball, divided by nλ: 1 when nothing violates. */
  readonly violation: number;
  /** (primal − dual scaled by that violation) / primal. */
  readonly relativeGap: number;
  readonly patterns: number;
  readonly neurons: number;
}

/** A network with the pattern of the cell that each of its neurons lives in. */
export interface PatternedNetwork {
  readonly network: LiftedNetwork;
  readonly own: PatternSet;
  /** Optimal over fewer patterns than the next program's. */
  readonly joined?: boolean;
  /** Of a program of cones that was solved before. */
  readonly warmth?: Warmth;
  /** Of gated programs that were solved before, at other λ. */
  readonly trail?: GatedTrail;
}

export interface SolvedProgram extends PatternedNetwork {
  readonly status: Status;
  /** Gated programs: index of each neuron's pattern in `patterns`. */
  readonly blockPatterns: Int32Array;
  readonly patterns: PatternSet;
  readonly primal: number;
  /** Over the program's patterns. */
  readonly dual: number;
  readonly relativeGap: number;
  /** Residual of the solution, output-major. */
  readonly residual: Float64Array;
  readonly newtonSteps: number;
}

/** Solves the program over the given patterns, warm from a network; a ReLU network comes back merged. */
export async function solveOverPatterns(
  kernels: Kernels,
  problem: TwoLayerProblem,
  patterns: PatternSet,
  gap: number,
  run: Run,
  warm?: PatternedNetwork,
): Promise<SolvedProgram> {
  const mark = kernels.mark();
  try {
    const program = new LiftedProgram(kernels, problem, patterns);
    const start = warm
      ? {
          z: warm.trail?.patterns === patterns ? undefined : startPoint(program, warm.network, warm.own),
          bias: warm.network.bias,
          near: true,
          joined: warm.joined,
          tightSets: warm.warmth && warmTightSets(program, warm.warmth),
          trail: warm.trail,
        }
      : {};
    const onStep = ({ primal, relativeGap, neurons }: SsnalProgress): void =>
      run.progress({ phase: 'convex solve', primal, relativeGap, neurons });
    const { outcome, warmth, trail } = await solveEither(program, { gap, onStep }, run, start);
    const neurons = program.neurons(outcome.z);
    const lifted = liftedNetwork(neurons, program.d, outcome.bias);
    const whole = { network: lifted, source: Int32Array.from(neurons, (_, j) => j) };
    const { network, source } = program.cones ? mergedNetwork(lifted) : whole;
    const blockPatterns = source.map((j) => neurons[j].pattern);
    const { status, primal, dual, relativeGap, newtonSteps } = outcome;
    return {
      status,
      network,
      own: selectPatterns(patterns, blockPatterns),
      blockPatterns,
      patterns,
      primal,
      dual,
      relativeGap,
      residual: Float64Array.from(outcome.residual),
      newtonSteps,
      warmth,
      trail,
    };
  } finally {
    kernels.release(mark);
  }
}

/** Only gated programs need it: loaded with the first, and kept, since a path asks a hundred times. */
let gatedSolver: Promise<typeof import('./gated.js')> | undefined;

async function solveEither(program: LiftedProgram, options: SsnalOptions, run: Run, start: SsnalStart) {
  if (!program.cones) {
    gatedSolver ??= import('./gated.js');
    const { solveGatedProgram } = await gatedSolver;
    const outcome = await solveGatedProgram(program, options, run, start);
    return { outcome, trail: outcome.trail };
  }
  const outcome = await solveSsnal(program, options, run, start);
  return { outcome, warmth: warmthOf(program.patterns, outcome.tightSets) };
}

export interface PricedProgram extends SolvedProgram {
  /** As in Round. */
  readonly violation: number;
  readonly pricedGap: number;
  readonly rounds: number;
}

/** A round's program is solved to this share of the gap that pricing left, at most to `loosestGap`. */
const gapShare = 0.1;
const loosestGap = 1e-2;
/** Of the gap asked for, what the first program of a near start is solved to: 0.8 costs 3 to 9 % more of a path, 0.15 4 to 23 % (measured). */
const nearShare = 0.4;
/** Programs of no more patterns are solved far beyond the gap at once: that costs less than a search, and leaves less for others to find. */
const fewPatterns = 40;
const fewShare = 0.05;
/** A search of fewer random starts leaves exact maxima to others. */
const thorough = 60;
/** Steps of the plain ascents: climbs go on from where they end. */
const maxIterations = 10;
/** Maxima of an output that the next search starts from as well; as many as it has neurons, if that is more. */
const remembered = 100;
/** Patterns added a round at most. */
const maxAdded = 300;
/** What costs less than this share of the gap asked for is no violation: neurons themselves violate by as much as their program is inexact. */
const mattering = 0.3;
/** And what may be rounding is none either. */
const roundedExcess = 1e-10;
/** Excess over the limit for which its slope in the gap is taken, and the largest that is ignored. */
const excessStep = 1e-3;

/**
 * Column generation over all patterns: solve the program over the patterns at hand, search all directions for violated
 * dual constraints |r'(Xu)_+| > nλ, add their patterns, repeat until none is found.
 */
export async function generateColumns(
  kernels: Kernels,
  problem: TwoLayerProblem,
  start: LiftedNetwork,
  options: ColumnGenerationOptions,
  run: Run,
): Promise<PricedProgram> {
  const oracle = new Oracle(kernels, problem, options, run);
  const limit = problem.lambda * problem.X.rows;
  const maxRounds = options.maxRounds ?? 300;
  let current: PatternedNetwork = { network: start, own: patternsOf(problem.X, start.z) };
  const pool = new PatternPool(problem.X.rows, current.own);
  let pricedGap = 1;
  let level = 0;
  for (let round = 0; ; round++) {
    const near = round === 0 && options.nearStart;
    const gap = near ? nearShare * options.gap : roundGap(options.gap, pricedGap, pool.count);
    const solved = await solveOverPatterns(kernels, problem, pool.all(), gap, run, current);
    current = { ...solved, joined: true };
    const searches = options.searches ?? searchesFor(Math.ceil(solved.network.count / problem.outputs), round);
    const priced = await priceAll(problem, solved, oracle.search(solved, round), searches, level, options.gap);
    const { found, violation } = priced;
    pricedGap = priced.gap;
    const { primal } = solved;
    const neurons = solved.network.count;
    options.onRound?.({ round, primal, violation, relativeGap: pricedGap, patterns: pool.count, neurons });
    const end = (status: Status): PricedProgram => ({ ...solved, status, violation, pricedGap, rounds: round + 1 });
    // A stopped search saw too little to call the answer solved
    if (run.stop) return end(run.stop);
    if (pricedGap <= options.gap) return end('solved');
    if (round + 1 >= maxRounds) return end('iteration-limit');
    const least = limit * (1 + ignoredExcess(problem, solved, options.gap));
    const violating = found.filter(({ value }) => value > least).slice(0, maxAdded);
    const fresh = pool.update(solved.own, violationPatterns(problem.X.rows, violating));
    if (fresh === 0 && gap <= options.gap / 2) return end('stalled');
    level = nextLevel(level, Math.max(0, searches.length - 2), violating.length);
  }
}

interface Priced {
  readonly found: readonly Violation[];
  /** As in Round. */
  readonly violation: number;
  readonly gap: number;
}

/** A round's search: as thorough as `level` says, and where that finds nothing it goes on to the last one, until that refutes the gap. */
async function priceAll(
  problem: TwoLayerProblem,
  solved: SolvedProgram,
  search: OutputSearches,
  searches: readonly SearchEffort[],
  level: number,
  gap: number,
): Promise<Priced> {
  const limit = problem.lambda * problem.X.rows;
  const judged = (found: readonly Violation[]): Priced => {
    const violation = Math.max(1, (found[0]?.value ?? 0) / limit);
    return { found, violation, gap: relativeGapAt(problem, solved, violation) };
  };
  const last = searches.length - 1;
  const first = judged(await search.upTo(searches[Math.min(level, last)]));
  if (first.gap > gap) return first;
  return judged(await search.upTo(searches[last], limit * (1 + refutingExcess(problem, solved, gap))));
}

/** Of a value over the limit, relative to it: see `mattering`. */
export function ignoredExcess(problem: TwoLayerProblem, solved: SolvedProgram, gap: number): number {
  const excess = (mattering * gap) / slopeOfGap(problem, solved);
  return excess >= 0 && excess < excessStep ? Math.max(roundedExcess, excess) : excessStep;
}

/** Of a value over the limit, relative to it, that leaves a larger gap than asked for: a search that meets one need not go on. */
export function refutingExcess(problem: TwoLayerProblem, solved: SolvedProgram, gap: number): number {
  const excess = (2 * (gap - relativeGapAt(problem, solved, 1))) / slopeOfGap(problem, solved);
  // The slope is a guess; that the value refutes is computed
  return excess > 0 && relativeGapAt(problem, solved, 1 + excess) > gap ? excess : Number.POSITIVE_INFINITY;
}

/** How fast the relative gap grows with the excess. */
const slopeOfGap = (problem: TwoLayerProblem, solved: SolvedProgram): number =>
  (relativeGapAt(problem, solved, 1 + excessStep) - relativeGapAt(problem, solved, 1)) / excessStep;

function roundGap(gap: number, priced: number, patterns: number): number {
  return patterns <= fewPatterns ? fewShare * gap : Math.max(gap / 2, Math.min(loosestGap, gapShare * priced));
}

/** Few violations call for a thorough search at once: the rounds that a quick one would ask for cost more. */
function nextLevel(level: number, most: number, violating: number): number {
  if (violating < 20) return Math.min(level + 1, most);
  return violating < maxAdded ? level : Math.max(0, level - 1);
}

/** The separation oracle over all outputs; exact where the rank allows it. */
class Oracle {
  readonly #arrangement: Arrangement;
  readonly #remembered: Float64Array[][] = [];

  constructor(
    readonly kernels: Kernels,
    readonly problem: TwoLayerProblem,
    readonly options: ColumnGenerationOptions,
    readonly run: Run,
  ) {
    this.#arrangement = options.arrangement ?? arrangementOf(problem.X);
  }

  /** The neurons and the largest maxima of the last search: most are close to one of the new residual. */
  #known({ network }: SolvedProgram, k: number): Matrix {
    const last = this.#remembered[k] ?? [];
    const d = network.z.cols;
    const known = matrix(network.count + last.length, d);
    known.data.set(network.z.data);
    last.forEach((direction, j) => {
      known.data.set(direction, (network.count + j) * d);
    });
    return known;
  }

  /** A search of every output's residual. */
  search(solved: SolvedProgram, round: number): OutputSearches {
    const { kernels, problem, options, run } = this;
    const n = problem.X.rows;
    const searches = Array.from({ length: problem.outputs }, (_, k) => {
      const r = solved.residual.subarray(k * n, (k + 1) * n);
      const own = { maxIterations, seed: options.seed + 7919 * round + k, incumbents: this.#known(solved, k) };
      return new ViolationSearch(kernels, this.#arrangement, r, own, run);
    });
    const kept = Math.max(remembered, Math.ceil(solved.network.count / problem.outputs));
    return new OutputSearches(searches, Math.max(maxAdded, kept), (found, k) => {
      this.#remembered[k] = found.slice(0, kept).map(({ direction }) => direction);
    });
  }
}

/** Searches for violations of every output. */
class OutputSearches {
  constructor(
    readonly searches: readonly ViolationSearch[],
    /** Of each, at most so many violations. */
    readonly most: number,
    readonly remember: (found: readonly Violation[], k: number) => void,
  ) {}

  /** With so many starts for each output, or until a value above `above` is found; strongest first. */
  async upTo({ starts, around }: SearchEffort, above?: number): Promise<Violation[]> {
    const all: Violation[] = [];
    for (const [k, search] of this.searches.entries()) {
      const found = await search.upTo({ starts, around, exact: starts >= thorough }, { above, seen: true }, this.most);
      this.remember(found, k);
      all.push(...found);
    }
    return all.sort((a, b) => b.value - a.value);
  }
}

/** The gap when the dual point must also respect the violation found. */
export function relativeGapAt(
  problem: TwoLayerProblem,
  solved: { primal: number; residual: Float64Array },
  violation: number,
): number {
  const { loss, y, outputs, X } = problem;
  const { value } = bestDualScale(loss, sampleMajor(solved.residual, outputs), y, outputs, 1 / violation);
  return (solved.primal - value / X.rows) / Math.max(Math.abs(solved.primal), Number.MIN_VALUE);
}

function sampleMajor(v: Float64Array, outputs: number): Float64Array {
  if (outputs === 1) return v;
  const n = v.length / outputs;
  return Float64Array.from(v, (_, at) => v[(at % outputs) * n + Math.floor(at / outputs)]);
}
