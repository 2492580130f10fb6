import { boxLeastSquares } from '../certificates/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import { type Block, columnsOf } from './block.js';
import { BlockCone } from './cone.js';
import type { Shape } from './shape.js';
import { liftedNorm } from './subnet.js';

/** Least share of a first-layer neuron in the penalty that the metric of a cell grants it. */
const leastShare = 1e-2;

/**
 * The best sub-network of a block: max rᵀA_bZ over Z in its cone of penalty 1, by projecting A_bᵀr on the cone. For weight decay in the
 * metric Σ‖z_j‖²/e_j, e_j the shares of `z`, which is at least (Σ‖z_j‖)² and equal to it at `z`: no worse than `z`, if that is in the cone.
 * Of penalty 1; null where nothing in the block has a positive value.
 */
export function bestOfCell(
  X: Matrix,
  shape: Shape,
  path: boolean,
  r: Float64Array,
  block: Block,
  z: Float64Array,
): Float64Array | null {
  const { rows: n, cols: d } = X;
  const size = shape.leaves * d;
  const roots = path ? new Float64Array(shape.leaves).fill(1) : rootShares(z, d, shape.leaves);
  const columns = columnsOf(X, shape, block);
  const price = Float64Array.from({ length: size }, (_, k) => dot(columns, k * n, r, 0, n));
  const best = projected(X, shape, block, price, roots);
  const penalty = liftedNorm(best, d, path);
  return dot(price, 0, best, 0, size) > 0 ? best.map((t) => t / penalty) : null;
}

/** √e_j. */
function rootShares(z: Float64Array, d: number, leaves: number): Float64Array {
  const all = liftedNorm(z, d, false);
  return Float64Array.from({ length: leaves }, (_, j) =>
    Math.sqrt(Math.max(leastShare, liftedNorm(z.subarray(j * d, (j + 1) * d), d, true) / all)),
  );
}

/** The projection of `price` on the block's cone, in the metric Σ‖z_j‖²/roots_j². */
function projected(X: Matrix, shape: Shape, block: Block, price: Float64Array, roots: Float64Array): Float64Array {
  const { cols: d, data } = X;
  const { count, coefficient, sample } = new BlockCone(X, shape, block);
  const m = shape.leaves;
  const rows = new Float64Array(count * m * d);
  for (let r = 0, at = 0; r < count; r++)
    for (let j = 0; j < m; j++) {
      const c = coefficient[r * m + j] * roots[j];
      for (let k = 0, from = sample[r] * d; k < d; k++) rows[at++] = c * data[from + k];
    }
  const start = price.map((t, k) => t * roots[Math.floor(k / d)]);
  const bounds = { lower: new Float64Array(count), upper: new Float64Array(count).fill(Number.POSITIVE_INFINITY) };
  const rest = boxLeastSquares({ dimension: m * d, count, columns: rows, ...bounds }, start, new Float64Array(count));
  return rest.map((t, k) => t * roots[Math.floor(k / d)]);
}
