import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { type Problem, trainingProblem } from '../../../src/certificates/index.js';
import { checkProof, readProof, writeProof } from '../../../src/certificates/proof/index.js';
import { isProvable, type KeptProof, semidefiniteLowerBound } from '../../../src/certificates/semidefinite/index.js';
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
      const { value, kept } = await semidefiniteLowerBound(problem, { iterations: 60, every: 20 });
      expect(value).toBeLessThanOrEqual(certificate.primal * (1 + 1e-9));
      if (kept !== null) expect(checkProof(problem, kept.proof)).toEqual({ accepted: true, value });
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

  it('stays in the domain of the logistic loss where predictions are almost certain', async () => {
    const { X, y, lambda, loss, outputBias, hiddenBias } = smallProblem(48);
    const options = { loss, outputBias, hiddenBias };
    const problem = trainingProblem(matrixFromRows(X), Float64Array.from(y), lambda, options);
    const exact = { lambda, ...options, patterns: 'exact', gap: 1e-9, threads: 1 } as const;
    const { weights, certificate } = await fit(problem.X, problem.y, exact);
    const { value } = await semidefiniteLowerBound(problem, { iterations: 300, start: weights });
    expect(loss).toBe('logistic');
    expect(value).toBeLessThanOrEqual(certificate.primal);
    expect(value).toBeGreaterThan(0.9 * certificate.primal);
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

  it('gives the same bytes on two threads', async () => {
    const problem = bentProblem('general', 110, 9, createRandom(27));
    const [alone, together] = await Promise.all(
      [1, 2].map((threads) => semidefiniteLowerBound(problem, { iterations: 26, every: 26, threads })),
    );
    expect(together.value).toBe(alone.value);
    expect(together.kept).toEqual(alone.kept);
    expect(alone.value).toBeGreaterThan(0);
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
      if (bound.kept !== null)
        expect(checkProof(problem, bound.kept.proof)).toEqual({ accepted: true, value: bound.value });
    }
  });

  it('answers for data without a row that is not zero', async () => {
    const problem = trainingProblem(matrix(3, 2), Float64Array.of(1, 2, 3), 0.1);
    expect(await semidefiniteLowerBound(problem)).toEqual({ value: 0, kept: null, iterations: 0, status: 'stalled' });
    expect((await semidefiniteLowerBound(problem, { goal: 0 })).status).toBe('solved');
  });

  it('proves the best constant where no neuron helps', async () => {
    // five equal rows with a free output bias
    const problem = trainingProblem(
      matrix(5, 1, Float64Array.of(1, 1, 1, 1, 1)),
      Float64Array.of(1, 1, -1, -1, -1),
      1e-4,
      {
        loss: 'logistic',
        outputBias: true,
      },
    );
    const { value } = await semidefiniteLowerBound(problem, { iterations: 50, every: 50 });
    expect(value).toBeCloseTo(-0.4 * Math.log(0.4) - 0.6 * Math.log(0.6), 12);
  });

  it('refuses what it does not cover', async () => {
    const two = trainingProblem(X, normals(48, random), 0.1);
    expect(isProvable(two)).toBe(false);
    await expect(semidefiniteLowerBound(two)).rejects.toThrow('one output');
    await expect(semidefiniteLowerBound(trainingProblem(X, y, 0))).rejects.toThrow('λ > 0');
  });
});

describe('a run that goes on from a file', () => {
  const about = { dataDigest: '', loss: 'squared', lambda: 2e-2, outputBias: true, hiddenBias: false };
  const random = createRandom(5);
  const problem = trainingProblem(gaussian(20, 5, random), normals(20, random), about.lambda);

  it('ends no lower than one that was never stopped, and never below what the file proves', async () => {
    const whole = await semidefiniteLowerBound(problem, { iterations: 300, every: 30 });
    const half = await semidefiniteLowerBound(problem, { iterations: 150, every: 30 });
    const file = readProof(writeProof({ ...about, ...half.kept! }));
    const rest = await semidefiniteLowerBound(problem, { iterations: 150, every: 30, resume: file });
    expect(rest.iterations).toBe(300);
    expect(rest.value).toBeGreaterThan(half.value);
    // it goes on from the multipliers of the proof, which are better than those of the iteration
    expect(rest.value).toBeGreaterThan((1 - 1e-3) * whole.value);
    const none = await semidefiniteLowerBound(problem, { iterations: 0, resume: file });
    expect(none.value).toBe(half.value);
  });

  it('keeps a proof at random moments that its file proves again', async () => {
    for (let trial = 0; trial < 8; trial++) {
      const control = new AbortController();
      const files: string[] = [];
      let left = 1 + random.integer(6);
      const found = await semidefiniteLowerBound(problem, {
        every: 1 + random.integer(12),
        signal: control.signal,
        onProof: (kept: KeptProof) => void files.push(writeProof({ ...about, ...kept })),
        onProgress: () => void (left-- === 0 && control.abort()),
      });
      expect(found.status).toBe('aborted');
      expect(files.length > 0).toBe(found.kept !== null);
      for (const text of files.slice(-1)) {
        const { proof, bound } = readProof(text);
        expect(bound).toBe(found.value);
        expect(checkProof(problem, proof)).toEqual({ accepted: true, value: found.value });
      }
    }
  });

  it('goes on with auxiliary lines as well', async () => {
    const whole = await semidefiniteLowerBound(problem, { iterations: 1000, every: 100 });
    const half = await semidefiniteLowerBound(problem, { iterations: 800, every: 100 });
    expect(half.kept!.proof.auxiliary.length).toBeGreaterThan(0);
    const file = readProof(writeProof({ ...about, ...half.kept! }));
    expect(checkProof(problem, file.proof)).toEqual({ accepted: true, value: half.value });
    const rest = await semidefiniteLowerBound(problem, { iterations: 200, every: 100, resume: file });
    expect(rest.value).toBeGreaterThanOrEqual(half.value);
    // it goes on from the multipliers of the proof, which are better than those of the iteration
    expect(rest.value).toBeGreaterThan((1 - 1e-3) * whole.value);
  });

  it('refuses a proof of other data', async () => {
    const { kept } = await semidefiniteLowerBound(problem, { iterations: 150, every: 30 });
    const other = trainingProblem(gaussian(20, 5, random), normals(20, random), 1e-4);
    await expect(semidefiniteLowerBound(other, { resume: kept! })).rejects.toThrow('the proof to go on from fails');
  });
});
