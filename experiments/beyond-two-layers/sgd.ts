import { createRandom, type Random } from '../../src/base/index.js';
import { type Matrix, matrix } from '../../src/linalg/index.js';
import type { ParallelNetwork, Regularizer } from '../../src/parallel/index.js';
import type { Labelled } from '../optimal-sets/uci.js';

export interface SgdOptions {
  /** Default 3. Two: one neuron a sub-network, weight decay. */
  readonly layers?: 2 | 3;
  /** Default weight decay. */
  readonly regularizer?: Regularizer;
  /** A bias in each first-layer neuron, penalised with its weights. Default false. */
  readonly hiddenBias?: boolean;
  /** Sub-networks and first-layer neurons of each. */
  readonly count: number;
  readonly width: number;
  readonly lambda: number;
  readonly steps: number;
  readonly batch: number;
  /** Falls linearly to a hundredth. */
  readonly rate: number;
  readonly momentum: number;
  readonly seed: number;
  /** Called after every `every` steps and the last. */
  readonly every?: number;
  readonly onStep?: (step: number, network: ParallelNetwork) => void;
}

/**
 * Stochastic gradient descent with momentum on the non-convex problem (1/2n) Σ (f − y)² + penalty. Three layers with weight decay:
 * (λ/2) Σ_k (‖w_2k‖² + α_k²), ‖W_1k‖_F ≤ 1 kept by projection, as the paper trains them; path norm: λ Σ_k (Σ_j ‖w_1kj‖² w_2kj²)^{1/2} |α_k|; two
 * layers: (λ/2) Σ_k (‖w_1k‖² + α_k²). Returns the network of the last step.
 */
export function trainBySgd({ X, y }: Labelled, options: SgdOptions): ParallelNetwork {
  const sgd = new Sgd({ X: options.hiddenBias ? withOnes(X) : X, y }, options);
  const { steps, every = steps, onStep } = options;
  for (let step = 1; step <= steps; step++) {
    sgd.step(step);
    if (onStep && (step % every === 0 || step === steps)) onStep(step, sgd.network());
  }
  return sgd.network();
}

function withOnes(X: Matrix): Matrix {
  const out = matrix(X.rows, X.cols + 1, new Float64Array(X.rows * (X.cols + 1)).fill(1));
  for (let i = 0; i < X.rows; i++) out.data.set(X.data.subarray(i * X.cols, (i + 1) * X.cols), i * out.cols);
  return out;
}

const squares = (values: Float64Array, from: number, to: number): number => {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k] * values[k];
  return sum;
};

class Sgd {
  /** Weights in one vector: first layers, second layers, output weights, the output bias. */
  readonly #weights: Float64Array;
  readonly #gradient: Float64Array;
  readonly #velocity: Float64Array;
  readonly #second: number;
  readonly #alpha: number;
  readonly #bias: number;
  readonly #random: Random;
  readonly #hidden: Float64Array;
  readonly #root: Float64Array;

