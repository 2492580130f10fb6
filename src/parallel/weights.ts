import { createRandom } from '../base/index.js';
import { balancedEdges, edgesAbove } from './balance.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';
import type { TrainingProblem } from './train.js';

/** Where the weights of a parallel network lie in one vector: leaves of every sub-network (d each), edges, linear branch, biases. */
export class WeightLayout {
  /** First edge; the edge above node v of sub-network s is at `edges + s·nodes + v`, the root's is alpha. */
  readonly edges: number;
  readonly skip: number;
  readonly bias: number;
  readonly size: number;

  constructor(
    { X, outputs, skipInputs }: TrainingProblem,
    readonly shape: Shape,
    /** Sub-networks, and the output of each. */
    readonly count: number,
    readonly outputOf: Int32Array,
    /**
     * Coordinates in which training is easier, with the same least penalty: for the path norm edges between units of size 1 and
     * ½λ(‖W_1‖_F² + alpha²); for weight decay of three layers |alpha| = 1 and ½λ(‖w_1j‖² + w_2j²) on every neuron, none of which has to stay
     * in a ball. Which sizes are free: of the leaves' edges or of alpha; null for the weights of the problem as it is stated.
     */
    readonly split: 'leaves' | 'root' | null = null,
  ) {
    this.edges = count * shape.leaves * X.cols;
    this.skip = this.edges + count * shape.nodes;
    this.bias = this.skip + outputs * skipInputs;
    this.size = this.bias + outputs;
  }
}

/** Gaussian first layers, random signs above, the best constant as bias. */
export function randomWeights(problem: TrainingProblem, layout: WeightLayout, seed: number): Float64Array {
  const { edges, count, shape, bias, size } = layout;
  const weights = new Float64Array(size);
  const random = createRandom(seed);
  const scale = 1 / Math.sqrt(problem.X.cols * shape.leaves);
  for (let k = 0; k < edges; k++) weights[k] = scale * random.normal();
  for (let s = 0; s < count; s++)
    for (let v = 0; v < shape.nodes; v++) {
      const sign = random.uniform() < 0.5 ? -1 : 1;
      const length = v === shape.nodes - 1 ? 1 / Math.sqrt(count) : 0.5 + 0.5 * random.uniform();
      weights[edges + s * shape.nodes + v] = sign * length;
    }
  if (layout.split) splitSizes(problem.X.cols, layout, weights);
  if (problem.outputBias) {
    const best = new Float64Array(problem.outputs);
    problem.loss.bestBias(new Float64Array(problem.y.length), problem.y, problem.outputs, best);
    weights.set(best, bias);
  }
  return weights;
}

/** Balanced weights of lifted sub-networks. */
export function balancedWeights(
  { X, regularizer }: TrainingProblem,
  layout: WeightLayout,
  { subnets, skip, bias }: LiftedParallel,
): Float64Array {
  const { shape, edges: first, skip: skipFrom, bias: biasFrom, size } = layout;
  const d = X.cols;
  const weights = new Float64Array(size);
  subnets.forEach(({ sign, signs, z }, s) => {
    const edges = balancedEdges(z, d, shape, regularizer);
    for (let v = 0; v < shape.nodes; v++)
      weights[first + s * shape.nodes + v] = edges[v] * (v === shape.nodes - 1 ? sign : signs[v]);
    for (let j = 0; j < shape.leaves; j++) {
      const above = edgesAbove(shape, edges, j);
      for (let k = j * d; k < (j + 1) * d; k++) weights[s * shape.leaves * d + k] = above > 0 ? z[k] / above : 0;
    }
  });
  if (layout.split) splitSizes(d, layout, weights);
  weights.set(skip, skipFrom);
  weights.set(bias, biasFrom);
  return weights;
}

/** Sizes that are not free become 1, those that are as large as what they weigh, without a change of the function. */
function splitSizes(d: number, { shape, edges, count, split }: WeightLayout, w: Float64Array): void {
  const { leaves, nodes, parent } = shape;
  for (let s = 0; s < count; s++) {
    const own = w.subarray(s * leaves * d, (s + 1) * leaves * d);
    const above = w.subarray(edges + s * nodes, edges + (s + 1) * nodes);
    for (let j = 0; j < leaves; j++) {
      let product = 1;
      for (let v = j; v >= 0; v = parent[v]) product *= Math.abs(above[v]);
      for (let k = j * d; k < (j + 1) * d; k++) own[k] *= product;
    }
    for (let v = 0; v < nodes; v++) above[v] = above[v] < 0 ? -1 : 1;
    if (split === 'root') above[nodes - 1] *= halved(own);
    else for (let j = 0; j < leaves; j++) above[j] *= halved(own.subarray(j * d, (j + 1) * d));
  }
}

/** Divides the values by the root of their norm; that root. */
function halved(values: Float64Array): number {
  const root = Math.sqrt(liftedNorm(values, values.length, true));
  if (root > 0) for (let k = 0; k < values.length; k++) values[k] /= root;
  return root;
}

/** The lifted sub-networks of weights. */
export function liftedWeights({ X }: TrainingProblem, layout: WeightLayout, w: Float64Array): LiftedParallel {
  const { leaves, nodes, parent } = layout.shape;
  const d = X.cols;
  const subnets = Array.from({ length: layout.count }, (_, s): LiftedSubnet => {
    const edges = layout.edges + s * nodes;
    const z = w.slice(s * leaves * d, (s + 1) * leaves * d);
    for (let j = 0; j < leaves; j++) {
      let product = 1;
      for (let v = j; v >= 0; v = parent[v]) product *= Math.abs(w[edges + v]);
      for (let k = j * d; k < (j + 1) * d; k++) z[k] *= product;
    }
    const signs = Int8Array.from({ length: nodes }, (_, v) => (w[edges + v] < 0 ? -1 : 1));
    return { output: layout.outputOf[s], sign: signs[nodes - 1] < 0 ? -1 : 1, signs, z };
  });
  return { subnets, skip: w.slice(layout.skip, layout.bias), bias: w.slice(layout.bias) };
}
