import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type Effort, priced } from './pricing.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm, subnetValues } from './subnet.js';
import { type TrainingProblem, trainByAdam } from './train.js';

const mostCycles = 16;
/** Cycles in a row that lower the objective by less than this share end the growth. */
const WORTHWHILE = 5e-4;
const mostIdle = 2;
const effort: Effort = { starts: 24, around: 24 };
/** New sub-networks a cycle, and their size beside the largest. */
const mostNew = 12;
const newSize = 0.03;
/** Sub-networks below this share of the largest are left out. */
const NEGLIGIBLE = 1e-3;

export interface Grown {
  readonly network: LiftedParallel;
  /** n×outputs. */
  readonly residual: Float64Array;
  readonly objective: number;
}

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
): Promise<Grown> {
  const count = problem.outputs * Math.min(40, Math.max(12, 2 * problem.X.rows));
  let network = await trainByAdam(problem, shape, { count, steps: 300, seed, rate: 0.03, batch: 2048 }, run, kernels);
  let best: Grown = { network, ...scored(problem, shape, network) };
  for (let cycle = 0, idle = 0; cycle < mostCycles && !run.stop; cycle++) {
    const now: Grown = cycle === 0 ? best : { network, ...scored(problem, shape, network) };
    run.progress({ phase: 'local training', primal: now.objective, neurons: network.subnets.length });
    idle = cycle === 0 || now.objective < best.objective * (1 - WORTHWHILE) ? 0 : idle + 1;
    if (now.objective < best.objective) best = now;
    if (idle >= mostIdle) break;
    const found = await priced(problem, shape, now.residual, network.subnets, seed + cycle, effort, run);
    const fresh = found.filter(({ value }) => value > problem.lambda * problem.X.rows * (1 + NEGLIGIBLE));
    if (fresh.length === 0) break;
    const start = joined(
      problem,
      network,
      fresh.slice(0, mostNew).map(({ subnet }) => subnet),
    );
    const settings = { count: start.subnets.length, steps: 200, seed: cycle, rate: 0.01 / (1 + 0.3 * cycle), start };
    network = await trainByAdam(problem, shape, settings, run, kernels);
  }
  return best;
}

/** The network without its trifles and with new sub-networks. */
function joined({ X, regularizer }: TrainingProblem, network: LiftedParallel, fresh: LiftedSubnet[]): LiftedParallel {
  const sizes = network.subnets.map(({ z }) => liftedNorm(z, X.cols, regularizer === 'path'));
  const largest = Math.max(0, ...sizes) || 1;
  const kept = network.subnets.filter((_, k) => sizes[k] > NEGLIGIBLE * largest);
  const small = fresh.map((subnet) => ({ ...subnet, z: subnet.z.map((t) => newSize * largest * t) }));
  return { ...network, subnets: [...kept, ...small] };
}

/** Residual n×outputs and objective of a lifted network. */
function scored(
  { X, y, outputs, loss, lambda, regularizer, skipInputs }: TrainingProblem,
  shape: Shape,
  { subnets, skip, bias }: LiftedParallel,
): { residual: Float64Array; objective: number } {
  const f = Float64Array.from(y, (_, at) => {
    const k = at % outputs;
    let sum = bias[k];
    for (let l = 0, row = Math.floor(at / outputs) * X.cols; l < skipInputs; l++)
      sum += skip[k * skipInputs + l] * X.data[row + l];
    return sum;
  });
  let penalty = 0;
  for (const subnet of subnets) {
    const values = subnetValues(X, shape, subnet);
    for (let i = 0; i < X.rows; i++) f[i * outputs + subnet.output] += subnet.sign * values[i];
    penalty += liftedNorm(subnet.z, X.cols, regularizer === 'path');
  }
  for (let k = 0; k < skip.length; k += skipInputs)
    penalty += liftedNorm(skip.subarray(k, k + skipInputs), skipInputs, true);
  const residual = new Float64Array(f.length);
  loss.residual(f, y, outputs, residual);
  return { residual, objective: loss.value(f, y, outputs) / X.rows + lambda * penalty };
}
