import { type Matrix, matrix } from '../linalg/index.js';
import { balancedEdges, edgesAbove } from './balance.js';
import type { ParallelNetwork, ParallelSubnetwork, Regularizer } from './network.js';
import type { Shape } from './shape.js';
import type { LiftedParallel, LiftedSubnet } from './subnet.js';

/**
 * The balanced network of lifted sub-networks. With S the penalty of one (Σ_j ‖z_j‖ or ‖Z‖_F):
 * three layers with weight decay: ‖w_1j‖ = √(‖z_j‖/S), |w_2j| = √‖z_j‖, |alpha| = √S: then ‖W_1‖_F = 1 and
 * ½(‖w_2‖² + alpha²) = S. Path norm, any depth: the least Σ‖W‖², ‖incoming‖ = |outgoing| at every unit. Two layers: ‖u‖ = |alpha| = √‖z‖.
 */
export function recoverNetwork(
  lifted: LiftedParallel,
  shape: Shape,
  { inputs, outputs, hiddenBias, regularizer }: RecoveryOptions,
): ParallelNetwork {
  const d = inputs + (hiddenBias ? 1 : 0);
  const subnetworks = lifted.subnets
    .filter(({ z }) => z.some((t) => t !== 0))
    .map((subnet) => recoverSubnetwork(subnet, shape, d, inputs, regularizer));
  const skip = lifted.skip.length > 0 ? matrix(outputs, inputs, lifted.skip.slice()) : null;
  return { layers: shape.layers, inputs, outputs, subnetworks, skip, outputBias: lifted.bias.slice() };
}

interface RecoveryOptions {
  readonly inputs: number;
  readonly outputs: number;
  readonly hiddenBias: boolean;
  readonly regularizer: Regularizer;
}

function recoverSubnetwork(
  { output, sign, signs, z }: LiftedSubnet,
  shape: Shape,
  d: number,
  inputs: number,
  regularizer: Regularizer,
): ParallelSubnetwork {
  const edges = balancedEdges(z, d, shape, regularizer);
  const first = matrix(shape.leaves, inputs);
  const bias = new Float64Array(shape.leaves);
  for (let j = 0; j < shape.leaves; j++) {
    const above = edgesAbove(shape, edges, j);
    const scale = above > 0 ? 1 / above : 0;
    for (let k = 0; k < inputs; k++) first.data[j * inputs + k] = z[j * d + k] * scale;
    if (d > inputs) bias[j] = z[j * d + inputs] * scale;
  }
  const weights = [first, ...layersAbove(shape, edges, signs)];
  return { output, weights, bias, alpha: sign * edges[shape.nodes - 1] };
}

/** The weight matrices of the levels above the first: each unit reads its own children. */
function layersAbove(shape: Shape, edges: Float64Array, signs: Int8Array): Matrix[] {
  const layers: Matrix[] = [];
  let below = 0;
  let width = shape.leaves;
  for (const m of shape.widths) {
    const layer = matrix(width / m, width);
    for (let c = 0; c < width; c++) layer.data[Math.floor(c / m) * width + c] = signs[below + c] * edges[below + c];
    layers.push(layer);
    below += width;
    width /= m;
  }
  return layers;
}
