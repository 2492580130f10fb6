import { type Matrix, matrix } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type LiftedNetwork, norm2 } from '../solvers/index.js';

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
