import { type Architecture, parametersOf } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';
import type { Numbers } from '../onnx/index.js';
import { groupNorms } from '../training/measure.js';
import type { Grouping } from './groups.js';
import type { Method } from './method.js';

/** Whether the method keeps ‖w_k‖ = 1. */
export const keepsUnitInputs = (method: Method): boolean =>
  method === 'pathprox' || method === 'pathprox-unbalanced' || method === 'weight-normalization';

/**
 * The same function with ‖w_k‖ = 1 (bias counted where `regularizeBias`): rows and biases of every grouped unit divided by
 * its norm, output weights multiplied by it. Methods that put w_k on the sphere after each step start here; from other
 * weights their first step would change the function by the factor ‖w_k‖ in every group. Units without input weights stay.
 */
export function withUnitInputs(
  architecture: Architecture,
  grouping: Grouping,
  weights: Tensors,
  regularizeBias = false,
): Tensors {
  const result: Record<string, Numbers> = { ...weights };
  const outputs = new Map(parametersOf(architecture.layers).map(({ name, shape }) => [name, shape[0]]));
  const norms = groupNorms(architecture, grouping, weights);
  grouping.chains
    .flatMap(({ groups }) => groups)
    .forEach(({ into, outOf, units }, g) => {
      const bias = weights[`${into}.bias`];
      const sizes = norms[g].input.map((norm, k) => {
        const size = regularizeBias && bias ? Math.sqrt(norm * norm + bias[k] * bias[k]) : norm;
        return size > 0 ? size : 1;
      });
      const [W, V] = [`${into}.weight`, `${outOf}.weight`];
      const width = weights[W].length / units;
      const depth = weights[V].length / (units * outputs.get(V)!);
      result[W] = result[W].map((entry: number, i: number) => entry / sizes[Math.floor(i / width)]);
      result[V] = result[V].map((entry: number, i: number) => entry * sizes[Math.floor(i / depth) % units]);
      if (bias) result[`${into}.bias`] = bias.map((entry: number, k: number) => entry / sizes[k]);
    });
  return result;
}
