import { describe, expect, it } from 'vitest';
import { lead, stepsTo } from '../../../experiments/pathprox/rates.js';
import { cutDown } from './cut-down.js';

const { run, read } = cutDown();

describe('tables by validation, cut down', () => {
  it('the lead and Table 1, task 1, share their grid; the table takes the best validation accuracy of each method', async () => {
    await run('rates');
    await run('table-1-subset');
    const { leads, grid } = JSON.parse(read('rates.json'));
    const { table, grid: same } = JSON.parse(read('table-1-subset.json'));
    expect(same).toEqual(grid);
    expect(leads[0].pairs.map(({ rate }: { rate: unknown }) => rate)).toEqual([0.1, 0.3, 'best']);
    for (const { method, rate, lambda, testAccuracy } of table) {
      const own = grid.filter((cell: { method: string }) => cell.method === method);
      const chosen = own.find((cell: { rate: number; lambda: number }) => cell.rate === rate && cell.lambda === lambda);
      expect(chosen.validation).toBe(Math.max(...own.map(({ validation }: { validation: number }) => validation)));
      expect(testAccuracy.mean).toBeGreaterThan(0.1);
    }
    expect(read('rates.svg')).not.toMatch(/NaN|undefined/);
  });

  it('Table 1, task 2, and Tables 2 and 3', async () => {
    await run('table-1-mnist');
    await run('tables-2-3');
    expect(JSON.parse(read('table-1-mnist.json')).table).toHaveLength(2);
    const { table } = JSON.parse(read('tables-2-3.json'));
    expect(table.map(({ method }: { method: string }) => method)).toEqual([
      ...['weight-decay', 'weight-normalization', 'pathprox', 'pathprox-unbalanced'],
    ]);
  });
});

describe('the lead', () => {
  const curve = (...objectives: number[]) => objectives.map((objective, i) => ({ step: 10 * (i + 1), objective }));

  it('is the steps of the one by the first step at which the other is as low (hand values)', () => {
    expect(lead(curve(5, 2, 1), curve(5, 4, 2, 1.5, 0.5))).toEqual([
      { step: 10, times: 1 },
      { step: 20, times: 1 },
      { step: 30, times: 1.5 },
      { step: 40, times: 40 / 30 },
      { step: 50, times: null },
    ]);
    expect(stepsTo(curve(3, 2, 1), 2)).toBe(20);
    expect(stepsTo(curve(3, 2), 1)).toBeNull();
  });
});
