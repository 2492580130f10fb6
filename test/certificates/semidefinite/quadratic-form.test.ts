import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { lineForm, linesOf } from '../../../src/certificates/semidefinite/index.js';
import { coneHeight, quadraticForm } from '../../../src/certificates/semidefinite/quadratic-form.js';
import { sphereData } from '../../../src/certificates/sphere/data.js';
import { normals } from '../oracles.js';
import { bentMatrix, randomMultipliers } from './helpers.js';

describe('quadraticForm', () => {
  it('is 2σF plus the products, term by term, up to its noise', () => {
    const random = createRandom(31);
    for (let trial = 0; trial < 60; trial++) {
      const X = bentMatrix(
        trial % 2 === 0 ? 'general' : 'duplicates',
        2 + random.integer(6),
        1 + random.integer(4),
        random,
      );
      const data = sphereData(X);
      const form = lineForm(linesOf(data.reduced), data.reduced.rows.data, normals(X.rows, random));
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
      for (let i = 0; i <= rank; i++) for (let j = 0; j <= rank; j++) got += y[i] * e[i * (1 + rank) + j] * y[j];
      expect(Math.abs(got - expected)).toBeLessThanOrEqual(noise);
    }
  });
});
