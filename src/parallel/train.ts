import { createRandom, type Random, type Run } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { Loss } from '../losses/index.js';
import { balancedEdges, edgesAbove } from './balance.js';
import type { Regularizer } from './network.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, type LiftedSubnet, liftedNorm } from './subnet.js';

/** The non-convex training problem, for the sub-networks of one shape. */
export interface TrainingProblem {
  /** With the column of ones where there is a hidden bias. */
  readonly X: Matrix;
  /** n×outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: Loss;
  readonly lambda: number;
  readonly regularizer: Regularizer;
  readonly outputBias: boolean;
  /** Columns that the linear branch reads, 0 for none. */
  readonly skipInputs: number;
}

export interface AdamOptions {
  /** Sub-networks. */
  readonly count: number;
  readonly steps: number;
  readonly seed: number;
  /** Learning rate at the start; it falls linearly to a hundredth. Default 0.02. */
  readonly rate?: number;
  /** Where to start, in place of random weights. */
  readonly start?: LiftedParallel;
  /** Rows of a mini-batch; default all of them. */
  readonly batch?: number;
  /** Called every `every` steps with the objective of the network as it stands. */
  readonly onStep?: (step: number, objective: number) => void;
  readonly every?: number;
}

const decay1 = 0.9;
const decay2 = 0.999;
const tiny = 1e-12;

/**
 * Adam on the weights themselves, from random ones: w of each leaf, an edge above each node (the root's is alpha). Weight decay: ½λ on the
 * edges into and out of the root, first layers projected on ‖W_1‖_F ≤ 1 after every step (two layers: ½λ on all weights).
 * Path norm: λ times it. The gradient is that of the pieces the rows lie on.
 */
export async function trainByAdam(
  problem: TrainingProblem,
  shape: Shape,
  options: AdamOptions,
  run?: Run,
): Promise<LiftedParallel> {
  const trainer = new Trainer(problem, shape, options);
  const { steps, every = 50, onStep } = options;
  for (let step = 1; step <= steps && !run?.stop; step++) {
    trainer.step(step);
    if (onStep && (step % every === 0 || step === steps)) onStep(step, trainer.objective());
    await run?.pause();
  }
  return trainer.lifted();
}

class Trainer {
  /** All weights in one vector: leaves of every sub-network, edges, skip, bias. */
  readonly #weights: Float64Array;
  readonly #gradient: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #outputOf: Int32Array;
  readonly #edges: number;
  readonly #skip: number;
  readonly #bias: number;
  readonly #order: Random;
  readonly #rows: Int32Array;

  constructor(
    readonly problem: TrainingProblem,
    readonly shape: Shape,
    readonly options: AdamOptions,
  ) {
    const { X, outputs, skipInputs } = problem;
    const { leaves, nodes } = shape;
    const { count } = options;
    this.#edges = count * leaves * X.cols;
    this.#skip = this.#edges + count * nodes;
    this.#bias = this.#skip + outputs * skipInputs;
    const size = this.#bias + outputs;
    this.#weights = new Float64Array(size);
    this.#gradient = new Float64Array(size);
    this.#first = new Float64Array(size);
    this.#second = new Float64Array(size);
    const { start } = options;
    this.#outputOf = Int32Array.from({ length: count }, (_, k) => start?.subnets[k].output ?? k % outputs);
    this.#order = createRandom(options.seed, 1);
    this.#rows = Int32Array.from({ length: Math.min(X.rows, options.batch ?? X.rows) }, (_, i) => i);
    if (options.start) this.#take(options.start);
    else this.#randomise();
  }

  #randomise(): void {
    const { shape, options, problem } = this;
    const random = createRandom(options.seed);
    const d = problem.X.cols;
    const scale = 1 / Math.sqrt(d * shape.leaves);
    for (let k = 0; k < this.#edges; k++) this.#weights[k] = scale * random.normal();
    for (let s = 0; s < options.count; s++)
      for (let v = 0; v < shape.nodes; v++) {
        const at = this.#edges + s * shape.nodes + v;
        const sign = random.uniform() < 0.5 ? -1 : 1;
        const size = v === shape.nodes - 1 ? 1 / Math.sqrt(options.count) : 0.5 + 0.5 * random.uniform();
        this.#weights[at] = sign * size;
      }
    if (!problem.outputBias) return;
    const bias = new Float64Array(problem.outputs);
    problem.loss.bestBias(new Float64Array(problem.y.length), problem.y, problem.outputs, bias);
    this.#weights.set(bias, this.#bias);
  }

