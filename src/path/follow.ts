import type { Run } from '../base/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { Trained, Training } from '../solvers/index.js';

/** A network of a path. */
export interface PathStep {
  readonly lambda: number;
  readonly trained: Trained;
}

/**
 * The networks at descending λ, each solved from the one before: all that a step takes from those before it is that one network, so
 * a path that goes on from stored weights gives the same bytes as one that never stopped. A step that was stopped is not
 * given out.
 *
 * @param start the network at the λ before the first one here; default: none, the first starts from what enters at λ_max.
 * @param gapAt the relative gap at λ, given the network before; default: that of the training's options.
 */
export async function* followPath(
  training: Training,
  lambdas: ArrayLike<number>,
  run: Run,
  start: NetworkWeights | null = null,
  gapAt?: (lambda: number, before: NetworkWeights) => number,
): AsyncGenerator<PathStep, void, NetworkWeights | undefined> {
  let previous = start;
  for (let k = 0; k < lambdas.length; k++) {
    const warm = previous && previous.hidden.rows > 0 ? previous : await training.entering(run);
    const trained = await training.solve(lambdas[k], run, warm, { gap: gapAt?.(lambdas[k], warm) });
    if (run.stop !== null) return;
    // whoever consumes the path may improve on the network before it goes on
    previous = (yield { lambda: lambdas[k], trained }) ?? trained.weights;
  }
}
