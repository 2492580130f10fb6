import type { Regularizer } from './network.js';
import type { Shape } from './shape.js';
import { liftedNorm } from './subnet.js';

/** Sizes of the edges above each node of the balanced sub-network (see `recoverNetwork`), the root's being |alpha|. */
export function balancedEdges(z: Float64Array, d: number, shape: Shape, regularizer: Regularizer): Float64Array {
  const total = liftedNorm(z, d, regularizer === 'path');
  return regularizer === 'weight-decay' ? decayEdges(z, d, shape, total) : pathEdges(z, d, shape, total);
}

/** The product of the edges on the way from a leaf to the output. */
export function edgesAbove(shape: Shape, edges: Float64Array, leaf: number): number {
  let product = 1;
  for (let v = leaf; v >= 0; v = shape.parent[v]) product *= edges[v];
  return product;
}

/** Three layers: |w_2j| = √‖z_j‖ and |alpha| = √S; two: |alpha| = √S. */
function decayEdges(z: Float64Array, d: number, shape: Shape, total: number): Float64Array {
  const edges = new Float64Array(shape.nodes);
  if (shape.nodes > 1)
    for (let j = 0; j < shape.leaves; j++) edges[j] = Math.sqrt(liftedNorm(z.subarray(j * d, (j + 1) * d), d, true));
  edges[shape.nodes - 1] = Math.sqrt(total);
  return edges;
}

/**
 * With N(v) the norm of Z below v (N(root) = S): alpha = S^{1/2}, an edge above v is (N(v)/N(parent)) times the size that its parent hands
 * down, split evenly: every unit ends with ‖incoming‖ = |outgoing| (two layers: ‖u‖ = |alpha|).
 */
function pathEdges(z: Float64Array, d: number, shape: Shape, total: number): Float64Array {
  const size = new Float64Array(shape.nodes);
  for (let v = 0; v < shape.nodes; v++) {
    if (v < shape.leaves) size[v] = liftedNorm(z.subarray(v * d, (v + 1) * d), d, true);
    else
      for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++) size[v] += size[c] * size[c];
    if (v >= shape.leaves) size[v] = Math.sqrt(size[v]);
  }
  const edges = new Float64Array(shape.nodes);
  const root = shape.nodes - 1;
  // The unit's own size: what the product of edges and weights through it must give once the edges above it are divided out
  const left = new Float64Array(shape.nodes);
  left[root] = Math.sqrt(total);
  edges[root] = Math.sqrt(total);
  for (let v = root - 1; v >= 0; v--) {
    const own = size[shape.parent[v]] > 0 ? (left[shape.parent[v]] * size[v]) / size[shape.parent[v]] : 0;
    edges[v] = Math.sqrt(own);
    left[v] = edges[v] > 0 ? own / edges[v] : 0;
  }
  return edges;
}
