import { createRandom, type Random, type Run } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { Loss } from '../losses/index.js';
import { Passes } from './backprop.js';
import type { Regularizer } from './network.js';
import { addPenaltyGradient, projectFirstLayers, squares } from './penalty-gradient.js';
import type { Shape } from './shape.js';
import { type LiftedParallel, liftedNorm } from './subnet.js';
import { balancedWeights, liftedWeights, randomWeights, WeightLayout } from './weights.js';

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
  /** In the coordinates of `WeightLayout.split`. Default false: the weights of the problem as it is stated. */
  readonly split?: boolean;
  /** Called every `every` steps with the objective of the network as it stands. */
  readonly onStep?: (step: number, objective: number) => void;
  readonly every?: number;
}

const decay1 = 0.9;
const decay2 = 0.999;

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
  kernels?: Kernels,
): Promise<LiftedParallel> {
  const mark = kernels?.mark();
  try {
    const trainer = new Trainer(problem, shape, options, kernels);
    const { steps, every = 50, onStep } = options;
    for (let step = 1; step <= steps && !run?.stop; step++) {
      trainer.step();
      if (onStep && (step % every === 0 || step === steps)) onStep(step, trainer.objective());
      await run?.pause();
    }
    return trainer.lifted();
  } finally {
    if (mark !== undefined) kernels?.release(mark);
  }
}

class Trainer {
  readonly #layout: WeightLayout;
  readonly #passes: Passes;
  readonly #weights: Float64Array;
  readonly #gradient: Float64Array;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  readonly #order: Random;
  /** Of a mini-batch; null for all. */
  readonly #rows: Int32Array | null;
  #steps = 0;
  /** Powers of the decays. */
  #power1 = 1;
  #power2 = 1;

  constructor(
    readonly problem: TrainingProblem,
    shape: Shape,
    readonly options: AdamOptions,
    readonly kernels?: Kernels,
  ) {
    const { X, outputs } = problem;
    const { count, start, seed } = options;
    const outputOf = Int32Array.from({ length: count }, (_, k) => start?.subnets[k].output ?? k % outputs);
    const split = options.split && shape.layers > 2 ? (problem.regularizer === 'path' ? 'root' : 'leaves') : null;
    const layout = new WeightLayout(problem, shape, count, outputOf, split);
    const rows = Math.min(X.rows, options.batch ?? X.rows);
    this.#layout = layout;
    this.#passes = new Passes(problem, layout, rows, kernels);
    this.#passes.take(null);
    this.#weights = start ? balancedWeights(problem, layout, start) : randomWeights(problem, layout, seed);
    this.#gradient = new Float64Array(layout.size);
    this.#first = new Float64Array(layout.size);
    this.#second = new Float64Array(layout.size);
    this.#order = createRandom(seed, 1);
    this.#rows = rows < X.rows ? new Int32Array(rows) : null;
  }

  step(): void {
    const { rate = 0.02, steps } = this.options;
    if (this.#rows) this.#nextRows(this.#rows);
    const w = this.#weights;
    const g = this.#gradient;
    this.#passes.forward(w);
    this.#passes.backward(w, g);
    addPenaltyGradient(this.problem, this.#layout, w, g);
    if (!this.problem.outputBias) g.fill(0, this.#layout.bias);
    this.#move(rate * (1 - (0.99 * this.#steps++) / steps));
    projectFirstLayers(this.problem, this.#layout, w);
  }

  #move(eta: number): void {
    const [w, g, first, second] = [this.#weights, this.#gradient, this.#first, this.#second];
    this.#power1 *= decay1;
    this.#power2 *= decay2;
    const length = eta / (1 - this.#power1);
    const scale = 1 / (1 - this.#power2);
    for (let k = 0; k < g.length; k++) {
      const t = g[k];
      first[k] = decay1 * first[k] + (1 - decay1) * t;
      second[k] = decay2 * second[k] + (1 - decay2) * t * t;
      w[k] -= (length * first[k]) / (Math.sqrt(second[k] * scale) + 1e-8);
    }
  }

  /** The next mini-batch: random rows with replacement. */
  #nextRows(rows: Int32Array): void {
    for (let i = 0; i < rows.length; i++) rows[i] = this.#order.integer(this.problem.X.rows);
    this.#passes.take(rows);
  }

  lifted(): LiftedParallel {
    return liftedWeights(this.problem, this.#layout, this.#weights);
  }

  /** Of the network as it stands, on all rows, with its penalty at its least over rescalings. */
  objective(): number {
    const { X, outputs, lambda, regularizer } = this.problem;
    const passes = this.#rows ? new Passes(this.problem, this.#layout, X.rows) : this.#passes;
    if (this.#rows) passes.take(null);
    const loss = passes.forward(this.#weights);
    const { subnets, skip } = this.lifted();
    const size = skip.length / outputs;
    let penalty = 0;
    for (const { z } of subnets) penalty += liftedNorm(z, X.cols, regularizer === 'path');
    for (let k = 0; k < outputs; k++) penalty += Math.sqrt(squares(skip, k * size, (k + 1) * size));
    return loss + lambda * penalty;
  }
}
