import { createRandom, type Run } from '../base/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
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
 * Settings of a quick training, in units of the data: the learning rate is a share of the size of the first weights; `residual`
 * is that of the best constant (n×outputs). Where λ is near λ_max, few neurons are left and soon found: training longer
 * costs more than the rounds it saves (measured; breast cancer at 1e-2 has three).
 */
export function localOptions(problem: TwoLayerProblem, residual: Float64Array, seed: number): LocalTrainingOptions {
  const { X, lambda, outputs } = problem;
  const below = linearLambda(X, residual, outputs) / lambda;
  const many = X.rows < 500 ? 100 : 200;
  const [each, steps] = below < 12 ? [25, 150] : below < 100 && X.rows < 1000 ? [100, 150] : [many, 300];
  return { neurons: outputs * each, steps, seed, batch: 2048, relativeRate: 0.045 };
}

/** A lower bound of λ_max, within a factor of two or so: that of the neuron pairs whose rows are all active, ½ ‖Xᵀr_k‖/n. */
function linearLambda({ rows, cols, data }: Matrix, residual: Float64Array, outputs: number): number {
  let largest = 0;
  for (let k = 0; k < outputs; k++) {
    const price = new Float64Array(cols);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < cols; j++) price[j] += data[i * cols + j] * residual[i * outputs + k];
    largest = Math.max(largest, norm2(price));
  }
  return largest / (2 * rows);
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
  /** rows×m: what the neurons give, then what comes back to them. */
  readonly #hidden: Float64Array;
  readonly #back: Float64Array;
  /** m×outputs: each neuron's weight in the column of its output. */
  readonly #outer: Float64Array;
  readonly #byOutput: Float64Array;
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
    this.#hidden = kernels.float64(this.#rows * m);
    this.#back = kernels.float64(this.#rows * m);
    this.#outer = kernels.float64(m * outputs);
    this.#byOutput = kernels.float64(m * outputs);
    this.#f = kernels.float64(this.#rows * outputs);
    this.#r = kernels.float64(this.#rows * outputs);
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
    const { outputs, lambda } = problem;
    const m = this.#m;
    const rows = this.#rows;
    const d = problem.X.cols;
    const hidden = this.#hidden;
    kernels.gemm(rows, m, d, 1, this.#xBatch, false, this.#u, true, 0, hidden);
    kernels.relu(rows * m, hidden);
    this.#residuals();
    const byOutput = this.#byOutput;
    kernels.gemm(m, outputs, rows, 1, hidden, true, this.#r, false, 0, byOutput);
    outerGradient(this.#gradAlpha, this.#alpha, lambda, byOutput, outputs, this.#output, rows);
    kernels.gemm(rows, m, outputs, 1, this.#r, false, this.#outer, true, 0, this.#back);
    kernels.gate(rows * m, hidden, this.#back);
    this.#gradU.set(this.#u);
    kernels.gemm(m, d, rows, -1 / rows, hidden, true, this.#xBatch, false, lambda, this.#gradU);
  }

  /** r ← that of the loss at the outputs of the hidden values. */
  #residuals(): void {
    const { outputs, loss } = this.problem;
    const m = this.#m;
    const rows = this.#rows;
    scatter(this.#outer, outputs, this.#output, this.#alpha);
    repeat(this.#bias, rows, this.#f);
    this.kernels.gemm(rows, outputs, m, 1, this.#hidden, false, this.#outer, false, 1, this.#f);
    loss.residual(this.#f, this.#yBatch, outputs, this.#r);
  }

  #biasGradient(): Float64Array {
    const gradient = new Float64Array(this.problem.outputs);
    subtractMeans(gradient, this.#r, this.#rows);
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

// Loops have functions of their own: see cell-data.ts

/** Gradient of the outer weights; `byOutput` is hiddenᵀr. */
function outerGradient(
  gradient: Float64Array,
  alpha: Float64Array,
  lambda: number,
  byOutput: Float64Array,
  outputs: number,
  output: Int32Array,
  rows: number,
): void {
  for (let j = 0; j < alpha.length; j++) gradient[j] = lambda * alpha[j] - byOutput[j * outputs + output[j]] / rows;
}

/** Every weight to the column of its output. */
function scatter(outer: Float64Array, outputs: number, output: Int32Array, alpha: Float64Array): void {
  for (let j = 0; j < alpha.length; j++) outer[j * outputs + output[j]] = alpha[j];
}

function repeat(row: Float64Array, times: number, out: Float64Array): void {
  const width = row.length;
  for (let i = 0; i < times; i++) for (let k = 0; k < width; k++) out[i * width + k] = row[k];
}

/** out ← out − the mean of each column of r. */
function subtractMeans(out: Float64Array, r: Float64Array, rows: number): void {
  const width = out.length;
  for (let i = 0; i < rows; i++) for (let k = 0; k < width; k++) out[k] -= r[i * width + k] / rows;
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
    const b1 = 0.9;
    const b2 = 0.999;
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
