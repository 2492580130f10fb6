import type { Grouping } from '../methods/groups.js';
import { type Architecture, parametersOf } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';

/** Norms of the units of one group, in float64: ‖w_k‖ and ‖v_k‖. */
export interface GroupNorms {
  readonly into: string;
  readonly outOf: string;
  readonly input: Float64Array;
  readonly output: Float64Array;
}

/** What a network's weights say by themselves. */
export interface WeightMeasures {
  /** Σ over groups of Σ_k ‖w_k‖‖v_k‖. */
  readonly pathNorm: number;
  /** Σ of squares over grouped weights, and over the weights of other layers; biases left out. */
  readonly groupedSquares: number;
  readonly otherSquares: number;
  /** Units with ‖w_k‖‖v_k‖ > 0, and all units of groups. */
  readonly active: number;
  readonly units: number;
}

const squares = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return sum;
};

function rowNorms(W: ArrayLike<number>, units: number): Float64Array {
  const width = W.length / units;
  const sums = new Float64Array(units);
  for (let i = 0; i < W.length; i++) sums[Math.floor(i / width)] += W[i] * W[i];
  return sums.map(Math.sqrt);
}

/** V is [outputs, units, depth]. */
function slabNorms(V: ArrayLike<number>, units: number, outputs: number): Float64Array {
  const depth = V.length / (units * outputs);
  const sums = new Float64Array(units);
  for (let i = 0; i < V.length; i++) sums[Math.floor(i / depth) % units] += V[i] * V[i];
  return sums.map(Math.sqrt);
}

/** Norms of all grouped units. */
export function groupNorms({ layers }: Architecture, { chains }: Grouping, weights: Tensors): GroupNorms[] {
  const outputs = new Map(parametersOf(layers).map(({ name, shape }) => [name, shape[0]]));
  return chains
    .flatMap(({ groups }) => groups)
    .map(({ into, outOf, units }) => {
      const V = `${outOf}.weight`;
      return {
        into,
        outOf,
        input: rowNorms(weights[`${into}.weight`], units),
        output: slabNorms(weights[V], units, outputs.get(V)!),
      };
    });
}

export function measureWeights(architecture: Architecture, grouping: Grouping, weights: Tensors): WeightMeasures {
  let [pathNorm, groupedSquares, active, units] = [0, 0, 0, 0];
  for (const { input, output } of groupNorms(architecture, grouping, weights)) {
    input.forEach((w, k) => {
      pathNorm += w * output[k];
      active += w * output[k] > 0 ? 1 : 0;
    });
    groupedSquares += squares(input) + squares(output);
    units += input.length;
  }
  const otherSquares = grouping.others.reduce((sum, path) => sum + squares(weights[`${path}.weight`]), 0);
  return { pathNorm, groupedSquares, otherSquares, active, units };
}

/** Mean loss + λ · path norm + (λ/2)‖others‖²: weight decay's objective after the best rescaling of every unit. */
export const pathObjective = (loss: number, lambda: number, { pathNorm, otherSquares }: WeightMeasures): number =>
  loss + lambda * pathNorm + (lambda / 2) * otherSquares;

/** Mean loss + (λ/2) Σ‖weights‖². */
export const decayObjective = (
  loss: number,
  lambda: number,
  { groupedSquares, otherSquares }: WeightMeasures,
): number => loss + (lambda / 2) * (groupedSquares + otherSquares);
