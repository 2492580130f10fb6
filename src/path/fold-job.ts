import type { Run } from '../base/index.js';
import { augment, networkObjective } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { type LossName, lossByName } from '../losses/index.js';
import { type NetworkWeights, predictScores } from '../networks/index.js';
import { type SearchEffort, Training } from '../solvers/index.js';
import { followPath } from './follow.js';

/** What a path over a fold needs besides the fold: plain data, so that a worker or another machine can run it. */
export interface FoldSettings {
  readonly loss: LossName;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
  readonly activation: 'relu' | 'gated';
  readonly patterns: 'auto' | 'exact' | number;
  /** Relative gap of each solve. */
  readonly gap: number;
  readonly seed: number;
}

/** Rows to train on and rows held out, encoded. */
export interface FoldData {
  readonly X: Matrix;
  /** n×outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
  readonly heldX: Matrix;
}

/** Some λ of one fold's path. */
export interface FoldJob {
  readonly data: FoldData;
  readonly settings: FoldSettings;
  /** Descending. */
  readonly lambdas: Float64Array;
  /** The network at the λ before. */
  readonly start: NetworkWeights | null;
}

export interface FoldBlock {
  /** Network outputs (held rows × outputs, row-major) at each λ; fewer than asked for when stopped. */
  readonly heldOutputs: readonly Float64Array[];
  /** Neurons at each λ. */
  readonly neurons: readonly number[];
  /** The network at the last λ. */
  readonly last: NetworkWeights | null;
}

/** Held-out errors need no proof: a few starts near the neurons find most of what is missing. */
const searches: readonly SearchEffort[] = [{ starts: 2, around: 60 }];

/**
 * A network need not be solved closer than to this share of the gap times the constant's objective: where little loss is left, digits
 * of it say nothing about held-out rows.
 */
const nullShare = 0.3;

/** Follows a fold's path over the λ of the job. Same job, same bytes. */
export async function runFoldJob(
  kernels: Kernels,
  { data, settings, lambdas, start }: FoldJob,
  run: Run,
  onLambda?: () => void,
): Promise<FoldBlock> {
  const X = settings.hiddenBias ? augment(data.X) : data.X;
  const loss = lossByName(settings.loss);
  const training = new Training(kernels, { ...data, ...settings, X, loss }, { ...settings, searches, nearStart: true });
  const heldOutputs: Float64Array[] = [];
  const neurons: number[] = [];
  let last = start;
  const gapAt = (lambda: number, before: NetworkWeights): number => {
    const objective = networkObjective(before, data.X, data.y, lambda, { ...settings, loss });
    return settings.gap * Math.max(1, (nullShare * training.constantValue) / objective);
  };
  for await (const { trained } of followPath(training, lambdas, run, start, { gapAt })) {
    last = trained.weights;
    heldOutputs.push(predictScores(last, data.heldX).data);
    neurons.push(last.hidden.rows);
    onLambda?.();
  }
  return { heldOutputs, neurons, last };
}
