import type { Matrix } from '../linalg/index.js';
import { rowProducts } from './products.js';
import type { Shape } from './shape.js';

/**
 * A sub-network in lifted form: every positive size is carried down into the first layer, so that only signs are left on
 * the edges. x ↦ sign · q(root)_+, q(v) = Σ over children c of signs[c] · q(c)_+, q(leaf j) = x·z_j.
 */
export interface LiftedSubnet {
  readonly output: number;
  readonly sign: 1 | -1;
  /** ±1 of the edge above each node; the root's is not used. */
  readonly signs: Int8Array;
  /** leaves×d, d with the column of ones. */
  readonly z: Float64Array;
}

/** Sub-networks with a linear branch and biases. */
export interface LiftedParallel {
  readonly subnets: readonly LiftedSubnet[];
  /** outputs×(columns it reads), empty without a branch. */
  readonly skip: Float64Array;
  readonly bias: Float64Array;
}

/** max(t, 0), exactly, without a branch: signs of q are as good as random. */
export const positive = (t: number): number => 0.5 * (t + Math.abs(t));

/** q of every node on every row of X, nodes×n. */
export function activations(X: Matrix, shape: Shape, { signs, z }: LiftedSubnet, out?: Float64Array): Float64Array {
  const n = X.rows;
  const q = out ?? new Float64Array(shape.nodes * n);
  for (let j = 0; j < shape.leaves; j++) rowProducts(X, z, j * X.cols, 1, q, j * n);
  for (let v = shape.leaves; v < shape.nodes; v++) {
    q.fill(0, v * n, (v + 1) * n);
    for (let c = shape.firstChild[v], end = c + shape.children[v]; c < end; c++) {
      for (let i = 0; i < n; i++) {
        const t = q[c * n + i];
        if (t > 0) q[v * n + i] += signs[c] * t;
      }
    }
  }
  return q;
}

/** g = q(root)_+ on the rows of X: n numbers, without the output sign. */
export function subnetValues(X: Matrix, shape: Shape, subnet: LiftedSubnet): Float64Array {
  const q = activations(X, shape, subnet);
  return q.slice((shape.nodes - 1) * X.rows).map((t) => (t > 0 ? t : 0));
}

/** The penalty of a lifted sub-network: Σ_j ‖z_j‖ (weight decay) or ‖Z‖_F (path norm). */
export function liftedNorm(z: Float64Array, d: number, path: boolean): number {
  let total = 0;
  let all = 0;
  for (let j = 0; j < z.length; j += d) {
    let squares = 0;
    for (let k = j; k < j + d; k++) squares += z[k] * z[k];
    total += Math.sqrt(squares);
    all += squares;
  }
  return path ? Math.sqrt(all) : total;
}
