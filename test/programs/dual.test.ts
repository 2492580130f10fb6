import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { lossByName } from '../../src/losses/index.js';
import { bestDualScale } from '../../src/programs/index.js';
import { sampleLosses } from '../solvers/dense.js';
import { allLosses } from '../solvers/problems.js';

/** A residual that a prediction leaves, and its targets. */
function residualOf(name: (typeof allLosses)[number], size: number, seed: number) {
  const random = createRandom(seed);
  const outputs = name === 'softmax' ? 3 : 1;
  const loss = lossByName(name);
  const f = Float64Array.from({ length: 8 * outputs }, () => size * random.normal());
  const oneHot = (at: number): number => (at % 3 === Math.floor(at / 3) % 3 ? 1 : 0);
  const single = (): number => (loss.targets === 'number' ? 2 * random.normal() : random.uniform() < 0.5 ? 1 : -1);
  const y = f.map((_, at) => (name === 'softmax' ? oneHot(at) : single()));
  const r = new Float64Array(f.length);
  loss.residual(f, y, outputs, r);
  return { loss, r, y, outputs };
}

describe.each(allLosses)('bestDualScale: %s', (name) => {
  it('is the best point of a fine grid on [0, limit], and never beyond the limit', () => {
    for (const [seed, limit] of [0.05, 0.5, 0.9, 1, 1.3, 7, Number.POSITIVE_INFINITY].entries()) {
      const { loss, r, y, outputs } = residualOf(name, 0.7, seed);
      const best = bestDualScale(loss, r, y, outputs, limit);
      expect(best.scale).toBeGreaterThanOrEqual(0);
      expect(best.scale).toBeLessThanOrEqual(limit);
      const value = (s: number): number => -conjugateOf(name, r, y, outputs, s);
      expect(best.value).toBeCloseTo(value(best.scale), 11);
      const top = Math.min(limit, 2);
      for (let k = 0; k <= 2000; k++) {
        const other = value((top * k) / 2000);
        expect(best.value).toBeGreaterThanOrEqual(other - 1e-10 * Math.max(1, Math.abs(other)));
      }
    }
  });
});

function conjugateOf(name: (typeof allLosses)[number], r: Float64Array, y: Float64Array, c: number, s: number): number {
  let sum = 0;
  for (let i = 0; i < r.length; i += c) {
    const row = Array.from(r.subarray(i, i + c), (v) => s * v);
    sum += sampleLosses[name].conjugate(row, Array.from(y.subarray(i, i + c)));
  }
  return sum;
}

it('a residual of zero gives the value of the zero point', () => {
  for (const name of allLosses) {
    const { loss, y, outputs } = residualOf(name, 1, 1);
    expect(bestDualScale(loss, new Float64Array(y.length), y, outputs, 3).value).toBeCloseTo(0, 14);
  }
});
