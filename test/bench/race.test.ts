import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { distance, type Point, reachedBy, settledBy, versus } from '../../bench/race/arrival.js';
import { kernelsOf, limitOf, speedUps } from '../../bench/race/kernels.js';
import type { PathRow } from '../../bench/race/path.js';
import { leastOf, worstExcess } from '../../bench/race/path-page.js';
import { bestBy } from '../../bench/race/quality.js';
import { bytesOf, largestRows } from '../../bench/race/scaling.js';
import { type Keyed, RowFile } from '../../bench/race/store.js';
import { compare } from '../../bench/race/two-layer-page.js';
import { keyOf, leftOut, planned, type TwoLayerRow } from '../../bench/race/two-layer-plan.js';

const row = { commit: 'aaaaaaa', load: 1 };

describe('times to gaps', () => {
  const ladder: Point[] = [
    [1, 1.1, 0],
    [2, 1.001, 0],
    [5, 1 + 1e-7, 0],
  ];

  it('takes the quickest answer of a ladder that is near enough', () => {
    expect(reachedBy(ladder, 1, 1e-1)).toBe(2);
    expect(reachedBy(ladder, 1, 1e-6)).toBe(5);
    expect(reachedBy(ladder, 1, 1e-8)).toBeNull();
  });

  it('counts a point below the optimum as far off as it is', () => {
    expect(distance(0.99, 1)).toBeCloseTo(0.01, 12);
    expect(reachedBy([[1, 0.99, 1e-3]], 1, 1e-3)).toBeNull();
  });

  it('counts a history from when it stays within, not from when it passes by', () => {
    const history: Point[] = [
      [1, 2, 0],
      [2, 1, 0],
      [3, 0.5, 0],
      [4, 1.001, 0],
      [5, 1, 0],
    ];
    expect(settledBy(history, 1, 1e-2)).toBe(4);
    expect(settledBy(history, 1, 1e-4)).toBe(5);
    expect(settledBy(history.slice(0, 3), 1, 1e-2)).toBeNull();
    expect(settledBy([], 1, 1e-2)).toBeNull();
  });

  it('means the ratios geometrically and counts who never arrives', () => {
    const cases = [
      { ours: 1, theirs: 2 },
      { ours: 1, theirs: 8 },
      { ours: 1, theirs: null },
      { ours: null, theirs: 3 },
    ];
    const { mean, least, never } = versus(cases);
    expect(mean).toBeCloseTo(4, 12);
    expect([least, never]).toEqual([2, 1]);
    expect(versus([]).mean).toBeNull();
  });
});

describe('two-layer comparison', () => {
  const one = { program: 'relu', problem: 'p_P100', lambda: 1e-3, threads: 1 } as const;
  const twoLayer = (name: string, points: Point[], more: Partial<TwoLayerRow> = {}): TwoLayerRow => ({
    ...{ key: keyOf(one, name), ...one, name, points, kind: 'ladder', note: '', cap: 1, ...row, ...more },
  });

  it('takes our first call and our further calls apart', () => {
    const ours = twoLayer(
      'ours',
      [
        [1, 1, 0],
        [0.2, 1.005, 0],
        [0.5, 1, 0],
      ],
      { best: 1 },
    );
    const adelie = twoLayer('adelie', [
      [2, 1.005, 0],
      [4, 1.0001, 0],
    ]);
    const found = compare('adelie', 'relu', 1, [ours, adelie]);
    expect(found.cases).toBe(1);
    expect(found.toGap[0].mean).toBeCloseTo(10, 12);
    expect(found.toGap[1].mean).toBeCloseTo(8, 9);
    expect(found.toGap[2].never).toBe(1);
    expect(found.asNear.mean).toBeCloseTo(8, 9);
    expect(found.atTheirBest.mean).toBeCloseTo(4, 12);
  });

  it('measures against a feasible answer that is below ours, not against one outside its cones', () => {
    const ours = twoLayer(
      'ours',
      [
        [1, 1, 0],
        [1, 1, 0],
      ],
      { best: 1 },
    );
    const better = compare('adelie', 'relu', 1, [ours, twoLayer('adelie', [[1, 0.9, 0]])]);
    expect(better.toGap[0]).toMatchObject({ mean: null, never: 0 });
    const outside = compare('adelie', 'relu', 1, [ours, twoLayer('adelie', [[1, 0.9, 1e-3]])]);
    expect(outside.toGap[0]).toMatchObject({ mean: null, never: 1 });
  });

  it('asks conic solvers for small programs alone', () => {
    const conic = { name: 'cvxpy + Clarabel', program: 'relu', methods: [], kind: 'ladder' } as const;
    expect(leftOut(conic, { ...one, problem: 'syn200x10_P100' }, true)).toBeNull();
    expect(leftOut(conic, { ...one, problem: 'syn200x10_P500' }, false)).not.toBeNull();
  });

  it('plans several threads on few problems, and only the problems asked for', () => {
    const wanted = { quick: true, threads: [1, 2], lambdas: [1e-2, 1e-3], problems: [] };
    const cases = planned(wanted);
    expect(cases.filter(({ threads }) => threads === 2).map(({ lambda }) => lambda)).not.toContain(1e-2);
    expect(cases.length).toBeGreaterThan(40);
    expect(planned({ ...wanted, problems: ['yacht_P500'] }).every(({ problem }) => problem === 'yacht_P500')).toBe(
      true,
    );
  });
});

