import { loadPixels } from '../../src/cli/data-sets.js';
import { toPng } from '../../src/cli/png.js';
import { corruptExamples, corruptionNames, type Examples, type Method, selectExamples } from '../../src/deep/index.js';
import { type CorruptedExample, corruptionFigure } from '../../src/report/index.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeAtomically, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import type { CorruptionJob, CorruptionOutcome } from './corruption-job.js';
import { meanAndError, withError } from './numbers.js';

/** Task 1 as in `table-1-subset`, scored on generated MNIST-C. */
const shared = { data: 'mnist', perClass: 100, network: 'mlp-3-200-factorised', steps: 1500, every: 1500 };
const settings = { ...shared, scoredOn: 100, severities: [1, 3, 5], images: 1000, seeds: 4 };
const cutDown = {
  ...{ ...settings, perClass: 20, network: 'mlp-3-20-factorised', steps: 40, every: 40 },
  ...{ severities: [3], images: 20, seeds: 2 },
};

/** PathProx's best place in the grid of `table-1-subset`, for both: at weight decay's own, rate 0.5, half of its seeds diverge. */
const chosen: readonly { readonly method: Method; readonly rate: number; readonly lambda: number }[] = [
  { method: 'weight-decay', rate: 0.3, lambda: 3e-4 },
  { method: 'pathprox', rate: 0.3, lambda: 3e-4 },
];

async function run(options: ExperimentOptions): Promise<void> {
  const { seeds, ...common } = options.small ? cutDown : settings;
  const jobs = chosen.flatMap((place) =>
    Array.from({ length: seeds }, (_, seed): CorruptionJob => {
      return { ...common, ...place, seed, folder: options.data.mnist };
    }),
  );
  const outcomes = await runJobs<CorruptionJob, CorruptionOutcome>(
    {
      ...{ name: 'corruptions', module: new URL('./corruption-job.ts', import.meta.url), jobs },
      label: ({ method, seed }) => `${method}, seed ${seed}`,
    },
    options,
  );
  const methods = chosen.map((place, m) => ({ ...place, ...summary(outcomes.slice(m * seeds, (m + 1) * seeds)) }));
  writeResult(options, 'pathprox', 'corruptions', { settings: { ...common, seeds }, methods });
  for (const { method, clean, mean } of methods) {
    options.log(`${method.padEnd(14)} no corruption ${withError(clean)}, mean under corruptions ${withError(mean)}`);
  }
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean ± standard error over seeds: without corruptions, over all of them, and of each. */
function summary(runs: readonly CorruptionOutcome[]) {
  return {
    diverged: runs.filter(({ status }) => status !== 'done').length,
    clean: meanAndError(runs.map(({ clean }) => clean)),
    mean: meanAndError(runs.map(({ accuracies }) => average(accuracies.map(average)))),
    corruptions: corruptionNames('mnist-c').map((name, k) => ({
      name,
      ...meanAndError(runs.map(({ accuracies }) => average(accuracies[k]))),
    })),
  };
}

/** One test image under every corruption of its set, as a PNG. */
async function picture(options: ExperimentOptions, data: 'mnist' | 'cifar10', row: number): Promise<void> {
  const { test } = await loadPixels(data, { folder: options.data[data], signal: options.signal });
  const set = data === 'mnist' ? 'mnist-c' : 'cifar10-c';
  const title = data === 'mnist' ? 'The fifteen of MNIST-C' : 'The nineteen of CIFAR-10-C';
  const one = selectExamples(test, [row]);
  const examples = corruptionNames(set).map((name): CorruptedExample => {
    return { name, images: [1, 3, 5].map((severity) => imageOf(corruptExamples(one, { set, name, severity }))) };
  });
  const path = `${options.out}/corruptions-${data}.png`;
  writeAtomically(path, toPng(corruptionFigure(title, 'generated, severities 1, 3 and 5', examples), 804));
  options.log(`wrote ${path}`);
}

const imageOf = ({ input: [channels, height, width], x }: Examples) => ({
  ...{ channels: channels === 3 ? (3 as const) : (1 as const), height, width, data: x },
});

/** Accuracy under corruptions, and what they look like. */
export const corruptions: readonly Experiment[] = [
  { name: 'corruptions', title: 'Accuracy under the corruptions of MNIST-C, task 1', run },
  {
    name: 'corruption-images',
    title: 'One digit and one photograph under all corruptions',
    missing: ({ data }) =>
      data.cifar10 === undefined ? 'needs the binary files of CIFAR-10: --data cifar10=<folder>.' : null,
    run: async (options) => {
      await picture(options, 'mnist', 0);
      await picture(options, 'cifar10', 3);
    },
  },
];
