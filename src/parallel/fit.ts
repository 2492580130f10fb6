import { Run, requireOptions, requireThat, type Status } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import type { Block } from './block.js';
import type { ParallelCertificate } from './certificate.js';
import { certifyParallel, residualOf } from './certify.js';
import { exactSupport } from './exact.js';
import { type LowRankInterval, lowRankInterval, truncated } from './low-rank.js';
import { type ParallelNetwork, parallelScores } from './network.js';
import { parallelObjective } from './norms.js';
import {
  featuresOf,
  fitRules,
  type ParallelFitOptions,
  type ParallelProblem,
  parallelProblem,
  type Rows,
  targetsOf,
} from './options.js';
import { solvePriced } from './pipeline.js';
import { recoverNetwork } from './recover.js';
import { sampledCertificate, sampledMaster } from './sampled.js';
import type { LiftedParallel, LiftedSubnet } from './subnet.js';

export interface ParallelFit {
  readonly status: Status;
  readonly network: ParallelNetwork;
  /** Objective of the network on X, 1/n scale. */
  readonly objective: number;
  /** Objective of the convex program that it was recovered from. */
  readonly program: number;
  readonly certificate: ParallelCertificate;
  /** With `rank`: what the truncation costs at most. */
  readonly lowRank: LowRankInterval | null;
  /** Sub-networks that are not zero. */
  readonly subnetworks: number;
  /** Blocks of the last convex program, and rounds of pricing. */
  readonly blocks: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Outputs n×c of encoded rows. */
  predict(X: Rows): Matrix;
}

/**
 * Trains a parallel network of L layers to certified optimality: min (1/n) Σ ℓ(f(x_i), y_i) + λ Σ_k R(sub-network k), R the path norm or the
 * least weight decay (docs/parallel.md). Inputs should be standardised.
 *
 * @param X n×d, a Matrix or an array of rows. @param y n targets, or n×c row-major.
 * @throws `usage` for a bad option, `data` for a bad entry.
 */
export async function fitParallel(
  X: Rows,
  y: ArrayLike<number> | Matrix,
  options: ParallelFitOptions = {},
): Promise<ParallelFit> {
  requireOptions(options, fitRules, 'fitParallel');
  const features = featuresOf(X);
  const problem = parallelProblem(features, targetsOf(y), options, 'fitParallel');
  const run = new Run(options);
  const { rank } = options;
  const reduced = rank === undefined ? null : truncated(problem, rank, 'fitParallel');
  const kernels = await createKernels({ threads: options.threads === 'auto' ? undefined : options.threads });
  const solved = await solve(reduced ? reduced.problem : problem, options, run, kernels).finally(() =>
    kernels.dispose(),
  );
  const lifted = reduced ? reduced.back(solved.lifted) : solved.lifted;
  const { training, shape, inputs, hiddenBias } = problem;
  const { outputs, regularizer } = training;
  const network = recoverNetwork(lifted, shape, { inputs, outputs, hiddenBias, regularizer });
  const objective = parallelObjective(network, features, training.y, training);
  const certificate = await certificateOf(network, features, problem, options, run);
  const lowRank = reduced
    ? await lowRankInterval(problem, reduced, residualOf(network, features, problem), objective, run)
    : null;
  return {
    status: run.stop ?? endOf(solved.status, certificate),
    network,
    objective,
    program: solved.primal,
    certificate,
    lowRank,
    subnetworks: network.subnetworks.length,
    blocks: solved.blocks,
    rounds: solved.rounds,
    seconds: run.seconds,
    predict: (rows) => parallelScores(network, featuresOf(rows)),
  };
}

/** What its certificate contradicts is not solved, whatever the solver thinks. */
const endOf = (status: Status, { relativeGap, tolerance }: ParallelCertificate): Status =>
  status === 'solved' && relativeGap > tolerance ? 'stalled' : status;

interface Solved {
  readonly status: Status;
  readonly lifted: LiftedParallel;
  readonly primal: number;
  /** n×outputs. */
  readonly residual: Float64Array;
  readonly blocks: number;
  readonly rounds: number;
}

/** Each output on its own where the loss allows. */
async function solve(
  problem: ParallelProblem,
  options: ParallelFitOptions,
  run: Run,
  kernels: Kernels,
): Promise<Solved> {
  const { training } = problem;
  const { outputs, loss, X, y } = training;
  if (outputs === 1 || !loss.separable) return solveJointly(problem, options, run, kernels);
  const parts: Solved[] = [];
  for (let k = 0; k < outputs; k++) {
    const own = Float64Array.from({ length: X.rows }, (_, i) => y[i * outputs + k]);
    parts.push(
      await solveJointly({ ...problem, training: { ...training, y: own, outputs: 1 } }, options, run, kernels),
    );
  }
  return joined(parts, X.rows);
}

