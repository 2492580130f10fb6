import { type ErrorKind, RelucentError } from '../base/index.js';
import { type Matrix, matrix, rowOf } from '../linalg/index.js';
import type { NetworkWeights } from './network.js';

/** Numbers of inputs d, neurons m and outputs c. */
export const networkSizes = (weights: NetworkWeights) => ({
  inputs: weights.hidden.cols,
  neurons: weights.hidden.rows,
  outputs: weights.output.cols,
});

/** The network without neurons: f(x) = b. `bias` has c entries. */
export function constantNetwork(
  inputs: number,
  bias: ArrayLike<number>,
  activation: 'relu' | 'gated' = 'relu',
): NetworkWeights {
  const gates = activation === 'gated' ? { gates: matrix(0, inputs), gateBias: new Float64Array(0) } : {};
  return {
    activation,
    hidden: matrix(0, inputs),
    hiddenBias: new Float64Array(0),
    output: matrix(0, bias.length),
    outputBias: Float64Array.from(bias),
    ...gates,
  };
}

/** The network of the chosen neurons, in that order; the output bias stays. Entries are copied. */
export function selectNeurons(weights: NetworkWeights, indices: ArrayLike<number>): NetworkWeights {
  const rows = (m: Matrix): Matrix => {
    const out = matrix(indices.length, m.cols);
    for (let k = 0; k < indices.length; k++) out.data.set(rowOf(m, indices[k]), k * m.cols);
    return out;
  };
  const entries = (v: Float64Array): Float64Array => Float64Array.from(indices, (j) => v[j]);
  return {
    activation: weights.activation,
    hidden: rows(weights.hidden),
    hiddenBias: entries(weights.hiddenBias),
    output: rows(weights.output),
    outputBias: weights.outputBias.slice(),
    ...(weights.gates && { gates: rows(weights.gates) }),
    ...(weights.gateBias && { gateBias: entries(weights.gateBias) }),
  };
}

/** The same function with at least one neuron (a zero one), for formats that have no empty arrays. */
export function withNeuron(weights: NetworkWeights): NetworkWeights {
  const { hidden, output, gates } = weights;
  if (hidden.rows > 0) return weights;
  const zeros = matrix(1, hidden.cols);
  return {
    ...weights,
    hidden: zeros,
    hiddenBias: new Float64Array(1),
    output: matrix(1, output.cols),
    ...(gates && { gates: zeros, gateBias: new Float64Array(1) }),
  };
}

/**
 * Whether two networks have the same activation, shapes and numbers, each entry to within `tolerance` (absolute,
 * default 0). Order of neurons and scaling inside a neuron count; `balanced` and `mergeParallel` bring them in line.
 */
export function equalWeights(a: NetworkWeights, b: NetworkWeights, tolerance = 0): boolean {
  if (a.activation !== b.activation || a.hidden.cols !== b.hidden.cols || a.output.cols !== b.output.cols) return false;
  const other = arraysOf(b);
  return arraysOf(a).every(({ values }, k) => closeArrays(values, other[k].values, tolerance));
}

function closeArrays(a: Float64Array, b: Float64Array, tolerance: number): boolean {
  return a.length === b.length && a.every((value, i) => Math.abs(value - b[i]) <= tolerance);
}

function arraysOf(weights: NetworkWeights): { name: string; values: Float64Array }[] {
  const arrays = [
    { name: 'hidden', values: weights.hidden.data },
    { name: 'hiddenBias', values: weights.hiddenBias },
    { name: 'output', values: weights.output.data },
    { name: 'outputBias', values: weights.outputBias },
  ];
  if (weights.gates) arrays.push({ name: 'gates', values: weights.gates.data });
  if (weights.gateBias) arrays.push({ name: 'gateBias', values: weights.gateBias });
  return arrays;
}

/**
 * Throws one line unless the shapes fit one another, every number is finite, and gates are there exactly when the
 * network is gated.
 *
 * @param where who asks (function or file), first in the message
 * @param kind of the error; `usage` by default, `model` for files
 */
export function checkWeights(weights: NetworkWeights, where = 'checkWeights', kind: ErrorKind = 'usage'): void {
  const fault = weightsFault(weights);
  if (fault !== null) throw new RelucentError(kind, `${where}: ${fault}.`);
}

/** What `checkWeights` finds wrong with a network, or null. */
export const weightsFault = (weights: NetworkWeights): string | null =>
  shapeFault(weights) ?? gateFault(weights) ?? numberFault(weights);

function shapeFault({ hidden, hiddenBias, output, outputBias }: NetworkWeights): string | null {
  const fault = matrixFault('hidden', hidden) ?? matrixFault('output', output);
  if (fault !== null) return fault;
  const m = hidden.rows;
  if (output.rows !== m) return `expected ${m} rows in output, one per row of hidden, got ${output.rows}`;
  if (hiddenBias.length !== m) return `expected ${m} hidden biases, one per neuron, got ${hiddenBias.length}`;
  if (output.cols < 1) return 'expected at least one output, got none';
  if (outputBias.length !== output.cols) return `expected ${output.cols} output biases, got ${outputBias.length}`;
  return null;
}

function gateFault({ activation, hidden, gates, gateBias }: NetworkWeights): string | null {
  if (activation !== 'relu' && activation !== 'gated') return `expected activation relu or gated, got ${activation}`;
  if (activation === 'relu') {
    return gates || gateBias
      ? 'a relu network has no gates, got some; set activation to gated or leave them out'
      : null;
  }
  if (!gates || !gateBias) return 'a gated network needs gates and gateBias, got none';
  const fault = matrixFault('gates', gates);
  if (fault !== null) return fault;
  if (gates.rows !== hidden.rows || gates.cols !== hidden.cols) {
    return `expected ${hidden.rows}×${hidden.cols} gates, as hidden, got ${gates.rows}×${gates.cols}`;
  }
  if (gateBias.length !== hidden.rows) return `expected ${hidden.rows} gate biases, got ${gateBias.length}`;
  return null;
}

function numberFault(weights: NetworkWeights): string | null {
  for (const { name, values } of arraysOf(weights)) {
    const i = values.findIndex((value) => !Number.isFinite(value));
    if (i >= 0) return `expected finite weights, got ${values[i]} in ${name}, entry ${i}`;
  }
  return null;
}

function matrixFault(name: string, m: Matrix): string | null {
  if (m.data.length === m.rows * m.cols) return null;
  return `expected ${m.rows}·${m.cols} = ${m.rows * m.cols} entries in ${name}, got ${m.data.length}`;
}
