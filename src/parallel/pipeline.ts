import { createRandom, type Run, type Status } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { bestDualScale } from '../programs/index.js';
import { type Block, blockOf } from './block.js';
import { grow, rivalSubnets } from './grow.js';
import { Master, type MasterSolution } from './master.js';
import type { Found } from './oracle.js';
import { type Effort, priced } from './pricing.js';
import { withoutTraces } from './score.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';
import type { TrainingProblem } from './train.js';

export interface PipelineOptions {
  /** Relative gap, counting what the oracle finds. */
  readonly gap: number;
  readonly seed: number;
  /** Of pricing at most, default 60. */
  readonly rounds?: number;
  readonly kernels?: Kernels;
  /** Blocks to solve over besides those that are found. */
  readonly blocks?: readonly Block[];
  /** Finds violated blocks that the oracle misses, with a proof when there are none. */
  readonly prove?: (residual: Float64Array) => Promise<readonly Block[]>;
}

export interface PipelineOutcome {
  readonly status: Status;
  readonly lifted: LiftedParallel;
  /** n×outputs. */
  readonly residual: Float64Array;
  /** Objective of the program, 1/n scale. */
  readonly primal: number;
  /** Over the blocks and what the oracle found. */
  readonly dual: number;
  /** Blocks of the last program. */
  readonly blocks: number;
  readonly rounds: number;
}

/** The network with the least objective so far, and the largest dual value. */
type Best = Pick<MasterSolution, 'lifted' | 'residual' | 'primal'> & { readonly bound: number };

/** Searches of the oracle, weakest first: each is begun when those before it found no violation. */
const searches: readonly Effort[] = [
  { starts: 24, around: 48, steps: 40 },
  { starts: 100, around: 100 },
  { starts: 400, around: 200 },
  // As `certifyParallel` will look
  { starts: 400, around: 200 },
];
/** Other local trainings whose sub-networks the last search begins with as well. */
const rivalTrainings = 2;
const mostRounds = 60;
/** Relative gap of the first program, and those of later ones as a share of the gap that pricing sees. */
const firstGap = 3e-4;
const SHARE = 0.03;
/** Of the last program, as a share of the gap asked for, and what is enough to do without it; a proof needs a residual of many digits. */
const FINAL = 1e-3;
const ENOUGH = 1e-2;
const PRECISE = 1e-13;
/** Violated blocks that one round adds at most. */
const mostAdded = 40;

/**
 * Column generation over sub-networks: local training finds blocks, their program is solved, the oracle looks for sub-networks that
 * violate |rᵀg(X)| ≤ nλ and adds their blocks, until it finds none.
 */
export async function solvePriced(
  problem: TrainingProblem,
  shape: Shape,
  options: PipelineOptions,
  run: Run,
): Promise<PipelineOutcome> {
  const master = new Master(problem, shape, options.kernels);
  const grown = await grow(problem, shape, options.seed, run, options.kernels);
  for (const block of firstBlocks(problem, shape, grown.network.subnets, options.seed)) master.add(block);
  for (const block of options.blocks ?? []) master.add(block);
  const capacity = problem.lambda * problem.X.rows;
  let level = 0;
  let roundGap = firstGap;
  // Where the time ends before the first program, the grown network is the answer
  let best: Best = { lifted: grown.network, residual: grown.residual, primal: grown.objective, bound: 0 };
  let rivals: readonly LiftedSubnet[] | null = null;
  let rounds = 0;
  let last: MasterSolution | null = null;
  const limit = options.rounds ?? mostRounds;
  for (; rounds < limit; rounds++) {
    const solved = await master.solve(roundGap, run);
    if (run.stop) break;
    const look = async (): Promise<Look> => {
      const [final, certified] = [level === searches.length - 1, options.seed + 1];
      if (final && !options.prove)
        rivals ??= await rivalSubnets(problem, shape, certified, rivalTrainings, run, options.kernels);
      const seed = final ? certified : options.seed + rounds;
      return looked(problem, shape, solved, seed, searches[level], rivals ?? [], run);
    };
    let seen = await look();
    // What seems to be optimal is looked at harder before it is solved again
    for (; seen.relative <= options.gap && level < searches.length - 1 && !run.stop; seen = await look()) level++;
    const { found, bound, relative } = seen;
    best = { ...(solved.primal < best.primal ? solved : best), bound: Math.max(best.bound, bound) };
    run.progress({
      phase: 'pricing',
      primal: solved.primal,
      relativeGap: relative,
      neurons: solved.lifted.subnets.length,
      message: `round ${rounds + 1}, ${master.count} blocks`,
    });
    if (run.stop) break;
    roundGap = Math.min(roundGap, SHARE * Math.max(relative, options.gap));
    const added = addBlocks(master, found, capacity);
    if (relative > options.gap && added > 0) continue;
    if (level < searches.length - 1) level++;
    else if (!options.prove) break;
    else if (roundGap > PRECISE) roundGap = PRECISE;
    else {
      // The residual that the certificate will see is that of the last program
      last = await master.solve(PRECISE, run);
      const missed = await options.prove(last.residual);
      const fresh = missed.filter((block) => master.add(block));
      if (fresh.length === 0) break;
    }
  }
  const enough = roundGap <= ENOUGH * options.gap || run.stop !== null || rounds === limit;
  if (!enough) last ??= await master.solve(options.prove ? PRECISE : FINAL * options.gap, run);
  return finish(problem, shape, last, master.count, best, rounds, options, run);
}

