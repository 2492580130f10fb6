import {
  numberRule,
  type OptionRules,
  Run,
  type RunOptions,
  requireOptions,
  runRules,
  seedRule,
  wholeRule,
} from '../base/index.js';
import { above, bestDualPoint, gamma, sphereBound } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import { type ParallelCertificate, parallelWords } from './certificate.js';
import { exactSupport } from './exact.js';
import { rivalSubnets } from './grow.js';
import { liftSubnetwork, requireFit, widthsOf } from './membership.js';
import { checkNetwork, type ParallelNetwork, parallelScores } from './network.js';
import { parallelObjective } from './norms.js';
import { type ParallelProblem, type ParallelProblemOptions, parallelProblem, problemRules } from './options.js';
import { searchSubnets } from './oracle.js';
import { type LiftedSubnet, subnetValues } from './subnet.js';

export interface ParallelCertifyOptions extends ParallelProblemOptions, RunOptions {
  /** Relative gap at which the network counts as optimal. Default 1e-4. */
  readonly tolerance?: number;
  /** Random starts of the local search. Default 400. */
  readonly starts?: number;
  /** Of the local search. Default 1. */
  readonly seed?: number;
  /** Whether to prove the dual constraint over all patterns: `auto` (default) where the sizes allow. `never` claims `priced` at most. */
  readonly proof?: 'auto' | 'never';
}

const rules: OptionRules<ParallelCertifyOptions> = {
  ...problemRules,
  ...runRules,
  tolerance: numberRule('a number between 0 and 1', (value) => value > 0 && value < 1),
  starts: wholeRule(0),
  seed: seedRule,
  proof: { expected: "'auto' or 'never'", accepts: (value) => value === 'auto' || value === 'never' },
};

/** Fewer starts are no evidence. */
const leastStarts = 50;

/**
 * What can be proved about a parallel network, whoever trained it, from its weights and the data alone (docs/parallel.md). The class it
 * is compared with: parallel networks of any number of sub-networks with `layers` and `width`.
 *
 * @param X n×inputs, encoded, without the column of ones. @param y n×c, row-major.
 * @throws `usage` when the network or an option does not fit, `data` for a bad entry.
 */
export async function certifyParallel(
  network: ParallelNetwork,
  X: Matrix,
  y: Float64Array,
  options: ParallelCertifyOptions = {},
): Promise<ParallelCertificate> {
  requireOptions(options, rules, 'certifyParallel');
  checkNetwork(network, 'certifyParallel');
  const { layers = network.layers, width = widthsOf(network), skip = network.skip !== null } = options;
  const problem = parallelProblem(X, y, { ...options, layers, width, skip }, 'certifyParallel');
  requireFit(network, problem);
  const { tolerance = 1e-4, starts = 400, seed = 1, proof = 'auto' } = options;
  const run = new Run(options);
  const primal = parallelObjective(network, X, y, problem.training);
  const residual = residualOf(network, X, problem);
  const proved = await provedNorms(problem, residual, proof === 'auto', run);
  const bound = dualOf(problem, residual, proved.norms);
  const finish = (
    scope: ParallelCertificate['scope'],
    dual: number,
    norms: Float64Array,
    search?: { starts: number; seed: number },
  ) => finished(primal, dual, bound, scope, norms, problem, tolerance, search);
  if (primal - bound <= tolerance * Math.abs(primal))
    return finish(proof === 'auto' ? 'exact' : 'priced', bound, proved.norms);
  const near = network.subnetworks.filter(({ alpha }) => alpha !== 0);
  const lifted = near.map((s) => liftSubnetwork(s, problem.shape, problem.training.X.cols));
  let found = await neuronNorms(problem, residual, starts, seed, run);
  let dual = bound;
  // What the network's own sub-networks and random ones do not contradict is held against other local trainings
  for (const rivals of [false, true]) {
    const from = rivals ? await rivalsOf(problem, seed, run) : lifted;
    const norms = await searchedNorms(problem, residual, from, rivals ? 0 : starts, seed, run);
    if (run.stop || starts < leastStarts) return finish('bound', bound, proved.norms);
    found = found.map((t, k) => Math.max(t, norms[k]));
    dual = Math.max(bound, dualOf(problem, residual, found));
    if (primal - dual > tolerance * Math.abs(primal)) return finish('bound', bound, proved.norms);
  }
  return finish('priced', dual, found, { starts, seed });
}

