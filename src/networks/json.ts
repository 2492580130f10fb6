import { type ErrorKind, RelucentError } from '../base/index.js';
import { type Matrix, matrix, matrixFromRows, rowOf } from '../linalg/index.js';
import type { NetworkWeights } from './network.js';
import { checkWeights } from './weights.js';

/** One neuron of the JSON form: α_k (weights·x + bias)_+ for each output k; gated: active where gate·x + gateBias >= 0. */
export interface NeuronJson {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly output: readonly number[];
  readonly gate?: readonly number[];
  readonly gateBias?: number;
}

/** The weights as plain data for JSON; every number is the float64 itself, so a round trip keeps its bits. */
export interface WeightsJson {
  readonly activation: 'relu' | 'gated';
  readonly inputs: number;
  readonly outputs: number;
  readonly neurons: readonly NeuronJson[];
  readonly outputBias: readonly number[];
}

/** The JSON form of the weights. `JSON.stringify` keeps all its digits, but writes −0 as 0. */
export function weightsToJson(weights: NetworkWeights): WeightsJson {
  const { activation, hidden, output, outputBias } = weights;
  return {
    activation,
    inputs: hidden.cols,
    outputs: output.cols,
    neurons: Array.from({ length: hidden.rows }, (_, j) => neuronToJson(weights, j)),
    outputBias: Array.from(outputBias),
  };
}

function neuronToJson({ hidden, hiddenBias, output, gates, gateBias }: NetworkWeights, j: number): NeuronJson {
  return {
    weights: Array.from(rowOf(hidden, j)),
    bias: hiddenBias[j],
    output: Array.from(rowOf(output, j)),
    ...(gates && gateBias && { gate: Array.from(rowOf(gates, j)), gateBias: gateBias[j] }),
  };
}

/**
 * The weights of a JSON form whose fields have the right types (the model file's schema checks that).
 * Throws (`model` by default) one line for lengths that do not fit one another and for numbers that are not finite.
 *
 * @param where who asks (function or file), first in the message
 */
export function weightsFromJson(
  json: WeightsJson,
  where = 'weightsFromJson',
  kind: ErrorKind = 'model',
): NetworkWeights {
  const { activation, inputs, neurons, outputBias } = json;
  const rows = (name: string, cols: number, row: (neuron: NeuronJson) => readonly number[] | undefined): Matrix => {
    const entries = neurons.map((neuron, j) => checkedRow(row(neuron), cols, `${where}: ${name} of neuron ${j}`, kind));
    return neurons.length > 0 ? matrixFromRows(entries) : matrix(0, cols);
  };
  const gated = neurons.findIndex((neuron) => neuron.gate !== undefined || neuron.gateBias !== undefined);
  if (activation === 'relu' && gated >= 0) {
    throw new RelucentError(kind, `${where}: expected no gate in a relu network, got one in neuron ${gated}.`);
  }
  const weights: NetworkWeights = {
    activation,
    hidden: rows('weights', inputs, (neuron) => neuron.weights),
    hiddenBias: Float64Array.from(neurons, (neuron) => neuron.bias),
    output: rows('output', json.outputs, (neuron) => neuron.output),
    outputBias: Float64Array.from(outputBias),
    ...(activation === 'gated' && {
      gates: rows('gate', inputs, (neuron) => neuron.gate),
      gateBias: Float64Array.from(neurons, (neuron) => neuron.gateBias ?? Number.NaN),
    }),
  };
  checkWeights(weights, where, kind);
  return weights;
}

function checkedRow(
  row: readonly number[] | undefined,
  cols: number,
  what: string,
  kind: ErrorKind,
): readonly number[] {
  if (row?.length === cols) return row;
  throw new RelucentError(kind, `${what}: expected ${cols} numbers, got ${row ? row.length : 'none'}.`);
}
