import { Run, type RunOptions } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { createKernels } from '../linalg/kernels/index.js';
import type { ParallelNetwork } from './network.js';
import { featuresOf, type ParallelProblemOptions, parallelProblem, type Rows, targetsOf } from './options.js';
import { recoverNetwork } from './recover.js';
import { trainByAdam } from './train.js';

export interface AdamReferenceOptions extends ParallelProblemOptions, RunOptions {
  /** Sub-networks. Default 40. */
  readonly subnetworks?: number;
  /** Steps. Default 2000. */
  readonly steps?: number;
  /** Learning rate; falls linearly to a hundredth. Default 0.02. */
  readonly rate?: number;
  /** Rows of a mini-batch. Default: all. */
  readonly batch?: number;
  readonly seed?: number;
  /** Called every `every` (default 50) steps with the objective. */
  readonly onStep?: (step: number, objective: number) => void;
  readonly every?: number;
}

export interface AdamReference {
  readonly network: ParallelNetwork;
  /** Mean loss + λ penalty, the penalty at its least over rescalings of units. */
  readonly objective: number;
}

/** The non-convex reference: the same architecture and objective trained by Adam from random weights. */
export async function trainParallelByAdam(
  X: Rows,
  y: ArrayLike<number> | Matrix,
  options: AdamReferenceOptions = {},
): Promise<AdamReference> {
  const { subnetworks = 40, steps = 2000, rate, batch, seed = 0, onStep, every = 50, ...rest } = options;
  const { signal: _, onProgress: __, timeLimit: ___, ...own } = rest;
  const features = featuresOf(X);
  const problem = parallelProblem(features, targetsOf(y), own, 'trainParallelByAdam');
  const { training, shape, inputs, hiddenBias } = problem;
  let objective = Number.POSITIVE_INFINITY;
  const seen = (step: number, value: number): void => {
    objective = value;
    onStep?.(step, value);
  };
  const settings = { count: subnetworks, steps, rate, batch, seed, every, onStep: seen };
  const kernels = await createKernels({ threads: 1 });
  const lifted = await trainByAdam(training, shape, settings, new Run(options), kernels).finally(() =>
    kernels.dispose(),
  );
  const { outputs, regularizer } = training;
  return { network: recoverNetwork(lifted, shape, { inputs, outputs, hiddenBias, regularizer }), objective };
}