  /** Balanced weights of lifted sub-networks. */
  #take({ subnets, skip, bias }: LiftedParallel): void {
    const { shape, problem } = this;
    const d = problem.X.cols;
    subnets.forEach(({ sign, signs, z }, s) => {
      const edges = balancedEdges(z, d, shape, problem.regularizer);
      for (let v = 0; v < shape.nodes; v++)
        this.#weights[this.#edges + s * shape.nodes + v] = edges[v] * (v === shape.nodes - 1 ? sign : signs[v]);
      for (let j = 0; j < shape.leaves; j++) {
        const above = edgesAbove(shape, edges, j);
        for (let k = j * d; k < (j + 1) * d; k++)
          this.#weights[s * shape.leaves * d + k] = above > 0 ? z[k] / above : 0;
      }
    });
    this.#weights.set(skip, this.#skip);
    this.#weights.set(bias, this.#bias);
  }

  step(step: number): void {
    const { rate = 0.02, steps } = this.options;
    this.#nextRows();
    this.#backward();
    this.#regularise();
    const g = this.#gradient;
    if (!this.problem.outputBias) g.fill(0, this.#bias);
    const eta = rate * (1 - (0.99 * (step - 1)) / steps);
    const c1 = 1 - power(decay1, step);
    const c2 = 1 - power(decay2, step);
    for (let k = 0; k < g.length; k++) {
      this.#first[k] = decay1 * this.#first[k] + (1 - decay1) * g[k];
      this.#second[k] = decay2 * this.#second[k] + (1 - decay2) * g[k] * g[k];
      this.#weights[k] -= (eta * this.#first[k]) / c1 / (Math.sqrt(this.#second[k] / c2) + 1e-8);
    }
    this.#project();
  }

  /** The next mini-batch: random rows with replacement, or all of them. */
  #nextRows(): void {
    const { rows } = this.problem.X;
    if (this.#rows.length === rows) return;
    for (let i = 0; i < this.#rows.length; i++) this.#rows[i] = this.#order.integer(rows);
  }

  /** q of every node of every sub-network on the rows at hand, and the predictions. */
  #forward(rows: Int32Array, q: Float64Array): Float64Array {
    const { X, outputs, skipInputs } = this.problem;
    const { leaves, nodes, firstChild, children } = this.shape;
    const w = this.#weights;
    const d = X.cols;
    const b = rows.length;
    const f = new Float64Array(b * outputs);
    for (let i = 0; i < b; i++)
      for (let k = 0; k < outputs; k++) {
        let sum = w[this.#bias + k];
        for (let l = 0; l < skipInputs; l++) sum += w[this.#skip + k * skipInputs + l] * X.data[rows[i] * d + l];
        f[i * outputs + k] = sum;
      }
    for (let s = 0; s < this.options.count; s++) {
      const base = s * nodes * b;
      const edges = this.#edges + s * nodes;
      for (let j = 0; j < leaves; j++)
        for (let i = 0; i < b; i++) {
          let sum = 0;
          for (let k = 0, a = rows[i] * d, at = (s * leaves + j) * d; k < d; k++) sum += X.data[a + k] * w[at + k];
          q[base + j * b + i] = sum;
        }
      for (let v = leaves; v < nodes; v++) {
        q.fill(0, base + v * b, base + (v + 1) * b);
        for (let c = firstChild[v]; c < firstChild[v] + children[v]; c++)
          for (let i = 0; i < b; i++) {
            const t = q[base + c * b + i];
            if (t > 0) q[base + v * b + i] += w[edges + c] * t;
          }
      }
      const root = base + (nodes - 1) * b;
      const alpha = w[edges + nodes - 1];
      for (let i = 0; i < b; i++) if (q[root + i] > 0) f[i * outputs + this.#outputOf[s]] += alpha * q[root + i];
    }
    return f;
  }

  #q = new Float64Array(0);
  #delta = new Float64Array(0);

  /** Gradient of the mean loss. */
  #backward(): void {
    const { X, y, outputs, loss, skipInputs } = this.problem;
    const { leaves, nodes, firstChild, children } = this.shape;
    const rows = this.#rows;
    const b = rows.length;
    const d = X.cols;
    if (this.#q.length === 0) {
      this.#q = new Float64Array(this.options.count * nodes * b);
      this.#delta = new Float64Array(nodes * b);
    }
    const q = this.#q;
    const f = this.#forward(rows, q);
    const targets =
      b === X.rows ? y : Float64Array.from(f, (_, i) => y[rows[Math.floor(i / outputs)] * outputs + (i % outputs)]);
    const r = new Float64Array(f.length);
    loss.residual(f, targets, outputs, r);
    const w = this.#weights;
    const g = this.#gradient.fill(0);
    for (let i = 0; i < b; i++)
      for (let k = 0; k < outputs; k++) {
        const t = -r[i * outputs + k] / b;
        r[i * outputs + k] = t;
        g[this.#bias + k] += t;
        for (let l = 0; l < skipInputs; l++) g[this.#skip + k * skipInputs + l] += t * X.data[rows[i] * d + l];
      }
    const delta = this.#delta;
    for (let s = 0; s < this.options.count; s++) {
      const base = s * nodes * b;
      const edges = this.#edges + s * nodes;
      const root = nodes - 1;
      for (let i = 0; i < b; i++) {
        const t = r[i * outputs + this.#outputOf[s]];
        const value = q[base + root * b + i];
        if (value > 0) g[edges + root] += t * value;
        delta[root * b + i] = value > 0 ? t * w[edges + root] : 0;
      }
      for (let v = root; v >= leaves; v--)
        for (let c = firstChild[v]; c < firstChild[v] + children[v]; c++) {
          let sum = 0;
          for (let i = 0; i < b; i++) {
            const value = q[base + c * b + i];
            const t = delta[v * b + i];
            if (value > 0) sum += t * value;
            delta[c * b + i] = value > 0 ? t * w[edges + c] : 0;
          }
          g[edges + c] = sum;
        }
      for (let j = 0; j < leaves; j++)
        for (let i = 0; i < b; i++) {
          const t = delta[j * b + i];
          if (t !== 0)
            for (let k = 0, a = rows[i] * d, at = (s * leaves + j) * d; k < d; k++) g[at + k] += t * X.data[a + k];
        }
    }
  }

  #regularise(): void {
    const { lambda, regularizer, outputs, skipInputs } = this.problem;
    const w = this.#weights;
    const g = this.#gradient;
    for (let k = 0; k < outputs; k++) {
      const from = this.#skip + k * skipInputs;
      const size = Math.sqrt(squares(w, from, from + skipInputs)) + tiny;
      for (let l = from; l < from + skipInputs; l++) g[l] += (lambda * w[l]) / size;
    }
    if (regularizer === 'path' && this.shape.layers > 2) this.#addPathGradient();
    else {
      const from = this.shape.layers === 2 ? 0 : this.#edges;
      for (let k = from; k < this.#skip; k++) g[k] += lambda * w[k];
    }
  }

  /** Of λ Σ_s (Σ_j ‖w_j‖² Π of squared edges above j)^{1/2}. */
  #addPathGradient(): void {
    const { lambda, X } = this.problem;
    const { leaves, nodes, parent } = this.shape;
    const w = this.#weights;
    const g = this.#gradient;
    const d = X.cols;
    for (let s = 0; s < this.options.count; s++) {
      const edges = this.#edges + s * nodes;
      const carried = new Float64Array(leaves);
      let total = 0;
      for (let j = 0; j < leaves; j++) {
        let product = 1;
        for (let v = j; v >= 0; v = parent[v]) product *= w[edges + v] * w[edges + v];
        const at = (s * leaves + j) * d;
        carried[j] = product;
        total += product * squares(w, at, at + d);
      }
      const scale = lambda / (Math.sqrt(total) + tiny);
      for (let j = 0; j < leaves; j++) {
        const at = (s * leaves + j) * d;
        const share = carried[j] * squares(w, at, at + d);
        for (let k = at; k < at + d; k++) g[k] += scale * carried[j] * w[k];
        for (let v = j; v >= 0; v = parent[v]) {
          const edge = w[edges + v];
          if (Math.abs(edge) > tiny) g[edges + v] += (scale * share) / edge;
        }
      }
    }
  }

  /** First layers of the weight-decay problem into the unit ball. */
  #project(): void {
    const { regularizer, X } = this.problem;
    const { layers, leaves } = this.shape;
    if (regularizer === 'path' || layers === 2) return;
    const size = leaves * X.cols;
    for (let s = 0; s < this.options.count; s++) {
      const length = Math.sqrt(squares(this.#weights, s * size, (s + 1) * size));
      if (length > 1) for (let k = s * size; k < (s + 1) * size; k++) this.#weights[k] /= length;
    }
  }

  lifted(): LiftedParallel {
    const { X, outputs, skipInputs } = this.problem;
    const { leaves, nodes, parent } = this.shape;
    const d = X.cols;
    const w = this.#weights;
    const subnets = Array.from({ length: this.options.count }, (_, s): LiftedSubnet => {
      const edges = this.#edges + s * nodes;
      const z = w.slice(s * leaves * d, (s + 1) * leaves * d);
      for (let j = 0; j < leaves; j++) {
        let product = 1;
        for (let v = j; v >= 0; v = parent[v]) product *= Math.abs(w[edges + v]);
        for (let k = j * d; k < (j + 1) * d; k++) z[k] *= product;
      }
      const signs = Int8Array.from({ length: nodes }, (_, v) => (w[edges + v] < 0 ? -1 : 1));
      return { output: this.#outputOf[s], sign: signs[nodes - 1] < 0 ? -1 : 1, signs, z };
    });
    const skip = w.slice(this.#skip, this.#skip + outputs * skipInputs);
    return { subnets, skip, bias: w.slice(this.#bias) };
  }

  /** Of the network as it stands, on all rows, with its penalty at its least over rescalings. */
  objective(): number {
    const { X, y, outputs, loss, lambda, regularizer } = this.problem;
    const rows = Int32Array.from({ length: X.rows }, (_, i) => i);
    const f = this.#forward(rows, new Float64Array(this.options.count * this.shape.nodes * X.rows));
    const { subnets, skip } = this.lifted();
    const size = skip.length / outputs;
    let penalty = 0;
    for (const { z } of subnets) penalty += liftedNorm(z, X.cols, regularizer === 'path');
    for (let k = 0; k < outputs; k++) penalty += Math.sqrt(squares(skip, k * size, (k + 1) * size));
    return loss.value(f, y, outputs) / X.rows + lambda * penalty;
  }
}

function squares(values: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k] * values[k];
  return sum;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let k = 0; k < exponent && result > 1e-18; k++) result *= base;
  return result;
}
