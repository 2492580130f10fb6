import type { Matrix, PatternSet } from '../linalg/index.js';
import { coneScreen, type Kernels } from '../linalg/kernels/index.js';
import type { Loss } from '../losses/index.js';
import { bestDualScale } from './dual.js';
import { requireKernelMemory } from './memory.js';

/** The data and objective of a two-layer training problem. X already has its column of ones where there is a hidden bias. */
export interface TwoLayerProblem {
  readonly X: Matrix;
  /** n×outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: Loss;
  /** On the 1/n scale. */
  readonly lambda: number;
  readonly outputBias: boolean;
  readonly activation: 'relu' | 'gated';
}

/** The network behind a point of the program: one neuron per non-zero block, in lifted form (z = u|α|). */
export interface LiftedNeuron {
  readonly pattern: number;
  readonly sign: number;
  readonly output: number;
  readonly z: Float64Array;
}

/**
 * The convex program (C-ReLU) or (C-gated) over a set of patterns [PE], on the sum scale (objective times n):
 *
 *     min Σ_i ℓ(f_i; y_i) + nλ Σ_b ‖z_b‖,   f = Σ_b s_b D_b X z_b + bias,   z_b ∈ K_b
 *
 * Blocks are ordered by output, then sign, then pattern. Vectors over samples are output-major (output k of sample i at
 * k·n + i). X, the patterns and all work arrays live in kernel memory; nothing of size n·P·d exists.
 */
export class LiftedProgram {
  readonly n: number;
  readonly d: number;
  readonly outputs: number;
  readonly loss: Loss;
  readonly cones: boolean;
  readonly outputBias: boolean;
  /** nλ. */
  readonly threshold: number;
  readonly patternCount: number;
  /** Blocks per output: patterns times signs. */
  readonly blocksPerOutput: number;
  readonly blocks: number;
  readonly x: Float64Array;
  readonly inverseNorms: Float64Array;
  /** See `Kernels.writeConeScreen`; of gated programs none. */
  readonly screen: Uint8Array | undefined;
  readonly y: Float64Array;
  readonly bytes: Uint8Array;
  readonly stride: number;
  readonly pattern: Int32Array;
  readonly sign: Float64Array;
  /** The patterns as the pricing kernel reads them. */
  readonly transposed: Uint8Array;
  readonly #sampleMajor: Float64Array;
  readonly #sampleMajorOut: Float64Array;
  /** Kernel memory of the program itself, with room to price all of its patterns. */
  readonly bytesNeeded: number;
  #spectralSquare: number | null = null;

  /** `sameData`: a program of these kernels over the same problem, still in memory, whose copy of the data serves. */
  constructor(
    readonly kernels: Kernels,
    readonly problem: TwoLayerProblem,
    readonly patterns: PatternSet,
    readonly sameData?: LiftedProgram,
  ) {
    const { X, y, outputs, loss, lambda, activation } = problem;
    this.n = X.rows;
    this.d = X.cols;
    this.outputs = outputs;
    this.loss = loss;
    this.cones = activation === 'relu';
    this.outputBias = problem.outputBias;
    this.threshold = lambda * X.rows;
    this.patternCount = patterns.count;
    const signs = this.cones ? 2 : 1;
    this.blocksPerOutput = signs * patterns.count;
    this.blocks = outputs * this.blocksPerOutput;
    const screenBytes = this.cones ? kernels.coneScreenBytes(this.n, this.d) : 0;
    this.bytesNeeded = programBytes(X, patterns, this.blocks, outputs) + screenBytes;
    requireKernelMemory(kernels, this.bytesNeeded, this.sizes);
    this.x = sameData?.x ?? copyInto(kernels, X.data);
    this.inverseNorms = sameData?.inverseNorms ?? inverseRowNorms(X, kernels.float64(this.n));
    this.screen = this.cones
      ? (sameData?.screen ?? coneScreen(kernels, this.n, this.d, this.x, this.inverseNorms))
      : undefined;
    this.y = y;
    this.stride = patterns.stride;
    this.bytes = kernels.uint8(patterns.count * patterns.stride);
    this.bytes.set(patterns.bytes.subarray(0, this.bytes.length));
    this.transposed = kernels.uint8(patterns.count * patterns.stride);
    kernels.transposePatterns(patterns.count, patterns.stride, this.bytes, this.transposed);
    this.pattern = kernels.int32(this.blocksPerOutput);
    this.sign = kernels.float64(this.blocksPerOutput);
    for (let b = 0; b < this.blocksPerOutput; b++) {
      this.pattern[b] = b % patterns.count;
      this.sign[b] = b < patterns.count ? 1 : -1;
    }
    this.#sampleMajor = outputs > 1 ? new Float64Array(y.length) : y;
    this.#sampleMajorOut = outputs > 1 ? new Float64Array(y.length * outputs) : y;
  }

