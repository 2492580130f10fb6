import { euclideanNorm, type Matrix, matrix, rowOf } from '../linalg/index.js';
import type { NetworkWeights } from './network.js';
import { balanced, hiddenNorms, neuronNorms, outputNorms } from './norms.js';
import { selectNeurons } from './weights.js';

/** The network without the neurons whose ‖(u_j, h_j)‖ · Σ_k |α_jk| is at most `threshold` (default 0: same function). */
export function dropZero(weights: NetworkWeights, threshold = 0): NetworkWeights {
  const norms = neuronNorms(weights);
  return selectNeurons(
    weights,
    indicesWhere(norms.length, (j) => norms[j] > threshold),
  );
}

/**
 * The same function with one non-zero output per neuron: a neuron with q non-zero outputs becomes q neurons (with none:
 * it is dropped). `penalty` stays the same.
 */
export function splitOutputs(weights: NetworkWeights): NetworkWeights {
  const { output } = weights;
  const entries = indicesWhere(output.data.length, (i) => output.data[i] !== 0);
  const split = selectNeurons(
    weights,
    entries.map((i) => Math.floor(i / output.cols)),
  );
  split.output.data.fill(0);
  entries.forEach((i, row) => {
    split.output.data[row * output.cols + (i % output.cols)] = output.data[i];
  });
  return split;
}

/**
 * Neurons of one direction (u, h)/‖(u, h)‖, the same outputs and the same signs become one, balanced neuron: same
 * function and penalty, fewer neurons. Gated neurons need the same gate direction besides. Neurons that merge with none
 * stay bit for bit; zero neurons stay too (see `dropZero`).
 *
 * @param tolerance largest Euclidean distance between unit directions that count as one (default 1e-9); function and
 *   penalty then change by at most the same share
 */
export function mergeParallel(weights: NetworkWeights, tolerance = 1e-9): NetworkWeights {
  const groups = parallelGroups(weights, tolerance);
  const merged = selectNeurons(
    weights,
    groups.map((group) => group[0]),
  );
  const norms = { inner: hiddenNorms(weights), outer: outputNorms(weights) };
  groups.forEach((group, row) => {
    if (group.length === 1) return;
    const sum = mergedNeuron(weights, group, norms);
    merged.hidden.data.set(sum.hidden.data, row * merged.hidden.cols);
    merged.hiddenBias[row] = sum.hiddenBias[0];
    merged.output.data.set(sum.output.data, row * merged.output.cols);
  });
  return merged;
}

/** Lists of neurons to merge, in the order of their first members. */
function parallelGroups(weights: NetworkWeights, tolerance: number): number[][] {
  const directions = directionsOf(weights);
  const groups = new Map<string, number[][]>();
  const order: number[][] = [];
  for (let j = 0; j < weights.hidden.rows; j++) {
    const key = signKey(weights.output, j);
    const sameSigns = groups.get(key) ?? [];
    groups.set(key, sameSigns);
    const found = directions[j] && sameSigns.find(([first]) => close(directions[first], directions[j], tolerance));
    if (found) found.push(j);
    else {
      const group = [j];
      sameSigns.push(group);
      order.push(group);
    }
  }
  return order;
}

const signKey = (output: Matrix, j: number): string => Array.from(rowOf(output, j), Math.sign).join();

function close(a: Float64Array | null, b: Float64Array | null, tolerance: number): boolean {
  if (!a || !b) return false;
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] - b[k]) ** 2;
  return Math.sqrt(sum) <= tolerance;
}

/** Unit (u, h) of each neuron, followed by its unit gate (g, k); null for a zero one. */
function directionsOf(weights: NetworkWeights): (Float64Array | null)[] {
  const { hidden, hiddenBias, gates, gateBias } = weights;
  return Array.from(hiddenBias, (_, j) => {
    const own = unit(rowOf(hidden, j), hiddenBias[j]);
    if (!gates || !gateBias) return own;
    const gate = unit(rowOf(gates, j), gateBias[j]);
    return own && gate && Float64Array.of(...own, ...gate);
  });
}

function unit(row: Float64Array, bias: number): Float64Array | null {
  const vector = new Float64Array(row.length + 1);
  vector.set(row);
  vector[row.length] = bias;
  const norm = euclideanNorm(vector);
  return norm > 0 ? vector.map((value) => value / norm) : null;
}

interface Norms {
  readonly inner: Float64Array;
  readonly outer: Float64Array;
}

/** One balanced neuron for a group: (u, h) along Σ_j |α_j| (u_j, h_j), outputs along Σ_j ‖(u_j, h_j)‖ α_j. */
function mergedNeuron(weights: NetworkWeights, group: readonly number[], { inner, outer }: Norms): NetworkWeights {
  const hidden = weightedSum(weights.hidden, group, outer);
  const bias = group.reduce((sum, j) => sum + outer[j] * weights.hiddenBias[j], 0);
  const output = weightedSum(weights.output, group, inner);
  const sum: NetworkWeights = {
    activation: 'relu',
    hidden,
    hiddenBias: Float64Array.of(bias),
    output,
    outputBias: weights.outputBias,
  };
  // Both sides carry the whole size of the group, so one is made a unit before they are balanced.
  const [size] = outputNorms(sum);
  return balanced({
    ...sum,
    output: matrix(
      1,
      output.cols,
      output.data.map((value) => value / size),
    ),
  });
}

function weightedSum(m: Matrix, rows: readonly number[], weight: Float64Array): Matrix {
  const out = matrix(1, m.cols);
  for (const j of rows) for (let k = 0; k < m.cols; k++) out.data[k] += weight[j] * m.data[j * m.cols + k];
  return out;
}

function indicesWhere(length: number, holds: (i: number) => boolean): number[] {
  return Array.from({ length }, (_, i) => i).filter(holds);
}
