import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { requireThat } from '../base/index.js';
import {
  type CorruptionSet,
  cifarCExamples,
  corruptExamples,
  corruptionNames,
  type Examples,
  mnistCExamples,
  selectExamples,
} from '../deep/index.js';
import { readBytes } from './files.js';

/** Test images under corruptions, pixels in [0, 1], in parts of any size. */
export interface CorruptedImages {
  readonly set: CorruptionSet;
  /** null: the files have one severity, which has no number. */
  readonly severities: readonly number[] | null;
  /** Gives a reader of rows from `first` to `last`. */
  open(name: string, severity: number): Promise<(first: number, last: number) => Examples>;
}

/** The rows from `first` to `last`. */
export const partOf = (examples: Examples, first: number, last: number): Examples =>
  selectExamples(
    examples,
    Array.from({ length: last - first }, (_, k) => first + k),
  );

/** Made from the test images by seed. */
export function generatedImages(test: Examples, seed: number): CorruptedImages {
  const set = test.input[0] === 3 ? 'cifar10-c' : 'mnist-c';
  return {
    set,
    severities: [1, 2, 3, 4, 5],
    open: async (name, severity) => (first, last) =>
      corruptExamples(partOf(test, first, last), { set, name, severity, seed, first }),
  };
}

/** Where the published files are and what they are called. */
const published = {
  mnist: {
    set: 'mnist-c',
    words: 'MNIST-C (mnist_c.zip, https://zenodo.org/records/3239543)',
    files: (name: string) => [join(name, 'test_images.npy'), join(name, 'test_labels.npy')],
  },
  cifar10: {
    set: 'cifar10-c',
    words: 'CIFAR-10-C (CIFAR-10-C.tar, https://zenodo.org/records/2535967)',
    files: (name: string) => [`${name}.npy`, 'labels.npy'],
  },
} as const;

/** Read from the published files. Throws `usage` for other data, `io` where files are missing, naming what to get. */
export function officialImages(folder: string, source: string): CorruptedImages {
  requireThat(
    Object.hasOwn(published, source),
    `--official: MNIST-C and CIFAR-10-C go with mnist and cifar10; the run is on ${source}. Leave it out.`,
  );
  const { set, words, files } = published[source as keyof typeof published];
  const found = existsSync(folder) && statSync(folder).isDirectory();
  requireThat(found, `--official: there is no folder '${folder}'; get ${words}, unpack it and name its folder.`, 'io');
  const read = async (name: string, severity: number): Promise<Examples> => {
    const paths = files(name).map((file) => join(folder, file));
    for (const path of paths) {
      requireThat(existsSync(path), `${path}: there is no such file; get ${words} and unpack it there.`, 'io');
    }
    const [images, labels] = await Promise.all(paths.map((path) => readBytes(path)));
    return set === 'mnist-c'
      ? mnistCExamples(images, labels, paths[0])
      : cifarCExamples(images, labels, severity, paths[0]);
  };
  return {
    set,
    severities: set === 'mnist-c' ? null : [1, 2, 3, 4, 5],
    open: async (name, severity) => {
      const examples = await read(name, severity);
      return (first, last) => partOf(examples, first, Math.min(last, examples.count));
    },
  };
}

/** The names asked for. Throws `usage` for others, naming those there are. */
export function chosenNames(set: CorruptionSet, asked: readonly string[] | undefined): readonly string[] {
  const known = corruptionNames(set);
  if (asked === undefined || (asked.length === 1 && asked[0] === 'all')) return known;
  for (const [k, name] of asked.entries()) {
    requireThat(known.includes(name), `--corruptions: expected all or names among ${known.join(', ')}, got '${name}'.`);
    requireThat(asked.indexOf(name) === k, `--corruptions: '${name}' comes twice; name it once.`);
  }
  return asked;
}
