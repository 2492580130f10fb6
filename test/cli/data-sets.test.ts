import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { imageSets, loadImages, loadPixels } from '../../src/cli/data-sets.js';
import { classOf } from '../../src/deep/index.js';
import { workFolder } from './run.js';

const folder = workFolder();
const before = { cache: process.env.XDG_CACHE_HOME, url: process.env.RELUCENT_DATA_URL };
let servers: Server[] = [];
let cache = '';
let number = 0;

beforeEach(() => {
  cache = folder.at(`cache-${number++}`);
  process.env.XDG_CACHE_HOME = cache;
});
afterEach(() => {
  for (const server of servers) server.closeAllConnections();
  for (const server of servers) server.close();
  servers = [];
  restore('XDG_CACHE_HOME', before.cache);
  restore('RELUCENT_DATA_URL', before.url);
});
afterAll(() => folder.remove());

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}

/** A place to download from; how often it was asked. */
async function serve(answer: RequestListener): Promise<{ url: string; asked: () => number }> {
  let asked = 0;
  const server = createServer((request, response) => {
    asked++;
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  process.env.RELUCENT_DATA_URL = url;
  return { url, asked: () => asked };
}

/** Files below the cache, temporary ones included. */
const kept = (): string[] => (existsSync(cache) ? readdirSync(cache, { recursive: true }).map(String) : []).sort();
const left = (): string[] => kept().filter((name) => name !== 'relucent' && !/^relucent.[a-z0-9-]+$/.test(name));

const idx = (sizes: readonly number[], value: (k: number) => number): Uint8Array => {
  const count = sizes.reduce((a, b) => a * b, 1);
  const head = [0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255])];
  return Uint8Array.from([...head, ...Array.from({ length: count }, (_, k) => value(k))]);
};
const idxFiles = (count: number): Record<string, Uint8Array> =>
  Object.fromEntries(
    ['train', 't10k'].flatMap((part) => [
      [`${part}-images-idx3-ubyte`, idx([count, 4, 4], (k) => k % 256)],
      [`${part}-labels-idx1-ubyte`, idx([count], (k) => k % 10)],
    ]),
  );
const records = (count: number): Uint8Array =>
  Uint8Array.from({ length: count * 3073 }, (_, k) => (k % 3073 === 0 ? (k / 3073) % 10 : k % 251));

/** A tar archive: a block with name and size (octal) before each file, blocks of 512 bytes. */
function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const parts = Object.entries(files).flatMap(([name, bytes]) => {
    const head = new Uint8Array(512);
    head.set(new TextEncoder().encode(`cifar-10-batches-bin/${name}`));
    head.set(new TextEncoder().encode(bytes.length.toString(8).padStart(11, '0')), 124);
    return [head, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...parts, new Uint8Array(1024)]);
}

function write(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  const path = folder.at(name);
  mkdirSync(path, { recursive: true });
  for (const [file, bytes] of Object.entries(files)) writeFileSync(`${path}/${file}`, bytes);
  return path;
}

