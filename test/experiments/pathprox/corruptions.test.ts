import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { corruptions } from '../../../experiments/pathprox/corruptions.js';
import { corruptionNames } from '../../../src/deep/index.js';
import { workFolder } from '../../cli/run.js';
import { optionsIn } from '../options.js';

const folder = workFolder();
afterAll(() => folder.remove());

describe('corruptions, cut down', () => {
  const [table, pictures] = corruptions;

  it('scores both methods under the fifteen of MNIST-C, and takes means of them', async () => {
    await table.run(optionsIn(folder.path));
    const { settings, methods } = JSON.parse(readFileSync(folder.at('out/corruptions.json'), 'utf8'));
    expect([settings.images, settings.seeds, methods.length]).toEqual([20, 2, 2]);
    for (const { diverged, clean, mean, corruptions: each } of methods) {
      expect(diverged).toBe(0);
      expect(each.map(({ name }: { name: string }) => name)).toEqual(corruptionNames('mnist-c'));
      const average = each.reduce((sum: number, row: { mean: number }) => sum + row.mean, 0) / each.length;
      expect(mean.mean).toBeCloseTo(average, 8);
      expect(clean.mean).toBeGreaterThan(mean.mean);
    }
  });

  it('draws pictures where it is told where CIFAR-10 lies', () => {
    expect(pictures.missing!(optionsIn(folder.path))).toMatch(/--data cifar10=<folder>/);
    expect(pictures.missing!(optionsIn(folder.path, { data: { cifar10: 'x' } }))).toBeNull();
  });
});
