import { createRandom } from '../base/index.js';
import { balancedEdges, edgesAbove } from './balance.js';
import type { Shape } from './shape.js';
import type { LiftedParallel, LiftedSubnet } from './subnet.js';
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
  { shape, edges: first, skip: skipFrom, bias: biasFrom, size }: WeightLayout,
  { subnets, skip, bias }: LiftedParallel,
): Float64Array {
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
  weights.set(skip, skipFrom);
  weights.set(bias, biasFrom);
  return weights;
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
