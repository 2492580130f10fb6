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

/**
 * One fold's networks, a λ at a time. What a step gives is decided by its arguments alone: it does not matter which steps this
 * thread took before, nor which another did.
 */
export class FoldPath {
  readonly #training: Training;

  constructor(
    kernels: Kernels,
    readonly data: FoldData,
    readonly settings: FoldSettings,
  ) {
    const X = settings.hiddenBias ? augment(data.X) : data.X;
    const problem = { ...data, ...settings, X, loss: lossByName(settings.loss) };
    this.#training = new Training(kernels, problem, { ...settings, searches, nearStart: true });
  }

  /** At λ from the network at the λ before (null: the first). null after a stop. */
  async step(lambda: number, before: NetworkWeights | null, run: Run): Promise<FoldStep | null> {
    // what a training knows of λ_max is what its steps have asked for: all of it, for every step
    await this.#training.lambdaMax(run);
    const gapAt = (at: number, warm: NetworkWeights): number => this.#gapAt(at, warm);
    for await (const { trained } of followPath(this.#training, [lambda], run, before, { gapAt })) {
      const { weights } = trained;
      const [heldOutputs, trainOutputs] = [this.data.heldX, this.data.X].map((X) => predictScores(weights, X).data);
      return { weights, heldOutputs, trainOutputs };
    }
    return null;
  }

  #gapAt(lambda: number, before: NetworkWeights): number {
    const { data, settings } = this;
    const { loss } = this.#training.data;
    const objective = networkObjective(before, data.X, data.y, lambda, { ...settings, loss });
    return settings.gap * Math.max(1, (nullShare * this.#training.constantValue) / objective);
  }
}
