import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../src/base/index.js';
import {
  bestDualPoint,
  certify,
  globalLowerBound,
  networkObjective,
  residualOf,
  trainingProblem,
} from '../../src/certificates/index.js';
import { makeZeroSum } from '../../src/certificates/zero-sum.js';
import { matrix } from '../../src/linalg/index.js';
import { type LossName, lossByName } from '../../src/losses/index.js';
import { descended } from './descent.js';
import { type Biases, normals, positivePart, randomNetwork, type Sample, sample } from './oracles.js';

const cases: { loss: LossName; outputs: number }[] = [
  { loss: 'squared', outputs: 1 },
  { loss: 'squared', outputs: 3 },
  { loss: 'huber', outputs: 2 },
  { loss: 'logistic', outputs: 1 },
  { loss: 'logistic', outputs: 2 },
  { loss: 'squared-hinge', outputs: 1 },
  { loss: 'softmax', outputs: 3 },
];
const biases: Biases[] = [
  { outputBias: true, hiddenBias: false },
  { outputBias: false, hiddenBias: true },
  { outputBias: true, hiddenBias: true },
  { outputBias: false, hiddenBias: false },
];

/** The exact sum of doubles, as a big integer times 2⁻¹⁰⁷⁴. */
function exactSum(values: Iterable<number>): bigint {
  let sum = 0n;
  const view = new DataView(new ArrayBuffer(8));
  for (const value of values) {
    view.setFloat64(0, value);
    const bits = view.getBigUint64(0);
    const exponent = (bits >> 52n) & 0x7ffn;
    const mantissa = (bits & 0xfffffffffffffn) | (exponent === 0n ? 0n : 1n << 52n);
    const size = mantissa << (exponent === 0n ? 0n : exponent - 1n);
    sum += bits >> 63n === 1n ? -size : size;
  }
  return sum;
}

const columnOf = (t: Float64Array, k: number, outputs: number): number[] =>
  Array.from(t).filter((_, at) => at % outputs === k);

describe('weak duality', () => {
  for (const { loss, outputs } of cases) {
    for (const bias of biases) {
      it(`${loss}, ${outputs} outputs, ${JSON.stringify(bias)}: no network is below the bound`, async () => {
        for (let seed = 0; seed < 4; seed++) {
          const random = createRandom(seed, outputs);
          const [n, d] = [4 + random.integer(9), 1 + random.integer(3)];
          const data = sample(loss, n, d, outputs, random);
          const lambda = 10 ** (-0.5 - 2 * random.uniform());
          await holds(data, lambda, bias, random);
        }
      });
    }
  }
});

/** Bounds from several residuals against many networks, some of them trained. */
async function holds(data: Sample, lambda: number, bias: Biases, random: Random): Promise<void> {
  const { X, y, outputs, loss } = data;
  const options = { loss, ...bias };
  const problem = trainingProblem(X, y, lambda, options);
  const trained = descended(data, lambda, bias, 250, random);
  const others = Array.from({ length: 40 }, () => randomNetwork(X.cols, outputs, bias, random));
  const objectives = [trained, ...others].map((w) => networkObjective(w, X, y, lambda, options));
  const least = Math.min(...objectives);
  for (const from of [trained, others[0], others[1]]) {
    const bound = await globalLowerBound(problem, residualOf(from, problem), { starts: 100 });
    expect(bound.value).toBeLessThanOrEqual(least);
    expect(bound.value).toBeGreaterThanOrEqual(0);
  }
  const certificate = await certify(trained, X, y, lambda, { ...options, starts: 100 });
  expect(certificate.bound).toBeLessThanOrEqual(least);
  expect(certificate.primal).toBe(objectives[0]);
}

