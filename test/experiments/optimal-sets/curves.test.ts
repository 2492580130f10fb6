import { describe, expect, it } from 'vitest';
import { areasOf, atWidths, bandsOf } from '../../../experiments/optimal-sets/curves.js';
import type { MethodCurve, PruningResult } from '../../../experiments/optimal-sets/pruning-job.js';
import { published } from '../../../experiments/optimal-sets/published.js';
import { accuracyOf } from '../../../experiments/optimal-sets/scores.js';
import { pruning, tuning } from '../../../experiments/optimal-sets/settings.js';
import { quantile, spread } from '../../../experiments/shared/statistics.js';

const curve = (neurons: number[], test: number[]): MethodCurve => ({
  ...{ neurons, test, train: test, trainTied: test, testTied: test.map((count) => count + 1) },
});

describe('curves of accuracy against width', () => {
  it('take the widest network that is no wider, and the start beyond it', () => {
    // an exact step from 5 to 3 neurons
    expect(atWidths(curve([5, 3, 2, 1, 0], [8, 8, 7, 4, 0]), 'test', 10, 6)).toEqual([0.4, 0.7, 0.8, 0.8, 0.8, 0.8]);
    expect(atWidths(curve([5, 3, 2, 1, 0], [8, 8, 7, 4, 0]), 'testTied', 10, 2)).toEqual([0.5, 0.8]);
  });

  it('have medians, quartiles and areas over the repeats', () => {
    const result = (blocks: number, optimal: number[]): PruningResult =>
      ({
        ...{ blocks, trainRows: 99, testRows: 10 },
        curves: {
          optimal: curve([2, 1, 0], optimal),
          norm: curve([2, 1, 0], [6, 2, 0]),
          gradient: curve([2, 1, 0], [6, 4, 0]),
          random: curve([2, 1, 0], [6, 0, 0]),
        },
      }) as unknown as PruningResult;
    const bands = bandsOf([result(2, [6, 5, 0]), result(2, [8, 1, 0]), result(3, [9, 3, 0])], 'test');
    expect(bands.optimal.map(({ median }) => median)).toEqual([0.3, 0.8, 0.8]);
    expect(bands.optimal[0]).toEqual({ median: 0.3, lower: 0.2, upper: 0.4 });
    const areas = areasOf(bands);
    expect(areas.optimal).toBeCloseTo((0.3 + 0.8 + 0.8) / 3, 12);
    expect(areas.gradient).toBeCloseTo((0.4 + 0.6 + 0.6) / 3, 12);
  });

  it('count a score of zero as an error, or as +1', () => {
    expect(accuracyOf([0, 0, 2, -1], Float64Array.of(1, -1, 1, 1))).toEqual({ strict: 0.25, tied: 0.5 });
  });
});

describe('quantiles', () => {
  // numpy.quantile of the same numbers
  it.each([
    [[3, 1, 2, 5, 4], 0.25, 2],
    [[1, 2, 3, 4], 0.25, 1.75],
    [[1, 2, 3, 4], 0.75, 3.25],
    [[7], 0.5, 7],
    [[1, 10], 0.5, 5.5],
  ])('of %j at %d: %d', (values, share, expected) => {
    expect(quantile(values, share)).toBeCloseTo(expected, 12);
  });
  it('make a spread', () => {
    expect(spread([5, 1, 3, 2, 4])).toEqual({ median: 3, lower: 2, upper: 4 });
  });
});

describe('published numbers', () => {
  it('are there for all 17 sets, medians between their quartiles but for roundings of the source', () => {
    const names = [...tuning.table1, ...tuning.others];
    expect(new Set(names).size).toBe(17);
    expect(Object.keys(published).sort()).toEqual([...names].sort());
    for (const { min_l2, max_l1, valid_mse, test_mse } of Object.values(published)) {
      for (const [median, lower, upper] of [min_l2, max_l1, valid_mse, test_mse]) {
        expect(lower <= median && median <= upper).toBe(true);
      }
    }
    expect(new Set([...pruning.figure2, ...pruning.figure5]).size).toBe(10);
  });
});
