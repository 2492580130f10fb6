import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { loadCifar } from '../../../experiments/optimal-sets/cifar.js';
import { loadPair } from '../../../experiments/optimal-sets/pairs.js';
import { pruning, tuning } from '../../../experiments/optimal-sets/settings.js';
import { halves, loadUci, tuningSplit } from '../../../experiments/optimal-sets/uci.js';
import type { RelucentError } from '../../../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'loaders-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Kind and line of the error. */
async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    return `${(error as RelucentError).kind}: ${(error as RelucentError).message}`;
  }
  throw new Error('nothing was refused');
}

describe('the UCI sets', () => {
  // rows, columns, rows of target 1: as the collection's authors document them
  it.each([
    ['blood', 748, 4, 178],
    ['breast-cancer', 286, 9, 85],
    ['fertility', 100, 9, 12],
    ['heart-hungarian', 294, 12, 106],
    ['hepatitis', 155, 19, 123],
    ['hill-valley', 606, 100, 299],
    ['mammographic', 961, 5, 445],
    ['monks-1', 124, 6, 62],
    ['planning', 182, 12, 52],
    ['spectf', 80, 44, 40],
    ['horse-colic', 300, 25, 109],
    ['ilpd-indian-liver', 583, 9, 167],
    ['parkinsons', 195, 22, 147],
    ['pima', 768, 8, 268],
    ['tic-tac-toe', 958, 9, 626],
    ['statlog-heart', 270, 13, 120],
    ['ionosphere', 351, 33, 225],
  ])('%s: %i rows, %i columns, %i of +1', async (name, rows, cols, positive) => {
    const { X, y } = await loadUci(name);
    expect([X.rows, X.cols, y.filter((label) => label === 1).length]).toEqual([rows, cols, positive]);
    expect(y.every((label) => Math.abs(label) === 1)).toBe(true);
    expect([...pruning.figure2, ...pruning.figure5, ...tuning.table1, ...tuning.others]).toContain(name);
  });

  it('refuses what is not such a set', async () => {
    const load = (text: string) => {
      writeFileSync(join(folder, 'bad.csv'), text);
      return refusal(() => loadUci('bad', folder));
    };
    expect(await refusal(() => loadUci('nothing', folder))).toBe(
      `io: ${join(folder, 'nothing.csv')}: there is no such file; see data/delgado/README.md.`,
    );
    expect(await load('f1,target\n1,0\n2,2\n')).toBe('data: bad.csv: row 2: expected target 0 or 1, got 2.');
    expect(await load('f1,target\n1,0\nred,1\n')).toBe(
      'data: bad.csv: row 2: expected a number in column f1, got none.',
    );
    expect(await load('f1,f2,target\n1,1,0\n2,,1\n')).toContain('row 2: expected a number in column f2');
  });

  it('splits every row to one side', () => {
    const sorted = (...parts: number[][]) => parts.flat().sort((a, b) => a - b);
    for (const repeat of [0, 4]) {
      const half = halves(124, repeat);
      expect(half.test).toHaveLength(62);
      expect(sorted(half.train, half.test)).toEqual(Array.from({ length: 124 }, (_, i) => i));
      const { train, validation, test } = tuningSplit(768, repeat);
      expect([train.length, validation.length, test.length]).toEqual([116, 38, 614]);
      expect(sorted(train, validation, test)).toEqual(Array.from({ length: 768 }, (_, i) => i));
    }
    expect(halves(124, 0).test).not.toEqual(halves(124, 1).test);
  });

  it('has the shuffles of its sets alone', async () => {
    expect(await refusal(() => halves(77, 0))).toBe(
      'data: splits.json: has no outer shuffle of 77 rows with seed 650.',
    );
    expect(await refusal(() => halves(124, 5))).toContain('124 rows with seed 655');
  });
});

const record = (label: number, pixel: number): number[] => [label, ...new Array<number>(3072).fill(pixel)];
const file = (name: string, bytes: readonly number[]) => ({ name, bytes: Uint8Array.from(bytes) });

function cifarFolder(name: string, files: readonly { name: string; bytes: Uint8Array }[]): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const { name: inner, bytes } of files) writeFileSync(join(path, inner), bytes);
  return path;
}

/** A tar of one folder, as `tar` writes it. */
function tar(files: readonly { name: string; bytes: Uint8Array }[]): Uint8Array {
  const blocks = files.flatMap(({ name, bytes }) => {
    const header = new Uint8Array(512);
    header.set(new TextEncoder().encode(`cifar-10-batches-bin/${name}`), 0);
    header.set(new TextEncoder().encode(`${bytes.length.toString(8).padStart(11, '0')}\0`), 124);
    const body = new Uint8Array(512 * Math.ceil(bytes.length / 512));
    body.set(bytes);
    return [header, body];
  });
  return Buffer.concat([...blocks, new Uint8Array(1024)]);
}

