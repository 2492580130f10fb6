import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { experiments } from '../../../experiments/pathprox/index.js';

const folder = mkdtempSync(join(tmpdir(), 'relucent-pathprox-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = {
  ...{ out: join(folder, 'results'), work: join(folder, 'work'), threads: 1, small: true, fresh: true, data: {} },
  ...{ log: () => undefined, progress: () => undefined },
};

const read = (file: string): string => readFileSync(join(options.out, file), 'utf8');

describe('experiments with PathProx, cut down', () => {
  it('two layers: every method stays above the certified bound and comes near it', async () => {
    await experiments.find(({ name }) => name === 'two-layer-truth')!.run(options);
    const { certificate, methods } = JSON.parse(read('two-layer-truth.json'));
    expect(certificate.scope).toBe('exact');
    expect(certificate.bound).toBeLessThanOrEqual(certificate.optimum);
    expect(methods).toHaveLength(3);
    for (const { relativeGap, curve } of methods) {
      expect(relativeGap.mean).toBeLessThan(0.05);
      for (const [, gap] of curve) expect(gap).toBeGreaterThan(0);
    }
    expect(read('two-layer-truth.svg')).not.toMatch(/NaN|undefined/);
  });

  it('Figure 1: both methods, their table and figure', async () => {
    await experiments.find(({ name }) => name === 'figure-1')!.run(options);
    const { methods } = JSON.parse(read('figure-1.json'));
    expect(Object.keys(methods)).toEqual(['weight-decay', 'pathprox']);
    expect(methods['weight-decay'].stepsToRescaled).toHaveLength(2);
    expect(methods.pathprox.objective.mean).toBeLessThan(3);
    expect(read('figure-1.svg')).not.toMatch(/NaN|undefined/);
  });
});
