import type { LiftedProgram } from '../programs/index.js';
import type { KeptFactors } from './kept-factors.js';
import { nearTerms, sigmaUnit } from './near-start.js';
import { Newcomers } from './newcomers.js';
import { dot } from './newton-blocks.js';
import { keptFactorsOf } from './solve-memory.js';
import { blend, distance, envelopeTerms, fitOf, setWeights, square, squares } from './ssnal-loops.js';
import type { SsnalProgress, SsnalStart, TightSets } from './ssnal-types.js';

const sigmaGrowth = 4;
export const sigmaCapWhenIdle = 1e13;
/** A start whose prices are further off is no optimum of a λ nearby. */
const leastRatio = 0.5;

/** Blocks whose prices are projected before any norm is known, and at a time from then on. */
const firstPriced = 32;
const thenPriced = 64;

/** All vectors of a solve; sum scale. Kernel memory is released by whoever marked it before the call. */
export class SsnalState {
  sigma: number;
  sigmaBias: number;
  tau: number;
  evaluations = 0;
  /** Whether the last step could change Ψ by no more than rounding. */
  level = false;
  /** Values of the kept point: the dual value is the one its own residual proves, as a certificate will find it. */
  primal = Number.POSITIVE_INFINITY;
  dual = Number.NEGATIVE_INFINITY;
  neurons = 0;
  largest = Number.POSITIVE_INFINITY;
  readonly keptZ: Float64Array;
  readonly keptBias: Float64Array;
  readonly keptResidual: Float64Array;
  readonly zPlus: Float64Array;
  readonly norm: Float64Array;
  readonly tight: Int32Array;
  readonly tightCount: Int32Array;
  readonly weights: Float64Array;
  readonly gradient: Float64Array;
  readonly multiplier: Float64Array;
  readonly factors: KeptFactors;
  readonly newcomers: Newcomers;
  readonly #z: Float64Array;
  readonly #bias: Float64Array;
  readonly #biasPlus: Float64Array;
  readonly #anchor: Float64Array;
  readonly #r: Float64Array;
  readonly #prices: Float64Array;
  readonly #rTrial: Float64Array;
  readonly #pricesTrial: Float64Array;
  readonly #pricesStep: Float64Array;
  readonly #fPlus: Float64Array;
  readonly #fLoss: Float64Array;
  readonly #work: Float64Array;
  readonly #zero: Float64Array;
  /** Norms of the prices of the judged point. */
  readonly #priceNorm: Float64Array;
  readonly #spectral: number;
  readonly #exactLoss: boolean;
  #least = Number.POSITIVE_INFINITY;
  #psi = 0;
  #psiSize = 0;

