import { createRandom, type Loss, lossByName, type NetworkWeights } from 'relucent';
import type { Calls, Encoded, Method, Race, Trace } from './protocol.js';

/** Steps between two turns of the event loop. */
const slice = 25;
/** A neuron smaller than this share of the largest counts as gone. */
const gone = 1e-3;

/** Runs all descents side by side, a few steps of each in turn, and tells how far they are. */
export async function raceDescents(
  { data, lambda, width, seeds, methods, rate, steps }: Race,
  tell: (value: Calls['race']['tell']) => void,
  signal: AbortSignal,
): Promise<readonly Trace[]> {
  if (data.outputs > 1)
    throw new Error('gradient descent runs here on one output; choose a target with two classes or a number.');
  const runs = methods.flatMap((method) => seeds.map((seed) => new Descent(data, lambda, width, seed, method, rate)));
  let told = 0;
  for (let done = 0; done < steps && !signal.aborted; done += slice) {
    for (const run of runs) run.advance(Math.min(slice, steps - done));
    if (performance.now() - told > 120) {
      tell(runs.map((run) => run.trace()));
      told = performance.now();
    }
    await new Promise((turn) => setTimeout(turn));
  }
  return runs.map((run) => run.trace());
}

/**
 * Full-batch descent on a two-layer network with a penalised hidden bias and a free output bias. `weight-decay`: gradient of the
 * mean loss + (λ/2) Σ (‖u‖² + α²). `pathprox`: gradient step on the mean loss, then α ← sign(α)(|α| − rate·λ)₊ and u ← u/‖u‖. Both minimise mean loss + λ Σ ‖u‖|α|, which is what is noted.
 */
class Descent {
  readonly #n: number;
  readonly #d: number;
  /** n×(d+1): X with a column of ones. */
  readonly #rows: Float64Array;
  readonly #loss: Loss;
  readonly #u: Float64Array;
  readonly #alpha: Float64Array;
  /** α before the step. */
  readonly #outer: Float64Array;
  #bias = 0;
  readonly #active: Float64Array;
  readonly #f: Float64Array;
  readonly #r: Float64Array;
  #step = 0;
  readonly #steps: number[] = [];
  readonly #objectives: number[] = [];

