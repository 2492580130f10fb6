import { type Matrix, matrix } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { Candidate } from './members.js';
import { dot } from './vectors.js';

/**
 * What a candidate of size one adds to its output at each row of X (X without the column of ones): sign · (x·u + h)_+, or
 * behind its gate. Length: rows.
 */
export function activationOf({ sign, direction, gate }: Candidate, X: Matrix): Float64Array {
  const d = X.cols;
  const bias = direction.length > d ? direction[d] : 0;
  return Float64Array.from({ length: X.rows }, (_, i) => {
    const value = dot(X.data, i * d, direction, 0, d) + bias;
    if (gate) return isOpen(X.data, i * d, gate, d) ? sign * value : 0;
    return value > 0 ? sign * value : 0;
  });
}

/** Whether each row is active: 1 behind an open gate, or where the neuron is positive. */
export function activityOf(candidate: Candidate, X: Matrix): Uint8Array {
  const { gate } = candidate;
  if (gate) return Uint8Array.from({ length: X.rows }, (_, i) => (isOpen(X.data, i * X.cols, gate, X.cols) ? 1 : 0));
  return Uint8Array.from(activationOf(candidate, X), (value) => (value !== 0 ? 1 : 0));
}

/** The tie rule, with the sum in the order of `predictScores`. */
function isOpen(x: Float64Array, at: number, gate: Float64Array, d: number): boolean {
  let sum = gate[d];
  for (let k = 0; k < d; k++) sum += gate[k] * x[at + k];
  return sum >= 0;
}

/** m×(n·outputs): row i is z_i, what candidate i of size one adds to the outputs. */
export function activationColumns(candidates: readonly Candidate[], X: Matrix, outputs: number): Matrix {
  const columns = matrix(candidates.length, X.rows * outputs);
  candidates.forEach((candidate, i) => {
    const values = activationOf(candidate, X);
    for (let k = 0; k < values.length; k++) columns.data[i * columns.cols + k * outputs + candidate.output] = values[k];
  });
  return columns;
}

/**
 * The network of the candidates with sizes a (zero ones left out; a negative size turns the output's sign), balanced:
 * ‖(u, h)‖ = |α|.
 */
export function networkOf(
  candidates: readonly Candidate[],
  a: Float64Array,
  bias: Float64Array,
  d: number,
  activation: NetworkWeights['activation'],
): NetworkWeights {
  const used = Array.from(a.keys()).filter((i) => a[i] !== 0);
  const gated = activation === 'gated';
  const hidden = matrix(used.length, d);
  const hiddenBias = new Float64Array(used.length);
  const output = matrix(used.length, bias.length);
  const gates = matrix(used.length, d);
  const gateBias = new Float64Array(used.length);
  used.forEach((i, j) => {
    const { direction, gate, sign, output: k } = candidates[i];
    const root = Math.sqrt(Math.abs(a[i]));
    for (let c = 0; c < d; c++) hidden.data[j * d + c] = root * direction[c];
    if (direction.length > d) hiddenBias[j] = root * direction[d];
    output.data[j * bias.length + k] = a[i] > 0 ? sign * root : -sign * root;
    if (gate) {
      gates.data.set(gate.subarray(0, d), j * d);
      gateBias[j] = gate[d];
    }
  });
  return { activation, hidden, hiddenBias, output, outputBias: bias, ...(gated && { gates, gateBias }) };
}

/** The network over the inputs `used` (ascending) alone. */
export function withoutUnusedInputs(weights: NetworkWeights, used: readonly number[]): NetworkWeights {
  const columns = (m: Matrix): Matrix => {
    const out = matrix(m.rows, used.length);
    for (let j = 0; j < m.rows; j++)
      for (let c = 0; c < used.length; c++) out.data[j * used.length + c] = m.data[j * m.cols + used[c]];
    return out;
  };
  return { ...weights, hidden: columns(weights.hidden), ...(weights.gates && { gates: columns(weights.gates) }) };
}