  constructor(
    readonly data: Labelled,
    readonly options: SgdOptions,
  ) {
    const { count, width, seed } = options;
    const d = data.X.cols;
    this.#second = count * width * d;
    this.#alpha = this.#second + count * width;
    this.#bias = this.#alpha + count;
    this.#weights = new Float64Array(this.#bias + 1);
    this.#gradient = new Float64Array(this.#bias + 1);
    this.#velocity = new Float64Array(this.#bias + 1);
    this.#hidden = new Float64Array(count * width);
    this.#root = new Float64Array(count);
    this.#random = createRandom(seed);
    const w = this.#weights;
    for (let k = 0; k < this.#second; k++) w[k] = this.#random.normal() / Math.sqrt(d * width);
    for (let k = this.#second; k < this.#alpha; k++)
      w[k] = options.layers === 2 ? 1 : this.#random.normal() / Math.sqrt(width);
    for (let k = this.#alpha; k < this.#bias; k++) w[k] = this.#random.normal() / Math.sqrt(count);
    w[this.#bias] = data.y.reduce((sum, t) => sum + t, 0) / data.y.length;
  }

  step(step: number): void {
    const { rate, steps, momentum, batch } = this.options;
    const [w, g, v] = [this.#weights, this.#gradient, this.#velocity];
    g.fill(0);
    for (let i = 0; i < batch; i++) this.#addRow(this.#random.integer(this.data.y.length), 1 / batch);
    this.#regularise();
    const eta = rate * (1 - (0.99 * (step - 1)) / steps);
    for (let k = 0; k < w.length; k++) {
      v[k] = momentum * v[k] - eta * g[k];
      w[k] += v[k];
    }
    this.#project();
  }

  #addRow(i: number, share: number): void {
    const { count, width } = this.options;
    const { X, y } = this.data;
    const d = X.cols;
    const x = X.data.subarray(i * d, (i + 1) * d);
    const [w, g, hidden, root] = [this.#weights, this.#gradient, this.#hidden, this.#root];
    let f = w[this.#bias];
    for (let s = 0; s < count; s++) {
      let sum = 0;
      for (let j = s * width; j < (s + 1) * width; j++) {
        let t = 0;
        for (let k = 0; k < d; k++) t += w[j * d + k] * x[k];
        hidden[j] = t > 0 ? t : 0;
        sum += w[this.#second + j] * hidden[j];
      }
      root[s] = sum > 0 ? sum : 0;
      f += w[this.#alpha + s] * root[s];
    }
    const t = share * (f - y[i]);
    g[this.#bias] += t;
    for (let s = 0; s < count; s++) {
      if (root[s] === 0) continue;
      g[this.#alpha + s] += t * root[s];
      const back = t * w[this.#alpha + s];
      for (let j = s * width; j < (s + 1) * width; j++) {
        if (hidden[j] === 0) continue;
        g[this.#second + j] += back * hidden[j];
        const own = back * w[this.#second + j];
        for (let k = 0; k < d; k++) g[j * d + k] += own * x[k];
      }
    }
  }

  #regularise(): void {
    const { layers, regularizer, lambda, count, width } = this.options;
    const [w, g] = [this.#weights, this.#gradient];
    if (layers === 2) {
      for (let k = 0; k < this.#second; k++) g[k] += lambda * w[k];
      for (let k = this.#alpha; k < this.#bias; k++) g[k] += lambda * w[k];
      // The unit between neuron and output is no weight
      g.fill(0, this.#second, this.#alpha);
    } else if (regularizer !== 'path') {
      for (let k = this.#second; k < this.#bias; k++) g[k] += lambda * w[k];
    } else for (let s = 0; s < count; s++) this.#addPathGradient(s, width, lambda);
  }

  /** Of λ |α| (Σ_j ‖w_j‖² v_j²)^{1/2}. */
  #addPathGradient(s: number, width: number, lambda: number): void {
    const d = this.data.X.cols;
    const [w, g, alpha] = [this.#weights, this.#gradient, this.#weights[this.#alpha + s]];
    let total = 0;
    for (let j = s * width; j < (s + 1) * width; j++)
      total += squares(w, j * d, (j + 1) * d) * w[this.#second + j] * w[this.#second + j];
    const norm = Math.sqrt(total);
    if (norm === 0) return;
    g[this.#alpha + s] += lambda * norm * Math.sign(alpha);
    const scale = (lambda * Math.abs(alpha)) / norm;
    for (let j = s * width; j < (s + 1) * width; j++) {
      const v = w[this.#second + j];
      g[this.#second + j] += scale * v * squares(w, j * d, (j + 1) * d);
      for (let k = j * d; k < (j + 1) * d; k++) g[k] += scale * v * v * w[k];
    }
  }

  #project(): void {
    const { count, width, layers, regularizer } = this.options;
    if (layers === 2 || regularizer === 'path') return;
    const size = width * this.data.X.cols;
    for (let s = 0; s < count; s++) {
      const first = this.#weights.subarray(s * size, (s + 1) * size);
      const length = Math.sqrt(squares(first, 0, size));
      if (length > 1) for (let k = 0; k < size; k++) first[k] /= length;
    }
  }

  network(): ParallelNetwork {
    const { count, width, layers = 3, hiddenBias = false } = this.options;
    const d = this.data.X.cols;
    const inputs = hiddenBias ? d - 1 : d;
    const w = this.#weights;
    const subnetworks = Array.from({ length: count }, (_, s) => {
      const neurons = Array.from({ length: width }, (_, j) => w.slice((s * width + j) * d, (s * width + j + 1) * d));
      const first = matrix(width, inputs, Float64Array.from(neurons.flatMap((z) => [...z.subarray(0, inputs)])));
      const second = matrix(1, width, w.slice(this.#second + s * width, this.#second + (s + 1) * width));
      return {
        output: 0,
        weights: layers === 2 ? [first] : [first, second],
        bias: Float64Array.from(neurons, (z) => (hiddenBias ? z[inputs] : 0)),
        alpha: w[this.#alpha + s],
      };
    });
    const outputBias = Float64Array.of(w[this.#bias]);
    return { layers, inputs, outputs: 1, subnetworks, skip: null, outputBias };
  }
}