describe('CIFAR-10', () => {
  const files = [
    file('data_batch_2.bin', record(3, 30)),
    file('data_batch_1.bin', [...record(0, 10), ...record(9, 20)]),
    file('test_batch.bin', record(5, 40)),
    file('readme.txt', [1, 2, 3]),
  ];

  it('reads a folder and the official archive alike, batches in order', () => {
    const archive = join(folder, 'cifar-10-binary.tar.gz');
    writeFileSync(archive, gzipSync(tar(files)));
    for (const path of [cifarFolder('whole', files), archive]) {
      const { train, test } = loadCifar(path);
      expect([...train.labels]).toEqual([0, 9, 3]);
      expect([0, 1, 2].map((row) => train.pixels[row * 3072 + 3071])).toEqual([10, 20, 30]);
      expect([[...test.labels], test.pixels.length, test.pixels[0]]).toEqual([[5], 3072, 40]);
      expect(train.files).toEqual(['data_batch_1.bin', 'data_batch_2.bin']);
    }
  });

  it('refuses other files', async () => {
    const load = (path: string) => refusal(() => loadCifar(path));
    expect(await load(join(folder, 'nowhere'))).toMatch(/^io: .*nowhere: there is no such file or folder\.$/);
    expect(await load(cifarFolder('empty', []))).toMatch(/^data: .*expected files data_batch\*\.bin, found none\.$/);
    expect(await load(cifarFolder('no-test', files.slice(0, 2)))).toContain('expected files test_batch*.bin');
    const short = [file('data_batch_1.bin', record(1, 1).slice(1)), file('test_batch.bin', record(1, 1))];
    expect(await load(cifarFolder('short', short))).toBe(
      'data: data_batch_1.bin: expected a multiple of 3073 bytes (label and 3,072 pixels), got 3072.',
    );
    const wrong = [file('data_batch_1.bin', [...record(1, 1), ...record(10, 1)]), file('test_batch.bin', record(1, 1))];
    expect(await load(cifarFolder('wrong', wrong))).toBe(
      'data: data_batch_1.bin: image 1: expected a class from 0 to 9, got 10.',
    );
    const text = join(folder, 'text.tar.gz');
    writeFileSync(text, 'not an archive');
    expect(await load(text)).toContain('expected cifar-10-binary.tar.gz or a folder');
    const torn = join(folder, 'torn.tar.gz');
    writeFileSync(torn, gzipSync(tar(files).subarray(0, 3000)));
    expect(await load(torn)).toMatch(/^data: .*the archive breaks off in data_batch_2\.bin; fetch it again\.$/);
  });

  it('makes pairs: chosen classes, pixels scaled by channel, products kept by the change of coordinates', async () => {
    const many = [
      file('data_batch_1.bin', [
        ...record(3, 0),
        ...record(5, 51),
        ...record(5, 255),
        ...record(3, 102),
        ...record(1, 7),
      ]),
      file('test_batch.bin', [...record(5, 51), ...record(8, 3), ...record(3, 102)]),
    ];
    const path = cifarFolder('pairs', many);
    const { train, test } = loadPair({ source: 'cifar10', classes: [3, 5], perClass: 2, path });
    expect([...train.y].sort()).toEqual([-1, -1, 1, 1]);
    expect([...test.y]).toEqual([-1, 1]);
    // ‖x‖² of a grey image of level v, by hand
    const square = (v: number): number =>
      1024 * (((v - 0.4914) / 0.2023) ** 2 + ((v - 0.4822) / 0.1994) ** 2 + ((v - 0.4465) / 0.201) ** 2);
    const norms = (rows: typeof train): number[] =>
      Array.from({ length: rows.X.rows }, (_, i) =>
        rows.X.data.subarray(i * rows.X.cols, (i + 1) * rows.X.cols).reduce((sum, x) => sum + x * x, 0),
      ).sort((a, b) => a - b);
    const expected = [0, 0.2, 0.4, 1].map(square).sort((a, b) => a - b);
    const ratios = (got: number[], wanted: number[]): number[] => got.map((norm, i) => norm / wanted[i]);
    for (const ratio of ratios(norms(train), expected)) expect(ratio).toBeCloseTo(1, 10);
    // both test images lie in the span of the training images: nothing is lost
    const ofTest = [0.4, 0.2].map(square).sort((a, b) => a - b);
    for (const ratio of ratios(norms(test), ofTest)) expect(ratio).toBeCloseTo(1, 10);
    expect(await refusal(() => loadPair({ source: 'cifar10', classes: [3, 5], perClass: 3, path }))).toBe(
      'data: class 3: expected at least 3 images, got 2.',
    );
    expect(await refusal(() => loadPair({ source: 'cifar10', classes: [3, 5], perClass: 3 }))).toBe(
      'usage: CIFAR-10 is not part of the repository; give --data cifar10=<folder or archive>.',
    );
  });
});
