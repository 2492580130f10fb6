import { describe, expect, it } from 'vitest';
import { createRandom, exp, log } from '../../src/base/index.js';
import { lossByName } from '../../src/losses/index.js';

describe('the proximal step of the logistic loss', () => {
  const loss = lossByName('logistic');
  const step = (v: number, y: number, tau: number, near = 0): number => {
    const f = Float64Array.of(near);
    loss.proximal(Float64Array.of(v), Float64Array.of(y), 1, tau, f);
    return f[0];
  };
  /** y σ(−yf) − (f − v)/tau, and the size of its terms. */
  const equation = (f: number, v: number, y: number, tau: number): readonly [number, number] => {
    const slope = y / (1 + exp(y * f));
    return [slope - (f - v) / tau, Math.abs(slope) + (Math.abs(f) + Math.abs(v)) / tau];
  };

  it('solves its equation to rounding, tau over eight decades and v over five', () => {
    const random = createRandom(3);
    for (let k = 0; k < 20_000; k++) {
      const tau = exp(log(10) * (8 * random.uniform() - 4));
      const v = (random.uniform() - 0.5) * exp(log(10) * (5 * random.uniform() - 1));
      const y = random.uniform() < 0.5 ? -1 : 1;
      const [value, size] = equation(step(v, y, tau), v, y, tau);
      expect(Math.abs(value)).toBeLessThanOrEqual(1e-14 * size);
    }
  });

  it('from any guess', () => {
    const random = createRandom(4);
    for (let k = 0; k < 5000; k++) {
      const tau = exp(log(10) * (14 * random.uniform() - 4));
      const [v, y] = [20 * random.normal() * Math.max(1, tau * random.uniform()), k % 2 === 0 ? 1 : -1];
      const guess = [v, v + y * tau * random.uniform(), step(v, y, tau), Number.NaN, 1e300, 30 * random.normal()][
        k % 6
      ];
      const [value, size] = equation(step(v, y, tau, guess), v, y, tau);
      expect(Math.abs(value)).toBeLessThanOrEqual(1e-13 * size);
    }
  });

  it("where Newton's steps go to and fro between two flat ends", () => {
    const [v, y, tau] = [2.65499203140823, -1, 264.6185999044648];
    const [value, size] = equation(step(v, y, tau), v, y, tau);
    expect(Math.abs(value)).toBeLessThanOrEqual(1e-14 * size);
  });
});
