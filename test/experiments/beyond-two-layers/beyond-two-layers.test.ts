import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { quickConvex } from '../../../experiments/beyond-two-layers/convex.js';
import { experiments } from '../../../experiments/beyond-two-layers/index.js';
import { uci } from '../../../experiments/beyond-two-layers/settings.js';
import { trainBySgd } from '../../../experiments/beyond-two-layers/sgd.js';
import { labelledTable, tableSplit } from '../../../experiments/beyond-two-layers/tables.js';
import { plantedTeacher } from '../../../src/data/index.js';
import { squared } from '../../../src/losses/index.js';
import { firstLayerNorms, fitParallel, type ParallelNetwork, parallelObjective } from '../../../src/parallel/index.js';
import { optionsIn } from '../options.js';

const folder = mkdtempSync(join(tmpdir(), 'relucent-beyond-two-layers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const options = optionsIn(folder);
const read = (file: string): string => readFileSync(join(options.out, file), 'utf8');
const runOf = (name: string): Promise<void> => experiments.find((one) => one.name === name)!.run(options);

describe('experiments with more than two layers, cut down', () => {
  it('training: no run of SGD or Adam ends below the convex optimum', async () => {
    await runOf('training');
    const { problems } = JSON.parse(read('training.json'));
    for (const { convex, methods } of problems) {
      expect(convex.relativeGap).toBeLessThan(0.01);
      for (const { objectives } of methods)
        for (const objective of objectives) expect(objective).toBeGreaterThan(convex.objective * 0.99);
    }
    expect(read('training.svg')).not.toMatch(/NaN|undefined/);
  });

  it('uci: three kinds of networks by two methods on each set, in a table', async () => {
    await runOf('uci');
    const { sets, wins } = JSON.parse(read('uci.json'));
    expect(sets.map(({ set }: { set: string }) => set)).toEqual(['iris', 'monks-1']);
    for (const { sgd, convex, excess, below } of sets) {
      for (const kind of ['decay', 'path', 'two']) {
        for (const { test } of [sgd[kind], convex[kind]]) expect(test).toBeGreaterThan(0.4);
        expect(excess[kind]).toBeGreaterThan(-1e-3);
        expect(below[kind]).toBeLessThan(1);
      }
    }
    for (const three of Object.values(wins) as number[][]) expect(three.reduce((sum, k) => sum + k, 0)).toBe(2);
    expect(read('uci.md').trim().split('\n')).toHaveLength(4);
  });
});

describe('tables', () => {
  it('every set has both classes', async () => {
    expect(uci.sets.length).toBeGreaterThanOrEqual(20);
    for (const set of uci.sets) {
      const { table, y } = await labelledTable(set);
      expect(y).toHaveLength(table.rowCount);
      expect(new Set(y)).toEqual(new Set([-1, 1]));
    }
  });

  it('splits rows without overlap and learns nothing from those that do not train', async () => {
    const { train, validation, test } = await tableSplit('iris', 1, 60);
    expect([train, validation, test].map(({ y }) => y.length)).toEqual([60, 30, 30]);
    const mean = ({ X }: typeof train): number =>
      X.data.filter((_, k) => k % X.cols === 0).reduce((sum, t) => sum + t, 0) / X.rows;
    expect(Math.abs(mean(train))).toBeLessThan(1e-12);
    expect(Math.abs(mean(test))).toBeGreaterThan(1e-6);
  });
});

describe('trainers', () => {
  const { X, y } = plantedTeacher({ n: 40, d: 3, seed: 2 });
  const problem = { lambda: 0.05, regularizer: 'weight-decay' } as const;

  const sgd = { count: 40, lambda: 0.05, steps: 3000, batch: 20, rate: 0.05, momentum: 0.9, seed: 1 };

  it.each([
    [3, 'weight-decay', 2],
    [3, 'path', 2],
    [2, 'weight-decay', 1],
  ] as const)(
    '%i layers, %s: SGD comes near the optimum, the program over its patterns nearer',
    async (layers, regularizer, width) => {
      const own = { layers, regularizer, lambda: 0.05, hiddenBias: true, ...(layers === 3 && { width }) };
      const value = (one: ParallelNetwork): number => parallelObjective(one, X, y, { loss: squared, ...own });
      const start = trainBySgd({ X, y }, { ...sgd, ...own, width });
      const { network, objective } = await quickConvex(X, y, own, { start, rounds: 1, seed: 1 });
      expect(value(network)).toBeCloseTo(objective, 14);
      expect(value(network)).toBeLessThan(value(start) * (1 + 1e-3));
      const best = await fitParallel(X, y, { ...own, gap: 1e-4, threads: 1 });
      expect(value(network)).toBeGreaterThan(best.objective * (1 - 1e-4));
      expect(value(start)).toBeGreaterThan(best.objective * (1 - 1e-4));
      expect(value(start)).toBeLessThan(best.objective * 1.05);
    },
  );

  it('SGD comes near the optimum and keeps its first layers in the unit ball', async () => {
    const settings = { count: 20, width: 2, lambda: 0.05, steps: 3000, batch: 20, rate: 0.1, momentum: 0.9 };
    const seen: number[] = [];
    const network = trainBySgd({ X, y }, { ...settings, seed: 1, every: 1000, onStep: (step) => seen.push(step) });
    expect(seen).toEqual([1000, 2000, 3000]);
    for (const norm of firstLayerNorms(network)) expect(norm).toBeLessThan(1 + 1e-12);
    const best = await fitParallel(X, y, { ...problem, width: 2, gap: 1e-4, threads: 1 });
    const reached = parallelObjective(network, X, y, { loss: squared, ...problem });
    expect(reached).toBeGreaterThan(best.objective * (1 - 1e-4));
    expect(reached).toBeLessThan(best.objective * 1.2);
  });
});