describe('rows on disk', () => {
  const folders: string[] = [];
  const place = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'relucent-race-'));
    folders.push(folder);
    return join(folder, 'deeper', 'rows.json');
  };
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  const options = { machine: 'this one', fresh: false };
  const keyed = (key: string): Keyed => ({ key, ...row });

  it('forgets the rows that are meant, of these problems alone', () => {
    const file = place();
    const rows = new RowFile<Keyed>(file, options);
    for (const key of ['gated a: ours', 'gated b: ours', 'relu a: ours', 'gated a: peer']) rows.put(keyed(key));
    rows.forget('gated', ['b']);
    rows.forget(': peer', []);
    expect(new RowFile<Keyed>(file, options).rows.map(({ key }) => key)).toEqual(['gated a: ours', 'relu a: ours']);
  });

  it('finds after an interruption what was there, and replaces by key', () => {
    const file = place();
    const first = new RowFile<Keyed>(file, options);
    first.put(keyed('a'));
    first.put(keyed('b'));
    const second = new RowFile<Keyed & { x?: number }>(file, options);
    expect(second.rows.map(({ key }) => key)).toEqual(['a', 'b']);
    second.put({ ...keyed('a'), x: 2 });
    expect(new RowFile<Keyed & { x?: number }>(file, options).rows).toEqual([{ ...keyed('a'), x: 2 }, keyed('b')]);
  });

  it('is not hurt by a half-written file of a run that was killed', () => {
    const file = place();
    new RowFile<Keyed>(file, options).put(keyed('a'));
    writeFileSync(`${file}.part`, '{"machine": "this');
    const again = new RowFile<Keyed>(file, options);
    again.put(keyed('b'));
    expect(again.rows).toHaveLength(2);
    expect(existsSync(`${file}.part`)).toBe(false);
    expect(JSON.parse(readFileSync(file, 'utf8')).rows).toHaveLength(2);
  });

  it('does not mix machines, and forgets when told to', () => {
    const file = place();
    new RowFile<Keyed>(file, options).put(keyed('a'));
    expect(() => new RowFile<Keyed>(file, { ...options, machine: 'another' })).toThrow(/--fresh/);
    expect(new RowFile<Keyed>(file, { machine: 'another', fresh: true }).rows).toEqual([]);
  });
});

describe('other sections', () => {
  const path = (name: string, objectives: (number | null)[], violation = 0): PathRow => ({
    ...{
      key: name,
      program: 'gated',
      problem: 'p',
      threads: 1,
      name,
      seconds: 1,
      objectives,
      violation,
      note: '',
      ...row,
    },
  });

  it('judges a path by its worst λ against the least feasible objective', () => {
    const rows = [path('a', [2, 1]), path('b', [1.5, 1.2]), path('outside', [1, 0.5], 1e-3)];
    expect(leastOf(rows)).toEqual([1.5, 1]);
    expect(worstExcess(rows[0], leastOf(rows))).toBeCloseTo(1 / 3, 12);
    expect(worstExcess(rows[1], leastOf(rows))).toBeCloseTo(0.2, 12);
    expect(worstExcess(path('short', [2]), leastOf(rows))).toBeNull();
    expect(worstExcess(path('gap', [2, null]), leastOf(rows))).toBeNull();
  });

  it('takes the best of a history up to a time', () => {
    const history = [
      [1, 5],
      [2, 3],
      [3, 4],
    ] as const;
    expect(bestBy(history, 0.5)).toBeNull();
    expect(bestBy(history, 2.5)).toBe(3);
  });

  it('tells two threads over one from runs in turns alone, and the share of what pairs do', () => {
    const kernel = { ...row, name: 'k', rate: 20, numpy: null, intensity: 100 };
    const limits = { key: '', ...row, name: 'limits', threads: 1, peak: 50, bandwidth: 10, pairs: 25 } as const;
    const one = { key: 'one', ...kernel, threads: 1 };
    const two = { key: 'two', ...kernel, threads: 2, rate: 36 };
    const [found] = kernelsOf([limits, one, two]);
    expect([found.share, found.ofPairs]).toEqual([0.4, 0.8]);
    expect(speedUps([found])).toEqual([]);
    expect(speedUps(kernelsOf([limits, one, { ...two, alone: 18 }]))).toEqual([2]);
    expect(kernelsOf([{ ...limits, pairs: undefined }, one])[0].ofPairs).toBeNull();
  });

  it("takes the lesser of peak and memory as a kernel's limit", () => {
    const kernel = { key: '', ...row, name: 'k', threads: 1, rate: 1, numpy: null };
    const limits = { key: '', ...row, name: 'limits', threads: 1, peak: 50, bandwidth: 10 } as const;
    expect(limitOf({ ...kernel, intensity: 2 }, limits, limits.peak)).toBe(20);
    expect(limitOf({ ...kernel, intensity: 100 }, limits, limits.peak)).toBe(50);
    expect(limitOf({ ...kernel, intensity: 100 }, limits, 28)).toBe(28);
    expect(limitOf({ ...kernel, intensity: null }, limits, limits.peak)).toBeNull();
  });

  it('finds rows whose memory fits, and not one more', () => {
    const most = largestRows(100, 1000, 50, 2e9);
    expect(bytesOf(most, 100, 1000, 50)).toBeLessThanOrEqual(2e9);
    expect(bytesOf(most + 2, 100, 1000, 50)).toBeGreaterThan(2e9);
    expect(largestRows(100, 1000, 50, 1e15)).toBeLessThan(2 ** 32 / 800);
  });
});
