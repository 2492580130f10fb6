import { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type Effort, priced } from './pricing.js';
import { type Scored, scored } from './score.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';
import { type TrainingProblem, trainByAdam } from './train.js';

const mostCycles = 40;
/** Cycles in a row that lower the objective by less than this share end the growth. */
const WORTHWHILE = 1.5e-4;
const mostIdle = 3;
const effort: Effort = { starts: 24, around: 24, walks: 16, steps: 30 };
/** New sub-networks a cycle, and their size beside the largest. */
const mostNew = 12;
const newSize = 0.03;
/** Sub-networks below this share of the largest are left out. */
const NEGLIGIBLE = 1e-3;

/**
 * Local training that does not stay in its local minimum: what violates the dual constraint most joins the network as small new
 * sub-networks, and training goes on. Far cheaper than a convex program a round, and its network has nearly the right patterns.
 */
export async function grow(
  problem: TrainingProblem,
  shape: Shape,
  seed: number,
  run: Run,
  kernels?: Kernels,
  cycles = mostCycles,
): Promise<Scored> {
  const count = problem.outputs * Math.min(40, Math.max(12, 2 * problem.X.rows));
  const first = { count, steps: 300, seed, rate: 0.03, batch: 2048, split: true };
  let best = scored(problem, shape, await trainByAdam(problem, shape, first, run, kernels));
  let rate = 0.01;
  for (let cycle = 0, idle = 0; cycle < cycles && idle < mostIdle && !run.stop; cycle++) {
    run.progress({ phase: 'local training', primal: best.objective, neurons: best.network.subnets.length });
    const found = await priced(problem, shape, best.residual, best.network.subnets, seed + cycle, effort, run);
    const fresh = found.filter(({ value }) => value > problem.lambda * problem.X.rows * (1 + NEGLIGIBLE));
    if (fresh.length === 0) break;
    const added = fresh.slice(0, mostNew).map(({ subnet }) => subnet);
    const start = joined(problem, best.network, added);
    const settings = { count: start.subnets.length, steps: 400, seed: cycle, rate, start, split: true };
    const now = scored(problem, shape, await trainByAdam(problem, shape, settings, run, kernels));
    idle = now.objective < best.objective * (1 - WORTHWHILE) ? 0 : idle + 1;
    rate *= idle > 0 ? 0.5 : 0.9;
    if (now.objective < best.objective) best = now;
  }
  return best;
}

/** Of networks that are held against a solution. */
const rivalCycles = 10;

/** Sub-networks of local trainings from other random weights: starts for a search that no random sub-network leads to. */
export async function rivalSubnets(
  problem: TrainingProblem,
  shape: Shape,
  seed: number,
  count: number,
  run: Run,
  kernels?: Kernels,
): Promise<LiftedSubnet[]> {
  const quiet = new Run({ ...run.part().options, onProgress: undefined });
  const all: LiftedSubnet[] = [];
  for (let k = 1; k <= count && !run.stop; k++) {
    const { network } = await grow(problem, shape, seed + 7919 * k, quiet, kernels, rivalCycles);
    all.push(...network.subnets.filter(({ z }) => z.some((t) => t !== 0)));
  }
  return all;
}

/** The network without its trifles and with new sub-networks. */
function joined({ X, regularizer }: TrainingProblem, network: LiftedParallel, fresh: LiftedSubnet[]): LiftedParallel {
  const sizes = network.subnets.map(({ z }) => liftedNorm(z, X.cols, regularizer === 'path'));
  const largest = Math.max(0, ...sizes) || 1;
  const kept = network.subnets.filter((_, k) => sizes[k] > NEGLIGIBLE * largest);
  const small = fresh.map((subnet) => ({ ...subnet, z: subnet.z.map((t) => newSize * largest * t) }));
  return { ...network, subnets: [...kept, ...small] };
}
