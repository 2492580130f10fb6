import { createRandom, type Run } from '../base/index.js';
import { matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { TwoLayerProblem } from '../programs/index.js';
import { type LiftedNetwork, norm2 } from './lifted-network.js';

export interface LocalTrainingOptions {
  readonly neurons: number;
  readonly steps: number;
  readonly seed: number;
  /** Rows a step; all of them when n is not larger. */
  readonly batch: number;
  /** Adam's learning rate at the start as a share of the first weights' size; it falls to zero along a smooth cubic. */
  readonly relativeRate: number;
  /** Neurons to start from (others are random). */
  readonly from?: LiftedNetwork;
}

/**
 * A quick run of Adam on the network itself, balanced weights (u, α) with weight decay: it only looks for good activation
 * patterns; the convex program over them does the rest.
 */
export async function trainLocally(
  kernels: Kernels,
  problem: TwoLayerProblem,
  options: LocalTrainingOptions,
  run: Run,
): Promise<LiftedNetwork> {
  const mark = kernels.mark();
  const training = new AdamTraining(kernels, problem, options);
  for (let step = 0; step < options.steps && !run.stop; step++) {
    training.step(step);
    if (step % 10 === 0) run.progress({ phase: 'local training', fraction: step / options.steps });
    await run.pause();
  }
  const network = training.network();
  kernels.release(mark);
  return network;
}

class AdamTraining {
  readonly #m: number;
  readonly #rows: number;
  readonly #x: Float64Array;
  readonly #xBatch: Float64Array;
  readonly #yBatch: Float64Array;
  readonly #u: Float64Array;
  readonly #alpha: Float64Array;
  readonly #bias: Float64Array;
  readonly #output: Int32Array;
  readonly #gradU: Float64Array;
  readonly #gradAlpha: Float64Array;
  readonly #pre: Float64Array;
  readonly #f: Float64Array;
  readonly #r: Float64Array;
  readonly #moments: Moments[];
  readonly #random;
  #unit = 1;

  constructor(
    readonly kernels: Kernels,
    readonly problem: TwoLayerProblem,
    readonly options: LocalTrainingOptions,
  ) {
    const { X, outputs } = problem;
    const m = options.neurons;
    this.#m = m;
    this.#rows = Math.min(X.rows, options.batch);
    this.#random = createRandom(options.seed, 1);
    this.#x = kernels.float64(X.data.length);
    this.#x.set(X.data);
    const whole = this.#rows === X.rows;
    this.#xBatch = whole ? this.#x : kernels.float64(this.#rows * X.cols);
    this.#yBatch = whole ? problem.y : new Float64Array(this.#rows * outputs);
    this.#u = kernels.float64(m * X.cols);
    this.#alpha = new Float64Array(m);
    this.#bias = new Float64Array(outputs);
    this.#output = Int32Array.from({ length: m }, (_, j) => j % outputs);
    this.#gradU = kernels.float64(m * X.cols);
    this.#gradAlpha = new Float64Array(m);
    this.#pre = kernels.float64(this.#rows * m);
    this.#f = new Float64Array(this.#rows * outputs);
    this.#r = new Float64Array(this.#rows * outputs);
    this.#moments = [new Moments(this.#u), new Moments(this.#alpha), new Moments(this.#bias)];
    this.#start();
  }

  /** Balanced random neurons scaled so that the first outputs are of the size of the targets' noise, or those given. */
  #start(): void {
    const { X, loss, y, outputs, outputBias } = this.problem;
    const d = X.cols;
    let size = 0;
    for (let i = 0; i < X.data.length; i++) size += X.data[i] * X.data[i];
    const rowNorm = Math.sqrt(size / X.rows) || 1;
    const unit = Math.sqrt(1 / (Math.sqrt(this.#m) * rowNorm));
    this.#unit = unit;
    const { from } = this.options;
    for (let j = 0; j < this.#m; j++) {
      const own = this.#u.subarray(j * d, (j + 1) * d);
      for (let k = 0; k < d; k++) own[k] = this.#random.normal();
      const norm = norm2(own) || 1;
      for (let k = 0; k < d; k++) own[k] *= unit / norm;
      this.#alpha[j] = this.#random.uniform() < 0.5 ? -unit : unit;
      if (from && j < from.count) this.#copyNeuron(from, j);
    }
    if (from) this.#bias.set(from.bias);
    else if (outputBias) loss.bestBias(new Float64Array(y.length), y, outputs, this.#bias);
  }

  #copyNeuron(from: LiftedNetwork, j: number): void {
    const d = this.problem.X.cols;
    const z = from.z.data.subarray(j * d, (j + 1) * d);
    const root = Math.sqrt(norm2(z)) || 1e-6;
    for (let k = 0; k < d; k++) this.#u[j * d + k] = z[k] / root;
    this.#alpha[j] = from.sign[j] * root;
    this.#output[j] = from.output[j];
  }

  step(index: number): void {
    const { steps, relativeRate } = this.options;
    this.#selectBatch();
    this.#gradients();
    const left = 1 - index / steps;
    const rate = relativeRate * this.#unit * left * left * (3 - 2 * left);
    this.#moments[0].apply(this.#u, this.#gradU, rate);
    this.#moments[1].apply(this.#alpha, this.#gradAlpha, rate);
    if (this.problem.outputBias) this.#moments[2].apply(this.#bias, this.#biasGradient(), rate);
  }

  #selectBatch(): void {
    const { X, y, outputs } = this.problem;
    if (this.#rows === X.rows) return;
    for (let i = 0; i < this.#rows; i++) {
      const from = this.#random.integer(X.rows);
      this.#xBatch.set(X.data.subarray(from * X.cols, (from + 1) * X.cols), i * X.cols);
      for (let k = 0; k < outputs; k++) this.#yBatch[i * outputs + k] = y[from * outputs + k];
    }
  }

  /** Gradients of mean loss + (λ/2) Σ(‖u‖² + α²), into gradU and gradAlpha. */
  #gradients(): void {
    const { kernels, problem } = this;
    const { outputs, lambda, loss } = problem;
    const [m, rows, d] = [this.#m, this.#rows, problem.X.cols];
    kernels.gemm(rows, m, d, 1, this.#xBatch, false, this.#u, true, 0, this.#pre);
    const pre = this.#pre;
    const alpha = this.#alpha;
    const output = this.#output;
    const f = this.#f;
    for (let i = 0; i < rows; i++) {
      const row = i * m;
      for (let k = 0; k < outputs; k++) f[i * outputs + k] = this.#bias[k];
      for (let j = 0; j < m; j++) if (pre[row + j] > 0) f[i * outputs + output[j]] += alpha[j] * pre[row + j];
    }
    loss.residual(f, this.#yBatch, outputs, this.#r);
    this.#gradAlpha.fill(0);
    const gradAlpha = this.#gradAlpha;
    const r = this.#r;
    for (let i = 0; i < rows; i++) {
      const row = i * m;
      for (let j = 0; j < m; j++) {
        const t = pre[row + j];
        const rj = r[i * outputs + output[j]];
        if (t > 0) {
          gradAlpha[j] -= rj * t;
          pre[row + j] = rj * alpha[j];
        } else pre[row + j] = 0;
      }
    }
    this.#gradU.set(this.#u);
    kernels.gemm(m, d, rows, -1 / rows, pre, true, this.#xBatch, false, lambda, this.#gradU);
    for (let j = 0; j < m; j++) gradAlpha[j] = gradAlpha[j] / rows + lambda * alpha[j];
  }

  #biasGradient(): Float64Array {
    const { outputs } = this.problem;
    const gradient = new Float64Array(outputs);
    for (let i = 0; i < this.#r.length; i++) gradient[i % outputs] -= this.#r[i] / this.#rows;
    return gradient;
  }

  network(): LiftedNetwork {
    const d = this.problem.X.cols;
    const z = new Float64Array(this.#m * d);
    for (let j = 0; j < this.#m; j++) {
      for (let k = 0; k < d; k++) z[j * d + k] = this.#u[j * d + k] * Math.abs(this.#alpha[j]);
    }
    const sign = Int8Array.from(this.#alpha, (a) => (a < 0 ? -1 : 1));
    return { count: this.#m, z: matrix(this.#m, d, z), sign, output: this.#output.slice(), bias: this.#bias.slice() };
  }
}

/** Adam's running moments of one parameter array [Kingma & Ba 2015]. */
class Moments {
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #decay1 = 1;
  #decay2 = 1;
  constructor(like: Float64Array) {
    this.#first = new Float64Array(like.length);
    this.#second = new Float64Array(like.length);
  }

  apply(w: Float64Array, gradient: Float64Array, rate: number): void {
    const [b1, b2] = [0.9, 0.999];
    this.#decay1 *= b1;
    this.#decay2 *= b2;
    const c1 = 1 - this.#decay1;
    const c2 = 1 - this.#decay2;
    const first = this.#first;
    const second = this.#second;
    for (let i = 0; i < w.length; i++) {
      const g = gradient[i];
      first[i] = b1 * first[i] + (1 - b1) * g;
      second[i] = b2 * second[i] + (1 - b2) * g * g;
      w[i] -= (rate * (first[i] / c1)) / (Math.sqrt(second[i] / c2) + 1e-12);
    }
  }
}
