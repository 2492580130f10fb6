import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Arguments } from '../../bench/speed/arguments.js';
import { report } from '../../bench/speed/markdown.js';
import { knownProblems, peerMethods, planned } from '../../bench/speed/plan.js';
import { packed } from '../../bench/speed/problem.js';
import { programs, type Reference, type Row } from '../../bench/speed/row.js';
import { type Head, Store } from '../../bench/speed/store.js';
import { bestValue, compare, excessOf, geometricMean, median, outcome, secondsOf } from '../../bench/speed/summary.js';
import { isActive, matrix } from '../../src/linalg/index.js';

const base: Row = {
  program: 'relu',
  problem: 'syn200x10_P100',
  lambda: 1e-3,
  threads: 1,
  method: 'ours',
  firstCpu: [0.2, 0.4],
  firstWall: [0.5, 0.7],
  furtherCpu: [0.1, 0.3, 0.2],
  furtherWall: [],
  objective: 1,
  violation: 0,
  neurons: 3,
  note: '',
};
const row = (changes: Partial<Row>): Row => ({ ...base, ...changes });
const peer = (changes: Partial<Row>): Row => row({ method: 'scnn-al-f32', firstCpu: [3], furtherCpu: [], ...changes });
const reference: Reference = { program: 'relu', problem: base.problem, lambda: 1e-3, value: 1, lower: 1 - 1e-9 };

const everything: Arguments = {
  quick: false,
  problems: knownProblems,
  lambdas: [1e-2, 1e-3, 1e-4],
  threads: [1, 2],
  methods: peerMethods,
  programs,
  full: false,
  capCpu: 100,
  capTarget: 15,
  reuse: false,
  resume: false,
  out: '',
};
const rowsOf = (options: Partial<Arguments>): string[] =>
  planned({ ...everything, ...options }, () => {}).flatMap(({ peers, ...one }) =>
    peers.map((method) => JSON.stringify({ ...one, method })),
  );

describe('numbers of the speed table', () => {
  it('takes the middle of the values, and none of none', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNull();
    expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
    expect(geometricMean([])).toBeNull();
  });

  it('counts CPU seconds on one thread, wall seconds on several, and a run to a target until there', () => {
    expect(secondsOf(base).first).toBeCloseTo(0.3, 12);
    expect(secondsOf(base).further).toBe(0.2);
    expect(secondsOf(row({ threads: 2 }))).toEqual({ first: 0.6, further: null });
    expect(secondsOf(peer({ cpuToTarget: 2 }))).toEqual({ first: 2, further: null });
    expect(secondsOf(peer({ cpuToTarget: null })).first).toBeNull();
    expect(secondsOf(peer({ cpuToTarget: 2, threads: 2, firstCpu: [4], firstWall: [3] })).first).toBe(1.5);
  });

  it('lets only feasible answers lower the best value', () => {
    const outside = peer({ objective: 0.9, violation: 1e-4 });
    expect(bestValue(base, [reference], [base, outside])).toBe(1);
    expect(bestValue(base, [reference], [base, peer({ objective: 0.99 })])).toBe(0.99);
    expect(excessOf(peer({ objective: null }), 1)).toBeNull();
  });

  it.each([
    ['won', { firstCpu: [3], objective: 1.1 }],
    ['won', { firstCpu: [3], objective: 1 }],
    ['lost', { firstCpu: [0.1], objective: 1 }],
    ['slower, nearer', { firstCpu: [0.1], objective: 1.1 }],
    ['quicker, farther', { firstCpu: [3], objective: 1 }, { objective: 1.1 }],
    ['lost', { firstCpu: [0.1], objective: 0.99, violation: 1e-3 }],
    ['won', { firstCpu: [3], objective: 0.99, violation: 1e-3 }],
    ['no answer', { firstCpu: [3], objective: null }],
    ['no answer', { firstCpu: [3], cpuToTarget: null }],
    ['lost', { firstCpu: [3], cpuToTarget: 0.1, objective: 1.0005 }],
  ] as const)('calls it %s: %o', (expected, theirs, ours: Partial<Row> = {}) => {
    expect(outcome(row(ours), peer(theirs as Partial<Row>), 1)).toBe(expected);
  });

  it('compares like with like', () => {
    const rows = [base, row({ threads: 2 }), peer({ furtherCpu: [0.6] }), peer({ threads: 2, firstWall: [1.2] })];
    const one = compare('relu', 'scnn-al-f32', 1, [reference], rows);
    expect(one.firstRatio).toBeCloseTo(10, 12);
    expect(one.furtherRatio).toBeCloseTo(3, 12);
    expect(one.outcomes.won).toBe(1);
    expect(compare('relu', 'scnn-al-f32', 2, [reference], rows).firstRatio).toBeCloseTo(2, 12);
  });

  it('holds a run to a target against answers and against ours stopped as near, first and further calls', () => {
    const rows = [
      row({ program: 'priced', firstCpu: [4], furtherCpu: [2] }),
      row({ program: 'priced', method: 'ours-near', firstCpu: [0.5], furtherCpu: [0.25], objective: 1.001 }),
      peer({ program: 'priced', method: 'adam-500', firstCpu: [9], cpuToTarget: 1, objective: 1.001 }),
    ];
    const whole = compare('priced', 'adam-500', 1, [], rows);
    expect([whole.firstRatio, whole.furtherRatio, whole.furtherQuicker, whole.outcomes.lost]).toEqual([
      0.25, 0.5, 0, 1,
    ]);
    const near = compare('priced', 'adam-500', 1, [], rows, 'ours-near');
    expect([near.firstRatio, near.furtherRatio, near.furtherQuicker, near.outcomes.won]).toEqual([2, 4, 1, 1]);
    expect(compare('priced', 'adam-500', 1, [], rows.slice(0, 1), 'ours-near').rows).toBe(0);
    const single = [row({ program: 'priced', firstCpu: [4], furtherCpu: [] }), ...rows.slice(1)];
    expect(compare('priced', 'adam-500', 1, [], single).furtherRatio).toBe(0.25);
  });
});

