import { describe, expect, it } from 'vitest';
import { type Entry, falls, verdict } from '../../bench/history/compare.js';

const entry = (ratios: Record<string, number>, changes: Partial<Entry> = {}): Entry => ({
  date: '2026-01-01T00:00',
  commit: 'aaaaaaa',
  machine: 'this one',
  load: 0,
  ratios,
  ...changes,
});

describe('history of ratios', () => {
  it('compares with the best of all earlier runs, not with the last', () => {
    const history = [entry({ solve: 9 }), entry({ solve: 10 }, { commit: 'bbbbbbb' }), entry({ solve: 8.4 })];
    expect(falls(entry({ solve: 8.4 }), history)).toMatchObject([
      { name: 'solve', now: 8.4, best: 10, entry: { commit: 'bbbbbbb' } },
    ]);
    expect(falls(entry({ solve: 8.6 }), history)).toEqual([]);
  });

  it('tolerates exactly 15 %, and says 15.1 %', () => {
    expect(falls(entry({ solve: 0.85 }), [entry({ solve: 1 })])).toEqual([]);
    expect(falls(entry({ solve: 0.849 }), [entry({ solve: 1 })])).toHaveLength(1);
  });

  it('leaves other machines and new benchmarks out', () => {
    const other = entry({ solve: 100, path: 5 }, { machine: 'another' });
    expect(falls(entry({ solve: 1 }), [other])).toEqual([]);
    expect(falls(entry({ newer: 1 }), [entry({ solve: 5 })])).toEqual([]);
  });

  it('names all that fell in one line, the deepest first', () => {
    const now = entry({ a: 8, b: 5, c: 10 });
    const history = [entry({ a: 10, b: 10, c: 10 })];
    const line = verdict(falls(now, history), now, history);
    expect(line.split('\n')).toHaveLength(1);
    expect(line).toBe(
      'bench: fallen: b 50 % below its best (5, was 10 at aaaaaaa); a 20 % below its best (8, was 10 at aaaaaaa).',
    );
  });

  it('says what it compared with when nothing fell', () => {
    const now = entry({ a: 10 });
    expect(verdict([], now, [])).toContain('first on this machine');
    expect(verdict([], now, [entry({ a: 10 }), entry({ a: 99 }, { machine: 'another' })])).toContain('1 earlier runs');
  });
});
