import type { TrainingProblem } from './train.js';
import type { WeightLayout } from './weights.js';

const tiny = 1e-12;

/**
 * Adds the gradient of the penalty as the weights stand. Weight decay: ½λ on the edges into and out of the root (two layers: on all
 * weights); path norm: λ times it; the linear branch: λ times its norm, an output.
 */
export function addPenaltyGradient(
  problem: TrainingProblem,
  layout: WeightLayout,
  w: Float64Array,
  g: Float64Array,
): void {
  const { lambda, regularizer, outputs, skipInputs } = problem;
  for (let k = 0; k < outputs; k++) {
    const from = layout.skip + k * skipInputs;
    const size = Math.sqrt(squares(w, from, from + skipInputs)) + tiny;
    for (let l = from; l < from + skipInputs; l++) g[l] += (lambda * w[l]) / size;
  }
  if (layout.split) addSplitGradient(lambda, layout, w, g);
  else if (regularizer === 'path' && layout.shape.layers > 2) addPathGradient(problem, layout, w, g);
  else {
    const from = layout.shape.layers === 2 ? 0 : layout.edges;
    for (let k = from; k < layout.skip; k++) g[k] += lambda * w[k];
  }
}

/** ½λ on first layers and on the edges whose sizes are free; the others do not move. */
function addSplitGradient(
  lambda: number,
  { shape, edges, skip, split }: WeightLayout,
  w: Float64Array,
  g: Float64Array,
): void {
  const { nodes, leaves } = shape;
  for (let k = 0; k < edges; k++) g[k] += lambda * w[k];
  for (let k = edges; k < skip; k++) {
    const v = (k - edges) % nodes;
    g[k] = (split === 'root' ? v === nodes - 1 : v < leaves) ? g[k] + lambda * w[k] : 0;
  }
}

/** Of λ Σ_s (Σ_j ‖w_j‖² Π of squared edges above j)^{1/2}. */
function addPathGradient(
  { lambda, X }: TrainingProblem,
  { count, shape, edges: first }: WeightLayout,
  w: Float64Array,
  g: Float64Array,
): void {
  const { leaves, nodes, parent } = shape;
  const d = X.cols;
  const carried = new Float64Array(leaves);
  const sizes = new Float64Array(leaves);
  for (let s = 0; s < count; s++) {
    const edges = first + s * nodes;
    let total = 0;
    for (let j = 0; j < leaves; j++) {
      let product = 1;
      for (let v = j; v >= 0; v = parent[v]) product *= w[edges + v] * w[edges + v];
      const at = (s * leaves + j) * d;
      carried[j] = product;
      sizes[j] = squares(w, at, at + d);
      total += product * sizes[j];
    }
    const scale = lambda / (Math.sqrt(total) + tiny);
    for (let j = 0; j < leaves; j++) {
      const at = (s * leaves + j) * d;
      for (let k = at; k < at + d; k++) g[k] += scale * carried[j] * w[k];
      const share = scale * carried[j] * sizes[j];
      for (let v = j; v >= 0; v = parent[v]) {
        const edge = w[edges + v];
        if (Math.abs(edge) > tiny) g[edges + v] += share / edge;
      }
    }
  }
}

/** First layers of the weight-decay problem into the unit ball. */
export function projectFirstLayers(
  { regularizer, X }: TrainingProblem,
  { count, shape, split }: WeightLayout,
  w: Float64Array,
): void {
  if (split || regularizer === 'path' || shape.layers === 2) return;
  const size = shape.leaves * X.cols;
  for (let s = 0; s < count; s++) {
    const length = Math.sqrt(squares(w, s * size, (s + 1) * size));
    if (length > 1) for (let k = s * size; k < (s + 1) * size; k++) w[k] /= length;
  }
}

/** Σ of squares. */
export function squares(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k] * values[k];
  return sum;
}
