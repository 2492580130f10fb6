import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { dataOf } from '../../../experiments/path-regularization/data.js';
import { experiments } from '../../../experiments/path-regularization/index.js';
import { optionsIn } from '../options.js';

const folder = mkdtempSync(join(tmpdir(), 'relucent-path-regularization-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = optionsIn(folder);
const read = (file: string): string => readFileSync(join(options.out, file), 'utf8');
const runOf = (name: string): Promise<void> => experiments.find((one) => one.name === name)!.run(options);

describe('experiments with the path norm, cut down', () => {
  it('spiral: three networks at one λ and each at its own, all of them drawn', async () => {
    await runOf('spiral');
    const { models, commonLambda, ownLambda, settings } = JSON.parse(read('spiral.json'));
    expect(models).toHaveLength(3);
    expect(settings.lambdas).toContain(commonLambda);
    expect(ownLambda[2]).toBe(commonLambda);
    for (const { fits } of models)
      for (const { accuracy, objective, status } of fits) {
        expect(status).toBe('solved');
        expect(accuracy).toBeGreaterThanOrEqual(0.5);
        expect(objective).toBeLessThan(0.5);
      }
    // ‖Z‖_F ≤ Σ‖z_j‖, and three layers can do what two can: optima fall from left to right
    for (let k = 0; k < settings.lambdas.length; k++) {
      const [two, decay, path] = models.map(({ fits }: { fits: { objective: number }[] }) => fits[k].objective);
      expect(decay).toBeLessThan(two * 1.01);
      expect(path).toBeLessThan(decay * 1.01);
    }
    expect(read('spiral.svg')).not.toMatch(/NaN|undefined/);
  });

  it('sparsity: fewer sub-networks at the larger λ, and path norms below weight decays', async () => {
    await runOf('sparsity');
    const { data } = JSON.parse(read('sparsity.json'));
    for (const { fits } of data[0].models) {
      for (const { pathNorm, decayNorm, minimal, subnetworks } of fits) {
        expect(pathNorm).toBeLessThanOrEqual(decayNorm * (1 + 1e-9));
        expect(pathNorm).toBeGreaterThanOrEqual((decayNorm / Math.SQRT2) * (1 - 1e-9));
        expect(minimal).toBeLessThanOrEqual(subnetworks);
      }
      expect(fits[0].loss).toBeGreaterThan(fits[1].loss);
    }
    expect(read('sparsity.svg')).not.toMatch(/NaN|undefined/);
  });

  it('approximation: every interval holds the optimum, a priori factors as well', async () => {
    await runOf('approximation');
    const { rows } = JSON.parse(read('approximation.json'));
    for (const { full, truncated } of rows)
      for (const { interval, objective } of truncated) {
        expect(interval.lower).toBeLessThanOrEqual(full.objective);
        expect(objective).toBeGreaterThanOrEqual(full.bound);
        expect(objective).toBeLessThan(interval.factor * full.objective);
      }
    expect(read('approximation.md').trim().split('\n')).toHaveLength(3);
    expect(read('approximation.svg')).not.toMatch(/NaN|undefined/);
  });
});

describe('dataOf', () => {
  it('gives the same rows for the same seed, standardised', async () => {
    const source = { kind: 'table', name: 'heart-cleveland', n: 50, seed: 3 } as const;
    const [a, b] = [await dataOf(source), await dataOf(source)];
    expect(a.X.data).toEqual(b.X.data);
    expect(a.y).toHaveLength(50);
    const mean = a.X.data.filter((_, k) => k % a.X.cols === 0).reduce((sum, t) => sum + t, 0) / 50;
    expect(Math.abs(mean)).toBeLessThan(1e-12);
    await expect(dataOf({ kind: 'table', name: 'no-such-set', n: 5, seed: 0 })).rejects.toThrow(/no such file/);
  });
});
