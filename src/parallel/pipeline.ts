import { createRandom, type Run, type Status } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { bestDualScale } from '../programs/index.js';
import { type Block, blockOf } from './block.js';
import { Master, type MasterSolution } from './master.js';
import { type Found, searchSubnets } from './oracle.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';
import { type TrainingProblem, trainByAdam } from './train.js';

export interface PipelineOptions {
  /** Relative gap, counting what the oracle finds. */
  readonly gap: number;
  readonly seed: number;
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

/** Searches of the oracle, weakest first: each is begun when those before it found no violation. */
const searches = [
  { starts: 24, around: 48 },
  { starts: 100, around: 100 },
  { starts: 400, around: 200 },
];
const mostRounds = 60;
/** Relative gaps of the last programs: a proof needs a residual of many digits. */
const PRECISE = 1e-13;
const POLISHED = 1e-13;
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
  for (const block of await firstBlocks(problem, shape, options.seed, run)) master.add(block);
  for (const block of options.blocks ?? []) master.add(block);
  const capacity = problem.lambda * problem.X.rows;
  let level = 0;
  let roundGap = 1e-5;
  let best = null as (MasterSolution & { bound: number }) | null;
  let rounds = 0;
  let last: MasterSolution | null = null;
  for (; rounds < (options.rounds ?? mostRounds); rounds++) {
    const solved = await master.solve(Math.min(0.1 * options.gap, roundGap), run);
    if (run.stop && best) break;
    const found = await price(problem, shape, solved, options.seed + rounds, searches[level], run);
    const violation = Math.max(1, (found[0]?.value ?? 0) / capacity);
    const bound = dualBound(problem, solved, violation);
    if (!best || solved.primal < best.primal) best = { ...solved, bound: Math.max(bound, best?.bound ?? bound) };
    else best.bound = Math.max(best.bound, bound);
    const relative = (solved.primal - bound) / Math.max(Math.abs(solved.primal), Number.MIN_VALUE);
    run.progress({
      phase: 'pricing',
      primal: solved.primal,
      relativeGap: relative,
      neurons: solved.lifted.subnets.length,
      message: `round ${rounds + 1}, ${master.count} blocks`,
    });
    if (run.stop) break;
    roundGap = Math.min(roundGap, 0.05 * relative);
    const added = addBlocks(master, problem, shape, found, capacity);
    if (relative > options.gap)
      for (const block of await moved(problem, shape, solved, found, rounds, run)) master.add(block);
    if (relative <= options.gap || added === 0) {
      if (level < searches.length - 1) level++;
      else if (!options.prove) break;
      else if (roundGap > PRECISE) roundGap = PRECISE;
      else {
        // The residual that the certificate will see is that of the last program
        last = await master.solve(POLISHED, run);
        const missed = await options.prove(last.residual);
        const fresh = missed.filter((block) => master.add(block));
        if (fresh.length === 0) break;
      }
    }
  }
  return finish(
    last ?? (run.stop ? null : await master.solve(POLISHED, run)),
    master.count,
    best as MasterSolution & { bound: number },
    rounds,
    options,
    run,
  );
}

/** The blocks of a quick local training, and of a few random sub-networks for each output. */
async function firstBlocks(problem: TrainingProblem, shape: Shape, seed: number, run: Run): Promise<Block[]> {
  const { X, outputs } = problem;
  const count = outputs * Math.min(40, Math.max(12, 2 * X.rows));
  const settings = { count, steps: 300, seed, batch: 2048, rate: 0.03 };
  const trained = await trainByAdam(problem, shape, settings, run);
  const random = createRandom(seed, 7);
  const subnets: LiftedSubnet[] = [...trained.subnets];
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

/** Blocks of the network after a few steps of local training, with the violators as small new sub-networks. */
async function moved(
  problem: TrainingProblem,
  shape: Shape,
  { lifted }: MasterSolution,
  found: readonly Found[],
  round: number,
  run: Run,
): Promise<Block[]> {
  const { X, regularizer } = problem;
  const path = regularizer === 'path';
  const sizes = lifted.subnets.map(({ z }) => liftedNorm(z, X.cols, path));
  const size = 0.05 * (sizes.length > 0 ? Math.max(...sizes) : 1);
  const fresh = found.slice(0, 10).map(({ subnet }) => ({ ...subnet, z: subnet.z.map((t) => size * t) }));
  const start = { ...lifted, subnets: [...lifted.subnets, ...fresh] };
  const rate = 0.01 / (1 + 0.3 * round);
  const trained = await trainByAdam(
    problem,
    shape,
    { count: start.subnets.length, steps: 150, seed: round, rate, start },
    run,
  );
  return trained.subnets.filter(({ z }) => liftedNorm(z, X.cols, true) > 0).map((subnet) => blockOf(X, shape, subnet));
}

async function price(
  problem: TrainingProblem,
  shape: Shape,
  { residual, lifted }: MasterSolution,
  seed: number,
  effort: { readonly starts: number; readonly around: number },
  run: Run,
): Promise<Found[]> {
  const { X, outputs, regularizer } = problem;
  const all: Found[] = [];
  for (let k = 0; k < outputs; k++) {
    const r = Float64Array.from({ length: X.rows }, (_, i) => residual[i * outputs + k]);
    const near = lifted.subnets.filter(({ output }) => output === k);
    all.push(...(await searchSubnets(X, shape, regularizer, r, k, { ...effort, near, seed, run })));
  }
  return all.sort((a, b) => b.value - a.value);
}

function addBlocks(
  master: Master,
  { X }: TrainingProblem,
  shape: Shape,
  found: readonly Found[],
  capacity: number,
): number {
  let added = 0;
  for (const { subnet, value } of found) {
    if (value <= capacity * (1 + 1e-10) || added >= mostAdded) break;
    if (master.add(blockOf(X, shape, subnet))) added++;
  }
  return added;
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

/** The last program, solved to as many digits as there are. */
function finish(
  polished: MasterSolution | null,
  blocks: number,
  best: MasterSolution & { readonly bound: number },
  rounds: number,
  { gap }: PipelineOptions,
  run: Run,
): PipelineOutcome {
  const kept = polished && polished.primal <= best.primal * (1 + 1e-9) ? polished : best;
  const relative = (kept.primal - best.bound) / Math.max(Math.abs(kept.primal), Number.MIN_VALUE);
  const status = relative <= gap ? 'solved' : (run.stop ?? 'stalled');
  return {
    status,
    lifted: kept.lifted,
    residual: kept.residual,
    primal: kept.primal,
    dual: best.bound,
    blocks,
    rounds: rounds + 1,
  };
}
