import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { agree, encodingOf, innerParts, lossOf, outerPart } from '../../bench/tabular/encode.js';
import { tabularFigure } from '../../bench/tabular/figure.js';
import { LineServer } from '../../bench/tabular/line-server.js';
import { clearlyBest, tabularText } from '../../bench/tabular/markdown.js';
import { factsOf, planSet, protocol } from '../../bench/tabular/plan.js';
import {
  appendLine,
  type Head,
  type Method,
  methods,
  type Results,
  type Row,
  Rows,
  readLines,
  readResults,
  writeResults,
} from '../../bench/tabular/rows.js';
import { heldScores } from '../../bench/tabular/score.js';
import { dataSets } from '../../bench/tabular/sets.js';
import { byFold, compare, summaryOf } from '../../bench/tabular/statistics.js';
import { tableFrom } from '../../src/data/index.js';

const count = 60;
const rows = Array.from({ length: count }, (_, i) => i);
/** Two classes with a rule, a number with gaps, a category, every third row the one before again. */
const at = rows.map((i) => i - (i % 3 === 2 ? 1 : 0));
const table = tableFrom(
  {
    x: at.map((i) => ((i * 37) % count) / 10),
    gap: at.map((i) => (i % 7 === 0 ? null : (i * 13) % 11)),
    kind: at.map((i) => 'ab'[i % 3]),
    target: at.map((i) => ((i * 37) % count > 25 ? 'yes' : 'no')),
  },
  'toy.csv',
);
const toy = { name: 'toy', task: 'classification' } as const;
const planned = planSet(table, toy);

describe('folds shared by all methods', () => {
  it('holds every row out once, classes in proportion, and deals inner folds among the training rows alone', () => {
    expect(planned.rows).toEqual(rows);
    for (let fold = 0; fold < protocol.outer; fold++) {
      const held = rows.filter((i) => planned.outerFold[i] === fold);
      expect(held).toHaveLength(count / protocol.outer);
      const inner = planned.innerFold[fold];
      expect(rows.filter((i) => inner[i] === -1)).toEqual(held);
      expect([...new Set(inner)].sort()).toEqual([-1, 0, 1, 2, 3, 4]);
    }
    const positives = Array.from({ length: protocol.outer }, (_, fold) =>
      rows.filter((i) => planned.outerFold[i] === fold && (at[i] * 37) % count > 25),
    ).map((own) => own.length);
    expect(Math.max(...positives) - Math.min(...positives)).toBeLessThanOrEqual(1);
    expect(new Set(planned.innerFold.map((inner) => inner.join())).size).toBe(protocol.outer);
  });

  it('keeps repeated rows together where asked, leaves the first rows out, names the categories', () => {
    const grouped = planSet(table, { ...toy, groupDuplicates: true });
    for (const i of rows.filter((i) => i % 3 === 2)) {
      expect(grouped.outerFold[i]).toBe(grouped.outerFold[i - 1]);
      for (const inner of grouped.innerFold) expect(inner[i]).toBe(inner[i - 1]);
    }
    expect(rows.some((i) => i % 3 === 2 && planned.outerFold[i] !== planned.outerFold[i - 1])).toBe(true);
    expect(planSet(table, { ...toy, firstRow: 30 }).rows).toEqual(rows.slice(30));
    expect(planned.categorical).toEqual(['kind']);
    expect(planned.classes).toEqual(['no', 'yes']);
    expect(factsOf(table, toy, planned)).toEqual({ name: 'toy', rows: 60, features: 4, classes: 2 });
  });

  it('names each set once', () => {
    expect(new Set(dataSets.map(({ name }) => name)).size).toBe(dataSets.length);
    expect(dataSets.length).toBeGreaterThanOrEqual(18);
  });
});

describe('encoded parts', () => {
  const loss = lossOf(planned);

  it('learns from the training rows alone', () => {
    const whole = outerPart(table, planned, loss, 3);
    expect([whole.X.rows, whole.heldX.rows]).toEqual([54, 6]);
    const column = Array.from({ length: 54 }, (_, i) => whole.X.data[i * whole.X.cols]);
    expect(column.reduce((sum, x) => sum + x, 0)).toBeCloseTo(0, 10);
    expect(column.reduce((sum, x) => sum + x * x, 0) / 54).toBeCloseTo(1, 10);
    const inner = innerParts(table, planned, loss, 3);
    expect(inner.reduce((sum, part) => sum + part.heldX.rows, 0)).toBe(54);
    expect(inner.every((part) => part.X.rows + part.heldX.rows === 54)).toBe(true);
  });

  it('tells encodings apart', () => {
    const one = encodingOf(table, planned, 0);
    expect(agree(one, { ...one, sums: one.sums.map((sum) => sum * (1 + 1e-12)) })).toBe(true);
    expect(agree(one, { ...one, sums: [one.sums[0] + 1e-3, one.sums[1]] })).toBe(false);
    expect(agree(one, { ...one, shape: [54, 5, 6] })).toBe(false);
  });
});