  /** The sizes in words, for messages. */
  get sizes(): string {
    const several = this.outputs > 1 ? `, ${this.outputs} outputs` : '';
    return `${this.n} rows of ${this.d} columns, ${this.patternCount} patterns${several}`;
  }

  /** An estimate of ‖X‖₂²; found when somebody asks. */
  get spectralSquare(): number {
    this.#spectralSquare ??= this.sameData?.spectralSquare ?? spectralEstimate(this.n, this.d, this.x);
    return this.#spectralSquare;
  }

  /** Length of a vector over samples, n·outputs. */
  get rows(): number {
    return this.n * this.outputs;
  }

  /** g ← the prices XᵀD_p r_k, one row of d for each output k and pattern p. */
  price(r: Float64Array, g: Float64Array): void {
    const size = this.patternCount * this.d;
    for (let k = 0; k < this.outputs; k++) {
      const rk = r.subarray(k * this.n, (k + 1) * this.n);
      this.kernels.maskedTransposeProduct(
        this.n,
        this.d,
        this.patternCount,
        this.x,
        this.transposed,
        rk,
        g.subarray(k * size, (k + 1) * size),
      );
    }
  }

  /** f ← Σ_b s_b D_b X z_b (+ bias), touching the non-zero blocks only. */
  forward(z: Float64Array, bias: Float64Array, f: Float64Array): void {
    for (let k = 0; k < this.outputs; k++) f.fill(this.outputBias ? bias[k] : 0, k * this.n, (k + 1) * this.n);
    const active = this.activeBlocks(z);
    for (let k = 0; k < this.outputs; k++)
      this.#forwardOutput(
        z,
        active.filter((b) => this.outputOf(b) === k),
        f.subarray(k * this.n, (k + 1) * this.n),
      );
  }

  #forwardOutput(z: Float64Array, active: readonly number[], f: Float64Array): void {
    if (active.length === 0) return;
    const { kernels, d } = this;
    const mark = kernels.mark();
    const packed = kernels.float64(active.length * d);
    const pattern = kernels.int32(active.length);
    const scale = kernels.float64(active.length);
    active.forEach((b, k) => {
      packed.set(z.subarray(b * d, (b + 1) * d), k * d);
      pattern[k] = this.patternOf(b);
      scale[k] = this.signOf(b);
    });
    kernels.maskedForward(this.n, d, active.length, this.x, this.bytes, this.stride, pattern, scale, packed, f);
    kernels.release(mark);
  }

  activeBlocks(z: Float64Array): number[] {
    const active: number[] = [];
    for (let b = 0; b < this.blocks; b++) {
      for (let j = b * this.d, end = j + this.d; j < end; j++) {
        if (z[j] !== 0) {
          active.push(b);
          break;
        }
      }
    }
    return active;
  }

  outputOf = (block: number): number => Math.floor(block / this.blocksPerOutput);
  patternOf = (block: number): number => (block % this.blocksPerOutput) % this.patternCount;
  signOf = (block: number): number => (block % this.blocksPerOutput < this.patternCount ? 1 : -1);
  blockOf = (output: number, sign: number, pattern: number): number =>
    output * this.blocksPerOutput + (sign < 0 ? this.patternCount : 0) + pattern;

  /** Σ_b ‖z_b‖. */
  groupNorm(z: Float64Array): number {
    let sum = 0;
    for (let b = 0; b < this.blocks; b++) {
      let squares = 0;
      for (let j = b * this.d, end = j + this.d; j < end; j++) squares += z[j] * z[j];
      sum += Math.sqrt(squares);
    }
    return sum;
  }

  /** Σ ℓ at f. */
  lossValue(f: Float64Array): number {
    return this.loss.value(this.toSamples(f), this.y, this.outputs);
  }

  /** r ← −∂ℓ/∂f. */
  residual(f: Float64Array, r: Float64Array): void {
    this.#through(f, r, (at, out) => this.loss.residual(at, this.y, this.outputs, out));
  }

  /** f ← argmin ℓ(f) + ‖f − v‖²/(2 tau). */
  lossProximal(v: Float64Array, tau: number, f: Float64Array): void {
    this.#through(v, f, (at, out) => this.loss.proximal(at, this.y, this.outputs, tau, out));
  }

  /** Curvature blocks per sample, as the loss writes them (n·outputs·outputs; n when there is one output). */
  curvature(f: Float64Array, out: Float64Array): void {
    this.loss.curvature(this.toSamples(f), this.y, this.outputs, out);
  }

  /** Takes the mean over outputs from every sample: the direction in which a coupled loss (softmax) does not change. */
  centre(v: Float64Array): void {
    for (let i = 0; i < this.n; i++) {
      let sum = 0;
      for (let k = 0; k < this.outputs; k++) sum += v[k * this.n + i];
      for (let k = 0; k < this.outputs; k++) v[k * this.n + i] -= sum / this.outputs;
    }
  }

  /** Adds the best constant to f and to bias. */
  improveBias(f: Float64Array, bias: Float64Array): void {
    if (!this.outputBias) return;
    const b = new Float64Array(this.outputs);
    this.loss.bestBias(this.toSamples(f), this.y, this.outputs, b);
    for (let k = 0; k < this.outputs; k++) {
      bias[k] += b[k];
      for (let i = k * this.n; i < (k + 1) * this.n; i++) f[i] += b[k];
    }
  }

  /** Σ ℓ*(−r). */
  conjugate(r: Float64Array): number {
    return this.loss.conjugate(this.toSamples(r), this.y, this.outputs);
  }

  /** The best dual value on the ray through r when the largest price norm is `largest`. */
  dualValue(r: Float64Array, largest: number): { scale: number; value: number } {
    const limit = largest > 0 ? this.threshold / largest : Number.POSITIVE_INFINITY;
    return bestDualScale(this.loss, Float64Array.from(this.toSamples(r)), this.y, this.outputs, limit);
  }

  /** A copy in sample-major order (the order of losses), or the same array when there is one output. */
  toSamples(v: Float64Array): Float64Array {
    if (this.outputs === 1) return v;
    for (let k = 0; k < this.outputs; k++) {
      for (let i = 0; i < this.n; i++) this.#sampleMajor[i * this.outputs + k] = v[k * this.n + i];
    }
    return this.#sampleMajor;
  }

  #through(input: Float64Array, output: Float64Array, action: (at: Float64Array, out: Float64Array) => void): void {
    if (this.outputs === 1) {
      action(input, output);
      return;
    }
    const out = this.#sampleMajorOut.subarray(0, this.rows);
    action(this.toSamples(input), out);
    for (let k = 0; k < this.outputs; k++)
      for (let i = 0; i < this.n; i++) output[k * this.n + i] = out[i * this.outputs + k];
  }

  /** The neurons of a point. */
  neurons(z: Float64Array): LiftedNeuron[] {
    return this.activeBlocks(z).map((b) => ({
      pattern: this.patternOf(b),
      sign: this.signOf(b),
      output: this.outputOf(b),
      z: z.slice(b * this.d, (b + 1) * this.d),
    }));
  }
}

