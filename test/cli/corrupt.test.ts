import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { cifarExamples, corruptExamples } from '../../src/deep/index.js';
import { npy } from '../deep/npy-file.js';
import { runHere } from './here.js';
import { oneLineOf, workFolder } from './run.js';

const folder = workFolder();
const run = (...args: string[]) => runHere(args, folder.path);
const read = (name: string) => JSON.parse(readFileSync(folder.at(name), 'utf8'));

/** Records of CIFAR-10: even classes are dark above and light below, odd ones the other way round. */
function records(count: number, seed: number): Uint8Array {
  const random = createRandom(seed);
  const bytes = new Uint8Array(count * 3073);
  for (let n = 0; n < count; n++) {
    const label = n % 10;
    bytes[n * 3073] = label;
    for (let k = 0; k < 3072; k++) {
      const below = k % 1024 >= 512 ? 1 : 0;
      bytes[n * 3073 + 1 + k] = (below === label % 2 ? 170 : 60) + random.integer(30);
    }
  }
  return bytes;
}

/** Images of 28 × 28 with a light stripe whose place is the class. */
function digits(count: number, seed: number) {
  const random = createRandom(seed);
  const labels = Array.from({ length: count }, (_, n) => n % 10);
  const pixels = labels.flatMap((label) =>
    Array.from({ length: 784 }, (_, k) => {
      const column = k % 28;
      return column >= 2 * label + 4 && column < 2 * label + 7 ? 200 + random.integer(55) : random.integer(20);
    }),
  );
  return { labels, pixels };
}

const idx = (sizes: readonly number[], values: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255]), ...values]);

beforeAll(async () => {
  mkdirSync(folder.at('cifar'));
  writeFileSync(folder.at('cifar/data_batch_1.bin'), records(60, 1));
  writeFileSync(folder.at('cifar/test_batch.bin'), records(20, 2));
  mkdirSync(folder.at('mnist'));
  for (const [part, count] of [
    ['train', 200],
    ['t10k', 40],
  ] as const) {
    const { labels, pixels } = digits(count, count);
    writeFileSync(folder.at(`mnist/${part}-images-idx3-ubyte`), idx([count, 28, 28], pixels));
    writeFileSync(folder.at(`mnist/${part}-labels-idx1-ubyte`), idx([count], labels));
  }
  const settings = ['--steps', '150', '--batch', '20', '--lr', '0.05', '--validation', '0', '--quiet'];
  for (const [data, name] of [
    ['mnist', 'mnist'],
    ['cifar10', 'cifar'],
  ]) {
    const outcome = await run(
      ...['train', '--data', data, '--data-folder', name, '--arch', 'mlp-2-20', '-o', `${name}-run`],
      ...settings,
    );
    expect([outcome.code, outcome.stderr]).toEqual([0, '']);
  }
});
afterAll(() => folder.remove());

