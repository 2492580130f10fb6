import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { noCombinations } from '../../../src/certificates/semidefinite/combinations.js';
import { lineForm, linesOf, noMultipliers, quadraticBound } from '../../../src/certificates/semidefinite/index.js';
import { sphereData } from '../../../src/certificates/sphere/data.js';
import type { Matrix } from '../../../src/linalg/index.js';
import { enumeratedMaximum, normals, positivePart, sampledMaximum } from '../oracles.js';
import { bends, bentMatrix, randomCombinations, randomMultipliers } from './helpers.js';

/** The bound of max σrᵀ(Xu)_+ for given multipliers, as the verifier derives it. */
function boundFor(X: Matrix, r: Float64Array, sign: number, seed: number): number {
  const data = sphereData(X);
  const lines = linesOf(data.reduced);
  const random = createRandom(seed);
  const combinations = seed % 3 === 0 ? noCombinations : randomCombinations(lines, random);
  const form = lineForm(lines, data.reduced.rows.data, r, combinations);
  const bound = quadraticBound(form, sign, randomMultipliers(form, sign, random));
  return data.scale * (bound * data.reduced.stretch + form.margin);
}

/** The largest σrᵀ(Xu)_+ over some unit vectors, those along rows among them. */
function found(X: Matrix, r: Float64Array, sign: number, seed: number): number {
  const random = createRandom(seed);
  let best = 0;
  for (let trial = 0; trial < 60; trial++) {
    const row = trial % X.rows;
    const away = trial < 2 * X.rows ? 10 ** (-8 * random.uniform()) : 1e9;
    const u = Array.from({ length: X.cols }, (_, j) => X.data[row * X.cols + j] + away * random.normal());
    const length = Math.hypot(...u);
    if (length > 0) best = Math.max(best, (sign * positivePart(X, r, u)) / length);
  }
  return best;
}

describe('quadraticBound', () => {
  it.each(Object.keys(bends))('is a bound for any multipliers: %s', (kind) => {
    const random = createRandom(5, kind.length);
    let finite = 0;
    for (let trial = 0; trial < 120; trial++) {
      const X = bentMatrix(kind, 2 + random.integer(9), 1 + random.integer(4), random);
      const r = normals(X.rows, random);
      const sign = trial % 2 === 0 ? 1 : -1;
      const bound = boundFor(X, r, sign, trial);
      expect(bound).toBeGreaterThanOrEqual(found(X, r, sign, trial) * (1 - 1e-13));
      if (Number.isFinite(bound)) finite++;
    }
    expect(finite).toBeGreaterThan(kind === 'zeros' ? 20 : 60);
  });

  it('is above the enumerated maximum', async () => {
    const random = createRandom(11);
    for (let trial = 0; trial < 20; trial++) {
      const X = bentMatrix('general', 7, 2 + (trial % 2), random);
      const r = normals(7, random);
      const bound = Math.max(boundFor(X, r, 1, trial), boundFor(X, r, -1, trial));
      expect(bound).toBeGreaterThanOrEqual((await enumeratedMaximum(X, r)) * (1 - 1e-9));
    }
  });

  it('is sharp for one row', () => {
    const data = sphereData({ rows: 1, cols: 2, data: Float64Array.of(3, 4) });
    const form = lineForm(linesOf(data.reduced), data.reduced.rows.data, Float64Array.of(1));
    // F = (a + |a|)/2, a = zᵀv, is at most ‖z‖: 2F ≤ a + t + (N⁺⁻)(t² − a²)·2 with N⁺⁻ = −1/(4‖z‖)
    const length = 5 / data.scale;
    const multipliers = { ...noMultipliers(1, form.lines.rank), nCross: Float64Array.of(-1 / (4 * length)) };
    expect(quadraticBound(form, 1, multipliers) * data.scale).toBeCloseTo(5, 10);
  });

  it('proves nothing where T is not definite', () => {
    const data = sphereData({ rows: 2, cols: 1, data: Float64Array.of(1, 2) });
    const form = lineForm(linesOf(data.reduced), data.reduced.rows.data, Float64Array.of(1, 1));
    expect(quadraticBound(form, 1, noMultipliers(form.lines.count, 1))).toBe(Number.POSITIVE_INFINITY);
    const wrong = { ...noMultipliers(form.lines.count, 1), nCross: new Float64Array(form.lines.count ** 2).fill(1) };
    expect(quadraticBound(form, 1, wrong)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is above a search in more dimensions', () => {
    const random = createRandom(3);
    for (let trial = 0; trial < 10; trial++) {
      const X = bentMatrix('general', 20, 8, random);
      const r = normals(20, random);
      const bound = Math.max(boundFor(X, r, 1, trial), boundFor(X, r, -1, trial));
      expect(bound).toBeGreaterThanOrEqual(sampledMaximum(X, r, 300, random));
    }
  });
});

describe('lineForm', () => {
  it.each(Object.keys(bends))('is the function itself up to its margin: %s', (kind) => {
    const random = createRandom(7);
    for (let trial = 0; trial < 40; trial++) {
      const X = bentMatrix(kind, 2 + random.integer(8), 1 + random.integer(4), random);
      const r = normals(X.rows, random);
      const data = sphereData(X);
      const { rank, basis } = data.reduced;
      const form = lineForm(linesOf(data.reduced), data.reduced.rows.data, r);
      const u = normals(X.cols, random);
      const length = Math.hypot(...u);
      const v = Array.from({ length: rank }, (_, k) =>
        basis ? u.reduce((sum, t, j) => sum + (t / length) * basis.data[j * rank + k], 0) : u[k] / length,
      );
      const a = Array.from({ length: form.lines.count }, (_, k) =>
        v.reduce((sum, t, j) => sum + t * form.lines.z[k * rank + j], 0),
      );
      const value = v.reduce((s, t, j) => s + t * form.b[j], 0) + a.reduce((s, t, k) => s + Math.abs(t) * form.w[k], 0);
      const slack = form.margin + 1e-13 * form.total;
      expect(Math.abs(data.scale * value - positivePart(X, r, u) / length)).toBeLessThanOrEqual(data.scale * slack);
      expect(form.margin).toBeLessThanOrEqual(1e-8 * form.total + 1e-300);
    }
  });

  it('has one line for parallel and opposite rows', () => {
    const X = { rows: 5, cols: 2, data: Float64Array.of(1, 2, -2, -4, 0, 0, 1, 2, 3, 1) };
    const lines = linesOf(sphereData(X).reduced);
    expect(lines.count).toBe(2);
    expect([...lines.of]).toEqual([0, 0, -1, 0, 1]);
    expect([...lines.along]).toEqual([1, -2, 0, 1, 1]);
  });
});