/** r = −∂ℓ/∂f with the best output bias, n×outputs. */
export function residualOf(network: ParallelNetwork, X: Matrix, { training }: ParallelProblem): Float64Array {
  const { loss, y, outputs, outputBias } = training;
  const f = parallelScores(network, X).data;
  if (outputBias) {
    const move = new Float64Array(outputs);
    loss.bestBias(f, y, outputs, move);
    if (move.every(Number.isFinite)) for (let i = 0; i < f.length; i++) f[i] += move[i % outputs];
  }
  const r = new Float64Array(f.length);
  loss.residual(f, y, outputs, r);
  return r;
}

const columnOf = (r: Float64Array, k: number, outputs: number): Float64Array =>
  Float64Array.from({ length: r.length / outputs }, (_, i) => r[i * outputs + k]);

/** Proved upper bounds, one an output, of |r_kᵀg(X)| over sub-networks of penalty 1. */
export async function provedNorms(
  problem: ParallelProblem,
  residual: Float64Array,
  enumerate: boolean,
  run: Run,
): Promise<{ norms: Float64Array; exact: boolean }> {
  const { outputs, lambda, X } = problem.training;
  const norms = new Float64Array(outputs);
  let exact = true;
  for (let k = 0; k < outputs; k++) {
    const r = columnOf(residual, k, outputs);
    let value = await generalBound(problem, r, run);
    if (value > X.rows * lambda) {
      const support = enumerate ? await exactSupport(problem, r, X.rows * lambda, run) : null;
      if (support?.complete) value = Math.min(value, support.upper);
      else exact = false;
    }
    norms[k] = Math.max(value, skipNorm(problem, r));
  }
  return { norms, exact };
}

/**
 * rᵀg(X) ≤ r₊ᵀg(X) as g ≥ 0, and dropping what a unit subtracts only makes it larger, so that with r₊ ≥ 0 it is at most Σ_j r₊ᵀ(Xz_j)_+ ≤
 * h(r₊) Σ_j ‖z_j‖, which is h(r₊) for weight decay and at most √leaves h(r₊) for the path norm; −r likewise.
 */
async function generalBound({ shape, training }: ParallelProblem, r: Float64Array, run: Run): Promise<number> {
  const left =
    run.options.timeLimit === undefined ? {} : { timeLimit: Math.max(0.01, run.options.timeLimit - run.seconds) };
  const settings = { ...run.options, onProgress: undefined, ...left, starts: 0 };
  if (shape.layers === 2) return (await sphereBound(training.X, r, settings)).upper;
  const parts = [r.map((t) => Math.max(0, t)), r.map((t) => Math.max(0, -t))];
  let most = 0;
  for (const part of parts) most = Math.max(most, (await sphereBound(training.X, part, settings)).upper);
  return training.regularizer === 'path' ? above(most * Math.sqrt(shape.leaves)) : most;
}

/** ‖Xᵀr‖ over the inputs, rounding added; 0 without a linear branch. */
function skipNorm({ training }: ParallelProblem, r: Float64Array): number {
  const { X, skipInputs } = training;
  let squares = 0;
  for (let k = 0; k < skipInputs; k++) {
    let sum = 0;
    let size = 0;
    for (let i = 0; i < X.rows; i++) {
      const t = X.data[i * X.cols + k] * r[i];
      sum += t;
      size += Math.abs(t);
    }
    const t = Math.abs(sum) + gamma(X.rows + 4) * size;
    squares += t * t;
  }
  return above(Math.sqrt(squares), skipInputs + 8);
}

