import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { type Problem, trainingProblem } from '../../../src/certificates/index.js';
import {
  isProvable,
  type SemidefiniteProof,
  semidefiniteLowerBound,
  semidefiniteValue,
} from '../../../src/certificates/semidefinite/index.js';
import { fit } from '../../../src/index.js';
import { matrix, matrixFromRows } from '../../../src/linalg/index.js';
import { kinds, smallProblem } from '../../property/small-problems.js';
import { gaussian, normals } from '../oracles.js';
import { bends, bentProblem } from './helpers.js';

/** The optimum over all patterns, enumerated. */
async function truth({ X, y, lambda, loss, outputBias, hiddenBias }: Problem): Promise<number> {
  const options = {
    lambda,
    loss: loss.name,
    outputBias,
    hiddenBias,
    patterns: 'exact',
    gap: 1e-9,
    threads: 1,
  } as const;
  return (await fit(X, y, options)).certificate.primal;
}

function small(index: number): Problem {
  const { X, y, lambda, loss, outputBias, hiddenBias } = smallProblem(index);
  return trainingProblem(matrixFromRows(X), Float64Array.from(y), lambda, { loss, outputBias, hiddenBias });
}

describe('semidefiniteLowerBound', () => {
  it('is never above the enumerated optimum, and mostly near it', async () => {
    const ratios: number[] = [];
    for (let index = 0; index < 3 * kinds.length; index++) {
      const problem = small(index);
      const optimum = await truth(problem);
      const { value } = await semidefiniteLowerBound(problem, { iterations: 400, every: 50 });
      expect(value, smallProblem(index).name).toBeLessThanOrEqual(optimum * (1 + 1e-8) + 1e-12);
      if (optimum > 1e-9) ratios.push(value / optimum);
    }
    ratios.sort((a, b) => a - b);
    expect(ratios[Math.floor(ratios.length / 2)]).toBeGreaterThan(0.95);
  });

  it.each(Object.keys(bends))('is never above a trained network: %s', async (kind) => {
    const random = createRandom(23);
    for (let trial = 0; trial < 3; trial++) {
      const options = { outputBias: trial % 2 === 0 };
      const problem = bentProblem(kind, 6 + random.integer(10), 2 + random.integer(3), random, options);
      const { X, y, lambda } = problem;
      const { certificate } = await fit(X, y, { lambda, loss: 'squared', ...options, threads: 1, timeLimit: 2 });
      const { value, proof } = await semidefiniteLowerBound(problem, { iterations: 60, every: 20 });
      expect(value).toBeLessThanOrEqual(certificate.primal * (1 + 1e-9));
      if (proof !== null) expect(semidefiniteValue(problem, proof)).toBe(value);
      else expect(value).toBe(0);
    }
  });

  const random = createRandom(2);
  const X = gaussian(24, 6, random);
  const y = X.data.filter((_, at) => at % 6 === 0).map((t, i) => Math.abs(t) - Math.abs(X.data[6 * i + 1]));

  it('is tight on a planted problem, more so with a start', async () => {
    const fitted = await fit(X, y, { lambda: 1e-2, loss: 'squared', threads: 1 });
    const problem = trainingProblem(X, y, 1e-2);
    const { value } = await semidefiniteLowerBound(problem, { iterations: 400, start: fitted.weights });
    expect(value).toBeLessThanOrEqual(fitted.certificate.primal);
    expect(value).toBeGreaterThan(0.93 * fitted.certificate.primal);
  });

  it('bounds the logistic loss', async () => {
    const labels = y.map((t) => (t >= 0 ? 1 : -1));
    const options = { loss: 'logistic', outputBias: true } as const;
    const fitted = await fit(X, labels, { lambda: 1e-2, ...options, threads: 1 });
    const problem = trainingProblem(X, labels, 1e-2, options);
    const { value } = await semidefiniteLowerBound(problem, { iterations: 400, start: fitted.weights });
    expect(value).toBeLessThanOrEqual(fitted.certificate.primal);
    expect(value).toBeGreaterThan(0.9 * fitted.certificate.primal);
  });

  it('gives the same bytes twice, and stops at its goal', async () => {
    const problem = trainingProblem(X, y, 3e-2);
    const first = await semidefiniteLowerBound(problem, { iterations: 60, every: 20 });
    const second = await semidefiniteLowerBound(problem, { iterations: 60, every: 20 });
    expect(second).toEqual(first);
    const early = await semidefiniteLowerBound(problem, { iterations: 60, every: 20, goal: 0.1 * first.value });
    expect(early.iterations).toBeLessThan(60);
    expect(early.status).toBe('solved');
  });

  it('stops at a signal with what it has proved', async () => {
    const problem = trainingProblem(X, y, 3e-2);
    for (const after of [1, 2, 3]) {
      const control = new AbortController();
      let reports = 0;
      const onProgress = (): void => {
        if (++reports === after) control.abort();
      };
      const bound = await semidefiniteLowerBound(problem, { every: 5, signal: control.signal, onProgress });
      expect(bound.status).toBe('aborted');
      expect(bound.iterations).toBe(5 * after);
      if (bound.proof !== null) expect(semidefiniteValue(problem, bound.proof)).toBe(bound.value);
    }
  });

  it('answers for data without a row that is not zero', async () => {
    const problem = trainingProblem(matrix(3, 2), Float64Array.of(1, 2, 3), 0.1);
    expect((await semidefiniteLowerBound(problem)).value).toBe(0);
  });

  it('refuses what it does not cover', async () => {
    const two = trainingProblem(X, normals(48, random), 0.1);
    expect(isProvable(two)).toBe(false);
    await expect(semidefiniteLowerBound(two)).rejects.toThrow('one output');
    await expect(semidefiniteLowerBound(trainingProblem(X, y, 0))).rejects.toThrow('λ > 0');
  });
});

describe('semidefiniteValue', () => {
  const random = createRandom(9);
  const problem = bentProblem('duplicates', 12, 3, random, { outputBias: false });

  async function proved(): Promise<{ value: number; proof: SemidefiniteProof }> {
    const { value, proof } = await semidefiniteLowerBound(problem, { iterations: 200 });
    return { value, proof: proof! };
  }

  it('never proves more than the optimum from a proof that was changed', async () => {
    const { proof } = await proved();
    const optimum = await truth(problem);
    for (let trial = 0; trial < 200; trial++) {
      const size = 10 ** (-6 * random.uniform());
      const change = (values: Float64Array): Float64Array =>
        values.map((x) =>
          random.uniform() < 0.2 ? x * (1 + size * random.normal()) + size * 1e-2 * random.normal() : x,
        );
      const multipliers = proof.multipliers.map((m) =>
        Object.fromEntries(Object.entries(m).map(([name, values]) => [name, change(values as Float64Array)])),
      ) as unknown as SemidefiniteProof['multipliers'];
      const r = trial % 2 === 0 ? proof.r : change(proof.r);
      expect(semidefiniteValue(problem, { r, multipliers })).toBeLessThanOrEqual(optimum * (1 + 1e-9));
    }
  });

  it('rejects arrays of other data and numbers that are not finite', async () => {
    const { proof } = await proved();
    expect(() => semidefiniteValue(problem, { ...proof, r: proof.r.slice(1) })).toThrow('expected 12');
    const other = bentProblem('general', 12, 3, random);
    expect(() => semidefiniteValue(other, proof)).toThrow('other data');
    const broken = { ...proof, r: proof.r.map(() => Number.NaN) };
    expect(() => semidefiniteValue(problem, broken)).toThrow('finite');
  });
});
