import { RelucentError } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { type NetworkWeights, penalty } from '../networks/index.js';
import { blendNetworks } from '../path/index.js';
import type { FitPathPoint } from './fit-path.js';

/** Share of the constant's loss that a network of the path explains on its training rows, 0 … 1. */
export function explainedShare(
  { certificate, lambda, weights }: Pick<FitPathPoint, 'certificate' | 'lambda' | 'weights'>,
  nullLoss: number,
): number {
  const loss = certificate.primal - lambda * penalty(weights);
  return nullLoss > 0 ? 1 - loss / nullLoss : 0;
}

/**
 * The network of a path at λ: a point's, or one between the two next to it (`blendNetworks`).
 * @param X the training features; without them the two networks stand side by side, neurons of one cell unmerged.
 */
export function networkAt(
  points: readonly Pick<FitPathPoint, 'lambda' | 'weights'>[],
  lambda: number,
  X?: Matrix,
): NetworkWeights {
  const after = points.findIndex((point) => point.lambda <= lambda);
  if (after < 0 || !Number.isFinite(lambda) || (after === 0 && points[0].lambda !== lambda)) {
    const range =
      points.length > 0 ? `${points[points.length - 1].lambda} to ${points[0].lambda}` : 'nothing: it has no points';
    throw new RelucentError('usage', `path: λ = ${lambda} is outside the path, which covers ${range}.`);
  }
  if (points[after].lambda === lambda) return points[after].weights;
  const [above, below] = [points[after - 1], points[after]];
  const share = (above.lambda - lambda) / (above.lambda - below.lambda);
  return blendNetworks(above.weights, below.weights, share, X);
}
