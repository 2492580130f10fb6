import type { Matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import { addTransposed, rowProducts } from './products.js';
import { positive } from './subnet.js';
import type { TrainingProblem } from './train.js';
import type { WeightLayout } from './weights.js';

/** Products of so many multiplications or more are left to the kernels. */
const LARGE = 4000;

/** Forward and backward passes of a parallel network over some rows, in buffers that are made once. */
export class Passes {
  /** Predictions on the rows, rows×outputs. */
  readonly f: Float64Array;
  /** Minus the gradient of the mean loss in them. */
  readonly #r: Float64Array;
  readonly #y: Float64Array;
  /** The rows at hand. */
  readonly #X: Matrix;
  /** First layers: weights and their gradient (leaves×d), q and delta (leaves×rows). */
  readonly #w: Float64Array;
  readonly #g: Float64Array;
  readonly #q: Float64Array;
  readonly #delta: Float64Array;
  /** q of the units above of all sub-networks, delta of those of one. */
  readonly #innerQ: Float64Array;
  readonly #innerDelta: Float64Array;
  readonly #kernels: Kernels | null;

  constructor(
    readonly problem: TrainingProblem,
    readonly layout: WeightLayout,
    readonly rows: number,
    kernels?: Kernels,
  ) {
    const { outputs, X } = problem;
    const { count, shape } = layout;
    const leaves = count * shape.leaves;
    const inner = shape.nodes - shape.leaves;
    this.#kernels = kernels && leaves * rows * X.cols >= LARGE ? kernels : null;
    const numbers = (length: number): Float64Array => this.#kernels?.float64(length) ?? new Float64Array(length);
    this.#X = { rows, cols: X.cols, data: numbers(rows * X.cols) };
    this.#w = numbers(leaves * X.cols);
    this.#g = numbers(leaves * X.cols);
    this.#q = numbers(leaves * rows);
    this.#delta = numbers(leaves * rows);
    this.#innerQ = new Float64Array(count * inner * rows);
    this.#innerDelta = new Float64Array(inner * rows);
    this.f = new Float64Array(rows * outputs);
    this.#r = new Float64Array(rows * outputs);
    this.#y = new Float64Array(rows * outputs);
  }

  /** Chooses the rows of X: all of them, or those listed. */
  take(chosen: Int32Array | null): void {
    const { X, y, outputs } = this.problem;
    const d = X.cols;
    for (let i = 0; i < this.rows; i++) {
      const from = chosen ? chosen[i] : i;
      for (let k = 0; k < d; k++) this.#X.data[i * d + k] = X.data[from * d + k];
      for (let k = 0; k < outputs; k++) this.#y[i * outputs + k] = y[from * outputs + k];
    }
  }

  /** Predictions on the rows; their mean loss. */
  forward(w: Float64Array): number {
    const { loss, outputs } = this.problem;
    const { count, shape, outputOf, edges, bias } = this.layout;
    const b = this.rows;
    this.#products(w);
    for (let at = 0; at < this.f.length; at++) this.f[at] = w[bias + (at % outputs)];
    if (this.problem.skipInputs > 0) this.#addSkip(w);
    for (let s = 0; s < count; s++) {
      for (let v = shape.leaves; v < shape.nodes; v++) this.#unit(s, v, w);
      const [root, from] = this.#of(s, shape.nodes - 1);
      const alpha = w[edges + s * shape.nodes + shape.nodes - 1];
      for (let i = 0, at = outputOf[s]; i < b; i++, at += outputs) this.f[at] += alpha * positive(root[from + i]);
    }
    return loss.value(this.f, this.#y, outputs) / b;
  }

  /** Where the numbers q of a node are. */
  #of(s: number, v: number): readonly [Float64Array, number] {
    const { leaves, nodes } = this.layout.shape;
    if (v < leaves) return [this.#q, (s * leaves + v) * this.rows];
    return [this.#innerQ, (s * (nodes - leaves) + v - leaves) * this.rows];
  }

  /** q ← W Xᵀ for all first-layer neurons. */
  #products(weights: Float64Array): void {
    const { rows: b, cols: d, data } = this.#X;
    const w = this.#w;
    const q = this.#q;
    for (let k = 0; k < w.length; k++) w[k] = weights[k];
    const leaves = w.length / d;
    if (this.#kernels) {
      this.#kernels.gemm(leaves, b, d, 1, w, false, data, true, 0, q);
      return;
    }
    for (let j = 0; j < leaves; j++) rowProducts(this.#X, w, j * d, 1, q, j * b);
  }

  #addSkip(w: Float64Array): void {
    const { outputs, skipInputs } = this.problem;
    const { cols: d, data } = this.#X;
    for (let i = 0; i < this.rows; i++)
      for (let k = 0; k < outputs; k++)
        for (let l = 0; l < skipInputs; l++)
          this.f[i * outputs + k] += w[this.layout.skip + k * skipInputs + l] * data[i * d + l];
  }

  /** q of a unit above the first layer. */
  #unit(s: number, v: number, w: Float64Array): void {
    const { edges, shape } = this.layout;
    const [out, to] = this.#of(s, v);
    out.fill(0, to, to + this.rows);
    for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++) {
      const [q, from] = this.#of(s, c);
      const edge = w[edges + s * shape.nodes + c];
      for (let i = 0; i < this.rows; i++) out[to + i] += edge * positive(q[from + i]);
    }
  }

  /** The gradient of the mean loss, after `forward` with the same weights: that of the pieces the rows lie on. */
  backward(w: Float64Array, g: Float64Array): void {
    const { loss, outputs } = this.problem;
    const { count, shape, bias } = this.layout;
    loss.residual(this.f, this.#y, outputs, this.#r);
    g.fill(0);
    for (let at = 0; at < this.#r.length; at++) {
      this.#r[at] /= -this.rows;
      g[bias + (at % outputs)] += this.#r[at];
    }
    if (this.problem.skipInputs > 0) this.#skipGradient(g);
    for (let s = 0; s < count; s++) {
      this.#rootDelta(s, w, g);
      for (let v = shape.nodes - 1; v >= shape.leaves; v--)
        for (let c = shape.firstChild[v]; c < shape.firstChild[v] + shape.children[v]; c++)
          this.#childDelta(s, v, c, w, g);
    }
    this.#leafGradient(g);
  }

  #skipGradient(g: Float64Array): void {
    const { outputs, skipInputs } = this.problem;
    const { cols: d, data } = this.#X;
    for (let i = 0; i < this.rows; i++)
      for (let k = 0; k < outputs; k++)
        for (let l = 0; l < skipInputs; l++)
          g[this.layout.skip + k * skipInputs + l] += this.#r[i * outputs + k] * data[i * d + l];
  }

  /** Where delta of a node is; of the units above those of one sub-network at a time. */
  #deltaOf(s: number, v: number): readonly [Float64Array, number] {
    const { leaves } = this.layout.shape;
    return v < leaves ? [this.#delta, (s * leaves + v) * this.rows] : [this.#innerDelta, (v - leaves) * this.rows];
  }

  #rootDelta(s: number, w: Float64Array, g: Float64Array): void {
    const { shape, edges, outputOf } = this.layout;
    const { outputs } = this.problem;
    const root = shape.nodes - 1;
    const [q, from] = this.#of(s, root);
    const [delta, to] = this.#deltaOf(s, root);
    const alpha = edges + s * shape.nodes + root;
    const above = w[alpha];
    const r = this.#r;
    let sum = 0;
    for (let i = 0, at = outputOf[s]; i < this.rows; i++, at += outputs) {
      const t = r[at];
      sum += t * positive(q[from + i]);
      delta[to + i] = t * above * +(q[from + i] > 0);
    }
    g[alpha] = sum;
  }

  #childDelta(s: number, v: number, c: number, w: Float64Array, g: Float64Array): void {
    const { shape, edges } = this.layout;
    const [q, from] = this.#of(s, c);
    const [above, fromAbove] = this.#deltaOf(s, v);
    const [delta, to] = this.#deltaOf(s, c);
    const edge = edges + s * shape.nodes + c;
    const size = w[edge];
    let sum = 0;
    for (let i = 0; i < this.rows; i++) {
      const t = above[fromAbove + i];
      sum += t * positive(q[from + i]);
      delta[to + i] = t * size * +(q[from + i] > 0);
    }
    g[edge] = sum;
  }

  /** ΔX for all first-layer neurons. */
  #leafGradient(g: Float64Array): void {
    const { rows: b, cols: d, data } = this.#X;
    const delta = this.#delta;
    const own = this.#g;
    const leaves = own.length / d;
    if (this.#kernels) this.#kernels.gemm(leaves, d, b, 1, delta, false, data, false, 0, own);
    else {
      own.fill(0);
      for (let j = 0; j < leaves; j++) addTransposed(this.#X, delta, j * b, own, j * d);
    }
    for (let k = 0; k < own.length; k++) g[k] = own[k];
  }
}
