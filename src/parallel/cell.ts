import { boxLeastSquares } from '../certificates/index.js';
import { dot, type Matrix } from '../linalg/index.js';
import { type Block, masksOf } from './block.js';
import { coneRows } from './cone.js';
import { addTransposed } from './products.js';
import type { Shape } from './shape.js';
import { liftedNorm } from './subnet.js';

/** Least share of a first-layer neuron in the penalty that the metric of a cell grants it. */
const leastShare = 1e-2;

/** The best sub-networks of blocks for one residual r, in buffers that are made once. */
export class Cells {
  readonly #rows: Float64Array;
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;
  readonly #masked: Float64Array;

  constructor(
    readonly X: Matrix,
    readonly shape: Shape,
    readonly path: boolean,
    readonly r: Float64Array,
  ) {
    const most = X.rows * shape.nodes;
    this.#rows = new Float64Array(most * shape.leaves * X.cols);
    this.#lower = new Float64Array(most);
    this.#upper = new Float64Array(most).fill(Number.POSITIVE_INFINITY);
    this.#masked = new Float64Array(X.rows);
  }

  /**
   * The best sub-network of a block: max rᵀA_bZ over Z in its cone of penalty 1, by projecting A_bᵀr on the cone. For weight decay in the
   * metric Σ‖z_j‖²/e_j, e_j the shares of `z`, which is at least (Σ‖z_j‖)² and equal to it at `z`: no worse than `z`, if that is in the cone.
   * Of penalty 1; null where nothing in the block has a positive value.
   */
  best(block: Block, z: Float64Array): Float64Array | null {
    const { X, shape, path } = this;
    const roots = path ? new Float64Array(shape.leaves).fill(1) : rootShares(z, X.cols, shape.leaves);
    const price = this.#price(block);
    const best = this.#projected(block, price, roots);
    const penalty = liftedNorm(best, X.cols, path);
    return dot(price, 0, best, 0, best.length) > 0 ? best.map((t) => t / penalty) : null;
  }

  /** A_bᵀr. */
  #price(block: Block): Float64Array {
    const { X, shape, r } = this;
    const n = X.rows;
    const masks = masksOf(shape, block);
    const price = new Float64Array(shape.leaves * X.cols);
    for (let j = 0; j < shape.leaves; j++) {
      for (let i = 0; i < n; i++) this.#masked[i] = masks[j * n + i] * r[i];
      addTransposed(X, this.#masked, 0, price, j * X.cols);
    }
    return price;
  }

  /** The projection of `price` on the block's cone, in the metric Σ‖z_j‖²/roots_j². */
  #projected(block: Block, price: Float64Array, roots: Float64Array): Float64Array {
    const { cols: d, data } = this.X;
    const m = this.shape.leaves;
    const { count, coefficient, sample } = coneRows(this.X, this.shape, block);
    const rows = this.#rows;
    for (let r = 0; r < count; r++)
      for (let j = 0; j < m; j++) {
        const at = (r * m + j) * d;
        const c = coefficient[r * m + j] * roots[j];
        if (c === 0) rows.fill(0, at, at + d);
        else for (let k = 0, from = sample[r] * d; k < d; k++) rows[at + k] = c * data[from + k];
      }
    const start = price.map((t, k) => t * roots[Math.floor(k / d)]);
    const problem = { dimension: m * d, count, columns: rows, lower: this.#lower, upper: this.#upper };
    const rest = boxLeastSquares(problem, start, new Float64Array(count));
    return rest.map((t, k) => t * roots[Math.floor(k / d)]);
  }
}

/** √e_j. */
function rootShares(z: Float64Array, d: number, leaves: number): Float64Array {
  const all = liftedNorm(z, d, false);
  return Float64Array.from({ length: leaves }, (_, j) =>
    Math.sqrt(Math.max(leastShare, liftedNorm(z.subarray(j * d, (j + 1) * d), d, true) / all)),
  );
}
