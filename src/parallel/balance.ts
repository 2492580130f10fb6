import { exp, log } from '../base/index.js';
import type { Regularizer } from './network.js';
import type { Shape } from './shape.js';
import { liftedNorm } from './subnet.js';

/** Sizes of the edges above each node of the balanced sub-network (see `recoverNetwork`), the root's being |alpha|. */
export function balancedEdges(z: Float64Array, d: number, shape: Shape, regularizer: Regularizer): Float64Array {
  return regularizer === 'weight-decay' ? decayEdges(z, d, shape, liftedNorm(z, d, false)) : pathEdges(z, d, shape);
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
 * Least Σ‖W‖² over rescalings of units: at every unit incoming and outgoing sizes are equal, so that with U the product of the edges above its
 * parent an edge above a unit of level l has e^{l+1} = A/U: A = ‖z‖ at a leaf, (Σ over children A^{2/l})^{l/2} at level l > 1.
 */
function pathEdges(z: Float64Array, d: number, shape: Shape): Float64Array {
  const level = levelsOf(shape);
  const size = new Float64Array(shape.nodes);
  for (let v = 0; v < shape.nodes; v++) {
    if (v < shape.leaves) size[v] = liftedNorm(z.subarray(v * d, (v + 1) * d), d, true);
    else {
      const l = level[v];
      for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++)
        size[v] += power(size[c], 2 / l);
      size[v] = power(size[v], l / 2);
    }
  }
  const edges = new Float64Array(shape.nodes);
  const above = new Float64Array(shape.nodes);
  for (let v = shape.nodes - 1; v >= 0; v--) {
    const over = shape.parent[v] < 0 ? 1 : above[shape.parent[v]];
    edges[v] = over > 0 ? power(size[v] / over, 1 / (level[v] + 1)) : 0;
    above[v] = edges[v] * over;
  }
  return edges;
}

function levelsOf(shape: Shape): Int32Array {
  const level = new Int32Array(shape.nodes).fill(1);
  for (let v = shape.leaves; v < shape.nodes; v++) level[v] = level[shape.firstChild[v]] + 1;
  return level;
}

function power(base: number, exponent: number): number {
  if (exponent === 1) return base;
  if (exponent === 0.5) return Math.sqrt(base);
  return base > 0 ? exp(exponent * log(base)) : 0;
}