describe('plan of the speed table', () => {
  it('leaves out a part of the full plan, says so, and runs nothing twice', () => {
    const full = rowsOf({ full: true });
    const usual = rowsOf({});
    let skipped = 0;
    planned(everything, () => skipped++);
    expect(usual.every((one) => full.includes(one))).toBe(true);
    expect(new Set(full).size).toBe(full.length);
    expect(usual.length + skipped).toBe(full.length);
  });

  it('has every method somewhere, AL in float64 only outside quick runs', () => {
    const usual = rowsOf({}).join();
    expect(peerMethods.filter((method) => !usual.includes(method))).toEqual([]);
    expect(rowsOf({ quick: true, threads: [1] }).filter((one) => one.includes('scnn-al-f64'))).toEqual([]);
    expect(rowsOf({}).filter((one) => one.includes('scnn-al-f64'))).toHaveLength(6);
  });

  it('keeps to what was asked for', () => {
    const asked = { problems: ['breast_P100'], lambdas: [1e-3], methods: ['celer-gated-1e-6'], threads: [1] };
    expect(rowsOf(asked).map((one) => JSON.parse(one))).toEqual([
      { program: 'gated', problem: 'breast_P100', lambda: 1e-3, threads: 1, method: 'celer-gated-1e-6' },
    ]);
  });
});

it('packs the patterns of a file', () => {
  const D = Uint8Array.from({ length: 11 * 3 }, (_, at) => (at * 7 + (at >> 2)) & 1);
  const patterns = packed({ X: matrix(11, 2), y: new Float64Array(11), D });
  for (let i = 0; i < 11; i++) for (let p = 0; p < 3; p++) expect(isActive(patterns, p, i)).toBe(D[i * 3 + p] === 1);
});

describe('speed.json and speed.md', () => {
  const machine = {
    description: 'a machine',
    memoryGiB: 1,
    node: '20',
    commit: 'abc',
    python: '3.11',
    packages: { numpy: '1.26.4' },
  };
  const head: Head = { commands: ['npm run bench:speed'], machine };

  function inFolder(work: (folder: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'speed-'));
    try {
      work(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('goes on where a run stopped, on the same machine and sources alone', () => {
    inFolder((folder) => {
      const store = new Store(folder, head, false);
      store.addReference(reference);
      store.put(base);
      store.put(row({ firstCpu: [0.123456789], neurons: 4 }));
      const again = new Store(folder, { ...head, commands: ['another'] }, true);
      expect(again.head.commands).toEqual(['npm run bench:speed', 'another']);
      expect(again.rows).toEqual([row({ firstCpu: [0.1235], neurons: 4 })]);
      expect(again.reference(base)).toEqual(reference);
      const other = { ...head, machine: { ...machine, commit: 'def' } };
      expect(() => new Store(folder, other, true)).toThrow('another machine, version or commit');
      expect(new Store(folder, other, false).rows).toEqual([]);
      expect(JSON.parse(readFileSync(join(folder, 'speed.json'), 'utf8')).rows).toHaveLength(1);
    });
  });

  it('shows lost rows, rows without an answer and runs that never arrive', () => {
    inFolder((folder) => {
      const store = new Store(folder, head, false);
      store.addReference(reference);
      store.put(base);
      store.put(peer({ firstCpu: [0.01] }));
      store.put(peer({ method: 'adelie-relu-1e-7', firstCpu: [], objective: null }));
      store.put(row({ program: 'priced' }));
      store.put(row({ program: 'priced', method: 'ours-loose', firstCpu: [0.7], furtherCpu: [0.6] }));
      store.put(row({ program: 'priced', method: 'ours-near', firstCpu: [0.5], furtherCpu: [], note: 'not within' }));
      store.put(row({ program: 'priced', method: 'adam-500', firstCpu: [15], cpuToTarget: null, objective: 1.5 }));
      const text = report(store, ['something (2 rows)']);
      expect(text).toContain('| 0.01 · +0.0e+0 · 0e+0 | no answer |');
      expect(text).toContain('| scnn-al-f32 | to 1e-6 | 1 | 1 | 0.0333 | – | 0 | 1 | 0 | 0 | 0 |');
      expect(text).toContain('never in 15 s · +5.0e-1 · 3');
      expect(text).toContain('| 0.7 / 0.6 | 0.5 (not within) |');
      expect(text).toContain('| adam-500 | gap 0.1 % | 1 | 1 |');
      expect(text).toContain('- something (2 rows)');
    });
  });
});