function joined(parts: readonly Solved[], n: number): Solved {
  const outputs = parts.length;
  const residual = new Float64Array(n * outputs);
  parts.forEach((part, k) => {
    for (let i = 0; i < n; i++) residual[i * outputs + k] = part.residual[i];
  });
  return {
    status: parts.find(({ status }) => status !== 'solved')?.status ?? 'solved',
    lifted: {
      subnets: parts.flatMap(({ lifted }, output) =>
        lifted.subnets.map((subnet): LiftedSubnet => ({ ...subnet, output })),
      ),
      skip: Float64Array.from(parts.flatMap(({ lifted }) => [...lifted.skip])),
      bias: Float64Array.from(parts, ({ lifted }) => lifted.bias[0]),
    },
    primal: parts.reduce((sum, { primal }) => sum + primal, 0),
    residual,
    blocks: parts.reduce((sum, { blocks }) => sum + blocks, 0),
    rounds: Math.max(...parts.map(({ rounds }) => rounds)),
  };
}

async function solveJointly(
  problem: ParallelProblem,
  options: ParallelFitOptions,
  run: Run,
  kernels: Kernels,
): Promise<Solved> {
  const { patterns = 'auto', gap = 1e-4, seed = 0 } = options;
  const { training, shape } = problem;
  if (typeof patterns === 'number') return solveSampled(problem, patterns, gap, seed, run);
  const capacity = training.lambda * training.X.rows;
  const prove = async (residual: Float64Array): Promise<readonly Block[]> => {
    const found: Block[] = [];
    for (let k = 0; k < training.outputs; k++) {
      const r = Float64Array.from({ length: training.X.rows }, (_, i) => residual[i * training.outputs + k]);
      const support = await exactSupport(problem, r, capacity, run);
      requireThat(
        support.complete || support.violators.length > 0 || run.stop !== null,
        `fitParallel: patterns 'exact' needs fewer rows, a smaller rank or width, or columns of more even sizes than this (${training.X.rows} rows); use patterns 'auto'.`,
        'resource',
      );
      found.push(...support.violators.map((block) => ({ ...block, output: k })));
    }
    return found;
  };
  const settings = { gap, seed, rounds: options.rounds, kernels, ...(patterns === 'exact' && { prove }) };
  return solvePriced(training, shape, settings, run);
}

async function solveSampled(
  problem: ParallelProblem,
  count: number,
  gap: number,
  seed: number,
  run: Run,
): Promise<Solved> {
  const { training, shape } = problem;
  const master = sampledMaster(problem, count, seed);
  const solved = await master.solve(Math.min(gap, 1e-9), run, true);
  const reached = solved.primal - solved.dual <= gap * Math.abs(solved.primal);
  return {
    status: reached ? 'solved' : (run.stop ?? 'stalled'),
    lifted: solved.lifted,
    primal: solved.primal,
    residual: solved.residual,
    blocks: master.count * (training.outputs > 0 ? 1 : shape.layers),
    rounds: 1,
  };
}

/** That of `certifyParallel`; for sampled patterns over those alone. */
async function certificateOf(
  network: ParallelNetwork,
  X: Matrix,
  problem: ParallelProblem,
  options: ParallelFitOptions,
  run: Run,
): Promise<ParallelCertificate> {
  const { training, shape, hiddenBias, skip } = problem;
  const { lambda, regularizer, outputBias, loss } = training;
  const { patterns = 'auto', gap = 1e-4, seed = 0 } = options;
  const { patterns: _, rank: __, gap: ___, seed: ____, threads: _____, rounds: ______, ...rest } = options;
  const width = shape.widths;
  const certificate = await certifyParallel(network, X, training.y, {
    ...rest,
    timeLimit: options.timeLimit === undefined ? undefined : Math.max(1, options.timeLimit - run.seconds),
    layers: shape.layers,
    width,
    lambda,
    regularizer,
    outputBias,
    hiddenBias,
    skip,
    loss: loss.name,
    tolerance: gap,
    seed: seed + 1,
    proof: 'auto',
  });
  if (typeof patterns !== 'number' || certificate.scope === 'exact') return certificate;
  return sampledCertificate(certificate, problem, patterns, seed, run);
}