  constructor(
    readonly program: LiftedProgram,
    start: SsnalStart,
  ) {
    const { kernels: k, blocks, d, rows, outputs, patternCount } = program;
    const size = blocks * d;
    const priceSize = outputs * patternCount * d;
    this.#spectral = program.spectralSquare;
    this.sigma = sigmaUnit(program) * (start.sigmaFactor ?? 1);
    this.tau = 100;
    this.#exactLoss = program.loss.name === 'squared';
    this.sigmaBias = 0;
    this.keptZ = k.float64(size);
    this.keptBias = new Float64Array(outputs);
    this.keptResidual = k.float64(rows);
    this.zPlus = k.float64(size);
    this.norm = k.float64(blocks);
    this.tight = k.int32(size);
    this.tightCount = k.int32(blocks);
    this.multiplier = k.float64(size);
    this.factors = start.factors ?? keptFactorsOf(program);
    this.newcomers = new Newcomers(program);
    this.weights = new Float64Array(outputs === 1 ? rows : rows * outputs);
    this.gradient = k.float64(rows);
    this.#z = k.float64(size);
    this.#bias = new Float64Array(outputs);
    this.#biasPlus = new Float64Array(outputs);
    this.#anchor = k.float64(rows);
    this.#r = k.float64(rows);
    this.#prices = k.float64(priceSize);
    this.#rTrial = k.float64(rows);
    this.#pricesTrial = k.float64(priceSize);
    this.#pricesStep = k.float64(priceSize);
    this.#fPlus = k.float64(rows);
    this.#fLoss = k.float64(rows);
    this.#work = k.float64(rows);
    this.#zero = k.float64(size);
    this.#priceNorm = k.float64(blocks);
    if (start.tightSets) this.#takeTightSets(start.tightSets);
    if (start.z) this.#z.set(start.z);
    this.newcomers.hold(program.activeBlocks(this.#z));
    if (start.bias) this.#bias.set(start.bias);
    program.forward(this.#z, this.#bias, this.#anchor);
    program.improveBias(this.#anchor, this.#bias);
    if (start.near) Object.assign(this, nearTerms(program, this.#anchor, this.weights, start.joined));
    if (this.#exactLoss) this.tau = Number.POSITIVE_INFINITY;
    this.#setSigmaBias();
    program.residual(this.#anchor, this.#r);
    if (start.z) this.#fitThreshold();
    program.price(this.#r, this.#prices);
    this.zPlus.set(this.#z);
    this.#biasPlus.set(this.#bias);
  }

  /**
   * A start from a larger λ has prices at that one's threshold: r is scaled to this one's, zᵀAᵀr = Λ Σ‖z_b‖ at an optimum. Otherwise
   * the first proximal step would blow up every neuron.
   */
  #fitThreshold(): void {
    const { program } = this;
    const ratio = (program.threshold * program.groupNorm(this.#z)) / dot(this.#anchor, this.#r);
    if (!(ratio > leastRatio && ratio < 1)) return;
    for (let i = 0; i < this.#r.length; i++) this.#r[i] *= ratio;
  }

  #takeTightSets({ tight, tightCount, multiplier }: TightSets): void {
    this.tight.set(tight);
    this.tightCount.set(tightCount);
    this.multiplier.set(multiplier);
  }

  get gap(): number {
    return this.primal - this.dual;
  }

  get relativeGap(): number {
    return this.gap / Math.max(Math.abs(this.primal), Number.MIN_VALUE);
  }

  progress(newtonSteps: number): SsnalProgress {
    const n = this.program.n;
    return {
      primal: this.primal / n,
      dual: this.dual / n,
      relativeGap: this.relativeGap,
      neurons: this.neurons,
      newtonSteps,
    };
  }

  /** Ψ and its gradient at r + alpha·step (step's prices in #pricesStep); alpha 0: at r. */
  evaluate(alpha: number, step?: Float64Array): { psi: number; size: number } {
    const { program } = this;
    this.evaluations++;
    blend(this.#r, alpha, step, this.#rTrial);
    blend(this.#prices, alpha, step ? this.#pricesStep : undefined, this.#pricesTrial);
    this.#coneProximal(this.sigma * program.threshold);
    let biasTerm = 0;
    for (let k = 0; k < program.outputs && program.outputBias; k++) {
      let sum = 0;
      for (let i = k * program.n; i < (k + 1) * program.n; i++) sum += this.#rTrial[i];
      this.#biasPlus[k] = this.#bias[k] + this.sigmaBias * sum;
      biasTerm += square(this.#biasPlus[k]) / (2 * this.sigmaBias);
    }
    program.forward(this.zPlus, this.#biasPlus, this.#fPlus);
    const loss = this.#lossEnvelope();
    const blockTerm = squares(this.zPlus) / (2 * this.sigma);
    blend(this.#fPlus, -1, this.#fLoss, this.gradient);
    if (!program.loss.separable) program.centre(this.gradient);
    this.#psi = loss.value + blockTerm + biasTerm;
    this.#psiSize = loss.size + blockTerm + biasTerm;
    if (!step) this.#arrive();
    return { psi: this.#psi, size: this.#psiSize };
  }

  /** −min_f { Φ(f) + rᵀf + ‖f − anchor‖²/(2τ) } at the trial residual, its minimiser in #fLoss; τ = ∞: the conjugate. */
  #lossEnvelope(): { value: number; size: number } {
    const { program } = this;
    const r = this.#rTrial;
    const f = this.#fLoss;
    const v = this.#work;
    if (this.#exactLoss) {
      return { size: fitOf(program, r, f), value: program.conjugate(r) };
    }
    blend(this.#anchor, -this.tau, r, v);
    program.lossProximal(v, this.tau, f);
    const linear = envelopeTerms(r, f, this.#anchor, this.tau);
    const loss = program.lossValue(f);
    return { value: -loss - linear, size: loss + Math.abs(linear) };
  }

  /**
   * zPlus ← the proximal step of z + σ·prices. Prices alone and iterates have their tight rows in common near the end (and
   * always where z = 0): one store of them warms both.
   */
  #coneProximal(threshold: number): void {
    const { d, blocksPerOutput: count, outputs } = this.program;
    this.newcomers.prepare(threshold);
    for (let from = 0; from < outputs * count; from += count) {
      this.#proximalOf(from, from + count, this.#z, this.#pricesTrial, this.sigma, threshold, this.norm, true);
    }
    this.factors.keep(d, this.norm, threshold, this.newcomers.of(0, this.norm.length));
  }

  /** Likewise for the blocks from … to−1, all of one output. */
  #proximalOf(
    from: number,
    to: number,
    z: Float64Array,
    prices: Float64Array,
    sigma: number,
    threshold: number,
    norm: Float64Array,
    reluctant = false,
  ): void {
    const { program } = this;
    const { d, blocksPerOutput, patternCount } = program;
    const output = Math.floor(from / blocksPerOutput);
    const first = from - output * blocksPerOutput;
    const { n, x, inverseNorms, screen, bytes, stride, cones } = program;
    program.kernels.coneProximal({
      ...{ n, d, blocks: to - from, x, inverseNorms, screen, bytes, stride, cones, exact: false, sigma, threshold },
      ...{ pattern: program.pattern.subarray(first), sign: program.sign.subarray(first) },
      z: z.subarray(from * d, to * d),
      g: prices.subarray(output * patternCount * d, (output + 1) * patternCount * d),
      idle: reluctant ? this.newcomers.of(from, to) : undefined,
      tight: this.tight.subarray(from * d, to * d),
      tightCount: this.tightCount.subarray(from, to),
      multiplier: this.multiplier.subarray(from * d, to * d),
      norm: norm.subarray(from, to),
      out: this.zPlus.subarray(from * d, to * d),
      factors: this.factors.of(from, to),
    });
  }

  gradientNorm(): number {
    return Math.sqrt(squares(this.gradient));
  }

  /**
   * How far an inexact Newton step may be off: ‖∇Ψ‖^{3/2} keeps the steps converging faster than linearly, and nothing is gained
   * far below the norm that ends the subproblem.
   */
  stepAccuracy(enough: number): number {
    const size = this.gradientNorm();
    const relative = size / Math.sqrt(2 * Math.max(this.primal, Number.MIN_VALUE));
    return Math.max(0.3 * enough, size * Math.min(0.1, Math.sqrt(relative)));
  }

  /** ‖z⁺ − z‖. */
  movement(): number {
    return distance(this.zPlus, this.#z);
  }

  /** Armijo's rule along the step, with a rounding allowance near the end; moves r there. */
  search(step: Float64Array): boolean {
    const { psi, gradient } = { psi: this.#psi, gradient: this.gradient };
    const norm = this.gradientNorm();
    if (!this.program.loss.separable) this.program.centre(step);
    const slope = dot(step, gradient);
    this.level = -slope <= 1e-15 * this.#psiSize;
    if (!(slope < 0)) return false;
    this.program.price(step, this.#pricesStep);
    for (let alpha = 1, k = 0; k < 25; k++, alpha /= 2) {
      const next = this.evaluate(alpha, step);
      const rounding = next.psi <= psi + 1e-13 * next.size && this.gradientNorm() < 0.9 * norm;
      if (next.psi <= psi + 1e-4 * alpha * slope || rounding) {
        this.#r.set(this.#rTrial);
        this.#prices.set(this.#pricesTrial);
        this.#arrive();
        return true;
      }
    }
    this.evaluate(0);
    return false;
  }

  /** The last evaluation is of the point where the next step begins. */
  #arrive(): void {
    this.newcomers.join(this.norm, this.sigma * this.program.threshold);
    setWeights(this.program, this.#fLoss, this.tau, this.weights);
  }

  /** Lets every block beyond the threshold join; whether some were kept out and the gradient is now beyond `enough`. */
  admitAll(enough: number): boolean {
    if (this.newcomers.share === 0) return false;
    this.newcomers.share = 0;
    this.evaluate(0);
    return this.gradientNorm() > enough;
  }

  /** The proximal point step: z ← z⁺. */
  accept(): void {
    this.#z.set(this.zPlus);
    this.newcomers.hold(this.program.activeBlocks(this.#z));
    this.#bias.set(this.#biasPlus);
    this.#anchor.set(this.#fLoss);
  }

  /**
   * Primal and dual value of the current point, with its best bias; keeps the point when it is better. Near the end the
   * primal value no longer tells points apart (it is flat to second order): among those within a tenth of `tolerance` of the
   * least one, the residual that proves most decides. Returns the primal value.
   */
  judge(tolerance: number): number {
    const { program } = this;
    const bias = Float64Array.from(this.#bias);
    program.forward(this.#z, bias, this.#work);
    program.improveBias(this.#work, bias);
    const primal = program.lossValue(this.#work) + program.threshold * program.groupNorm(this.#z);
    program.residual(this.#work, this.#rTrial);
    const { dual, largest } = this.#dualBound();
    const level = 0.1 * tolerance * Math.abs(this.#least);
    const lower = !(primal >= this.#least - level);
    this.#least = Math.min(this.#least, primal);
    if (lower || (primal <= this.#least + level && dual > this.dual)) this.#keep(primal, dual, largest, bias);
    return primal;
  }

  #keep(primal: number, dual: number, largest: number, bias: Float64Array): void {
    this.primal = primal;
    this.dual = dual;
    this.largest = largest;
    this.neurons = this.program.activeBlocks(this.#z).length;
    this.keptZ.set(this.#z);
    this.keptBias.set(bias);
    this.keptResidual.set(this.#rTrial);
  }

  /**
   * The dual value that the residual in #rTrial proves, and the largest norm of its prices. Spoils zPlus. Only the largest norm counts:
   * once some are known, a proof that the largest of them is not exceeded does for the others.
   */
  #dualBound(): { dual: number; largest: number } {
    const { program } = this;
    const { blocksPerOutput: count, outputs } = program;
    program.price(this.#rTrial, this.#pricesTrial);
    let largest = program.threshold;
    for (let output = 0; output < outputs; output++) {
      const end = (output + 1) * count;
      for (let from = output * count, size = firstPriced; from < end; from += size, size = thenPriced) {
        const to = Math.min(end, from + size);
        this.#proximalOf(from, to, this.#zero, this.#pricesTrial, 1, largest, this.#priceNorm);
        for (let b = from; b < to; b++) largest = Math.max(largest, this.#priceNorm[b]);
      }
    }
    return { dual: program.dualValue(this.#rTrial, largest).value, largest };
  }

  /** Shorter proximal steps: easier subproblems, more of them. */
  lowerSigma(factor: number): void {
    this.sigma = Math.max(this.sigma / factor, 1e-3 / this.#spectral);
    if (!this.#exactLoss) this.tau = Math.max(this.tau / factor, 1);
    this.#setSigmaBias();
  }

  /** Back to the kept point with a smaller sigma. */
  reject(): void {
    const { program } = this;
    this.lowerSigma(16);
    this.#z.set(this.keptZ);
    this.newcomers.hold(program.activeBlocks(this.#z));
    this.#bias.set(this.keptBias);
    program.forward(this.#z, this.#bias, this.#anchor);
    this.#r.set(this.keptResidual);
    program.price(this.#r, this.#prices);
  }

  /** σ is where it stops growing. */
  get stiffest(): boolean {
    return this.sigma * this.#spectral >= sigmaCapWhenIdle;
  }

  raiseSigma(cap: number): void {
    if (this.sigma * this.#spectral >= cap) return;
    this.sigma *= sigmaGrowth;
    if (!this.#exactLoss) this.tau = Math.min(this.tau * sigmaGrowth, 1e10);
    this.#setSigmaBias();
  }

  /** The bias column is not penalised: a stiffer proximal term than the blocks' costs nothing. */
  #setSigmaBias(): void {
    this.sigmaBias = (100 * this.sigma * this.#spectral) / this.program.n;
  }
}
