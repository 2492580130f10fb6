import { beforeAll, describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import {
  type FitOptions,
  fit,
  fitPath,
  type LossName,
  type Matrix,
  matrix,
  networkObjective,
  type PathOptions,
  type PathResult,
  predictScores,
  RelucentError,
} from '../../src/index.js';
import { penalty } from '../../src/networks/index.js';
import { realSet } from '../path/real-sets.js';
import { cellPatterns } from '../property/cells.js';
import { denseLambdaMax } from '../solvers/dense.js';
import { labels, normals, ramp, rowsOf } from './data.js';

type Asked = Omit<FitOptions, 'lambda' | 'signal' | 'onProgress'>;

/** The data twice as several outputs: the target and another column, standardised. */
async function twoOutputs(): Promise<{ X: Matrix; y: Matrix }> {
  const { X, y } = await realSet('energy-y1', 'squared', 12);
  const rows = rowsOf(X).map((x, i) => [y.data[i], x[0] * x[6]]);
  return { X, y: matrix(X.rows, 2, Float64Array.from(rows.flat())) };
}

describe('every point is what a cold solve gives', () => {
  const cases: [string, LossName, number, Asked][] = [
    ['haberman-survival', 'logistic', 4, {}],
    ['haberman-survival', 'logistic', 1, { activation: 'gated', hiddenBias: true }],
    ['iris', 'softmax', 2, {}],
    ['iris', 'softmax', 1, { patterns: 40 }],
    ['hepatitis', 'logistic', 1, { patterns: 60, hiddenBias: true }],
    ['heart-cleveland', 'softmax', 4, { activation: 'gated', patterns: 50 }],
    ['energy-y1', 'squared', 8, { hiddenBias: true }],
    ['demo/yacht', 'squared', 3, {}],
    ['demo/yacht', 'squared', 1, { activation: 'gated', patterns: 80, outputBias: false }],
    ['tic-tac-toe', 'logistic', 5, { patterns: 80 }],
    ['demo/breast-cancer-wisc-diag', 'squared-hinge', 3, { patterns: 60 }],
    ['two outputs', 'squared', 1, { hiddenBias: true }],
    ['two outputs', 'squared', 1, { patterns: 50, activation: 'gated' }],
  ];

  it.each(cases)('%s, %s, every %i rows, %o', async (name, loss, step, options) => {
    const { X, y } = name === 'two outputs' ? await twoOutputs() : await realSet(name, loss, step);
    const own = { ...options, loss, threads: 1 };
    const path = await fitPath(X, y, { ...own, lambdas: 6, minRatio: 0.1, gap: 1e-5 });
    expect(path.end).toBe('complete');
    expect(path.points.map(({ lambda }) => lambda)).toEqual([...path.lambdas]);
    for (const k of [2, 5]) {
      const { lambda, weights, certificate, status } = path.points[k];
      const cold = await fit(X, y, { ...own, lambda });
      expect([status, cold.status]).toEqual(['solved', 'solved']);
      expect(certificate.relativeGap).toBeLessThanOrEqual(1e-5);
      const value = networkObjective(weights, X, y.data, lambda, { ...path.objective, ...biasesOf(path) });
      expect(Math.abs(value - certificate.primal)).toBeLessThanOrEqual(1e-12 * value);
      // each optimum lies between dual and primal of either
      expect(value - cold.certificate.primal).toBeLessThanOrEqual(certificate.gap);
      expect(cold.certificate.primal - value).toBeLessThanOrEqual(cold.certificate.gap);
      if (certificate.scope === 'sampled') expect(certificate.patterns).toEqual(cold.certificate.patterns);
    }
  });

  const biasesOf = ({ objective: { outputBias, hiddenBias } }: PathResult) => ({ outputBias, hiddenBias });
});

describe('λ_max', () => {
  const X = normals(9, 2, 12);
  const y = ramp(X);
  const columns = (...targets: number[][]): Matrix =>
    matrix(9, targets.length, Float64Array.from(y.flatMap((_, i) => targets.map((target) => target[i]))));
  const classes = y.map((v, i) => (i < 3 ? i : v > 0.6 ? 2 : v > 0.1 ? 1 : 0));
  const targetsOf: Record<string, Matrix> = {
    squared: columns(y),
    logistic: columns(labels(y)),
    softmax: columns(...[0, 1, 2].map((k) => classes.map((c) => (c === k ? 1 : 0)))),
    'several outputs': columns(
      y,
      rowsOf(X).map(([a, b]) => Math.max(0, b - a)),
      y.map((v) => -2 * v * v),
    ),
  };
  const cases = Object.keys(targetsOf).flatMap((name) =>
    [true, false].flatMap((outputBias) => [true, false].map((hiddenBias) => ({ name, outputBias, hiddenBias }))),
  );

  it.each(cases)('of $name (output bias $outputBias, hidden bias $hiddenBias) is that of all cells', async (c) => {
    const { name, outputBias, hiddenBias } = c;
    const loss = name === 'several outputs' ? 'squared' : (name as 'squared' | 'logistic' | 'softmax');
    const Y = targetsOf[name];
    const rows = rowsOf(X).map((x) => (hiddenBias ? [...x, 1] : x));
    const patterns = cellPatterns(rows);
    for (const gated of [false, true]) {
      const dense = { X: rows, Y: rowsOf(Y), loss, lambda: 0, outputBias, gated };
      const exact = denseLambdaMax(dense, patterns);
      const activation = gated ? ('gated' as const) : ('relu' as const);
      const own: PathOptions = { loss, outputBias, hiddenBias, activation, threads: 1 };
      const sources = gated ? (['exact'] as const) : (['exact', 'auto'] as const);
      for (const source of sources) {
        const path = await fitPath(X, Y, { ...own, patterns: source, lambdas: 2, minRatio: 0.97 });
        expect(Math.abs(path.lambdaMax / exact - 1)).toBeLessThanOrEqual(1e-7);
        expect(path.points[0].weights.hidden.rows).toBe(0);
        expect(path.points[0].certificate.relativeGap).toBeLessThanOrEqual(1e-4);
        expect(path.points[1].weights.hidden.rows).toBeGreaterThan(0);
        const above = await fitPath(X, Y, { ...own, patterns: source, lambdas: [3 * exact, (1 + 1e-6) * exact] });
        expect(above.points.map(({ weights }) => weights.hidden.rows)).toEqual([0, 0]);
        expect(predictScores(path.at(5 * exact), X).data).toEqual(predictScores(above.points[0].weights, X).data);
      }
    }
  });

  it('of sampled gates has a closed form', async () => {
    const wide = normals(50, 6, 3);
    const target = ramp(wide);
    const mean = target.reduce((s, v) => s + v, 0) / 50;
    const options = { activation: 'gated', patterns: 30, seed: 4, threads: 1, lambdas: 2, minRatio: 0.99 } as const;
    const { gates } = samplePatterns(wide, 30, { seed: 4, kind: 'gaussian' });
    const lengths = rowsOf(gates).map((g) => {
      const sums = new Array<number>(6).fill(0);
      rowsOf(wide).forEach((x, i) => {
        if (x.reduce((s, v, k) => s + v * g[k], 0) >= 0) x.forEach((v, k) => void (sums[k] += v * (target[i] - mean)));
      });
      return Math.hypot(...sums) / 50;
    });
    const path = await fitPath(wide, target, options);
    expect(path.lambdaMax).toBeCloseTo(Math.max(...lengths), 12);
    expect(path.points.map(({ weights }) => weights.hidden.rows > 0)).toEqual([false, true]);
  });

  it('is 0 where there is nothing to learn', async () => {
    const path = await fitPath(X, new Array<number>(9).fill(3), { threads: 1 });
    expect([path.lambdaMax, [...path.lambdas], path.points.length, path.end]).toEqual([0, [0], 1, 'complete']);
    expect(path.predict(X, 0).data).toEqual(new Float64Array(9).fill(3));
  });
});

describe('between the points', () => {
  const cases: [string, Asked][] = [
    ['relu', { hiddenBias: true }],
    ['gated', { activation: 'gated', patterns: 30 }],
  ];
  describe.each(cases)('of a %s path', (_, options) => {
    const X = normals(40, 3, 21);
    const y = ramp(X);
    let path: PathResult;
    beforeAll(async () => {
      path = await fitPath(X, y, { ...options, threads: 1, lambdas: 6, minRatio: 0.02 });
    });

    it('outputs are interpolated, the objective is below the chord', () => {
      for (let k = 1; k < path.points.length; k++) {
        const [above, below] = [path.points[k - 1], path.points[k]];
        for (const share of [0.1, 0.5, 0.8]) {
          const lambda = (1 - share) * above.lambda + share * below.lambda;
          const network = path.at(lambda);
          const [f, g, h] = [above.weights, below.weights, network].map((w) => predictScores(w, X).data);
          h.forEach((value, i) => void expect(value).toBeCloseTo((1 - share) * f[i] + share * g[i], 11));
          expect(path.predict(X, lambda).data).toEqual(h);
          const at = (w: typeof network): number =>
            networkObjective(w, X, Float64Array.from(y), lambda, { ...path.objective });
          const chord = (1 - share) * at(above.weights) + share * at(below.weights);
          expect(at(network)).toBeLessThanOrEqual(chord * (1 + 1e-12));
          const norms = (1 - share) * penalty(above.weights) + share * penalty(below.weights);
          expect(penalty(network)).toBeLessThanOrEqual(norms * (1 + 1e-12));
        }
      }
    });

    it('and at the points the networks themselves; above λ_max the constant', () => {
      for (const { lambda, weights } of path.points.slice(1)) expect(path.at(lambda)).toBe(weights);
      const constant = path.at(100);
      expect(constant.hidden.rows).toBe(0);
      expect(constant.outputBias[0]).toBeCloseTo(y.reduce((s, v) => s + v, 0) / 40, 12);
    });

    it.each([0, 1e-9, -1, Number.NaN])('λ = %s is refused in one line', (lambda) => {
      let message = '';
      try {
        path.at(lambda);
      } catch (error) {
        expect(error).toBeInstanceOf(RelucentError);
        message = (error as RelucentError).message;
      }
      expect(message).toMatch(/^path: λ = \S+ is outside the path, which covers \S+ to \S+\.$/);
      expect(() => path.predict(X, lambda)).toThrow(RelucentError);
    });
  });
});