describe('relucent corrupt', () => {
  it('prints and writes accuracies by corruption and severity, and their means; the page shows the images', async () => {
    const outcome = await run(
      ...['corrupt', 'mnist-run', '--corruptions', 'translate,impulse_noise', '--severities', '1,5'],
      ...['-o', 'scores.json', '--report', 'page.html'],
    );
    expect([outcome.code, oneLess(outcome.stderr)]).toEqual([0, '']);
    expect(outcome.stdout).toMatch(/MNIST: 40 test images, 2 corruptions, 2 severities, generated with\s+seed 0/);
    expect(outcome.stdout).toMatch(/corruption +severity 1 +severity 5 +mean\n +translate( +[\d.]+ %){3}/);
    const found = read('scores.json');
    expect(found).toMatchObject({ format: 'relucent-corruptions', set: 'mnist-c', images: 'generated', examples: 40 });
    expect(found.clean.accuracy).toBe(1);
    const [translate, noise] = found.corruptions;
    expect([translate.name, noise.name]).toEqual(['translate', 'impulse_noise']);
    expect(translate.scores.map(({ severity }: { severity: number }) => severity)).toEqual([1, 5]);
    // Five pixels to a side make another class of every stripe: its place is the class.
    expect(translate.scores[1].accuracy).toBeLessThan(0.2);
    expect(translate.accuracy).toBeCloseTo((translate.scores[0].accuracy + translate.scores[1].accuracy) / 2, 12);
    expect(found.accuracy).toBeCloseTo((translate.accuracy + noise.accuracy) / 2, 12);
    const page = readFileSync(folder.at('page.html'), 'utf8');
    // Two corruptions, drawn for wide and for narrow pages.
    expect(page.match(/href="data:image\/png;base64,/g)).toHaveLength(4);
    expect(page).toContain("style-src 'unsafe-inline'; img-src data:");
    expect(page).not.toMatch(/NaN|undefined|<script|https?:/);
  });

  it('is seeded, and the first images are the same in a smaller set', async () => {
    const scores = async (...more: string[]) => {
      const outcome = await run('corrupt', 'mnist-run', '--corruptions', 'rotate', '-o', '-', '--quiet', ...more);
      expect(outcome.code).toBe(0);
      return JSON.parse(outcome.stdout).corruptions[0].scores;
    };
    const one = await scores();
    expect(await scores('--seed', '0')).toEqual(one);
    expect(await scores('--seed', '1')).not.toEqual(one);
    expect((await scores('--examples', '10')).length).toBe(5);
  });

  it('reads the published files of CIFAR-10-C: the same images give the same scores as our own', async () => {
    const test = cifarExamples([readFileSync(folder.at('cifar/test_batch.bin'))]);
    const blocks = [1, 2, 3, 4, 5].map((severity) => {
      const { x } = corruptExamples(test, { set: 'cifar10-c', name: 'fog', severity });
      return Array.from({ length: 20 * 3072 }, (_, at) => {
        const [image, k] = [Math.floor(at / 3072), at % 3072];
        return Math.round(255 * x[image * 3072 + (k % 3) * 1024 + Math.floor(k / 3)]);
      });
    });
    mkdirSync(folder.at('official'));
    writeFileSync(folder.at('official/fog.npy'), npy([100, 32, 32, 3], '|u1', blocks.flat()));
    const labels = Array.from({ length: 100 }, (_, n) => n % 10);
    writeFileSync(folder.at('official/labels.npy'), npy([100], '<i8', labels));
    const scores = async (...more: string[]) => {
      const outcome = await run('corrupt', 'cifar-run', '--corruptions', 'fog', '-o', '-', '--quiet', ...more);
      expect([outcome.code, outcome.stderr]).toEqual([0, '']);
      return JSON.parse(outcome.stdout);
    };
    const [own, official] = [await scores(), await scores('--official', 'official')];
    expect(official.corruptions).toEqual(own.corruptions);
    expect([own.images, official.images, own.set]).toEqual(['generated', 'official', 'cifar10-c']);
    const strongest = await scores('--official', 'official', '--severities', '5');
    expect(strongest.corruptions[0].scores[0]).toEqual(own.corruptions[0].scores[4]);
    const missing = await run('corrupt', 'cifar-run', '--official', 'official');
    expect(oneLineOf(missing)).toMatch(
      /official\/gaussian_noise\.npy: there is no such file; get CIFAR-10-C \(.*\) and/,
    );
    expect(missing.code).toBe(4);
    writeFileSync(folder.at('official/snow.npy'), 'no numbers');
    const damaged = await run('corrupt', 'cifar-run', '--corruptions', 'snow', '--official', 'official');
    expect(oneLineOf(damaged)).toMatch(/official\/snow\.npy: cannot be read as npy/);
    expect(damaged.code).toBe(3);
  });

  it('reads the published files of MNIST-C, which have one severity', async () => {
    const { labels, pixels } = digits(40, 40);
    mkdirSync(folder.at('mnist-c/stripe'), { recursive: true });
    const inverted = pixels.map((value, k) => (k % 28 === 1 ? 255 - value : value));
    writeFileSync(folder.at('mnist-c/stripe/test_images.npy'), npy([40, 28, 28, 1], '|u1', inverted));
    writeFileSync(folder.at('mnist-c/stripe/test_labels.npy'), npy([40], '<i8', labels));
    const outcome = await run(
      ...['corrupt', 'mnist-run', '--corruptions', 'stripe', '--official', 'mnist-c', '-o', 'stripe.json'],
    );
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/1 corruption, from mnist-c\n/);
    expect(outcome.stdout).toMatch(/corruption +accuracy\n +stripe +[\d.]+ %/);
    expect(read('stripe.json').corruptions[0].scores).toMatchObject([{ severity: null }]);
  });

  it('says in one line when the test images are gone', async () => {
    rmSync(folder.at('cifar'), { recursive: true });
    const outcome = await run('corrupt', 'cifar-run', '--corruptions', 'fog');
    expect(oneLineOf(outcome)).toMatch(/--data-folder: there is no folder '.*cifar'/);
    expect(outcome.code).toBe(4);
  });
});

/** What stderr holds besides progress. */
const oneLess = (stderr: string): string => stderr.replace(/^(reading|translate|impulse noise).*\n/gm, '');