describe('bestDualPoint', () => {
  it('is feasible as the doubles it is: exact zero sums, inside the domain, below the norm', async () => {
    for (const { loss, outputs } of cases) {
      for (let seed = 0; seed < 6; seed++) {
        const random = createRandom(seed, 31);
        const { X, y } = sample(loss, 9 + seed, 2, outputs, random);
        const lambda = 0.02;
        const problem = trainingProblem(X, y, lambda, { loss, outputBias: true });
        const r = residualOf(randomNetwork(2, outputs, { outputBias: true, hiddenBias: false }, random), problem);
        const bound = await globalLowerBound(problem, r, { starts: 20 });
        const { t, value } = bestDualPoint(
          problem,
          r,
          Float64Array.from(bound.norms, (norm) => norm.upper),
        );
        for (let k = 0; k < outputs; k++) {
          expect(exactSum(columnOf(t, k, outputs))).toBe(0n);
          const column = Float64Array.from(columnOf(t, k, outputs));
          for (let a = 0; a < 500; a++) {
            const angle = (Math.PI * a) / 250;
            const at = positivePart(X, column, [Math.cos(angle), Math.sin(angle)]);
            expect(Math.abs(at)).toBeLessThanOrEqual(X.rows * lambda * (1 + 1e-14));
          }
        }
        const conjugate = lossByName(loss).conjugate(t, y, outputs);
        expect(value).toBeLessThanOrEqual(Math.max(0, -conjugate / X.rows));
        expect(value).toBeGreaterThanOrEqual(-conjugate / X.rows - 1e-9);
      }
    }
  });

  it('is the scaled residual that a fine search finds', () => {
    const random = createRandom(77);
    const { X, y } = sample('logistic', 30, 2, 1, random);
    const problem = trainingProblem(X, y, 0.01, { loss: 'logistic', outputBias: false });
    const r = residualOf(randomNetwork(2, 1, { outputBias: false, hiddenBias: false }, random), problem);
    for (const norm of [0.1, 0.5, 3]) {
      const { value } = bestDualPoint(problem, r, Float64Array.of(norm));
      let best = 0;
      for (let k = 0; k <= 20_000; k++) {
        const s = (Math.min(0.3 / norm, 3) * k) / 20_000;
        best = Math.max(
          best,
          -lossByName('logistic').conjugate(
            r.map((x) => s * x),
            y,
            1,
          ) / 30,
        );
      }
      expect(value).toBeCloseTo(best, 6);
    }
  });

  it('proves nothing from a norm that is infinite, and at λ = 0', () => {
    const random = createRandom(5);
    const { X, y } = sample('squared', 8, 2, 1, random);
    const r = normals(8, random);
    expect(bestDualPoint(trainingProblem(X, y, 0.1), r, Float64Array.of(Number.POSITIVE_INFINITY)).value).toBe(0);
    expect(bestDualPoint(trainingProblem(X, y, 0), r, Float64Array.of(1)).value).toBe(0);
  });
});

describe('makeZeroSum', () => {
  it('leaves sums of exactly zero, entries between 0 and where they were', () => {
    const random = createRandom(4);
    for (let k = 0; k < 50; k++) {
      const n = 2 + random.integer(400);
      const t = normals(n, random).map((x) => x * 2 ** (random.integer(60) - 30));
      const before = t.slice();
      makeZeroSum(lossByName('squared'), t, new Float64Array(n), 1, true);
      expect(exactSum(t)).toBe(0n);
      const outside = t.filter((x, i) => x * Math.sign(before[i]) < 0 || Math.abs(x) > Math.abs(before[i]));
      expect(outside).toHaveLength(0);
    }
  });

  it('moves a residual that sums to rounding by rounding alone', () => {
    const random = createRandom(6);
    const t = normals(500, random);
    const mean = t.reduce((a, b) => a + b, 0) / 500;
    const centred = t.map((x) => x - mean);
    const moved = centred.slice();
    makeZeroSum(lossByName('squared'), moved, new Float64Array(500), 1, true);
    expect(Math.max(...moved.map((x, i) => Math.abs(x - centred[i])))).toBeLessThan(1e-11);
  });

  it('gives probabilities for softmax, even from far outside', () => {
    const random = createRandom(9);
    for (let k = 0; k < 30; k++) {
      const { y } = sample('softmax', 12, 2, 4, random);
      const t = y.map((v) => v - random.uniform());
      makeZeroSum(lossByName('softmax'), t, y, 4, true);
      for (let i = 0; i < t.length; i += 4) expect(exactSum(t.subarray(i, i + 4))).toBe(0n);
      for (let c = 0; c < 4; c++) expect(exactSum(columnOf(t, c, 4))).toBe(0n);
      expect(t.some((x, i) => y[i] - x < 0)).toBe(false);
      expect(Number.isFinite(lossByName('softmax').conjugate(t, y, 4))).toBe(true);
    }
  });

  it('makes one class alone zero', () => {
    const t = Float64Array.of(0.5, 0.25, 1);
    makeZeroSum(lossByName('logistic'), t, Float64Array.of(1, 1, 1), 1, true);
    expect(t).toEqual(new Float64Array(3));
  });
});

describe('trainingProblem refuses', () => {
  const X = matrix(2, 1, Float64Array.of(1, 2));
  const usage = { kind: 'usage' };
  const data = { kind: 'data' };
  it.each([
    ['a negative λ', () => trainingProblem(X, Float64Array.of(1, 2), -1), usage],
    ['λ that is no number', () => trainingProblem(X, Float64Array.of(1, 2), Number.NaN), usage],
    ['y of another length', () => trainingProblem(X, Float64Array.of(1, 2, 3), 1), usage],
    ['no rows', () => trainingProblem(matrix(0, 1), new Float64Array(0), 1), data],
    ['X not finite', () => trainingProblem(matrix(1, 1, Float64Array.of(Number.NaN)), Float64Array.of(1), 1), data],
    ['y not finite', () => trainingProblem(X, Float64Array.of(1, Number.NaN), 1), data],
    ['labels other than ±1', () => trainingProblem(X, Float64Array.of(0, 1), 1, { loss: 'logistic' }), data],
    ['rows that are not one-hot', () => trainingProblem(X, Float64Array.of(1, 1, 0, 1), 1, { loss: 'softmax' }), data],
    ['an unknown loss', () => trainingProblem(X, Float64Array.of(0, 1), 1, { loss: 'zero-one' as LossName }), usage],
  ])('%s', (_, call, error) => {
    expect(call).toThrow(expect.objectContaining(error));
  });
});
