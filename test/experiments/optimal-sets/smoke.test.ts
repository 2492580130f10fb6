import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { experiments } from '../../../experiments/optimal-sets/index.js';
import type { ExperimentOptions } from '../../../experiments/shared/experiment.js';
import { createRandom } from '../../../src/base/index.js';
import { optionsIn } from '../options.js';

const folder = mkdtempSync(join(tmpdir(), 'optimal-sets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const cifar10 = join(folder, 'cifar10');
/** Random images in the official layout: `count` of each class in each file. */
beforeAll(() => {
  mkdirSync(cifar10);
  const random = createRandom(1);
  for (const name of ['data_batch_1.bin', 'test_batch.bin']) {
    const bytes = Uint8Array.from({ length: 10 * 22 * 3073 }, () => random.integer(256));
    for (let row = 0; row < 10 * 22; row++) bytes[row * 3073] = row % 10;
    writeFileSync(join(cifar10, name), bytes);
  }
});

const run = async (name: string, where: string, more: Partial<ExperimentOptions> = {}): Promise<void> => {
  const experiment = experiments.find((candidate) => candidate.name === name);
  await experiment?.run(optionsIn(join(folder, where), { data: { cifar10 }, ...more }));
};
const text = (where: string, file: string): string => readFileSync(join(folder, where, 'out', file), 'utf8');
const json = (where: string, file: string) => JSON.parse(text(where, file));

describe('every experiment, cut down', () => {
  it('is there by the names of the paper', () => {
    const names = [
      'figure-1',
      'figure-2',
      'figure-3',
      'figure-4',
      'figure-5',
      'figure-6',
      'figure-7',
      'table-1',
      'table-2',
    ];
    expect(experiments.map(({ name }) => name).sort()).toEqual(names);
  });

  it('figure 1: optima of one value, a better middle in the convex set, a worse one between networks', async () => {
    await run('figure-1', 'one');
    const { corners, middleOfConvex, middleOfNetworks, dimension } = json('one', 'figure-1.json');
    for (const value of [...corners, middleOfConvex]) expect(value).toBeCloseTo(corners[0], 9);
    expect(middleOfNetworks).toBeGreaterThan(1.01 * corners[0]);
    expect(dimension).toBeGreaterThanOrEqual(2);
    expect(text('one', 'figure-1.svg')).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each([
    ['figure-2', 2],
    ['figure-4', 2],
    ['figure-5', 2],
    ['figure-3', 1],
    ['figure-6', 1],
    ['figure-7', 1],
  ])('%s', async (name, count) => {
    await run(name, 'curves');
    const { sets, setsWhereOptimalHasTheLargestArea: won } = json('curves', `${name}.json`);
    expect(sets).toHaveLength(count);
    for (const set of sets) {
      expect(set.largestGap).toBeLessThanOrEqual(1e-8);
      expect([set.exactFlips, set.exactChange < 1e-9]).toEqual([0, true]);
      const { optimal, random } = set.medians.test;
      // all methods start from one network
      expect(optimal).toHaveLength(Math.max(...set.blocks));
      expect(optimal.at(-1)).toBe(random.at(-1));
      for (const value of optimal) expect(value >= 0 && value <= 1).toBe(true);
    }
    expect(won.test).toBeLessThanOrEqual(count);
    expect(text('curves', `${name}.svg`)).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  it.each(['table-1', 'table-2'])('%s', async (name) => {
    await run(name, 'tables');
    const { rows } = json('tables', `${name}.json`);
    expect(rows).toHaveLength(1);
    const [row] = rows;
    expect(row.name).toBe('fertility');
    expect(row.published.test_mse).toEqual([0.64, 0.57, 0.64]);
    // the network is unique: no rule can change it
    expect(row.networkDimension).toEqual([0, 0]);
    expect(row.networkRange).toBe(0);
    // an oracle that may leave the training fit is at least as good as one that may not
    expect(row.allBlocksFitFree.test_mse.median).toBeGreaterThan(row.network.test_mse.median);
    expect(text('tables', `${name}.md`).split('\n')[1]).toMatch(/^\| --- \|/);
  });

  it('goes on after an interruption, with the same bytes on more threads', async () => {
    const stop = new AbortController();
    await expect(run('figure-2', 'stopped', { signal: stop.signal, progress: () => stop.abort() })).rejects.toThrow(
      /abort/i,
    );
    expect(readdirSync(join(folder, 'stopped'))).toEqual(['work']);
    await run('figure-2', 'stopped', { threads: 2 });
    for (const file of ['figure-2.json', 'figure-2.svg']) expect(text('stopped', file)).toBe(text('curves', file));
  });
});
