import { requireThat } from '../base/index.js';
import { type Matrix, matrix } from '../linalg/index.js';

/**
 * One sub-network: x ↦ alpha · relu(W_{L−1} relu(… relu(W_1 x + bias))), added to output number `output`.
 * The last of `weights` has one row.
 */
export interface ParallelSubnetwork {
  readonly output: number;
  readonly weights: readonly Matrix[];
  /** Of the first layer, penalised with its weights; zeros where there is none. */
  readonly bias: Float64Array;
  readonly alpha: number;
}

/** Sub-networks side by side: f(x) = Σ_k alpha_k g_k(x) + skip·x + outputBias. */
export interface ParallelNetwork {
  /** L: two is a plain two-layer network with one neuron a sub-network. */
  readonly layers: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly subnetworks: readonly ParallelSubnetwork[];
  /** outputs×inputs, a linear branch beside the sub-networks. */
  readonly skip: Matrix | null;
  readonly outputBias: Float64Array;
}

/** What penalty a parallel network is trained with. */
export type Regularizer = 'weight-decay' | 'path';

/** Throws `usage` when shapes do not fit each other or a number is not finite. */
export function checkNetwork(network: ParallelNetwork, where: string): void {
  const { layers, inputs, outputs, subnetworks, skip, outputBias } = network;
  requireThat(outputBias.length === outputs, `${where}: ${outputBias.length} output biases for ${outputs} outputs.`);
  requireThat(
    skip === null || (skip.rows === outputs && skip.cols === inputs),
    `${where}: the skip branch must be ${outputs}×${inputs}, got ${skip?.rows}×${skip?.cols}.`,
  );
  subnetworks.forEach((subnetwork, k) => {
    checkSubnetwork(subnetwork, network, `${where}: sub-network ${k}`);
  });
  requireThat(
    outputBias.every(Number.isFinite) && (skip?.data.every(Number.isFinite) ?? true),
    `${where}: biases and skip weights must be finite numbers.`,
  );
  requireThat(
    Number.isSafeInteger(layers) && layers >= 2,
    `${where}: layers must be a whole number ≥ 2, got ${layers}.`,
  );
}

function checkSubnetwork(
  { output, weights, bias, alpha }: ParallelSubnetwork,
  { layers, inputs, outputs }: ParallelNetwork,
  where: string,
): void {
  requireThat(weights.length === layers - 1, `${where} has ${weights.length} weight matrices, expected ${layers - 1}.`);
  requireThat(
    Number.isInteger(output) && output >= 0 && output < outputs,
    `${where} feeds output ${output} of ${outputs}.`,
  );
  let width = inputs;
  for (const layer of weights) {
    requireThat(layer.cols === width, `${where}: a layer takes ${layer.cols} values, the one below gives ${width}.`);
    requireThat(layer.data.every(Number.isFinite), `${where}: weights must be finite numbers.`);
    width = layer.rows;
  }
  requireThat(width === 1, `${where}: its last layer has ${width} units, expected 1.`);
  requireThat(bias.length === weights[0].rows, `${where}: ${bias.length} biases for ${weights[0].rows} neurons.`);
  requireThat(bias.every(Number.isFinite) && Number.isFinite(alpha), `${where}: weights must be finite numbers.`);
}

/** Outputs n×c of the rows of X (n×inputs, encoded as in training). Throws `usage` when the columns do not fit. */
export function parallelScores(network: ParallelNetwork, X: Matrix): Matrix {
  const { inputs, outputs, outputBias, skip } = network;
  requireThat(X.cols === inputs, `predict: X has ${X.cols} columns, the network takes ${inputs}.`);
  const out = matrix(X.rows, outputs);
  for (let i = 0; i < X.rows; i++) {
    const x = X.data.subarray(i * inputs, (i + 1) * inputs);
    const row = out.data.subarray(i * outputs, (i + 1) * outputs);
    row.set(outputBias);
    for (const subnetwork of network.subnetworks) row[subnetwork.output] += subnetwork.alpha * unitValue(subnetwork, x);
    if (skip) for (let k = 0; k < outputs; k++) row[k] += affine(skip, k, x, 0);
  }
  return out;
}

/** g(x) ≥ 0. */
function unitValue({ weights, bias }: ParallelSubnetwork, x: Float64Array): number {
  let below = x;
  for (let l = 0; l < weights.length; l++) {
    const layer = weights[l];
    const next = new Float64Array(layer.rows);
    for (let j = 0; j < layer.rows; j++) next[j] = Math.max(0, affine(layer, j, below, l === 0 ? bias[j] : 0));
    below = next;
  }
  return below[0];
}

function affine(layer: Matrix, row: number, x: Float64Array, start: number): number {
  let sum = start;
  for (let k = 0, at = row * layer.cols; k < layer.cols; k++) sum += layer.data[at + k] * x[k];
  return sum;
}
