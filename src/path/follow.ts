import type { Run } from '../base/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { Trained, Training } from '../solvers/index.js';

/** A network of a path. */
export interface PathStep {
  readonly lambda: number;
  readonly trained: Trained;
}

/** What may differ from λ to λ; default: as the training's options say. */
export interface StepRules {
  /** The relative gap at λ, given the network before. */
  readonly gapAt?: (lambda: number, before: NetworkWeights) => number;
  /** The oracle's seed at the k-th λ here: with other starts at every λ the searches add up. */
  readonly seedAt?: (k: number) => number;
}

/**
 * The networks at descending λ, each solved from the one before: all that a step takes from those before it is that one network, so
 * a path that goes on from stored weights gives the same bytes as one that never stopped. A step that was stopped is not
 * given out.
 *
 * @param start the network at the λ before the first one here; default: none, the first starts from what enters at λ_max.
 */
export async function* followPath(
  training: Training,
  lambdas: ArrayLike<number>,
  run: Run,
  start: NetworkWeights | null = null,
  { gapAt, seedAt }: StepRules = {},
): AsyncGenerator<PathStep, void, NetworkWeights | undefined> {
  let previous = start;
  for (let k = 0; k < lambdas.length; k++) {
    const warm = previous && previous.hidden.rows > 0 ? previous : await training.entering(run);
    const trained = await training.solve(lambdas[k], run, warm, {
      gap: gapAt?.(lambdas[k], warm),
      seed: seedAt?.(k),
    });
    if (run.stop !== null) return;
    // whoever consumes the path may improve on the network before it goes on
    previous = (yield { lambda: lambdas[k], trained }) ?? trained.weights;
  }
}
