import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { type PruneData, pruneReport } from '../../src/report/index.js';

const network = (count: number) => ({
  inputs: ['a', 'b'],
  outputs: ['y'],
  neurons: Array.from({ length: count }, (_, j) => ({ weights: [1 + j, -1], outputs: [j % 2 ? 1 : -1] })),
});

const line = (name: string, rise: number) => ({
  name,
  points: [5, 4, 3, 2, 1, 0].map((neurons) => ({
    neurons,
    loss: 0.1 + rise * (5 - neurons),
    train: 0.9 - rise * (5 - neurons),
    test: 0.8 - rise * (5 - neurons),
  })),
});

const data: PruneData = {
  title: 'y from <t>.csv, pruned',
  madeBy: 'relucent 0, seed 0',
  target: 'y',
  source: '<t>.csv',
  rows: { train: 40, test: 10 },
  lambda: 0.01,
  objective: '(mean loss)',
  measure: { name: 'accuracy', better: 'more', form: 'percent' },
  lines: [line('exact, then least squares', 0.01), line('at random', 0.1)],
  chosen: { method: 'exact, then least squares', neurons: 2, exact: false },
  minimal: 3,
  rank: 3,
  dimension: 2,
  scope: 'among all ReLU networks',
  polished: { before: 0.2, after: 0.199, moved: 0.01 },
  before: network(5),
  after: network(2),
  unusedColumns: ['c', 'd'],
  certificate: {
    ...{ scope: 'priced', primal: 0.22, dual: 0.19, gap: 0.03, relativeGap: 0.14, tolerance: 1e-6, bound: 0.15 },
    ...{ words: 'Words.', objective: '(mean loss)' },
  },
  commands: ['relucent prune m.json t.csv'],
};

const pageOf = (changed: Partial<PruneData> = {}) => parseHTML(pruneReport({ ...data, ...changed })).document;
const words = (page: Document): string => (page.body.textContent ?? '').replace(/\s+/g, ' ');

describe('pruneReport', () => {
  it('tells what was done, draws a line for each method, and the network before and after', () => {
    const page = pageOf();
    expect(page.querySelector('h1')?.textContent).toBe('y from <t>.csv, pruned');
    const text = words(page);
    expect(text).toContain('2 neurons in place of 5');
    expect(text).toContain('from 5 neurons to 3 without any change');
    expect(text).toContain('a set of dimension 2');
    expect(text).toContain('Read by no neuron: c, d.');
    expect(text).toContain('objective 0.2 → 0.199');
    // 0.22 over 0.199
    expect(text).toMatch(/10\.6.% above that of the network it was made from, 0\.199/);
    // on test and training rows, drawn wide and narrow: a line and a dot for the choice
    const drawings = page.querySelectorAll('#curve figure > svg');
    expect(drawings.length).toBe(4);
    for (const drawing of drawings) expect(drawing.querySelectorAll('g[aria-label="line"] path').length).toBe(2);
    expect(page.querySelectorAll('#network figure').length).toBe(2);
    expect(page.querySelector('tr.chosen td')?.textContent).toBe('2');
    expect(text).toContain('relucent prune m.json t.csv');
    expect(pruneReport(data)).toBe(pruneReport(data));
  });

  it('an exact pruning has its certificate; no test rows, no test figure', () => {
    const lines = data.lines.map((one) => ({ ...one, points: one.points.map(({ test: _, ...point }) => point) }));
    const page = pageOf({ lines, rows: { train: 40, test: 0 }, chosen: { ...data.chosen, neurons: 3, exact: true } });
    expect(words(page)).toContain('as optimal as before');
    expect(page.querySelector('.verdict')).not.toBeNull();
    expect(pageOf().querySelector('.verdict')).toBeNull();
    expect(page.querySelectorAll('#curve figure').length).toBe(1);
  });

  it('a network that is too large is not drawn, one without neurons is said to be a constant', () => {
    expect(words(pageOf({ before: network(30) }))).toContain('Before: 30 neurons, too many to draw');
    expect(words(pageOf({ after: network(0) }))).toContain('After: no neuron is left');
  });

  it('refuses what cannot be shown', () => {
    expect(() => pageOf({ title: '' })).toThrow(/title/);
    expect(() => pageOf({ lines: [] })).toThrow(/at least one line/);
    expect(() => pageOf({ chosen: { ...data.chosen, method: 'other' } })).toThrow(
      /must name one of the lines, got 'other'/,
    );
    expect(() => pageOf({ before: { ...network(1), inputs: ['a'] } })).toThrow(/before: neurons\[0\]/);
  });
});