describe('scores on held rows', () => {
  const binary = { kind: 'binary', name: 't', classes: ['a', 'b'] } as const;

  it('keeps probabilities away from 0 and 1, two classes', () => {
    const scores = heldScores(Float64Array.of(100, -100, 1), Float64Array.of(1, 1, -1), binary, 'logistic', 1e-3);
    expect(scores.accuracy).toBeCloseTo(1 / 3, 12);
    const expected = (-Math.log(1 - 1e-3) - Math.log(1e-3) + Math.log(1 + Math.E)) / 3;
    expect(scores.logLoss).toBeCloseTo(expected, 12);
    expect(scores.auc).toBe(0.5);
  });

  it('does so for more classes', () => {
    const classes = { kind: 'classes', name: 't', classes: ['a', 'b', 'c'] } as const;
    const f = Float64Array.of(0, 0, 0, 0, 0, Math.log(2));
    const y = Float64Array.of(1, 0, 0, 0, 0, 1);
    expect(heldScores(f, y, classes, 'softmax', 1e-6).logLoss).toBeCloseTo((Math.log(3) + Math.log(2)) / 2, 12);
    expect(heldScores(f, y, classes, 'softmax', 0.4).logLoss).toBeCloseTo((-Math.log(0.4) + Math.log(2)) / 2, 12);
  });

  it('scores numbers in units of the target; one class alone has no area', () => {
    const number = { kind: 'number', name: 't', shift: 5, scale: 10 } as const;
    const scores = heldScores(Float64Array.of(0, 1), Float64Array.of(1, -1), number, 'squared', 1e-6);
    expect(scores.rmse).toBeCloseTo(10 * Math.sqrt(2.5), 10);
    expect(scores.r2).toBeCloseTo(-1.5, 12);
    expect(heldScores(Float64Array.of(1, 2), Float64Array.of(1, 1), binary, 'logistic', 1e-6).auc).toBeNull();
  });
});

describe('comparison by folds', () => {
  it('takes means and standard errors of complete folds alone', () => {
    expect(summaryOf([1, 2, 3])).toEqual({ mean: 2, standardError: 1 / Math.sqrt(3), folds: 3 });
    expect(summaryOf([1, undefined, 3])).toBeNull();
  });

  it('decides at the 97.5 % point of t with the corrected variance', () => {
    // Differences alternate m ± 1: s² = 10/9, so the limit is 2.262·√(10/9 · (1/10 + 1/9)) = 1.0956
    const zeros = new Array<number>(10).fill(0);
    const shifted = (m: number): number[] => zeros.map((_, k) => m + (k % 2 === 0 ? 1 : -1));
    expect(compare(shifted(1.1), zeros, 'accuracy')).toBe('win');
    expect(compare(shifted(1.09), zeros, 'accuracy')).toBe('tie');
    expect(compare(shifted(1.1), zeros, 'logLoss')).toBe('loss');
    expect(compare(zeros, shifted(1.1), 'rmse')).toBe('win');
    expect(compare(zeros, zeros, 'r2')).toBe('tie');
    expect(compare([1, undefined], [0, 0], 'r2')).toBeNull();
  });
});

const head: Head = {
  machine: 'a machine',
  packages: { node: '20' },
  protocol,
  settings: { lambdas: 20, minRatio: 1e-4, patience: 2, gap: 1e-3 },
};
const run = (set: string, method: Method, fold: number, scores: Row['scores']): Row => ({
  set,
  method,
  fold,
  scores,
  tuneSeconds: 2,
  refitSeconds: 0.5,
  chosen: { C: 10, neurons: 3 + fold },
});
const all = (set: string, method: Method, scores: (fold: number) => Row['scores']): Row[] =>
  Array.from({ length: protocol.outer }, (_, fold) => run(set, method, fold, scores(fold)));

const results: Results = {
  head,
  sets: [
    { name: 'a', rows: 100, features: 5, classes: 2, trap: 'beware of this' },
    { name: 'b', rows: 50, features: 2, classes: 0 },
    { name: 'c', rows: 50, features: 2, classes: 3 },
  ],
  rows: [
    ...all('a', 'relucent', (fold) => ({ accuracy: 0.7 + fold / 500, logLoss: 0.5, auc: 0.8 })),
    ...all('a', 'linear', (fold) => ({ accuracy: 0.9 + fold / 999, logLoss: 0.5, auc: fold === 4 ? null : 0.8 })),
    ...all('a', 'forest', (fold) => ({ accuracy: 0.8 - fold / 1000, logLoss: 0.4, auc: 0.9 })).slice(1),
    ...all('b', 'relucent', (fold) => ({ r2: 0.9, rmse: 2 + fold / 10 })),
    ...all('b', 'adam', (fold) => ({ r2: 0.8 + (fold % 2) / 100, rmse: 3 })),
  ],
};

