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
 * mean loss + (λ/2) Σ (‖u‖² + α²). `pathprox`: gradient step on the mean loss, then α ← α‖u‖, u ← u/‖u‖ and the proximal step
 * α ← sign(α)(|α| − rate·λ)₊. Both minimise mean loss + λ Σ ‖u‖|α|, which is what is noted.
 */
class Descent {
  readonly #n: number;
  readonly #d: number;
  /** n×(d+1): X with a column of ones. */
  readonly #rows: Float64Array;
  readonly #loss: Loss;
  readonly #u: Float64Array;
  readonly #alpha: Float64Array;
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
    this.#f = new Float64Array(this.#n);
    this.#r = new Float64Array(this.#n);
    if (method === 'pathprox') this.#proximal(0);
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
    const { width } = this;
    this.#f.fill(this.#bias);
    for (let i = 0; i < this.#n; i++) {
      let f = this.#bias;
      for (let j = 0; j < width; j++) {
        let s = 0;
        for (let k = 0; k < this.#d; k++) s += this.#u[j * this.#d + k] * this.#rows[i * this.#d + k];
        const on = s >= 0 ? s : 0;
        this.#active[i * width + j] = on;
        f += this.#alpha[j] * on;
      }
      this.#f[i] = f;
    }
  }

  #gradientStep(): void {
    const { width, rate } = this;
    this.#loss.residual(this.#f, this.data.y, 1, this.#r);
    const decay = this.method === 'weight-decay' ? 1 - rate * this.lambda : 1;
    const share = rate / this.#n;
    const [u, alpha] = [this.#u.slice(), this.#alpha.slice()];
    for (let k = 0; k < u.length; k++) this.#u[k] *= decay;
    for (let j = 0; j < width; j++) this.#alpha[j] *= decay;
    for (let i = 0; i < this.#n; i++) {
      const r = share * this.#r[i];
      this.#bias += r;
      for (let j = 0; j < width; j++) {
        const on = this.#active[i * width + j];
        if (on <= 0) continue;
        this.#alpha[j] += r * on;
        for (let k = 0; k < this.#d; k++) this.#u[j * this.#d + k] += r * alpha[j] * this.#rows[i * this.#d + k];
      }
    }
  }

  #proximal(threshold: number): void {
    for (let j = 0; j < this.width; j++) {
      const norm = this.#length(j);
      if (norm === 0) continue;
      const size = this.#alpha[j] * norm;
      this.#alpha[j] = Math.sign(size) * Math.max(0, Math.abs(size) - threshold);
      for (let k = 0; k < this.#d; k++) this.#u[j * this.#d + k] /= norm;
    }
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
