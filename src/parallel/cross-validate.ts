import type { Run } from '../base/index.js';
import type { Table } from '../data/index.js';
import { type Encoded, Folding } from '../estimators/parts/index.js';
import { createKernels, type Kernels } from '../linalg/kernels/index.js';
import type { LossName } from '../losses/index.js';
import type { CrossValidation } from '../model/index.js';
import { type HeldOut, lambdaGrid, summarise } from '../path/index.js';
import { descend, largestLambda } from './descend.js';
import { parallelScores } from './network.js';
import { type ParallelProblem, parallelProblem } from './options.js';
import { recoverNetwork } from './recover.js';
import type { LiftedParallel } from './subnet.js';
import { type ParallelTableOptions, problemOf } from './table-options.js';

/** λ of the grid, geometric, and the last one over the first. */
const grid = { lambdas: 20, minRatio: 1e-2 };
const defaultFolds = 5;
/** Relative gap of the networks in folds, as far as a short search sees: held-out errors need no more digits. */
const foldGap = 1e-2;
/** The least error so many λ back ends the path: what comes after would not be chosen. */
const patience = 5;

export interface ParallelCurve {
  /** null when the run was stopped before any λ was done in every fold. */
  readonly curve: CrossValidation | null;
  readonly lambdaMax: number;
}

/**
 * Held-out error over a grid of λ, all preprocessing learnt again in every fold. The λ are the same in all folds: 20, geometric, from the
 * largest (where the network of all rows is a constant, as far as a search sees) down to a hundredth of it. One thread.
 */
export async function crossValidateParallel(
  table: Table,
  rows: Int32Array,
  options: ParallelTableOptions,
  run: Run,
): Promise<ParallelCurve> {
  const { seed = 0, folds = Math.min(defaultFolds, rows.length) } = options;
  const { target, task, loss, standardize, drop, categorical, measure } = options;
  const folding = new Folding(
    table,
    rows,
    { target, task, loss, standardize, drop, categorical, measure, folds },
    seed,
  );
  const whole = problemIn(folding.whole, options, folding.loss);
  const lambdaMax = await largestLambda(whole.training, whole.shape, seed, run);
  const lambdas = lambdaGrid(lambdaMax, grid);
  const kernels = await createKernels({ threads: 1 });
  try {
    const tracks = folding.folds.map(({ train, held }, fold) => {
      const problem = problemIn(train, options, folding.loss);
      const error = (outputs: Float64Array): number => folding.error(fold, outputs);
      return new Track(problem, held.X, error, lambdas, seed, kernels, run);
    });
    const risen = await advance(tracks, lambdas, run);
    const held = heldOut(tracks, lambdas, risen);
    return { curve: held.lambdas.length > 0 ? folding.result(held, lambdas, run) : null, lambdaMax };
  } finally {
    kernels.dispose();
  }
}

const problemIn = ({ X, y }: Encoded, options: ParallelTableOptions, loss: LossName): ParallelProblem =>
  parallelProblem(X, y, { ...problemOf(options), lambda: 1, loss }, 'fitParallel');

/** All folds one λ further at a time. Whether it ended because the error had risen. */
async function advance(tracks: readonly Track[], lambdas: Float64Array, run: Run): Promise<boolean> {
  for (let k = 0; k < lambdas.length; k++) {
    for (const [fold, track] of tracks.entries()) {
      if (run.stop || !(await track.next())) return false;
      const fraction = (k * tracks.length + fold + 1) / (lambdas.length * tracks.length);
      const message = `${tracks.length} folds, λ ${k + 1} of ${lambdas.length}`;
      run.progress({ phase: 'cross-validation', fraction, message });
      await run.pause();
    }
    if (k + 1 < lambdas.length && hasRisen(tracks, lambdas.slice(0, k + 1))) return true;
  }
  return false;
}

/** What is known of one fold. */
class Track {
  readonly errors: number[] = [];
  readonly outputs: Float64Array[] = [];
  readonly sizes: number[] = [];
  readonly #path: AsyncGenerator<LiftedParallel>;

  constructor(
    readonly problem: ParallelProblem,
    readonly heldX: Encoded['X'],
    readonly error: (outputs: Float64Array) => number,
    lambdas: Float64Array,
    seed: number,
    kernels: Kernels,
    run: Run,
  ) {
    this.#path = descend(problem.training, problem.shape, lambdas, { gap: foldGap, seed, kernels }, run);
  }

  /** The next λ; false when stopped. */
  async next(): Promise<boolean> {
    const { done, value } = await this.#path.next();
    if (done) return false;
    const { shape, inputs, hiddenBias, training } = this.problem;
    const { outputs, regularizer } = training;
    const network = recoverNetwork(value, shape, { inputs, outputs, hiddenBias, regularizer });
    const scores = parallelScores(network, this.heldX).data;
    this.outputs.push(scores);
    this.errors.push(this.error(scores));
    this.sizes.push(network.subnetworks.length);
    return true;
  }
}

function hasRisen(tracks: readonly Track[], lambdas: Float64Array): boolean {
  const errors = tracks.map((track) => track.errors);
  const { mean } = summarise(
    lambdas,
    errors,
    tracks.map(({ heldX }) => heldX.rows),
  );
  const least = mean.reduce((best, error, k) => (error < mean[best] ? k : best), 0);
  return mean.length - 1 - least >= patience;
}

/** As far as every fold has come. */
function heldOut(tracks: readonly Track[], lambdas: Float64Array, risen: boolean): HeldOut {
  const done = Math.min(...tracks.map(({ errors }) => errors.length));
  return {
    lambdas: lambdas.slice(0, done),
    errors: tracks.map(({ errors }) => Float64Array.from(errors.slice(0, done))),
    outputs: tracks.map(({ outputs }) => outputs.slice(0, done)),
    neurons: tracks.map(({ sizes }) => sizes.slice(0, done)),
    risen,
  };
}
