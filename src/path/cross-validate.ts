import type { Run } from '../base/index.js';
import { type ErrorCurve, summarise } from './choice.js';
import type { FoldBlock, FoldData, FoldSettings } from './fold-job.js';
import type { FoldPool } from './fold-pool.js';

export interface CrossValidationTask {
  readonly folds: readonly FoldData[];
  readonly settings: FoldSettings;
  /** Descending. */
  readonly lambdas: Float64Array;
  /** The error (less is better) of a fold's held-out outputs (held rows × outputs, row-major). */
  readonly error: (fold: number, outputs: Float64Array) => number;
  /**
   * The path ends once the least mean error is this many λ back.
   * Default: never.
   */
  readonly patience?: number;
}

/** Held-out errors of every fold along one path of λ. */
export interface HeldOut {
  /** Those λ that every fold has come to. */
  readonly lambdas: Float64Array;
  /** [fold][k], less is better. */
  readonly errors: readonly Float64Array[];
  /** [fold][k]: held rows × outputs. */
  readonly outputs: readonly (readonly Float64Array[])[];
  /** [fold][k]. */
  readonly neurons: readonly (readonly number[])[];
  /** Whether the error had risen for so long that the rest was not computed (`patience`). */
  readonly risen: boolean;
}

/** λ that the folds go through between two looks at the mean error. */
const blockLength = 5;

/**
 * Every fold's path over the same λ, in blocks: within a block the folds are independent jobs. What is computed does not
 * depend on the number of threads.
 */
export async function heldOutErrors(task: CrossValidationTask, pool: FoldPool, run: Run): Promise<HeldOut> {
  const { folds, settings, lambdas, patience } = task;
  const total = folds.length * lambdas.length;
  const tracks = folds.map((data) => new Track(data));
  let [steps, done, risen] = [0, 0, false];
  const report = (): void => {
    steps++;
    const message = `${folds.length} folds, λ ${Math.ceil(steps / folds.length)} of ${lambdas.length}`;
    run.progress({ phase: 'cross-validation', fraction: steps / total, message });
  };
  while (done < lambdas.length && !risen && run.stop === null) {
    const block = lambdas.slice(done, done + blockLength);
    const jobs = tracks.map(({ data, start }) => ({ data, settings, lambdas: block, start }));
    const blocks = await pool.run(jobs, run, report);
    tracks.forEach((track, fold) => {
      track.take(blocks[fold], (outputs) => task.error(fold, outputs));
    });
    done = Math.min(...tracks.map(({ errors }) => errors.length));
    risen = done < lambdas.length && patience !== undefined && hasRisen(curveOf(tracks, lambdas, done), patience);
  }
  return {
    lambdas: lambdas.slice(0, done),
    errors: tracks.map(({ errors }) => Float64Array.from(errors.slice(0, done))),
    outputs: tracks.map(({ outputs }) => outputs.slice(0, done)),
    neurons: tracks.map(({ neurons }) => neurons.slice(0, done)),
    risen,
  };
}

/** What is known of one fold. */
class Track {
  readonly errors: number[] = [];
  readonly outputs: Float64Array[] = [];
  readonly neurons: number[] = [];
  start: FoldBlock['last'] = null;

  constructor(readonly data: FoldData) {}

  take({ heldOutputs, neurons, last }: FoldBlock, error: (outputs: Float64Array) => number): void {
    this.start = last ?? this.start;
    this.neurons.push(...neurons);
    for (const outputs of heldOutputs) {
      this.outputs.push(outputs);
      this.errors.push(error(outputs));
    }
  }
}

const curveOf = (tracks: readonly Track[], lambdas: Float64Array, done: number): ErrorCurve =>
  summarise(
    lambdas.slice(0, done),
    tracks.map(({ errors }) => errors),
    tracks.map(({ data }) => data.heldX.rows),
  );

function hasRisen({ mean }: ErrorCurve, patience: number): boolean {
  const last = mean.length - 1;
  let min = 0;
  for (let k = 1; k <= last; k++) if (mean[k] < mean[min]) min = k;
  return last - min >= patience;
}
