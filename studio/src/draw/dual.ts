import { type LossName, lossByName, type NetworkWeights, predictScores } from 'relucent';
import type { Encoded } from '../solver/protocol.js';

/** The dual variable of each training row: r_i / n, r the residual −∂ℓ/∂f of the network. One output. */
export function dualsOf(weights: NetworkWeights, { X, y, loss, outputs }: Encoded): Float64Array {
  const f = predictScores(weights, X).data;
  const r = new Float64Array(f.length);
  lossByName(loss).residual(f, y, outputs, r);
  return r.map((value) => value / X.rows);
}

/** Largest |θ_i| that the loss allows, times n; infinite where it allows any. */
const limits: Readonly<Record<LossName, number>> = {
  squared: Number.POSITIVE_INFINITY,
  huber: 1,
  logistic: 1,
  'squared-hinge': Number.POSITIVE_INFINITY,
  softmax: 1,
};

export type Bound = 'upper' | 'zero' | 'kink' | null;

/**
 * Why a row is at a bound, if it is: `upper` its dual variable is as large as the loss allows (a Huber outlier), `zero` it does not
 * matter (squared hinge, beyond the margin), `kink` it lies on a neuron's hyperplane, where a constraint of that neuron's cone is tight.
 */
export function boundsOf(weights: NetworkWeights, { X, loss }: Encoded, duals: Float64Array): Bound[] {
  const { hidden, hiddenBias } = weights;
  const limit = limits[loss] / X.rows;
  return Array.from(duals, (theta, i) => {
    if (Math.abs(theta) >= limit * (1 - 1e-9)) return 'upper';
    if (theta === 0 && loss === 'squared-hinge') return 'zero';
    for (let j = 0; j < hidden.rows; j++) {
      let [s, size] = [hiddenBias[j], Math.abs(hiddenBias[j])];
      for (let k = 0; k < X.cols; k++) {
        const part = hidden.data[j * X.cols + k] * X.data[i * X.cols + k];
        s += part;
        size += Math.abs(part);
      }
      if (Math.abs(s) <= 1e-7 * size) return 'kink';
    }
    return null;
  });
}

/**
 * θᵀ(Xu)₊ / λ for a unit direction u of a neuron (its weights, then its hidden bias): a neuron along u would help if this were above 1 in
 * size. `centred` duals sum to 0, as those of a network with a free output bias do.
 */
export function price(duals: Float64Array, { X }: Encoded, direction: ArrayLike<number>, lambda: number): number {
  let sum = 0;
  for (let i = 0; i < X.rows; i++) {
    let s = direction[X.cols];
    for (let k = 0; k < X.cols; k++) s += direction[k] * X.data[i * X.cols + k];
    if (s > 0) sum += duals[i] * s;
  }
  return sum / lambda;
}

/** Unit (u, h) of each neuron. */
export function directionsOf({ hidden, hiddenBias }: NetworkWeights): Float64Array[] {
  return Array.from(hiddenBias, (h, j) => {
    const vector = Float64Array.of(...hidden.data.subarray(j * hidden.cols, (j + 1) * hidden.cols), h);
    const norm = Math.hypot(...vector) || 1;
    return vector.map((value) => value / norm);
  });
}
