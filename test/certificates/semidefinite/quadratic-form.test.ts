import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { type Combinations, noCombinations } from '../../../src/certificates/semidefinite/combinations.js';
import { lineForm, linesOf } from '../../../src/certificates/semidefinite/index.js';
import { coneHeight, quadraticForm } from '../../../src/certificates/semidefinite/quadratic-form.js';
import { sphereData } from '../../../src/certificates/sphere/data.js';
import { normals } from '../oracles.js';
import { bentMatrix, randomCombinations, randomMultipliers } from './helpers.js';

describe('quadraticForm', () => {
  it('is 2σF plus the products, term by term, up to its noise', () => {
    const random = createRandom(31);
    let withSlacks = 0;
    for (let trial = 0; trial < 60; trial++) {
      const X = bentMatrix(
        trial % 2 === 0 ? 'general' : 'duplicates',
        2 + random.integer(6),
        1 + random.integer(4),
        random,
      );
      const data = sphereData(X);
      const lines = linesOf(data.reduced);
      const combinations = trial % 3 === 0 ? noCombinations : randomCombinations(lines, random);
      withSlacks += combinations.count;
      const form = lineForm(lines, data.reduced.rows.data, normals(X.rows, random), combinations);
      const { count, rank, z } = form.lines;
      const sign = trial % 4 < 2 ? 1 : -1;
      const m = randomMultipliers(form, sign, random);
      const { t, c, e, noise } = quadraticForm(form, sign, m);
      const raw = normals(rank, random);
      const v = raw.map((x) => x / Math.hypot(...raw));
      const dot = (a: ArrayLike<number>, at: number): number => v.reduce((s, x, j) => s + x * a[at + j], 0);
      const a = Array.from({ length: count }, (_, k) => dot(z, k * rank));
      const plus = a.map((x) => Math.abs(x) + x);
      const minus = a.map((x) => Math.abs(x) - x);
      let expected = 2 * sign * (dot(form.b, 0) + a.reduce((s, x, k) => s + form.w[k] * Math.abs(x), 0));
      let got = 0;
      const y = [1, ...v];
      for (let k = 0; k < count; k++) {
        expected += 2 * plus[k] * (coneHeight(m.qPlus[k], m.pPlus, k, rank) + dot(m.pPlus, k * rank));
        expected += 2 * minus[k] * (coneHeight(m.qMinus[k], m.pMinus, k, rank) + dot(m.pMinus, k * rank));
        for (let l = 0; l < count; l++) {
          const at = k * count + l;
          expected += plus[k] * plus[l] * Math.max(0, m.nPlus[at]) + minus[k] * minus[l] * Math.max(0, m.nMinus[at]);
          expected += 2 * plus[k] * minus[l] * Math.max(0, m.nCross[at]);
          got -= Math.abs(a[k]) * Math.abs(a[l]) * t[at];
        }
        for (let j = 0; j <= rank; j++) got += 2 * Math.abs(a[k]) * c[k * (1 + rank) + j] * y[j];
      }
      const rho = slacksAt(combinations, a);
      for (let c = 0; c < rho.length; c++) {
        expected += 2 * rho[c] * (coneHeight(m.slack.q[c], m.slack.p, c, rank) + dot(m.slack.p, c * rank));
        for (let k = 0; k < count; k++) {
          const at = c * count + k;
          expected +=
            2 * rho[c] * (plus[k] * Math.max(0, m.slack.nPlus[at]) + minus[k] * Math.max(0, m.slack.nMinus[at]));
        }
        for (let b = 0; b <= c; b++)
          expected += (b < c ? 2 : 1) * rho[c] * rho[b] * Math.max(0, m.slack.n[c * rho.length + b]);
      }
      for (let i = 0; i <= rank; i++) for (let j = 0; j <= rank; j++) got += y[i] * e[i * (1 + rank) + j] * y[j];
      expect(Math.abs(got - expected)).toBeLessThanOrEqual(noise);
    }
    expect(withSlacks).toBeGreaterThan(30);
  });
});

/** ρ at a = Zv, by its definition. */
const slacksAt = ({ count, start, line, share }: Combinations, a: readonly number[]): number[] =>
  Array.from({ length: count }, (_, c) => {
    let sum = 0;
    for (let e = start[c]; e < start[c + 1]; e++) sum += (e === start[c] ? -1 : 1) * Math.abs(share[e] * a[line[e]]);
    return sum;
  });
