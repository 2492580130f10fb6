import { type Matrix, matrix } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type LiftedNetwork, liftedNetwork, norm2 } from './lifted-network.js';
import type { StartNetwork } from './start-network.js';

/** The network of lifted neurons: z ↦ (u, α) = (z/√‖z‖, ±√‖z‖) [PE], the balanced form. */
export function recoverWeights(
  network: LiftedNetwork,
  outputs: number,
  hiddenBias: boolean,
  gates: Matrix | null,
): NetworkWeights {
  const inputs = network.z.cols - (hiddenBias ? 1 : 0);
  const m = network.count;
  const hidden = matrix(m, inputs);
  const bias = new Float64Array(m);
  const output = matrix(m, outputs);
  for (let j = 0; j < m; j++) {
    const z = network.z.data.subarray(j * network.z.cols, (j + 1) * network.z.cols);
    const root = Math.sqrt(norm2(z));
    for (let k = 0; k < inputs; k++) hidden.data[j * inputs + k] = z[k] / root;
    if (hiddenBias) bias[j] = z[inputs] / root;
    output.data[j * outputs + network.output[j]] = network.sign[j] * root;
  }
  const base = { hidden, hiddenBias: bias, output, outputBias: Float64Array.from(network.bias) };
  if (!gates) return { activation: 'relu', ...base };
  return { activation: 'gated', ...base, ...splitGates(gates, inputs, hiddenBias) };
}

function splitGates(gates: Matrix, inputs: number, hiddenBias: boolean): { gates: Matrix; gateBias: Float64Array } {
  const own = matrix(gates.rows, inputs);
  const gateBias = new Float64Array(gates.rows);
  for (let j = 0; j < gates.rows; j++) {
    own.data.set(gates.data.subarray(j * gates.cols, j * gates.cols + inputs), j * inputs);
    if (hiddenBias) gateBias[j] = gates.data[j * gates.cols + inputs];
  }
  return { gates: own, gateBias };
}

/** Networks of one output each, side by side. */
export function joinOutputs(networks: readonly LiftedNetwork[], d: number): LiftedNetwork {
  const count = networks.reduce((sum, network) => sum + network.count, 0);
  const z = matrix(count, d);
  const sign = new Int8Array(count);
  const output = new Int32Array(count);
  let at = 0;
  networks.forEach((network, k) => {
    z.data.set(network.z.data, at * d);
    sign.set(network.sign, at);
    output.fill(k, at, at + network.count);
    at += network.count;
  });
  return { count, z, sign, output, bias: Float64Array.from(networks, (network) => network.bias[0]) };
}

/** The lifted form z = u‖α‖ of a network with one output a neuron, and its gates with their bias as last column. */
export function liftWeights(weights: NetworkWeights, hiddenBias: boolean): StartNetwork {
  const { hidden, hiddenBias: bias, output, outputBias, gates, gateBias } = weights;
  const cols = hidden.cols + (hiddenBias ? 1 : 0);
  const neurons = Array.from({ length: hidden.rows }, (_, j) => {
    const alphas = output.data.subarray(j * output.cols, (j + 1) * output.cols);
    const at = Math.max(
      0,
      alphas.findIndex((alpha) => alpha !== 0),
    );
    const size = Math.abs(alphas[at]);
    const u = withBias(hidden, bias, j, cols);
    return { z: u.map((t) => t * size), sign: alphas[at] < 0 ? -1 : 1, output: at };
  });
  return {
    network: liftedNetwork(neurons, cols, outputBias),
    gates: gates && gateBias ? joinedRows(gates, gateBias, cols) : null,
  };
}

function withBias(m: Matrix, bias: Float64Array, row: number, cols: number): Float64Array {
  const out = new Float64Array(cols);
  out.set(m.data.subarray(row * m.cols, (row + 1) * m.cols));
  if (cols > m.cols) out[m.cols] = bias[row];
  return out;
}

function joinedRows(m: Matrix, bias: Float64Array, cols: number): Matrix {
  const out = matrix(m.rows, cols);
  for (let j = 0; j < m.rows; j++) out.data.set(withBias(m, bias, j, cols), j * cols);
  return out;
}