/** Data, patterns twice, block lists, prices and a few vectors over samples. */
function programBytes(X: Matrix, patterns: PatternSet, blocks: number, outputs: number): number {
  const { rows, cols } = X;
  const prices = outputs * patterns.count * cols;
  return 8 * (rows * cols + prices + 6 * rows * outputs) + 2 * patterns.count * patterns.stride + 12 * blocks;
}

function copyInto(kernels: Kernels, data: Float64Array): Float64Array {
  const out = kernels.float64(data.length);
  out.set(data);
  return out;
}

function inverseRowNorms(X: Matrix, out: Float64Array): Float64Array {
  for (let i = 0; i < X.rows; i++) {
    let squares = 0;
    for (let j = i * X.cols; j < (i + 1) * X.cols; j++) squares += X.data[j] * X.data[j];
    out[i] = squares > 0 ? 1 / Math.sqrt(squares) : 0;
  }
  return out;
}

/** ‖X‖₂² by power iteration: an estimate is enough, it only scales steps. */
function spectralEstimate(n: number, d: number, x: Float64Array): number {
  const v = new Float64Array(d).fill(1 / Math.sqrt(d));
  let value = 1;
  for (let k = 0; k < 12; k++) {
    const next = new Float64Array(d);
    addGramProduct(n, d, x, v, next);
    value = lengthOf(next);
    if (value === 0) return 1;
    for (let j = 0; j < d; j++) v[j] = next[j] / value;
  }
  return value;
}

/** out ← out + XᵀX v. */
function addGramProduct(n: number, d: number, x: Float64Array, v: Float64Array, out: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let t = 0;
    for (let j = 0; j < d; j++) t += x[i * d + j] * v[j];
    for (let j = 0; j < d; j++) out[j] += t * x[i * d + j];
  }
}

function lengthOf(v: Float64Array): number {
  let squares = 0;
  for (let j = 0; j < v.length; j++) squares += v[j] * v[j];
  return Math.sqrt(squares);
}
