import type { Matrix } from '../linalg/index.js';
import type { Block } from './block.js';
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

  constructor(X: Matrix, shape: Shape, block: Block) {
    this.#X = X;
    this.#leaves = shape.leaves;
    const rows = coneRows(X, shape, block);
    this.count = rows.sample.length;
    this.sample = Int32Array.from(rows.sample);
    this.coefficient = Int8Array.from(rows.coefficient);
    this.#products = new Float64Array(shape.leaves * X.rows);
    this.#weights = new Float64Array(X.rows);
  }

  apply(z: Float64Array, out: Float64Array): void {
    const { rows: n } = this.#X;
    const m = this.#leaves;
    const products = this.#products;
    multiply(this.#X, z, m, products);
    for (let r = 0; r < this.count; r++) {
      let sum = 0;
      for (let j = 0, at = r * m, i = this.sample[r]; j < m; j++) sum += this.coefficient[at + j] * products[j * n + i];
      out[r] = sum;
    }
  }

  addTranspose(nu: Float64Array, g: Float64Array): void {
    const { rows: n, cols: d, data } = this.#X;
    const m = this.#leaves;
    const weights = this.#products.fill(0);
    for (let r = 0; r < this.count; r++)
      for (let j = 0, at = r * m, i = this.sample[r]; j < m; j++)
        weights[j * n + i] += this.coefficient[at + j] * nu[r];
    for (let j = 0; j < m; j++)
      for (let i = 0; i < n; i++) {
        const w = weights[j * n + i];
        if (w !== 0) for (let k = 0; k < d; k++) g[j * d + k] += w * data[i * d + k];
      }
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

/** out ← X z_j for each leaf, leaves×n. */
function multiply({ rows: n, cols: d, data }: Matrix, z: Float64Array, leaves: number, out: Float64Array): void {
  for (let j = 0; j < leaves; j++)
    for (let i = 0; i < n; i++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += data[i * d + k] * z[j * d + k];
      out[j * n + i] = sum;
    }
}

function coneRows(X: Matrix, shape: Shape, { signs, patterns }: Block): { sample: number[]; coefficient: number[] } {
  const n = X.rows;
  const sample: number[] = [];
  const coefficient: number[] = [];
  for (let i = 0; i < n; i++) {
    if (isZeroRow(X, i)) continue;
    const flow = leafFlows(shape, signs, patterns, n, i);
    for (let v = 0; v < shape.nodes; v++) {
      if (flow[v].every((c) => c === 0)) continue;
      const side = patterns[v * n + i] === 1 ? 1 : -1;
      sample.push(i);
      for (const c of flow[v]) coefficient.push(side * c);
    }
  }
  return { sample, coefficient };
}

/** For one row of X: q(v) = Σ_j flow[v][j] · x·z_j at every node. */
function leafFlows(shape: Shape, signs: Int8Array, patterns: Uint8Array, n: number, i: number): number[][] {
  const flow: number[][] = [];
  for (let v = 0; v < shape.nodes; v++) {
    const own = new Array<number>(shape.leaves).fill(0);
    if (v < shape.leaves) own[v] = 1;
    for (let c = shape.firstChild[v], end = c + shape.children[v]; c < end; c++)
      if (patterns[c * n + i] === 1) for (let j = 0; j < own.length; j++) own[j] += signs[c] * flow[c][j];
    flow.push(own);
  }
  return flow;
}

function isZeroRow({ cols, data }: Matrix, i: number): boolean {
  for (let k = i * cols; k < (i + 1) * cols; k++) if (data[k] !== 0) return false;
  return true;
}
