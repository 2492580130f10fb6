import { expect, it } from 'vitest';
import { scoresOf } from '../../src/estimators/scores.js';

it('scores targets near the largest number: the sum of errors may not be in their units', () => {
  const target = { kind: 'number', name: 'y', shift: 0, scale: 1e307 } as const;
  const y = Float64Array.from({ length: 100 }, (_, i) => (i % 2 ? 1 : -1));
  const { mae, rmse, r2 } = scoresOf(new Float64Array(100), y, target, 'squared');
  expect([mae, rmse, r2]).toEqual([1e307, 1e307, 0]);
});
