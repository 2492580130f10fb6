import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { countPatterns, type FitResult } from '../../src/index.js';
import { cuttingPlanes } from '../solvers/cutting-planes.js';
import { type DenseProblem, denseLowerBound, denseResidual } from '../solvers/dense.js';
import { cellPatterns } from './cells.js';
import { fitSmall, objective } from './forgeries.js';
import { type SmallProblem, smallProblem } from './small-problems.js';

const tolerance = 1e-6;

const withOnes = ({ X, hiddenBias }: SmallProblem): number[][] => X.map((x) => (hiddenBias ? [...x, 1] : [...x]));

const denseOf = (problem: SmallProblem): DenseProblem => ({
  X: withOnes(problem),
  Y: problem.y.map((v) => [v]),
  loss: problem.loss,
  lambda: problem.lambda,
  outputBias: problem.outputBias,
  gated: false,
});

const outputs = (result: FitResult, { X }: SmallProblem): number[][] => Array.from(result.predict(X).data, (f) => [f]);

function expectClaimed(result: FitResult, problem: SmallProblem): void {
  const { certificate, status, weights } = result;
  expect(status).toBe('solved');
  expect(certificate.scope).toBe('exact');
  expect(certificate.relativeGap).toBeLessThanOrEqual(tolerance);
  expect(certificate.bound).toBeGreaterThanOrEqual(certificate.primal * (1 - tolerance));
  expect(Math.abs(objective(problem, weights) - certificate.primal)).toBeLessThanOrEqual(1e-12 * certificate.primal);
}

/** Problems with up to nine rows, apart from those of the benchmark. */
const problems = Array.from({ length: 200 }, (_, k) => smallProblem(1000 + k))
  .filter(({ X }) => X.length <= 9)
  .slice(0, 60);

describe('a small problem is solved to its optimum over every cell', () => {
  it.each(problems.map((problem) => [problem.name, problem] as const))('%s', async (_, problem) => {
    const dense = denseOf(problem);
    const cells = cellPatterns(dense.X);
    for (const patterns of ['exact', 'auto'] as const) {
      const result = await fitSmall(problem, { patterns });
      expectClaimed(result, problem);
      const { primal, dual } = result.certificate;
      const lower = denseLowerBound(dense, cells, denseResidual(dense, outputs(result, problem)));
      expect(primal - lower).toBeLessThanOrEqual(1.01 * tolerance * primal);
      expect(dual).toBeLessThanOrEqual(lower + tolerance * primal);
    }
  });
});

describe('the squared loss against cutting planes, which know no network', () => {
  const few = problems.filter(({ X, loss }) => loss === 'squared' && X.length <= 7);

  it('there are enough of them', () => expect(few.length).toBeGreaterThanOrEqual(15));

  it.each(few.map((problem) => [problem.name, problem] as const))('%s', async (_, problem) => {
    const dense = denseOf(problem);
    const { lower, upper } = cuttingPlanes(dense, cellPatterns(dense.X));
    expect(upper - lower).toBeLessThanOrEqual(1e-8 * upper);
    const { certificate } = await fitSmall(problem, { patterns: 'exact' });
    expect(certificate.primal).toBeGreaterThanOrEqual(lower * (1 - 1e-9));
    expect(certificate.primal).toBeLessThanOrEqual(upper * (1 + tolerance));
    expect(certificate.bound).toBeLessThanOrEqual(upper * (1 + 1e-9));
  });
});

/** Written by bench/truth.ts --fixtures: exact integer patterns and Clarabel. */
interface Fixture extends SmallProblem {
  readonly optimum: { readonly lower: number; readonly upper: number };
  readonly patterns: number;
}

const fixtures: Fixture[] = JSON.parse(
  readFileSync(new URL('../fixtures/truth/problems.json', import.meta.url), 'utf8'),
);

describe('stored problems against the optimum of the enumerated program', () => {
  it('are 40, of both losses, with and without biases', () => {
    expect(fixtures.length).toBe(40);
    for (const key of ['loss', 'outputBias', 'hiddenBias'] as const)
      expect(new Set(fixtures.map((f) => f[key])).size).toBe(2);
    for (const { optimum } of fixtures) expect(optimum.upper - optimum.lower).toBeLessThan(1e-9 * optimum.upper);
  });

  it.each(fixtures.map((fixture) => [fixture.name, fixture] as const))('%s', async (_, fixture) => {
    const { lower, upper } = fixture.optimum;
    for (const patterns of ['exact', 'auto'] as const) {
      const result = await fitSmall(fixture, { patterns });
      expectClaimed(result, fixture);
      expect(result.certificate.primal).toBeGreaterThanOrEqual(lower - 1e-12);
      expect(result.certificate.primal).toBeLessThanOrEqual(upper * (1 + tolerance));
      expect(result.certificate.bound).toBeLessThanOrEqual(upper * (1 + 1e-9));
    }
  });
});

describe('cells by quadratic programs', () => {
  it('are as many as in general position, and as on a line', () => {
    const general = smallProblem(1010).X;
    expect(smallProblem(1010).kind).toBe('general');
    expect(cellPatterns(general).length).toBe(countPatterns(general.length, general[0].length));
    expect(cellPatterns([[1], [-2], [0], [3]])).toEqual([
      [true, false, true, true],
      [false, true, true, false],
    ]);
  });
});
