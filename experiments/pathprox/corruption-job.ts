import { loadPixels, normalised } from '../../src/cli/data-sets.js';
import { corruptExamples, corruptionNames, Evaluator, type Examples } from '../../src/deep/index.js';
import { firstOf, type TrainingJob, trained } from './training-job.js';

/** A run, then its test accuracy under each corruption. */
export interface CorruptionJob extends TrainingJob {
  readonly severities: readonly number[];
  /** The first test images. */
  readonly images: number;
}

export interface CorruptionOutcome {
  readonly status: string;
  readonly clean: number;
  /** By corruption, then severity. */
  readonly accuracies: readonly (readonly number[])[];
}

let pixels: { readonly key: string; readonly test: Examples } | null = null;
const corrupted = new Map<string, Examples>();

/** Corrupted images are the same for every run: made once in each thread. */
async function imagesOf({ data, folder, images }: CorruptionJob, name: string, severity: number): Promise<Examples> {
  const key = `${data} ${folder} ${images}`;
  if (pixels?.key !== key) {
    corrupted.clear();
    pixels = { key, test: firstOf((await loadPixels(data, { folder })).test, images) };
  }
  const place = `${name} ${severity}`;
  const set = pixels.test.input[0] === 3 ? 'cifar10-c' : 'mnist-c';
  const made =
    corrupted.get(place) ??
    normalised(data, name === '' ? pixels.test : corruptExamples(pixels.test, { set, name, severity }));
  corrupted.set(place, made);
  return made;
}

export async function runJob(job: CorruptionJob): Promise<CorruptionOutcome> {
  const { status, network } = await trained(job);
  const evaluator = await Evaluator.create(network.architecture, 'cross-entropy');
  const score = async (name: string, severity: number): Promise<number> =>
    (await evaluator.scores(network.weights, await imagesOf(job, name, severity))).accuracy;
  const clean = await score('', 0);
  const accuracies: number[][] = [];
  for (const name of corruptionNames('mnist-c')) {
    const row: number[] = [];
    for (const severity of job.severities) row.push(await score(name, severity));
    accuracies.push(row);
  }
  await evaluator.release();
  return { status, clean, accuracies };
}
