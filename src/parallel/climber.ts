import type { Matrix } from '../linalg/index.js';
import type { Regularizer } from './network.js';
import { addTransposed, rowProducts } from './products.js';
import type { Shape } from './shape.js';
import { type LiftedSubnet, liftedNorm, positive } from './subnet.js';

/** Where a climb begins. */
export interface Start {
  readonly sign: number;
  /** Whether only that sign is to be climbed. */
  readonly signed: boolean;
  readonly signs: Int8Array;
  readonly z: Float64Array;
}

/** Gradient ascent of |rᵀg(X)| over sub-networks of penalty 1, from one start after the other. */
export class Climber {
  readonly #q: Float64Array;
  readonly #delta: Float64Array;
  readonly #path: boolean;
  /** Directions, and the sizes of the leaves (weight decay: z_j = e_j w_j, ‖W‖_F = ‖e‖ = 1; a negative e_j flips the leaf's sign). */
  #w: Float64Array;
  #e: Float64Array;
  #signs: Int8Array = new Int8Array(0);

  constructor(
    readonly X: Matrix,
    readonly shape: Shape,
    regularizer: Regularizer,
    readonly r: Float64Array,
  ) {
    this.#path = regularizer === 'path' || shape.layers === 2;
    this.#q = new Float64Array(shape.nodes * X.rows);
    this.#delta = new Float64Array(shape.nodes * X.rows);
    this.#w = new Float64Array(shape.leaves * X.cols);
    this.#e = new Float64Array(shape.leaves);
  }

  climb(start: Start, sign: number, steps: number): number {
    this.#begin(start);
    let gradient = this.#gradient(sign);
    let step = 1;
    for (let k = 0; k < steps && step > 1e-9; k++) {
      const [w, e] = [this.#w, this.#e];
      const before = gradient.value;
      this.#advance(gradient, step);
      const after = this.#gradient(sign);
      if (after.value > before) {
        gradient = after;
        step = Math.min(64, step * 2);
        if (after.value - before < 1e-12 * Math.abs(after.value)) break;
      } else {
        [this.#w, this.#e] = [w, e];
        step *= 0.35;
      }
    }
    return gradient.value;
  }

  #begin({ signs, z }: Start): void {
    const d = this.X.cols;
    this.#signs = signs;
    this.#w = z.slice();
    this.#e = new Float64Array(this.shape.leaves).fill(1);
    if (!this.#path)
      for (let j = 0; j < this.#e.length; j++) {
        // ‖z_j‖ split evenly between both factors
        const root = Math.sqrt(liftedNorm(z.subarray(j * d, (j + 1) * d), d, true));
        this.#e[j] = root * signs[j];
        for (let k = j * d; k < (j + 1) * d; k++) this.#w[k] = root > 0 ? z[k] / root : 0;
      }
    this.#normalise();
  }

  #normalise(): void {
    scale(this.#w);
    if (!this.#path) scale(this.#e);
  }

  #signOf(v: number): number {
    return !this.#path && v < this.shape.leaves ? (this.#e[v] < 0 ? -1 : 1) : this.#signs[v];
  }

  #sizeOf(j: number): number {
    return this.#path ? 1 : Math.abs(this.#e[j]);
  }

  /** sign · rᵀg at the current point, with its gradient in w and e. */
  #gradient(sign: number): { value: number; w: Float64Array; e: Float64Array } {
    const { X, shape, r } = this;
    const { rows: n, cols: d } = X;
    const value = this.#values(sign);
    const delta = this.#delta;
    const q = this.#q;
    const root = shape.nodes - 1;
    for (let i = 0, at = root * n; i < n; i++) delta[at + i] = sign * r[i] * +(q[at + i] > 0);
    for (let v = root; v >= shape.leaves; v--)
      for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++) {
        const s = this.#signOf(c);
        for (let i = 0, at = c * n, above = v * n; i < n; i++) delta[at + i] = s * delta[above + i] * +(q[at + i] > 0);
      }
    const w = new Float64Array(this.#w.length);
    const e = new Float64Array(this.#e.length);
    for (let j = 0; j < shape.leaves; j++) {
      const size = this.#sizeOf(j);
      addTransposed(X, delta, j * n, w, j * d);
      let along = 0;
      for (let k = j * d; k < (j + 1) * d; k++) {
        along += w[k] * this.#w[k];
        w[k] *= size;
      }
      e[j] = along * (this.#e[j] < 0 ? -1 : 1);
    }
    return { value, w, e };
  }

  #values(sign: number): number {
    const { X, shape, r } = this;
    const { rows: n, cols: d } = X;
    const q = this.#q;
    for (let j = 0; j < shape.leaves; j++) {
      const size = this.#sizeOf(j);
      rowProducts(X, this.#w, j * d, size, q, j * n);
    }
    for (let v = shape.leaves; v < shape.nodes; v++) {
      q.fill(0, v * n, (v + 1) * n);
      for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++) {
        const s = this.#signOf(c);
        for (let i = 0, at = c * n, to = v * n; i < n; i++) q[to + i] += s * positive(q[at + i]);
      }
    }
    let value = 0;
    for (let i = 0, root = (shape.nodes - 1) * n; i < n; i++) value += r[i] * positive(q[root + i]);
    return sign * value;
  }

  /** A step of `length` times the size of the point along the gradient, put back on the sphere(s). */
  #advance({ w, e }: { w: Float64Array; e: Float64Array }, length: number): void {
    this.#w = moved(this.#w, w, length);
    if (!this.#path) this.#e = moved(this.#e, e, length);
    this.#normalise();
  }

  subnet(output: number, sign: 1 | -1): LiftedSubnet {
    const d = this.X.cols;
    const z = this.#w.map((t, k) => t * this.#sizeOf(Math.floor(k / d)));
    const signs = this.#signs.map((_, v) => this.#signOf(v));
    const length = liftedNorm(z, d, this.#path);
    return { output, sign, signs, z: z.map((t) => t / length) };
  }
}

function scale(values: Float64Array): void {
  const length = Math.sqrt(values.reduce((sum, t) => sum + t * t, 0));
  if (length > 0) for (let k = 0; k < values.length; k++) values[k] /= length;
}

function moved(values: Float64Array, along: Float64Array, length: number): Float64Array {
  const size = Math.sqrt(along.reduce((sum, t) => sum + t * t, 0));
  return size > 0 ? values.map((t, k) => t + (length * along[k]) / size) : values;
}
