import { patternsOf } from '../arrangements/index.js';
import { type Matrix, matrix, type PatternSet, patternBytes, patternKey } from '../linalg/index.js';
import type { LiftedProgram, TwoLayerProblem } from '../programs/index.js';

/** A network in lifted form: neuron j contributes sign_j (x·z_j)_+ to output_j; z = u|α|. */
export interface LiftedNetwork {
  readonly count: number;
  /** count×d. */
  readonly z: Matrix;
  readonly sign: Int8Array;
  readonly output: Int32Array;
  readonly bias: Float64Array;
}

export function liftedNetwork(
  neurons: readonly { z: Float64Array; sign: number; output: number }[],
  d: number,
  bias: Float64Array,
): LiftedNetwork {
  const z = matrix(neurons.length, d);
  neurons.forEach((neuron, j) => {
    z.data.set(neuron.z, j * d);
  });
  return {
    count: neurons.length,
    z,
    sign: Int8Array.from(neurons, (neuron) => neuron.sign),
    output: Int32Array.from(neurons, (neuron) => neuron.output),
    bias: Float64Array.from(bias),
  };
}

/** Euclidean norm (Math.hypot may round differently between engines). */
export function norm2(v: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return Math.sqrt(sum);
}

/** The network without zero neurons, and with neurons of one direction, sign and output added together. */
export function mergedNetwork(network: LiftedNetwork, tolerance = 1e-9): LiftedNetwork {
  const d = network.z.cols;
  const kept: { z: Float64Array; unit: Float64Array; sign: number; output: number }[] = [];
  for (let j = 0; j < network.count; j++) {
    const z = network.z.data.slice(j * d, (j + 1) * d);
    const length = norm2(z);
    if (length === 0) continue;
    const unit = z.map((t) => t / length);
    const twin = kept.find(
      (k) => k.sign === network.sign[j] && k.output === network.output[j] && distance(k.unit, unit) <= tolerance,
    );
    if (twin) for (let k = 0; k < d; k++) twin.z[k] += z[k];
    else kept.push({ z, unit, sign: network.sign[j], output: network.output[j] });
  }
  return liftedNetwork(kept, d, network.bias);
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return Math.sqrt(sum);
}

/** Patterns of the neurons, one each. */
export const networkPatterns = (problem: TwoLayerProblem, network: LiftedNetwork): PatternSet =>
  patternsOf(problem.X, network.z);

/** The network as a point of a program that holds its patterns; neurons of other patterns are left out. */
export function startPoint(program: LiftedProgram, network: LiftedNetwork): Float64Array {
  const index = new Map<string, number>();
  for (let p = 0; p < program.patternCount; p++) index.set(patternKey(patternBytes(program.patterns, p)), p);
  const own = networkPatterns(program.problem, network);
  const { d } = program;
  const z = new Float64Array(program.blocks * d);
  for (let j = 0; j < network.count; j++) {
    const p = index.get(patternKey(patternBytes(own, j)));
    if (p === undefined) continue;
    const at = program.blockOf(network.output[j], network.sign[j], p) * d;
    for (let k = 0; k < d; k++) z[at + k] += network.z.data[j * d + k];
  }
  return z;
}

/** Outputs of the network, output-major (output k of sample i at k·n + i), its bias included. */
export function networkOutputs(problem: TwoLayerProblem, network: LiftedNetwork): Float64Array {
  const { X, outputs } = problem;
  const f = new Float64Array(X.rows * outputs);
  for (let k = 0; k < outputs; k++) f.fill(network.bias[k] ?? 0, k * X.rows, (k + 1) * X.rows);
  for (let j = 0; j < network.count; j++) addNeuron(X, network, j, f);
  return f;
}

function addNeuron(X: Matrix, network: LiftedNetwork, j: number, f: Float64Array): void {
  const d = X.cols;
  const z = network.z.data.subarray(j * d, (j + 1) * d);
  const from = network.output[j] * X.rows;
  for (let i = 0; i < X.rows; i++) {
    let t = 0;
    for (let k = 0; k < d; k++) t += X.data[i * d + k] * z[k];
    if (t > 0) f[from + i] += network.sign[j] * t;
  }
}