  constructor(
    readonly data: Encoded,
    readonly lambda: number,
    readonly width: number,
    readonly seed: number,
    readonly method: Method,
    readonly rate: number,
  ) {
    const { X } = data;
    this.#n = X.rows;
    this.#d = X.cols + 1;
    this.#rows = new Float64Array(this.#n * this.#d).fill(1);
    for (let i = 0; i < this.#n; i++) this.#rows.set(X.data.subarray(i * X.cols, (i + 1) * X.cols), i * this.#d);
    this.#loss = lossByName(data.loss);
    const random = createRandom(seed, 1);
    this.#u = Float64Array.from({ length: width * this.#d }, () => Math.sqrt(2 / this.#d) * random.normal());
    this.#alpha = Float64Array.from({ length: width }, () => random.normal() / Math.sqrt(width));
    this.#active = new Float64Array(this.#n * width);
    this.#outer = new Float64Array(width);
    this.#f = new Float64Array(this.#n);
    this.#r = new Float64Array(this.#n);
    if (method === 'pathprox') {
      for (let j = 0; j < width; j++) {
        const norm = this.#length(j);
        this.#alpha[j] *= norm;
        this.#scaleInput(j, 1 / norm);
      }
    }
    this.#forward();
    this.#note();
  }

  advance(count: number): void {
    for (let k = 0; k < count; k++) {
      this.#gradientStep();
      if (this.method === 'pathprox') this.#proximal(this.rate * this.lambda);
      this.#step++;
      this.#forward();
      if (this.#isNoted()) this.#note();
    }
  }

  trace(): Trace {
    const { method, seed } = this;
    const norms = this.#norms();
    const least = gone * Math.max(...norms, Number.MIN_VALUE);
    return {
      method,
      seed,
      steps: [...this.#steps, this.#step],
      objectives: [...this.#objectives, this.#objective()],
      neurons: norms.filter((norm) => norm > least).length,
      weights: this.#weights(),
    };
  }

  /** About forty notes a decade. */
  #isNoted(): boolean {
    const last = this.#steps[this.#steps.length - 1];
    return this.#step >= Math.max(last + 1, Math.ceil(last * 1.06));
  }

  #note(): void {
    this.#steps.push(this.#step);
    this.#objectives.push(this.#objective());
  }

  #forward(): void {
    const [n, d, width] = [this.#n, this.#d, this.width];
    const [rows, u, alpha, active, f] = [this.#rows, this.#u, this.#alpha, this.#active, this.#f];
    for (let i = 0; i < n; i++) {
      let sum = this.#bias;
      for (let j = 0; j < width; j++) {
        let s = 0;
        for (let k = 0; k < d; k++) s += u[j * d + k] * rows[i * d + k];
        const on = s >= 0 ? s : 0;
        active[i * width + j] = on;
        sum += alpha[j] * on;
      }
      f[i] = sum;
    }
  }

  #gradientStep(): void {
    const [n, d, width] = [this.#n, this.#d, this.width];
    const [rows, active, residual] = [this.#rows, this.#active, this.#r];
    const [u, alpha, outer] = [this.#u, this.#alpha, this.#outer];
    this.#loss.residual(this.#f, this.data.y, 1, residual);
    const decay = this.method === 'weight-decay' ? 1 - this.rate * this.lambda : 1;
    outer.set(alpha);
    for (let k = 0; k < u.length; k++) u[k] *= decay;
    for (let j = 0; j < width; j++) alpha[j] *= decay;
    for (let i = 0; i < n; i++) {
      const r = (this.rate * residual[i]) / n;
      this.#bias += r;
      for (let j = 0; j < width; j++) {
        const on = active[i * width + j];
        if (on <= 0) continue;
        alpha[j] += r * on;
        const step = r * outer[j];
        for (let k = 0; k < d; k++) u[j * d + k] += step * rows[i * d + k];
      }
    }
  }

  /** Shrinks α and puts u back on the sphere; the scale of u is dropped, so this is a projected proximal step. */
  #proximal(threshold: number): void {
    for (let j = 0; j < this.width; j++) {
      const alpha = this.#alpha[j];
      this.#alpha[j] = Math.sign(alpha) * Math.max(0, Math.abs(alpha) - threshold);
      this.#scaleInput(j, 1 / (this.#length(j) || 1));
    }
  }

  #scaleInput(j: number, scale: number): void {
    for (let k = 0; k < this.#d; k++) this.#u[j * this.#d + k] *= scale;
  }

  #length(j: number): number {
    let sum = 0;
    for (let k = 0; k < this.#d; k++) sum += this.#u[j * this.#d + k] ** 2;
    return Math.sqrt(sum);
  }

  #norms(): number[] {
    return Array.from(this.#alpha, (alpha, j) => Math.abs(alpha) * this.#length(j));
  }

  #objective(): number {
    const penalty = this.#norms().reduce((sum, norm) => sum + norm, 0);
    return this.#loss.value(this.#f, this.data.y, 1) / this.#n + this.lambda * penalty;
  }

  #weights(): NetworkWeights {
    const d = this.#d - 1;
    const hidden = new Float64Array(this.width * d);
    for (let j = 0; j < this.width; j++) hidden.set(this.#u.subarray(j * this.#d, j * this.#d + d), j * d);
    return {
      activation: 'relu',
      hidden: { rows: this.width, cols: d, data: hidden },
      hiddenBias: Float64Array.from({ length: this.width }, (_, j) => this.#u[j * this.#d + d]),
      output: { rows: this.width, cols: 1, data: this.#alpha.slice() },
      outputBias: Float64Array.of(this.#bias),
    };
  }
}
