import { describe, expect, it } from 'vitest';
import { relucentScore } from '../../bench/tabular/ours.js';
import { planSet } from '../../bench/tabular/plan.js';
import { type Table, tableFrom } from '../../src/data/index.js';

const count = 50;
const rows = Array.from({ length: count }, (_, i) => i);
const x = rows.map((i) => ((i * 37) % count) / count - 0.5);

/** A V in one column, the other says nothing; the targets of the named rows are turned around. */
function table(target: (i: number) => number | string): Table {
  return tableFrom({ x, other: rows.map((i) => (i * 7) % 9), target: rows.map(target) }, 'v.csv');
}
const twoClasses = (i: number): string => (Math.abs(x[i]) > 0.25 ? 'far' : 'near');

describe('our side of the tables', () => {
  it('learns a rule that no line can, and nothing from the held rows', async () => {
    const planned = planSet(table(twoClasses), { name: 'v', task: 'classification' });
    const held = new Set(rows.filter((i) => planned.outerFold[i] === 0));
    const turned = table((i) => (held.has(i) === (twoClasses(i) === 'far') ? 'near' : 'far'));
    const answer = await relucentScore(table(twoClasses), planned, 0);
    const other = await relucentScore(turned, planned, 0);
    expect(answer.scores.accuracy).toBe(1);
    expect(other.scores.accuracy).toBe(0);
    expect(other.chosen).toEqual(answer.chosen);
    expect(answer.chosen.neurons).toBeGreaterThanOrEqual(2);
    expect(answer.tuneSeconds).toBeGreaterThan(answer.refitSeconds);
  });

  it('gives numbers in units of the target', async () => {
    const numbers = table((i) => 1000 * Math.abs(x[i]) + ((i * 11) % 7));
    const planned = planSet(numbers, { name: 'v', task: 'regression' });
    const { scores } = await relucentScore(numbers, planned, 1);
    expect(scores.r2).toBeGreaterThan(0.99);
    expect(scores.rmse).toBeLessThan(10);
    expect(scores.rmse).toBeGreaterThan(0.5);
  });
});
