import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { Block } from './block.js';
import { Master, type MasterSolution } from './master.js';
import type { Found } from './oracle.js';
import { type Effort, priced } from './pricing.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';
import type { TrainingProblem } from './train.js';

export interface DescentOptions {
  /** Relative gap of each network, as far as the search of `rounds` rounds sees. */
  readonly gap: number;
  readonly seed: number;
  readonly kernels?: Kernels;
}

/** Rounds of pricing at one λ: what they leave open is left open. */
const mostRounds = 4;
const effort: Effort = { starts: 10, around: 20 };
const mostAdded = 20;
/** Of each program, as a share of the gap. */
const SHARE = 0.3;

/**
 * Networks at descending λ without proofs, for held-out errors: each begins with the blocks of the one before, and a search around it adds
 * what violates. A stop ends the generator.
 */
export async function* descend(
  problem: TrainingProblem,
  shape: Shape,
  lambdas: Iterable<number>,
  options: DescentOptions,
  run: Run,
): AsyncGenerator<LiftedParallel> {
  let blocks: readonly Block[] = [];
  let near: readonly LiftedSubnet[] = [];
  for (const lambda of lambdas) {
    const found = await networkAt({ ...problem, lambda }, shape, blocks, near, options, run);
    if (found === null) return;
    blocks = found.used;
    near = found.lifted.subnets;
    yield found.lifted;
  }
}

/** null when stopped. */
async function networkAt(
  problem: TrainingProblem,
  shape: Shape,
  blocks: readonly Block[],
  near: readonly LiftedSubnet[],
  { gap, seed, kernels }: DescentOptions,
  run: Run,
): Promise<MasterSolution | null> {
  const master = new Master(problem, shape, kernels);
  for (const block of blocks) master.add(block);
  const capacity = problem.lambda * problem.X.rows;
  let solved = await master.solve(SHARE * gap, run);
  for (let round = 0; round < mostRounds && !run.stop; round++) {
    const known = round === 0 ? [...near] : solved.lifted.subnets;
    const found = await priced(problem, shape, solved.residual, known, seed + round, effort, run);
    // A dual value falls by about as much as the constraint is violated
    if (run.stop || (found[0]?.value ?? 0) <= capacity * (1 + gap)) break;
    let added = 0;
    for (const { block, value } of found) if (added < mostAdded && value > capacity && master.add(block)) added++;
    if (added === 0) break;
    solved = await master.solve(SHARE * gap, run);
  }
  return run.stop ? null : solved;
}

const searchMax: Effort = { starts: 60, around: 0 };

/**
 * The λ from which on the network is a constant (with a linear branch: an affine function of it), as far as a local search sees: the largest |rᵀg(X)|/n of
 * sub-networks of penalty 1 for the residual r of the constant, and ‖X_kᵀr‖/n of the branch.
 */
export async function largestLambda(problem: TrainingProblem, shape: Shape, seed: number, run: Run): Promise<number> {
  const { X, y, outputs, loss, outputBias, skipInputs } = problem;
  const f = new Float64Array(y.length);
  const bias = new Float64Array(outputs);
  if (outputBias) loss.bestBias(f, y, outputs, bias);
  for (let i = 0; i < f.length; i++) f[i] = bias[i % outputs];
  const residual = new Float64Array(f.length);
  loss.residual(f, y, outputs, residual);
  const found: Found[] = await priced(problem, shape, residual, [], seed, searchMax, run);
  let most = found[0]?.value ?? 0;
  for (let k = 0; k < outputs; k++) most = Math.max(most, branchNorm(X.data, residual, skipInputs, X.cols, k, outputs));
  return most / X.rows;
}

function branchNorm(
  X: Float64Array,
  residual: Float64Array,
  inputs: number,
  cols: number,
  k: number,
  outputs: number,
): number {
  const sums = new Float64Array(inputs);
  for (let i = 0; i * outputs < residual.length; i++)
    for (let j = 0; j < inputs; j++) sums[j] += X[i * cols + j] * residual[i * outputs + k];
  return inputs === 0 ? 0 : liftedNorm(sums, inputs, true);
}
