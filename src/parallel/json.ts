import { RelucentError } from '../base/index.js';
import { matrix } from '../linalg/index.js';
import { inWords, issueText } from '../model/parts/index.js';
import { checkNetwork, type ParallelNetwork } from './network.js';
import { networkSchema } from './network-schema.js';

/** A parallel network as plain JSON: rows of weights. */
export interface ParallelJson {
  readonly layers: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly outputBias: number[];
  readonly skip: number[][] | null;
  readonly subnetworks: {
    readonly output: number;
    readonly alpha: number;
    readonly bias: number[];
    /** weights[l][j]: the weights of unit j of layer l + 1. */
    readonly weights: number[][][];
  }[];
}

const rowsOf = ({ rows, cols, data }: { rows: number; cols: number; data: Float64Array }): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));

export const parallelToJson = (network: ParallelNetwork): ParallelJson => ({
  layers: network.layers,
  inputs: network.inputs,
  outputs: network.outputs,
  outputBias: Array.from(network.outputBias),
  skip: network.skip && rowsOf(network.skip),
  subnetworks: network.subnetworks.map(({ output, alpha, bias, weights }) => ({
    output,
    alpha,
    bias: Array.from(bias),
    weights: weights.map(rowsOf),
  })),
});

/**
 * Throws `model`, one line that begins with `name`, for fields that are missing, unknown or of the wrong kind, rows of different lengths and shapes
 * that do not fit.
 */
export function parallelFromJson(given: ParallelJson, name = 'network'): ParallelNetwork {
  const checked = networkSchema.safeParse(given, inWords);
  if (!checked.success)
    throw new RelucentError('model', `${name}: ${issueText(checked.error)}; expected a parallel network.`);
  const json: ParallelJson = checked.data;
  const dense = (rows: readonly (readonly number[])[], cols: number) => {
    if (rows.some((row) => row.length !== cols)) {
      throw new RelucentError(
        'model',
        `${name}: expected ${cols} weights in every row of a layer; the file is damaged.`,
      );
    }
    return matrix(rows.length, cols, Float64Array.from(rows.flat()));
  };
  const network: ParallelNetwork = {
    layers: json.layers,
    inputs: json.inputs,
    outputs: json.outputs,
    outputBias: Float64Array.from(json.outputBias),
    skip: json.skip && dense(json.skip, json.inputs),
    subnetworks: json.subnetworks.map(({ output, alpha, bias, weights }) => ({
      output,
      alpha,
      bias: Float64Array.from(bias),
      weights: weights.map((rows, l) => dense(rows, l === 0 ? json.inputs : weights[l - 1].length)),
    })),
  };
  try {
    checkNetwork(network, name);
  } catch (error) {
    throw new RelucentError('model', (error as Error).message, { cause: error });
  }
  return network;
}
