import type { Run } from '../base/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { type ErrorCurve, summarise } from './choice.js';
import type { FoldData, FoldSettings, FoldStep } from './fold-job.js';
import type { FoldJob, FoldPool, FoldWork } from './fold-pool.js';

export interface CrossValidationTask {
  readonly folds: readonly FoldData[];
  readonly settings: FoldSettings;
  /** Descending. */
  readonly lambdas: Float64Array;
  /** The error (less is better) of a fold's held-out outputs (held rows × outputs, row-major). */
  readonly error: (fold: number, outputs: Float64Array) => number;
  /** The same of the outputs on the rows that a fold trains on. Default: not computed. */
  readonly trainError?: (fold: number, outputs: Float64Array) => number;
  /** How far each fold is already. Default: at the start. */
  readonly begun?: readonly FoldProgress[];
  /**
   * The path ends once the least mean error is this many λ back.
   * Default: never.
   */
  readonly patience?: number;
}

/**
 * How far one fold is: what its path goes on from, to the same bytes as if it had never stopped. It may be ahead of the λ that all have
 * come to, how far depends on chance.
 */
export interface FoldProgress {
  /** At the first λ, less is better. */
  readonly errors: readonly number[];
  /** The same on the rows it trains on; empty where nobody asked. */
  readonly trainErrors: readonly number[];
  readonly neurons: readonly number[];
  /** The network at the last of these λ; null before the first. */
  readonly last: NetworkWeights | null;
}

/** Held-out errors of every fold along one path of λ. */
export interface HeldOut {
  /** Those λ that every fold has come to. */
  readonly lambdas: Float64Array;
  /** [fold][k], less is better. */
  readonly errors: readonly Float64Array[];
  /** [fold][k] on training rows, where they were asked for. */
  readonly trainErrors?: readonly Float64Array[];
  /** [fold][k]: held rows × outputs; without those of λ that were done before this call. */
  readonly outputs: readonly (readonly Float64Array[])[];
  /** [fold][k]. */
  readonly neurons: readonly (readonly number[])[];
  /** Whether the error had risen for so long that the rest was not computed (`patience`). */
  readonly risen: boolean;
}

/**
 * Every fold's path over the same λ. A fold may be ahead of others, but the error is looked at λ by λ once all have come there: what
 * is computed does not depend on the number of threads, nor on where an earlier call stopped.
 */
export async function heldOutErrors(
  task: CrossValidationTask,
  pool: FoldPool,
  run: Run,
): Promise<HeldOut & { readonly progress: readonly FoldProgress[] }> {
  const race = new FoldRace(task, run);
  if (!race.finished) await pool.run(race, run);
  return race.result();
}

/** λ that a fold may be ahead of the last: more would be for nothing where the path ends early. */
const farthest = 5;

/** Hands out the next λ of the fold that is least far. */
class FoldRace implements FoldWork {
  readonly folds: readonly FoldData[];
  readonly settings: FoldSettings;
  readonly #tracks: readonly Track[];
  readonly #underWay = new Set<number>();
  readonly #report: () => void;
  /** λ that all folds have come to. */
  #done = 0;
  #risen = false;

  constructor(
    readonly task: CrossValidationTask,
    run: Run,
  ) {
    const { folds, settings, lambdas, begun } = task;
    this.folds = folds;
    this.settings = settings;
    this.#tracks = folds.map((data, fold) => new Track(fold, data, begun?.[fold]));
    this.#report = reporter(this.#tracks, lambdas.length, run);
    this.#look();
  }

  get finished(): boolean {
    return this.#risen || this.#done === this.task.lambdas.length;
  }

  next(): FoldJob | null {
    if (this.finished) return null;
    const { lambdas } = this.task;
    const end = Math.min(lambdas.length, this.#done + farthest);
    const free = this.#tracks.filter(({ fold, errors }) => errors.length < end && !this.#underWay.has(fold));
    if (free.length === 0) return null;
    const { fold, errors, last } = free.reduce((a, b) => (b.errors.length < a.errors.length ? b : a));
    this.#underWay.add(fold);
    return { fold, lambda: lambdas[errors.length], start: last };
  }

  take({ fold }: FoldJob, step: FoldStep): void {
    this.#underWay.delete(fold);
    this.#tracks[fold].take(step, this.task);
    this.#report();
    this.#look();
  }

  /** The mean error at each λ that all have come to, until it has risen for as long as the task allows. */
  #look(): void {
    const { lambdas, patience } = this.task;
    const reached = Math.min(...this.#tracks.map(({ errors }) => errors.length));
    while (this.#done < reached && !this.#risen) {
      this.#done++;
      if (patience === undefined || this.#done === lambdas.length) continue;
      this.#risen = hasRisen(curveOf(this.#tracks, lambdas, this.#done), patience);
    }
  }

  result(): HeldOut & { readonly progress: readonly FoldProgress[] } {
    const held = heldOut(this.#tracks, this.task.lambdas, this.#done);
    return { ...held, risen: this.#risen, progress: this.#tracks.map((track) => track.progress()) };
  }
}

/** Counts λ over all folds. */
function reporter(tracks: readonly Track[], lambdas: number, run: Run): () => void {
  const folds = tracks.length;
  let steps = tracks.reduce((sum, { errors }) => sum + errors.length, 0);
  return () => {
    steps++;
    const message = `${folds} folds, λ ${Math.ceil(steps / folds)} of ${lambdas}`;
    run.progress({ phase: 'cross-validation', fraction: steps / (folds * lambdas), message });
  };
}

/** As far as every fold has come. */
function heldOut(tracks: readonly Track[], lambdas: Float64Array, done: number): Omit<HeldOut, 'risen'> {
  const trained = tracks.every(({ trainErrors }) => trainErrors.length >= done);
  return {
    lambdas: lambdas.slice(0, done),
    errors: tracks.map(({ errors }) => Float64Array.from(errors.slice(0, done))),
    ...(trained && { trainErrors: tracks.map(({ trainErrors }) => Float64Array.from(trainErrors.slice(0, done))) }),
    outputs: tracks.map(({ outputs, before }) => outputs.slice(0, Math.max(0, done - before))),
    neurons: tracks.map(({ neurons }) => neurons.slice(0, done)),
  };
}

/** What is known of one fold. */
class Track {
  readonly errors: number[];
  readonly trainErrors: number[];
  readonly neurons: number[];
  readonly outputs: Float64Array[] = [];
  /** λ that were done before this call. */
  readonly before: number;
  last: NetworkWeights | null;

  constructor(
    readonly fold: number,
    readonly data: FoldData,
    begun?: FoldProgress,
  ) {
    this.errors = [...(begun?.errors ?? [])];
    this.trainErrors = [...(begun?.trainErrors ?? [])];
    this.neurons = [...(begun?.neurons ?? [])];
    this.last = begun?.last ?? null;
    this.before = this.errors.length;
  }

  take(
    { heldOutputs, trainOutputs, weights }: FoldStep,
    { error, trainError }: Pick<CrossValidationTask, 'error' | 'trainError'>,
  ): void {
    this.last = weights;
    this.neurons.push(weights.hidden.rows);
    this.outputs.push(heldOutputs);
    this.errors.push(error(this.fold, heldOutputs));
    if (trainError) this.trainErrors.push(trainError(this.fold, trainOutputs));
  }

  progress(): FoldProgress {
    const { errors, trainErrors, neurons, last } = this;
    return { errors, trainErrors, neurons, last };
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
