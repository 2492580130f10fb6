import { euclideanNorm, type Matrix, matrix, rowOf } from '../linalg/index.js';
import type { NetworkWeights } from './network.js';

/** ‖(u_j, h_j)‖₂ of each neuron (m numbers). */
export function hiddenNorms({ hidden, hiddenBias }: NetworkWeights): Float64Array {
  const point = new Float64Array(hidden.cols + 1);
  return hiddenBias.map((h, j) => {
    point[0] = h;
    point.set(rowOf(hidden, j), 1);
    return euclideanNorm(point);
  });
}

/** Σ_k |α_jk| of each neuron (m numbers); |α_j| where a neuron has one output. */
export function outputNorms({ output }: NetworkWeights): Float64Array {
  const sums = new Float64Array(output.rows);
  for (let j = 0; j < output.rows; j++) {
    for (let k = j * output.cols; k < (j + 1) * output.cols; k++) sums[j] += Math.abs(output.data[k]);
  }
  return sums;
}

/** ‖(u_j, h_j)‖ · Σ_k |α_jk| of each neuron (m numbers): the terms of `penalty`. */
export function neuronNorms(weights: NetworkWeights): Float64Array {
  const outer = outputNorms(weights);
  return hiddenNorms(weights).map((norm, j) => norm * outer[j]);
}

/**
 * Σ_j ‖(u_j, h_j)‖ · |α_j|, what λ multiplies in the objective; gates and the output bias are free.
 *
 * Written for one output per neuron. A neuron with several non-zero outputs counts ‖(u_j, h_j)‖ · Σ_k |α_jk|, which is
 * the penalty of the same network after `splitOutputs`.
 */
export function penalty(weights: NetworkWeights): number {
  return neuronNorms(weights).reduce((sum, norm) => sum + norm, 0);
}

/**
 * The same function with every neuron rescaled so that ‖(u_j, h_j)‖ = Σ_k |α_jk|: the scaling of least weight decay
 * when each neuron has one output. A neuron with a zero side becomes all zeros. Gates are left as they are.
 */
export function balanced(weights: NetworkWeights): NetworkWeights {
  const inner = hiddenNorms(weights);
  const outer = outputNorms(weights);
  const dead = inner.map((norm, j) => (norm > 0 && outer[j] > 0 ? 0 : 1));
  const scale = inner.map((norm, j) => (dead[j] ? 0 : Math.sqrt(outer[j] / norm)));
  return {
    ...weights,
    hidden: scaleRows(weights.hidden, scale),
    hiddenBias: weights.hiddenBias.map((h, j) => h * scale[j]),
    output: scaleRows(
      weights.output,
      scale.map((s, j) => (dead[j] ? 0 : 1 / s)),
    ),
  };
}

function scaleRows(m: Matrix, scale: Float64Array): Matrix {
  return matrix(
    m.rows,
    m.cols,
    m.data.map((value, i) => value * scale[Math.floor(i / m.cols)]),
  );
}

/**
 * Indices (ascending) of the inputs that some neuron with a non-zero output reads: an entry of u_j, or of its gate,
 * larger than `tolerance` (absolute, default 0).
 */
export function activeFeatures(weights: NetworkWeights, tolerance = 0): number[] {
  const { hidden, gates } = weights;
  const outer = outputNorms(weights);
  const used = new Set<number>();
  for (let i = 0; i < hidden.data.length; i++) {
    if (outer[Math.floor(i / hidden.cols)] === 0) continue;
    if (Math.abs(hidden.data[i]) > tolerance || (gates && Math.abs(gates.data[i]) > tolerance))
      used.add(i % hidden.cols);
  }
  return [...used].sort((a, b) => a - b);
}
