import { euclideanNorm, type Matrix, rowOf } from '../linalg/index.js';
import type { Loss } from '../losses/index.js';
import { type ParallelNetwork, type ParallelSubnetwork, parallelScores, type Regularizer } from './network.js';

/** Σ_k (Σ over paths Π squared weights)^{1/2}, with ‖skip‖ of each output added. Any weights, any widths. */
export function pathNorm(network: ParallelNetwork): number {
  return network.subnetworks.reduce((sum, s) => sum + subnetworkPathNorm(s), skipNorm(network));
}

/**
 * The least ½ Σ_k (‖w_{L−1,k}‖² + alpha_k²) that rescaling the units of the same network can reach, first layers held to ‖W_{1k}‖_F ≤ 1
 * (three layers): Σ_k Σ_j ‖w_{1kj}‖|w_{2kj}||alpha_k|, with ‖skip‖ of each output added. Two layers: Σ_j ‖u_j‖|alpha_j|.
 */
export function weightDecayNorm(network: ParallelNetwork): number {
  return network.subnetworks.reduce((sum, s) => sum + subnetworkDecay(s), skipNorm(network));
}

/** The penalty as the weights stand: ½ Σ_k (‖w_{2k}‖² + alpha_k²), or ½ Σ (‖u‖² + alpha²) for two layers; the skip branch as its norm. */
export function literalWeightDecay(network: ParallelNetwork): number {
  return network.subnetworks.reduce((sum, { weights, bias, alpha }) => {
    const last = weights[weights.length - 1];
    const own = weights.length === 1 ? squares(bias) : 0;
    return sum + 0.5 * (squares(last.data) + own + alpha * alpha);
  }, skipNorm(network));
}

/** ‖W_{1k}‖_F of each sub-network, biases counted: at most 1 in a network of the weight-decay problem. */
export const firstLayerNorms = (network: ParallelNetwork): Float64Array =>
  Float64Array.from(network.subnetworks, ({ weights, bias }) =>
    euclideanNorm(Float64Array.of(...weights[0].data, ...bias)),
  );

/** The penalty that λ multiplies, of any network. */
export const penaltyOf = (network: ParallelNetwork, regularizer: Regularizer): number =>
  regularizer === 'path' ? pathNorm(network) : weightDecayNorm(network);

/** (1/n) Σ ℓ + λ · penalty of a network on data; y is n×outputs, row-major. */
export function parallelObjective(
  network: ParallelNetwork,
  X: Matrix,
  y: Float64Array,
  { loss, lambda, regularizer }: { readonly loss: Loss; readonly lambda: number; readonly regularizer: Regularizer },
): number {
  const scores = parallelScores(network, X);
  return loss.value(scores.data, y, network.outputs) / X.rows + lambda * penaltyOf(network, regularizer);
}

/** (Σ over paths Π squared weights)^{1/2} · |alpha|: norms carried upwards, since squares of squares soon are no doubles. */
export function subnetworkPathNorm({ weights, bias, alpha }: ParallelSubnetwork): number {
  const [first, ...above] = weights;
  let below = neuronNorms(first, bias);
  for (const layer of above) {
    const reached = below;
    below = Float64Array.from({ length: layer.rows }, (_, j) =>
      euclideanNorm(rowOf(layer, j).map((t, k) => t * reached[k])),
    );
  }
  return below[0] * Math.abs(alpha);
}

function subnetworkDecay({ weights, bias, alpha }: ParallelSubnetwork): number {
  const [first, second] = weights;
  const sum = neuronNorms(first, bias).reduce((s, norm, j) => s + norm * Math.abs(second ? second.data[j] : 1), 0);
  return sum * Math.abs(alpha);
}

/** ‖(w_j, bias_j)‖ of each row. */
const neuronNorms = (first: Matrix, bias: Float64Array): Float64Array =>
  bias.map((h, j) => euclideanNorm(Float64Array.of(...rowOf(first, j), h)));

function skipNorm({ skip }: ParallelNetwork): number {
  let sum = 0;
  if (skip) for (let k = 0; k < skip.rows; k++) sum += euclideanNorm(skip.data, k * skip.cols, skip.cols);
  return sum;
}

const squares = (values: Float64Array): number => values.reduce((sum, t) => sum + t * t, 0);