describe('tabular.json, tabular.md, tabular.svg', () => {
  function inFolder(work: (folder: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'tabular-'));
    try {
      work(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('reads back what it wrote, missing folds and scores included', () => {
    inFolder((folder) => {
      const file = join(folder, 'tabular.json');
      expect(readResults(file, protocol)).toEqual([]);
      writeResults(file, results);
      const again = readResults(file, protocol);
      const sorted = (list: readonly Row[]): Row[] =>
        [...list].sort((a, b) => `${a.set}${a.method}${a.fold}`.localeCompare(`${b.set}${b.method}${b.fold}`));
      const rounded = results.rows.map((row) => ({
        ...row,
        scores: Object.fromEntries(
          Object.entries(row.scores).map(([name, v]) => [name, v === null ? null : Number(v?.toPrecision(5))]),
        ),
      }));
      expect(sorted(again)).toEqual(sorted(rounded));
      expect(() => readResults(file, { ...protocol, seed: 1 })).toThrow('other folds');
    });
  });

  it('keeps each run as it comes; a later one counts', () => {
    inFolder((folder) => {
      const file = join(folder, 'deep', 'lines.jsonl');
      const [first, second] = [run('a', 'linear', 0, { r2: 1 }), run('a', 'linear', 0, { r2: 2 })];
      appendLine(file, first);
      appendLine(file, second);
      expect(readLines(file)).toEqual([first, second]);
      const kept = new Rows();
      for (const row of readLines(file)) kept.put(row);
      expect(kept.all).toEqual([second]);
      expect([kept.has(first), kept.has({ ...first, fold: 1 })]).toEqual([true, false]);
    });
  });

  it('shows losses, leaves missing cells open and names sets that have not run', () => {
    const text = tabularText(results);
    expect(text).toContain('| a | 70.9 ± 0.2 | **90.5 ± 0.1** | – | – | – |');
    expect(text).toContain('| a | 0.500 ± 0.000 | 0.500 ± 0.000 | – | – | – |');
    expect(text).toContain('| a | 0.800 ± 0.000 | – | – | – | – |');
    expect(text).toContain('| logistic / ridge | 1 | 0 | 0 | 1 | 0 of 1 | 0 | 1 | 0 | 0 of 1 | 1 |');
    expect(text).toContain('| Adam network | 1 | 1 | 0 | 0 | 1 of 1 | 1 | 0 | 0 | 1 of 1 | 1 |');
    expect(text).toContain('| random forest | 0 | 0 | 0 | 0 | – | 0 | 0 | 0 | – | – |');
    expect(text).toContain('Not run yet: c.');
    expect(text).toContain('| a | 100 | 5 | 2 | beware of this |');
    expect(text).toContain('| b | 2 + 0.5 | – | – | – | 2 + 0.5 | 3 to 12 |');
  });

  it('calls nobody the best who is alone', () => {
    const alone = { ...results, rows: results.rows.filter(({ method }) => method === 'linear') };
    expect(methods.map((method) => clearlyBest(results, 'a', method, 'accuracy'))).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
    expect(clearlyBest(alone, 'a', 'linear', 'accuracy')).toBe(false);
    expect(byFold(results.rows, 'a', 'forest', 'auc', 2)).toEqual([undefined, 0.9]);
  });

  it('draws one dot for each complete score and one for its time', () => {
    const svg = tabularFigure(results);
    const legend = methods.length;
    expect(svg.match(/<circle/g)).toHaveLength(legend + 2 * 4);
    expect(svg).not.toContain('NaN');
  });
});

describe('a process that answers lines', () => {
  const node = (script: string): LineServer => new LineServer(process.execPath, ['-e', script]);
  const echo =
    "require('readline').createInterface({input:process.stdin}).on('line',l=>console.log(l.includes('bad')?'{\"error\":\"no\"}':l))";

  it('gives answers in turn and goes on after an error', async () => {
    const server = node(echo);
    expect(await server.ask({ n: 1 })).toEqual({ n: 1 });
    await expect(server.ask({ bad: 1 })).rejects.toThrow('no');
    expect([await server.ask({ n: 2 }), server.ended]).toEqual([{ n: 2 }, false]);
    server.close();
  });

  it('says why it ended, at once and later', async () => {
    const server = node("process.stdin.once('data',()=>{console.error('broken here');process.exit(3)})");
    await expect(server.ask({})).rejects.toThrow('broken here');
    expect(server.ended).toBe(true);
    await expect(server.ask({})).rejects.toThrow('broken here');
  });
});