/** The blocks of a grown network, and of a random sub-network for each output. */
function firstBlocks({ X, outputs }: TrainingProblem, shape: Shape, grown: readonly LiftedSubnet[], seed: number) {
  const random = createRandom(seed, 7);
  const subnets: LiftedSubnet[] = [...grown];
  for (let k = 0; k < outputs; k++) subnets.push(randomSubnet(X.cols, shape, k, random));
  return subnets.filter(({ z }) => liftedNorm(z, X.cols, true) > 0).map((subnet) => blockOf(X, shape, subnet));
}

export function randomSubnet(
  d: number,
  shape: Shape,
  output: number,
  random: { normal(): number; uniform(): number },
): LiftedSubnet {
  const signs = Int8Array.from({ length: shape.nodes }, () => (random.uniform() < 0.5 ? -1 : 1));
  const z = Float64Array.from({ length: shape.leaves * d }, () => random.normal());
  return { output, sign: random.uniform() < 0.5 ? -1 : 1, signs, z };
}

/** The best of every walk first; those that violate. */
function addBlocks(master: Master, found: readonly Found[], capacity: number): number {
  let added = 0;
  for (const { block, value } of found) {
    if (added >= mostAdded) break;
    if (value > capacity * (1 + 1e-10) && master.add(block)) added++;
  }
  return added;
}

interface Look {
  readonly found: readonly Found[];
  /** Dual value, counting what was found, and the gap relative to it. */
  readonly bound: number;
  readonly relative: number;
}

async function looked(
  problem: TrainingProblem,
  shape: Shape,
  solved: MasterSolution,
  seed: number,
  effort: Effort,
  rivals: readonly LiftedSubnet[],
  run: Run,
): Promise<Look> {
  const { residual, lifted, primal } = solved;
  const found = await priced(problem, shape, residual, [...lifted.subnets, ...rivals], seed, effort, run);
  const violation = Math.max(1, (found[0]?.value ?? 0) / (problem.lambda * problem.X.rows));
  const bound = dualBound(problem, solved, violation);
  return { found, bound, relative: (primal - bound) / Math.max(Math.abs(primal), Number.MIN_VALUE) };
}

/** The dual value of the residual, made feasible for what the oracle found. */
function dualBound(
  { X, y, outputs, loss }: TrainingProblem,
  { residual, dual }: MasterSolution,
  violation: number,
): number {
  const { value } = bestDualScale(loss, residual, y, outputs, 1 / violation);
  return Math.min(dual, value / X.rows);
}

/** The best network, without what does not make it better; of two as good that of the last program, which has more digits. */
function finish(
  problem: TrainingProblem,
  shape: Shape,
  polished: MasterSolution | null,
  blocks: number,
  best: Best,
  rounds: number,
  { gap, rounds: limit = mostRounds }: PipelineOptions,
  run: Run,
): PipelineOutcome {
  const kept = polished && polished.primal <= best.primal * (1 + 1e-9) ? polished : best;
  const start = { network: kept.lifted, residual: kept.residual, objective: kept.primal };
  const { network, residual, objective } = withoutTraces(problem, shape, start);
  const relative = (objective - best.bound) / Math.max(Math.abs(objective), Number.MIN_VALUE);
  const status = relative <= gap ? 'solved' : (run.stop ?? (rounds === limit ? 'iteration-limit' : 'stalled'));
  return {
    status,
    lifted: network,
    residual,
    primal: objective,
    dual: best.bound,
    blocks,
    rounds: Math.min(rounds + 1, limit),
  };
}
