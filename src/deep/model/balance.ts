import { consecutivePairs, type Grouping } from '../methods/groups.js';
import { parametersOf } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';
import type { Numbers } from '../onnx/index.js';
import { groupNorms } from '../training/measure.js';
import type { DeepNetwork } from './compact.js';

export interface BalanceOptions {
  /** Sweeps over all layers, at most; default 1000. */
  readonly sweeps?: number;
  /** Ends when no unit's scale changes by more than this share; default 1e-12. */
  readonly tolerance?: number;
}

export interface Balanced extends DeepNetwork {
  readonly sweeps: number;
  readonly converged: boolean;
}

/** Multiplies the input weights and the bias of unit k by c and its output weights by 1/c. */
function rescale(weights: Tensors, into: string, outOf: string, outputs: number, factors: Float64Array): void {
  const units = factors.length;
  const [W, b, V]: (Numbers | undefined)[] = [`${into}.weight`, `${into}.bias`, `${outOf}.weight`].map(
    (n) => weights[n],
  );
  const width = W!.length / units;
  const depth = V!.length / (units * outputs);
  for (let i = 0; i < W!.length; i++) W![i] *= factors[Math.floor(i / width)];
  for (let k = 0; b && k < units; k++) b[k] *= factors[k];
  for (let i = 0; i < V!.length; i++) V![i] /= factors[Math.floor(i / depth) % units];
}

/** √(‖v‖/‖w‖), which makes both norms equal; a unit that does nothing is left alone. */
const factorOf = (w: number, v: number): number => (w > 0 && v > 0 ? Math.sqrt(v / w) : 1);

/** One pass over all pairs; the largest relative change of a scale. */
function sweep(network: DeepNetwork, pairs: Grouping): number {
  const outputs = new Map(parametersOf(network.architecture.layers).map(({ name, shape }) => [name, shape[0]]));
  let change = 0;
  for (const pair of pairs.chains[0].groups) {
    const single: Grouping = { chains: [{ groups: [pair], between: [] }], others: [] };
    const [{ input, output }] = groupNorms(network.architecture, single, network.weights);
    const factors = input.map((w, k) => factorOf(w, output[k]));
    rescale(network.weights, pair.into, pair.outOf, outputs.get(`${pair.outOf}.weight`)!, factors);
    for (const c of factors) change = Math.max(change, Math.abs(c - 1));
  }
  return change;
}

/**
 * The network of the same function with the least Σ‖weights‖² that rescaling units can reach (biases are scaled along and not
 * counted): at it ‖w_k‖ = ‖v_k‖ for every unit between homogeneous layers. Each pass balances one layer after the other;
 * the problem is convex in the logarithms of the scales, so passes converge to its minimum. Returns float64 weights.
 */
export function balance(network: DeepNetwork, { sweeps = 1000, tolerance = 1e-12 }: BalanceOptions = {}): Balanced {
  const copies = Object.entries(network.weights).map(([name, values]) => [name, Float64Array.from(values)]);
  const result: DeepNetwork = { architecture: network.architecture, weights: Object.fromEntries(copies) };
  const groups = consecutivePairs(network.architecture);
  const pairs: Grouping = { chains: [{ groups, between: [] }], others: [] };
  for (let done = 1; done <= sweeps; done++) {
    if (sweep(result, pairs) <= tolerance) return { ...result, sweeps: done, converged: true };
  }
  return { ...result, sweeps, converged: false };
}
