import { createRandom, type Random } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import type { ParallelNetwork } from '../../src/parallel/index.js';
import type { Labelled } from '../optimal-sets/uci.js';

export interface SgdOptions {
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
  readonly every: number;
  readonly onStep: (step: number, network: ParallelNetwork) => void;
}

/**
 * Stochastic gradient descent with momentum on min (1/2n) Σ (f − y)² + (λ/2) Σ_k (‖w_2k‖² + α_k²), ‖W_1k‖_F ≤ 1 kept by projection:
 * three layers with weight decay as the paper trains them. Returns the network of the last step.
 */
export function trainBySgd(data: Labelled, options: SgdOptions): ParallelNetwork {
  const sgd = new Sgd(data, options);
  const { steps, every, onStep } = options;
  for (let step = 1; step <= steps; step++) {
    sgd.step(step);
    if (step % every === 0 || step === steps) onStep(step, sgd.network());
  }
  return sgd.network();
}

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
    for (let k = this.#second; k < this.#alpha; k++) w[k] = this.#random.normal() / Math.sqrt(width);
    for (let k = this.#alpha; k < this.#bias; k++) w[k] = this.#random.normal() / Math.sqrt(count);
    w[this.#bias] = data.y.reduce((sum, t) => sum + t, 0) / data.y.length;
  }

  step(step: number): void {
    const { rate, steps, momentum, batch, lambda } = this.options;
    const [w, g, v] = [this.#weights, this.#gradient, this.#velocity];
    g.fill(0);
    for (let i = 0; i < batch; i++) this.#addRow(this.#random.integer(this.data.y.length), 1 / batch);
    for (let k = this.#second; k < this.#bias; k++) g[k] += lambda * w[k];
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

  #project(): void {
    const { count, width } = this.options;
    const size = width * this.data.X.cols;
    for (let s = 0; s < count; s++) {
      const first = this.#weights.subarray(s * size, (s + 1) * size);
      const length = Math.sqrt(first.reduce((sum, t) => sum + t * t, 0));
      if (length > 1) for (let k = 0; k < size; k++) first[k] /= length;
    }
  }

  network(): ParallelNetwork {
    const { count, width } = this.options;
    const d = this.data.X.cols;
    const w = this.#weights;
    const subnetworks = Array.from({ length: count }, (_, s) => ({
      output: 0,
      weights: [
        matrix(width, d, w.slice(s * width * d, (s + 1) * width * d)),
        matrix(1, width, w.slice(this.#second + s * width, this.#second + (s + 1) * width)),
      ],
      bias: new Float64Array(width),
      alpha: w[this.#alpha + s],
    }));
    const outputBias = Float64Array.of(w[this.#bias]);
    return { layers: 3, inputs: d, outputs: 1, subnetworks, skip: null, outputBias };
  }
}
