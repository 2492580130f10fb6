import { describe, expect, it } from 'vitest';
import { cutDown } from './cut-down.js';

const { run, read } = cutDown();

describe('experiments with PathProx, cut down', () => {
  it('two layers: every method stays above the certified bound and comes near it', async () => {
    await run('two-layer-truth');
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
    await run('figure-1');
    const { methods } = JSON.parse(read('figure-1.json'));
    expect(Object.keys(methods)).toEqual(['weight-decay', 'pathprox']);
    expect(methods['weight-decay'].stepsToRescaled).toHaveLength(2);
    expect(methods.pathprox.objective.mean).toBeLessThan(3);
    expect(read('figure-1.svg')).not.toMatch(/NaN|undefined/);
  });

  it('Figure 2: every method is above the certified optimum, and regularised ones are near it', async () => {
    await run('figure-2');
    const { methods } = JSON.parse(read('figure-2.json'));
    const [none, decay, pathprox, optimum] = methods.map((row: { objective: { mean: number } }) => row.objective.mean);
    for (const objective of [none, decay, pathprox]) expect(objective).toBeGreaterThan(optimum * (1 - 1e-9));
    expect(Math.max(decay, pathprox)).toBeLessThan(none);
    expect(pathprox).toBeLessThan(1.2 * optimum);
    expect(read('figure-2.svg')).not.toMatch(/NaN|undefined/);
  });

  it('Figure 4: the path norm as a third method', async () => {
    await run('figure-4');
    expect(Object.keys(JSON.parse(read('figure-4.json')).methods)).toEqual(['weight-decay', 'pathprox', 'path-norm']);
    expect(read('figure-4.svg')).not.toMatch(/NaN|undefined/);
  });

  it('Figure 5: no method keeps more units and weights than there were; accuracies are shares', async () => {
    await run('figure-5');
    const { points } = JSON.parse(read('figure-5.json'));
    expect(points).toHaveLength(8);
    for (const { diverged, unitShare, testAccuracy } of points) {
      expect(diverged).toBe(0);
      expect(unitShare.mean).toBeLessThanOrEqual(1);
      expect(testAccuracy.mean).toBeGreaterThan(0);
    }
    expect(read('figure-5.svg')).not.toMatch(/NaN|undefined/);
  });
});
