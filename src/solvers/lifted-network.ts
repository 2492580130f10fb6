import { type Matrix, matrix, type PatternSet, patternBytes, patternKey } from '../linalg/index.js';
import type { LiftedProgram } from '../programs/index.js';

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

/** Neurons whose directions differ by no more than this are one. */
const sameDirection = 1e-10;

/**
 * The network without zero neurons, and with neurons of one direction, sign and output added together; `source[j]` is the
 * first neuron that went into neuron j.
 */
export function mergedNetwork(network: LiftedNetwork): { network: LiftedNetwork; source: Int32Array } {
  const d = network.z.cols;
  const kept: { z: Float64Array; unit: Float64Array; sign: number; output: number; source: number }[] = [];
  for (let j = 0; j < network.count; j++) {
    const z = network.z.data.slice(j * d, (j + 1) * d);
    const length = norm2(z);
    if (length === 0) continue;
    const unit = z.map((t) => t / length);
    const [sign, output] = [network.sign[j], network.output[j]];
    const twin = kept.find((k) => k.sign === sign && k.output === output && distance(k.unit, unit) <= sameDirection);
    if (twin) for (let k = 0; k < d; k++) twin.z[k] += z[k];
    else kept.push({ z, unit, sign, output, source: j });
  }
  return { network: liftedNetwork(kept, d, network.bias), source: Int32Array.from(kept, (k) => k.source) };
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return Math.sqrt(sum);
}

/**
 * The network as a point of a program, neuron j in the block of its own pattern j. (A neuron on hyperplanes belongs to
 * several cells: its pattern is the one it was found in, not one read off rounding.) Neurons whose pattern the program
 * lacks are left out.
 */
export function startPoint(program: LiftedProgram, network: LiftedNetwork, own: PatternSet): Float64Array {
  const index = new Map<string, number>();
  for (let p = 0; p < program.patternCount; p++) index.set(patternKey(patternBytes(program.patterns, p)), p);
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
