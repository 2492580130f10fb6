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

/** One fold at one λ. */
export interface FoldStep {
  /** Network outputs (held rows × outputs, row-major). */
  readonly heldOutputs: Float64Array;
  /** The same on the rows it trains on. */
  readonly trainOutputs: Float64Array;
  readonly weights: NetworkWeights;
}

/** Held-out errors need no proof: a few starts near the neurons find most of what is missing. */
const searches: readonly SearchEffort[] = [{ starts: 2, around: 24 }];

/**
 * A network need not be solved closer than to this share of the gap times the constant's objective: where little loss is left, digits
 * of it say nothing about held-out rows.
 */
const nullShare = 0.3;

/** Follows a fold's path over the λ of the job, those it comes to before a stop. Same job, same bytes. */
export async function runFoldJob(
  kernels: Kernels,
  { data, settings, lambdas, start }: FoldJob,
  run: Run,
  onStep: (step: FoldStep) => void,
): Promise<void> {
  const X = settings.hiddenBias ? augment(data.X) : data.X;
  const loss = lossByName(settings.loss);
  const training = new Training(kernels, { ...data, ...settings, X, loss }, { ...settings, searches, nearStart: true });
  const gapAt = (lambda: number, before: NetworkWeights): number => {
    const objective = networkObjective(before, data.X, data.y, lambda, { ...settings, loss });
    return settings.gap * Math.max(1, (nullShare * training.constantValue) / objective);
  };
  for await (const { trained } of followPath(training, lambdas, run, start, { gapAt })) {
    const { weights } = trained;
    onStep({
      weights,
      heldOutputs: predictScores(weights, data.heldX).data,
      trainOutputs: predictScores(weights, data.X).data,
    });
  }
}