const zipped = (files: Readonly<Record<string, Uint8Array>>): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.gz`, gzipSync(bytes)]));

describe('a folder with the official files', () => {
  it.each(['mnist', 'fashion-mnist'])('%s: idx files, packed or not, normalised by its own mean', async (name) => {
    const plain = await loadImages(name, { folder: write(`${name}-plain`, idxFiles(20)) });
    const packed = await loadImages(name, { folder: write(`${name}-packed`, zipped(idxFiles(20))) });
    expect(packed).toEqual(plain);
    expect([plain.train.count, plain.test.count, plain.train.input]).toEqual([20, 20, [1, 4, 4]]);
    const { mean, deviation } = imageSets[name];
    expect(plain.train.x[5]).toBeCloseTo((5 / 255 - mean[0]) / deviation[0], 5);
    expect(classOf(plain.test, 13)).toBe(3);
  });

  it('cifar10: the archive, or its unpacked files, in the order of their names', async () => {
    const files = { 'data_batch_2.bin': records(3), 'data_batch_1.bin': records(2), 'test_batch.bin': records(4) };
    const archive = { 'cifar-10-binary.tar.gz': gzipSync(tar({ 'batches.meta.txt': Uint8Array.of(65), ...files })) };
    const packed = await loadPixels('cifar10', { folder: write('cifar-packed', archive) });
    expect(await loadPixels('cifar10', { folder: write('cifar-plain', files) })).toEqual(packed);
    expect([packed.train.count, packed.test.count]).toEqual([5, 4]);
    expect([0, 1, 2, 3, 4].map((row) => classOf(packed.train, row))).toEqual([0, 1, 0, 1, 2]);
    expect(packed.train.x[3072 + 7]).toBeCloseTo(((3073 + 8) % 251) / 255, 6);
  });

  it('is named where a file is missing, damaged or another one', async () => {
    const wrong = (name: string, set: string, files: Readonly<Record<string, Uint8Array>>, message: RegExp) =>
      expect(loadPixels(set, { folder: write(name, files) })).rejects.toThrow(message);
    const { 't10k-labels-idx1-ubyte': _, ...three } = idxFiles(3);
    await wrong('three', 'mnist', three, /three: expected the files of MNIST: .*t10k-labels.*; not all are there/);
    const cut = zipped(idxFiles(30));
    cut['train-images-idx3-ubyte.gz'] = cut['train-images-idx3-ubyte.gz'].slice(0, 40);
    await wrong('cut', 'mnist', cut, /cut\/train-images-idx3-ubyte\.gz: cannot be unpacked .*damaged, get it again/);
    const short = { ...idxFiles(3), 't10k-images-idx3-ubyte': idxFiles(3)['t10k-images-idx3-ubyte'].slice(0, 50) };
    await wrong('short', 'mnist', short, /^t10k-images-idx3-ubyte: expected 48 values, got 34; use the official/);
    const other = { 'cifar-10-binary.tar.gz': gzipSync(tar({ 'readme.txt': Uint8Array.of(65) })) };
    await wrong('other', 'cifar10', other, /cifar-10-binary\.tar\.gz: expected data_batch_… and test_batch\.bin in it/);
    const half = { 'data_batch_1.bin': records(2).slice(0, 4000), 'test_batch.bin': records(1) };
    await wrong('half', 'cifar10', half, /data_batch_1\.bin: expected records of 3073 bytes, got 4000 bytes/);
    await wrong(
      'mat',
      'svhn',
      { 'train_32x32.mat': records(1), 'test_32x32.mat': records(1) },
      /train_32x32\.mat: .*MATLAB/,
    );
  });
});

describe('a download', () => {
  const sources = imageSets['fashion-mnist'].sources as { name: string; md5: string }[];
  const official = sources.map(({ md5 }) => md5);
  const files = zipped(idxFiles(20));
  afterEach(() => {
    sources.forEach((source, i) => {
      source.md5 = official[i];
    });
  });

  it('is kept when its digest is right; then nothing is asked for again, and no network is needed', async () => {
    for (const source of sources) source.md5 = createHash('md5').update(files[source.name]).digest('hex');
    const { asked } = await serve(({ url }, response) => void response.end(files[url!.slice(1)]));
    const said: string[] = [];
    const first = await loadImages('fashion-mnist', { say: (line) => said.push(line) });
    expect(first.train.count).toBe(20);
    expect([asked(), said.length, left().length]).toEqual([4, 4, 4]);
    process.env.RELUCENT_DATA_URL = 'http://127.0.0.1:9/';
    expect(await loadImages('fashion-mnist')).toEqual(first);
    expect(asked()).toBe(4);
  });

  it('with another digest is refused and leaves nothing; files that were right stay', async () => {
    sources[0].md5 = createHash('md5').update(files[sources[0].name]).digest('hex');
    const { url } = await serve((request, response) => void response.end(files[request.url!.slice(1)]));
    await expect(loadImages('fashion-mnist')).rejects.toThrow(
      new RegExp(
        `^${url}train-labels-idx1-ubyte\\.gz: expected the MD5 digest ${official[1]}, got [0-9a-f]{32}; try again`,
      ),
    );
    expect(left()).toEqual(['relucent/fashion-mnist/train-images-idx3-ubyte.gz']);
  });

  it('that breaks off, that is not there, or that nobody answers leaves nothing and says what to do', async () => {
    const cases: [RequestListener, RegExp][] = [
      [
        (_, response) => void response.writeHead(404).end('no'),
        /cannot be downloaded \(status 404\); get train-images/,
      ],
      [
        (_, response) => {
          response.writeHead(200, { 'content-length': '1000' });
          response.write('only this');
          setTimeout(() => response.destroy(), 20);
        },
        /cannot be downloaded \(.+\); get train-images.* by hand and name their folder with --data-folder/,
      ],
    ];
    for (const [answer, message] of cases) {
      await serve(answer);
      await expect(loadImages('fashion-mnist')).rejects.toThrow(message);
      expect(left()).toEqual([]);
    }
    process.env.RELUCENT_DATA_URL = 'http://127.0.0.1:9/';
    await expect(loadImages('svhn')).rejects.toThrow(
      /train_32x32\.mat: cannot be downloaded \(.+\); get train_32x32\.mat/,
    );
    expect(left()).toEqual([]);
  });

  it('ends when it is called off, and leaves nothing', async () => {
    await serve((_, response) => void response.writeHead(200, { 'content-length': '1000' }).write('only this'));
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    await expect(loadImages('fashion-mnist', { signal: abort.signal })).rejects.toThrow(/nothing was downloaded/);
    expect(left()).toEqual([]);
  });
});
