import { Run } from '../../src/base/index.js';
import type { Matrix } from '../../src/linalg/index.js';
// `fitParallel` prices to the end, which is not affordable hundreds of times
import { type ParallelNetwork, type ParallelProblemOptions, parallelObjective } from '../../src/parallel/index.js';
import {
  blockOf,
  type LiftedParallel,
  type LiftedSubnet,
  liftedNorm,
  liftSubnetwork,
  Master,
  type ParallelProblem,
  parallelProblem,
  recoverNetwork,
  searchSubnets,
} from '../../src/parallel/parts/index.js';

export interface QuickOptions {
  /** A local training's network: its patterns are those the program begins with. */
  readonly start: ParallelNetwork;
  /** Times that the oracle is asked for violated blocks. */
  readonly rounds: number;
  readonly seed: number;
}

export interface QuickFit {
  readonly network: ParallelNetwork;
  /** Of the network, on X. */
  readonly objective: number;
  /** Relative gap as far as the oracle's last search saw. */
  readonly gap: number;
  readonly blocks: number;
}

/** Relative gap of the programs in between and of the last one. */
const programGap = 1e-3;
const search = { starts: 10, around: 20, steps: 60 };
const mostAdded = 15;

/**
 * Convex training cut short: the patterns of a local training, their convex program, then a fixed number of rounds in which violated
 * blocks are added. What is left of the gap is reported, not closed.
 */
export async function quickConvex(
  X: Matrix,
  y: Float64Array,
  options: ParallelProblemOptions,
  { start, rounds, seed }: QuickOptions,
): Promise<QuickFit> {
  const problem = parallelProblem(X, y, options, 'quickConvex');
  const { training, shape } = problem;
  const run = new Run({});
  const master = new Master(training, shape);
  for (const subnet of alive(start, problem)) master.add(blockOf(training.X, shape, subnet));
  const capacity = training.lambda * X.rows;
  let solved = await master.solve(programGap, run);
  let gap = 0;
  for (let round = 0; ; round++) {
    const settings = { ...search, near: solved.lifted.subnets, seed: seed + round };
    const found = await searchSubnets(training.X, shape, training.regularizer, solved.residual, 0, settings);
    const violated = found.filter(({ value }) => value > capacity * (1 + programGap));
    gap = gapOf(problem, solved, found[0]?.value ?? 0);
    if (round === rounds || violated.length === 0) break;
    let added = 0;
    for (const { subnet } of violated) if (added < mostAdded && master.add(blockOf(training.X, shape, subnet))) added++;
    if (added === 0) break;
    solved = await master.solve(programGap, run);
  }
  const network = networkOf(solved.lifted, problem);
  return {
    network,
    ...{ objective: parallelObjective(network, X, y, training), gap, blocks: master.count },
  };
}

/** Sub-networks below a thousandth of the largest are what a local training has not brought to zero yet. */
function alive({ subnetworks }: ParallelNetwork, { training, shape }: ParallelProblem): LiftedSubnet[] {
  const { cols } = training.X;
  const subnets = subnetworks.map((one) => liftSubnetwork(one, shape, cols));
  const norms = subnets.map(({ z }) => liftedNorm(z, cols, training.regularizer === 'path'));
  const least = 1e-3 * Math.max(...norms);
  return subnets.filter((_, k) => norms[k] > least);
}

/** Of the squared loss with a free bias: the residual, scaled until what was found does not violate, is dual feasible for that. */
function gapOf(
  { training }: ParallelProblem,
  { residual, primal }: { readonly residual: Float64Array; readonly primal: number },
  found: number,
): number {
  const n = residual.length;
  let [along, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    along += residual[i] * training.y[i];
    squares += residual[i] * residual[i];
  }
  const scale = Math.min(along / squares, (training.lambda * n) / Math.max(found, Number.MIN_VALUE));
  const dual = (scale * along - 0.5 * scale * scale * squares) / n;
  return Math.max(0, (primal - dual) / primal);
}

function networkOf(lifted: LiftedParallel, { training, shape, inputs, hiddenBias }: ParallelProblem): ParallelNetwork {
  return recoverNetwork(lifted, shape, { inputs, outputs: 1, hiddenBias, regularizer: training.regularizer });
}
