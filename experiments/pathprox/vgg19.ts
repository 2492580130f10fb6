import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RelucentError } from '../../src/base/index.js';
import { loadImages } from '../../src/cli/data-sets.js';
import type { SearchRow } from '../../src/cli/search.js';
import { architecture, findGroups, type Method, perClass, trainDeep } from '../../src/deep/index.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeResult } from '../shared/files.js';
import { firstOf } from './training-job.js';

/** Tasks 3 and 4 of the paper's Table 1: VGG19 by plain SGD, each method at its best rate and λ by validation. */
export interface Vgg19Task {
  readonly data: 'cifar10' | 'svhn';
  readonly title: string;
  readonly rates: readonly number[];
  readonly lambdas: readonly number[];
  readonly seeds: number;
  readonly batch: number;
  readonly epochs: number;
  /** The rate is a tenth after each of these epochs. */
  readonly schedule: string;
  readonly validation: number;
  /** Random crops (padding 4) and flips. */
  readonly augment: boolean;
}

/** CIFAR-10: 45,000 images to train on. Length and schedule are those of the paper's code. */
export const cifar10: Vgg19Task = {
  data: 'cifar10',
  title: 'Table 1, task 3: VGG19 on CIFAR-10 (needs a GPU, or --steps)',
  rates: [0.01, 0.03, 0.1, 0.3],
  lambdas: [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2],
  ...{ seeds: 4, batch: 128, epochs: 1000, schedule: '80,120', validation: 5000, augment: true },
};

/** SVHN: 67,257 images to train on. No length is published: that of CIFAR-10; digits are not mirrored. */
export const svhn: Vgg19Task = {
  data: 'svhn',
  title: 'Table 1, task 4: VGG19 on SVHN (needs a GPU, or --steps)',
  rates: [0.03, 0.1, 0.3, 0.5],
  lambdas: [1e-4, 3e-4, 1e-3, 3e-3],
  ...{ seeds: 4, batch: 128, epochs: 1000, schedule: '80,120', validation: 6000, augment: false },
};

export const methods: readonly Method[] = ['weight-decay', 'pathprox'];

/** Rates, λ and seeds of one search, and where its runs go. */
export interface Vgg19Search {
  readonly method: Method;
  readonly rates: readonly number[];
  readonly lambdas: readonly number[];
  readonly seeds: number;
  readonly folder: string;
}

/** What `relucent search` is called with: its runs keep checkpoints, and the same command goes on with them. */
export function searchArguments(
  { data, batch, epochs, schedule, validation, augment }: Vgg19Task,
  { method, rates, lambdas, seeds, folder }: Vgg19Search,
  { data: folders, backend }: Pick<ExperimentOptions, 'data' | 'backend'>,
): string[] {
  return [
    ...['search', '--data', data, '--arch', 'vgg19', '--method', method, '--batch', `${batch}`],
    ...['--epochs', `${epochs}`, '--schedule', schedule, '--validation', `${validation}`],
    ...(augment ? ['--augment'] : []),
    ...(folders[data] === undefined ? [] : ['--data-folder', folders[data]]),
    ...(backend === undefined ? [] : ['--backend', backend]),
    ...['--lrs', rates.join(','), '--lambdas', lambdas.join(','), '--seeds', `${seeds}`],
    // One process at a time: each takes the whole GPU.
    ...['--jobs', '1', '-o', folder],
  ];
}

const program = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const loader = pathToFileURL(fileURLToPath(new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url))).href;

/** Runs a search to its end and reads its table. Throws where it could not end. */
async function searched(task: Vgg19Task, search: Vgg19Search, options: ExperimentOptions): Promise<SearchRow[]> {
  options.log(`${search.method}: runs in ${search.folder}; the same command goes on with them`);
  const child = spawn(process.execPath, ['--import', loader, program, ...searchArguments(task, search, options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('exit', done);
  });
  if (code !== 0)
    throw new RelucentError('usage', `${task.data}, ${search.method}: the search ended with code ${code}.`);
  return JSON.parse(readFileSync(join(search.folder, 'search.json'), 'utf8')) as SearchRow[];
}

/** The row with the best validation accuracy among those whose runs all came through. */
function bestOf(rows: readonly SearchRow[]): SearchRow {
  const whole = rows.filter(({ diverged, validation }) => diverged === 0 && validation !== null);
  if (whole.length === 0) throw new RelucentError('usage', 'vgg19: every run of the search diverged.');
  return whole.reduce((best, row) => (row.validation!.mean > best.validation!.mean ? row : best));
}

/** Seed 0 over the grid, then all seeds at the best place of it: the runs of seed 0 are not made again. */
async function protocol(name: string, task: Vgg19Task, options: ExperimentOptions): Promise<void> {
  const table = [];
  for (const method of methods) {
    const { rates, lambdas, seeds } = task;
    const folder = join(options.work, `${name}-${method}`);
    const grid = await searched(task, { method, rates, lambdas, seeds: 1, folder }, options);
    const { rate, lambda } = bestOf(grid);
    const best = await searched(task, { method, rates: [rate], lambdas: [lambda], seeds, folder }, options);
    table.push({ method, ...best[0], grid });
  }
  writeResult(options, 'pathprox', name, { settings: task, table });
}

/** How many images each class has in a few steps, and how many are scored. */
const few = { perClass: 20, test: 100, batch: 16 };
const fewest = { perClass: 1, test: 4, batch: 4 };

/** A few steps of both methods from the same weights at rate 0.01 (that of the grid which needs no schedule) and λ = 1e-3. */
async function fewSteps(name: string, task: Vgg19Task, options: ExperimentOptions): Promise<void> {
  const size = options.small ? fewest : few;
  const { train, test } = await loadImages(task.data, { folder: options.data[task.data], signal: options.signal });
  const examples = perClass(train, size.perClass, 42)[0];
  const network = architecture('vgg19', examples.input, examples.outputs);
  const settings = { rate: 0.01, lambda: 1e-3, batch: size.batch, steps: options.steps!, seed: 0 };
  const runs = [];
  for (const method of methods) {
    const result = await trainDeep(network, examples, {
      ...{ ...settings, method, measureEvery: 1, test: firstOf(test, size.test), signal: options.signal },
      ...{ backend: options.backend, threads: options.threads },
      ...(task.augment && { augmentation: { crop: 4, flip: true } }),
    });
    for (const { step, loss, objective, active, units } of result.log) {
      options.log(`${method} step ${step}: loss ${loss}, objective ${objective}, ${active} of ${units} units`);
    }
    runs.push({ method, status: result.status, rows: result.log });
  }
  const groups = findGroups(network).chains.flatMap((chain) => chain.groups).length;
  writeResult(options, 'pathprox', `${name}-steps`, {
    settings: { ...settings, images: examples.count, groups },
    runs,
  });
}

const experiment = (name: string, task: Vgg19Task): Experiment => ({
  name,
  title: task.title,
  missing: ({ steps, backend }) =>
    steps !== undefined || backend === 'webgpu'
      ? null
      : 'the whole protocol takes weeks on a processor: add --backend webgpu where there is a GPU, or --steps 3 for three steps of each method.',
  run: (options) => (options.steps === undefined ? protocol(name, task, options) : fewSteps(name, task, options)),
});

export const vgg19: readonly Experiment[] = [experiment('vgg19-cifar10', cifar10), experiment('vgg19-svhn', svhn)];
