import type { Matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { Block } from './block.js';
import { addTransposed, rowProducts } from './products.js';
import type { Shape } from './shape.js';

/** The rows of a cone {z : G z ≥ 0}, as a solver uses them. */
export interface ConeRows {
  readonly count: number;
  /** out ← G z. */
  apply(z: Float64Array, out: Float64Array): void;
  /** g += Gᵀν. */
  addTranspose(nu: Float64Array, g: Float64Array): void;
  /** h += Gᵀ diag(w) G, lower triangle, row-major. */
  addGram(w: Float64Array, h: Float64Array): void;
}

/** Xᵀ diag(w) X by the kernels, in memory that all cones of a program share. */
export class RowGram {
  readonly weights: Float64Array;
  readonly gram: Float64Array;
  readonly #x: Float64Array;

  constructor(
    readonly X: Matrix,
    readonly kernels: Kernels,
  ) {
    this.#x = kernels.float64(X.data.length);
    this.#x.set(X.data);
    this.weights = kernels.float64(X.rows);
    this.gram = kernels.float64(X.cols * X.cols);
  }

  /** Of `weights`, into `gram`. */
  update(): void {
    this.kernels.weightedGram(this.X.rows, this.X.cols, this.#x, this.weights, 0, this.gram);
  }
}

/**
 * The cone of a block. A row is c ⊗ x_i with c ∈ {−1, 0, 1} for each leaf: (2p − 1) x_i on its own leaf for a first-layer
 * neuron, (2p − 1) Σ of what its leaves contribute for a unit above. Rows that are zero bind nothing and are left out.
 */
export class BlockCone implements ConeRows {
  readonly count: number;
  /** The row of X of each cone row. */
  readonly sample: Int32Array;
  /** count×leaves. */
  readonly coefficient: Int8Array;
  readonly #X: Matrix;
  readonly #leaves: number;
  readonly #products: Float64Array;
  readonly #weights: Float64Array;

  constructor(
    X: Matrix,
    shape: Shape,
    block: Block,
    readonly rowGram: RowGram | null = null,
  ) {
    this.#X = X;
    this.#leaves = shape.leaves;
    const rows = coneRows(X, shape, block);
    this.count = rows.count;
    this.sample = rows.sample.slice();
    this.coefficient = rows.coefficient.slice();
    this.#products = new Float64Array(shape.leaves * X.rows);
    this.#weights = rowGram?.weights ?? new Float64Array(X.rows);
  }

  apply(z: Float64Array, out: Float64Array): void {
    const { rows: n } = this.#X;
    const m = this.#leaves;
    const products = this.#products;
    for (let j = 0; j < m; j++) rowProducts(this.#X, z, j * this.#X.cols, 1, products, j * n);
    for (let r = 0; r < this.count; r++) {
      let sum = 0;
      for (let j = 0, at = r * m, i = this.sample[r]; j < m; j++) sum += this.coefficient[at + j] * products[j * n + i];
      out[r] = sum;
    }
  }

  addTranspose(nu: Float64Array, g: Float64Array): void {
    const { rows: n, cols: d } = this.#X;
    const m = this.#leaves;
    const weights = this.#products.fill(0);
    for (let r = 0; r < this.count; r++)
      for (let j = 0, at = r * m, i = this.sample[r]; j < m; j++)
        weights[j * n + i] += this.coefficient[at + j] * nu[r];
    for (let j = 0; j < m; j++) addTransposed(this.#X, weights, j * n, g, j * d);
  }

  addGram(w: Float64Array, h: Float64Array): void {
    const m = this.#leaves;
    for (let a = 0; a < m; a++)
      for (let b = 0; b <= a; b++) {
        const weights = this.#weights.fill(0);
        let any = false;
        for (let r = 0; r < this.count; r++) {
          const c = this.coefficient[r * m + a] * this.coefficient[r * m + b];
          if (c === 0) continue;
          weights[this.sample[r]] += c * w[r];
          any = true;
        }
        if (any) this.#addWeighted(weights, a, b, h);
      }
  }

  /** The (a, b) sub-block of h += Xᵀ diag(weights) X. */
  #addWeighted(weights: Float64Array, a: number, b: number, h: Float64Array): void {
    const { rows: n, cols: d, data } = this.#X;
    const size = this.#leaves * d;
    if (this.rowGram) {
      this.rowGram.update();
      for (let k = 0; k < d; k++)
        for (let l = 0, at = (a * d + k) * size + b * d, end = a === b ? k + 1 : d; l < end; l++)
          h[at + l] += this.rowGram.gram[k * d + l];
      return;
    }
    for (let i = 0; i < n; i++) {
      const w = weights[i];
      if (w === 0) continue;
      for (let k = 0; k < d; k++) {
        const t = w * data[i * d + k];
        const end = a === b ? k + 1 : d;
        for (let l = 0, at = (a * d + k) * size + b * d; l < end; l++) h[at + l] += t * data[i * d + l];
      }
    }
  }
}

/** The rows of a block's cone: the row of X of each, and its coefficients, count×leaves. */
export interface SignedRows {
  readonly count: number;
  readonly sample: Int32Array;
  readonly coefficient: Int8Array;
}

export function coneRows(X: Matrix, shape: Shape, { signs, patterns }: Block): SignedRows {
  const n = X.rows;
  const { nodes, leaves } = shape;
  const sample = new Int32Array(n * nodes);
  const coefficient = new Int8Array(n * nodes * leaves);
  const flow = new Int8Array(nodes * leaves);
  let count = 0;
  for (let i = 0; i < n; i++) {
    if (isZeroRow(X, i)) continue;
    leafFlows(shape, signs, patterns, n, i, flow);
    for (let v = 0; v < nodes; v++) {
      const side = patterns[v * n + i] === 1 ? 1 : -1;
      let any = 0;
      for (let j = 0; j < leaves; j++) {
        const c = flow[v * leaves + j];
        coefficient[count * leaves + j] = side * c;
        any |= c;
      }
      if (any !== 0) sample[count++] = i;
    }
  }
  return { count, sample: sample.subarray(0, count), coefficient: coefficient.subarray(0, count * leaves) };
}

/** For one row of X: q(v) = Σ_j flow[v, j] · x·z_j at every node. */
function leafFlows(
  { nodes, leaves, firstChild, children }: Shape,
  signs: Int8Array,
  patterns: Uint8Array,
  n: number,
  i: number,
  flow: Int8Array,
): void {
  flow.fill(0);
  for (let v = 0; v < nodes; v++) {
    if (v < leaves) flow[v * leaves + v] = 1;
    for (let c = firstChild[v], end = c + children[v]; c < end; c++)
      if (patterns[c * n + i] === 1)
        for (let j = 0; j < leaves; j++) flow[v * leaves + j] += signs[c] * flow[c * leaves + j];
  }
}

function isZeroRow({ cols, data }: Matrix, i: number): boolean {
  for (let k = i * cols; k < (i + 1) * cols; k++) if (data[k] !== 0) return false;
  return true;
}