/**
 * What single neurons reach, one number an output: each is a sub-network of its own, every edge above it 1. Where columns are of very
 * different sizes (1 and 1e10) climbs from random sub-networks see the large ones alone; the search of the sphere goes from cell to cell,
 * and neurons of one column each see what is below the tolerance of the rank.
 */
async function neuronNorms(
  { training: { X, outputs } }: ParallelProblem,
  residual: Float64Array,
  starts: number,
  seed: number,
  run: Run,
): Promise<Float64Array> {
  const norms = new Float64Array(outputs);
  const settings = { ...run.options, onProgress: undefined, starts, seed, nodeLimit: 0, iterations: 1 };
  for (let k = 0; k < outputs; k++) {
    const r = columnOf(residual, k, outputs);
    norms[k] = Math.max((await sphereBound(X, r, settings)).lower, largestColumn(X, r));
  }
  return norms;
}

/** max over the columns x of X and both signs of |rᵀ(±x)_+|. */
function largestColumn({ rows, cols, data }: Matrix, r: Float64Array): number {
  let most = 0;
  for (let k = 0; k < cols; k++) {
    const parts = [0, 0];
    for (let i = 0, at = k; i < rows; i++, at += cols) parts[data[at] > 0 ? 0 : 1] += r[i] * data[at];
    most = Math.max(most, Math.abs(parts[0]), Math.abs(parts[1]));
  }
  return most;
}

/** Local trainings that a network is held against. */
const rivalTrainings = 2;

async function rivalsOf({ training, shape }: ParallelProblem, seed: number, run: Run): Promise<LiftedSubnet[]> {
  const kernels = await createKernels({ threads: 1 });
  return rivalSubnets(training, shape, seed, rivalTrainings, run, kernels).finally(() => kernels.dispose());
}

/** The largest values that a local search finds, one an output: from random sub-networks and from those listed. */
async function searchedNorms(
  problem: ParallelProblem,
  residual: Float64Array,
  lifted: readonly LiftedSubnet[],
  starts: number,
  seed: number,
  run: Run,
): Promise<Float64Array> {
  const { shape, training } = problem;
  const { X, outputs, regularizer } = training;
  const norms = new Float64Array(outputs);
  for (let k = 0; k < outputs; k++) {
    const r = columnOf(residual, k, outputs);
    const near = lifted.filter(({ output }) => output === k);
    const settings = { starts, around: Math.ceil(starts / 2), near, seed, run };
    const [best] = await searchSubnets(X, shape, regularizer, r, k, settings);
    const value = best ? Math.abs(product(subnetValues(X, shape, best.subnet), r)) : 0;
    norms[k] = Math.max(value, skipNorm(problem, r));
  }
  return norms;
}

const product = (a: Float64Array, b: Float64Array): number => a.reduce((sum, t, i) => sum + t * b[i], 0);

export function dualOf(
  { base, shape, training }: ParallelProblem,
  residual: Float64Array,
  norms: Float64Array,
): number {
  // |g(x_i)| ≤ ‖x_i‖ Σ_j ‖z_j‖: what rounding in the dual point can cost
  const factor = training.regularizer === 'path' ? Math.sqrt(shape.leaves) : 1;
  return bestDualPoint({ ...base, rowNorms: base.rowNorms.map((t) => t * factor) }, residual, norms).value;
}

function finished(
  primal: number,
  dual: number,
  bound: number,
  scope: ParallelCertificate['scope'],
  norms: Float64Array,
  { training }: ParallelProblem,
  tolerance: number,
  search?: { readonly starts: number; readonly seed: number },
): ParallelCertificate {
  const gap = Math.max(0, primal - dual);
  const relativeGap = gap / Math.max(Math.abs(primal), Number.MIN_VALUE);
  const dualNorm = Math.max(...norms) / (training.X.rows * training.lambda);
  const plain = { primal, dual, gap, relativeGap, scope, bound, dualNorm, tolerance, ...(search && { search }) };
  return { ...plain, words: parallelWords(plain) };
}
