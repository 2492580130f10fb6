import { describe, expect, it } from 'vitest';
import {
  type FitOptions,
  type FitResult,
  fit,
  type LossName,
  type Matrix,
  matrix,
  networkObjective,
  sphereBound,
} from '../../src/index.js';
import { cellPatterns } from '../property/cells.js';
import {
  type DenseProblem,
  denseLowerBound,
  denseObjective,
  denseResidual,
  type LossKind,
  length,
} from '../solvers/dense.js';
import { labels, normals, ramp, rowsOf } from './data.js';

const quick = (X: Matrix | number[][], y: number[] | Matrix, options: FitOptions = {}): Promise<FitResult> =>
  fit(X, y, { threads: 1, ...options });

/** Targets of each loss: numbers, labels, or class numbers. */
const targetsFor = (loss: LossName, X: Matrix): number[] => {
  const y = ramp(X);
  if (loss === 'squared' || loss === 'huber') return y.map((v) => 3 * v);
  return loss === 'softmax' ? y.map((v, i) => (i < 3 ? i : v > 0.6 ? 2 : v > 0.1 ? 1 : 0)) : labels(y);
};

const oneHot = (y: readonly number[], c: number): number[][] =>
  y.map((v) => Array.from({ length: c }, (_, k) => (k === v ? 1 : 0)));

/** The problem in dense loops, which also prove the bound. */
function denseOf(X: Matrix, y: number[][], result: FitResult): DenseProblem {
  const { loss, lambda, outputBias, hiddenBias } = result.objective;
  const rows = rowsOf(X).map((x) => (hiddenBias ? [...x, 1] : x));
  const gated = result.weights.activation === 'gated';
  return { X: rows, Y: y, loss: loss as LossKind, lambda, outputBias, gated };
}

function expectOptimal(X: Matrix, y: number[][], result: FitResult): void {
  const { certificate, weights, status } = result;
  const dense = denseOf(X, y, result);
  const F = rowsOf(result.predict(X));
  const norms = rowsOf(weights.hidden).reduce((s, u, j) => {
    const output = weights.output.data.subarray(j * weights.output.cols, (j + 1) * weights.output.cols);
    return s + length([...u, weights.hiddenBias[j]]) * output.reduce((t, a) => t + Math.abs(a), 0);
  }, 0);
  const primal = denseObjective(dense, F, norms);
  expect(status).toBe('solved');
  expect(certificate.relativeGap).toBeLessThanOrEqual(1e-6);
  expect(Math.abs(primal - certificate.primal)).toBeLessThanOrEqual(1e-12 * primal);
  const lower = denseLowerBound(dense, cellPatterns(dense.X), denseResidual(dense, F));
  expect(primal - lower).toBeLessThanOrEqual(2e-6 * primal);
}

const losses = ['squared', 'huber', 'logistic', 'squared-hinge', 'softmax'] as const;

describe('every loss is solved to the bound that dense loops prove over all cells', () => {
  const X = normals(9, 2, 4);
  const cases = losses.flatMap((loss) =>
    (['relu', 'gated'] as const).flatMap((activation) =>
      [true, false].map((outputBias) => ({ loss, activation, outputBias })),
    ),
  );
  it.each(cases)('$loss, $activation, output bias $outputBias', async ({ loss, activation, outputBias }) => {
    const y = targetsFor(loss, X);
    const options = { loss, activation, outputBias, lambda: 0.01, patterns: 'exact' } as const;
    const result = await quick(X, y, options);
    if (loss !== 'softmax')
      return expectOptimal(
        X,
        y.map((v) => [v]),
        result,
      );
    // the residual of a softmax row sums to zero; the dense bound keeps that only without the centring of a bias
    if (!outputBias) expectOptimal(X, oneHot(y, 3), result);
    const { primal, dual } = result.certificate;
    expect(primal - dual).toBeLessThanOrEqual(1e-6 * primal);
    expect(result.status).toBe('solved');
  });

  it('with a hidden bias as with a column of ones', async () => {
    const y = targetsFor('squared', X);
    const with1 = rowsOf(X).map((x) => [...x, 1]);
    for (const patterns of ['exact', 'auto', 20] as const) {
      const own = await quick(X, y, { hiddenBias: true, lambda: 0.02, patterns });
      const column = await quick(with1, y, { lambda: 0.02, patterns });
      expect(Math.abs(own.certificate.primal / column.certificate.primal - 1)).toBeLessThanOrEqual(2e-6);
      expect(own.weights.hiddenBias.some((h) => h !== 0)).toBe(true);
      expect(column.weights.hiddenBias.every((h) => h === 0)).toBe(true);
      if (patterns === 'exact')
        expectOptimal(
          X,
          y.map((v) => [v]),
          own,
        );
    }
  });

  it('Huber as squared while residuals are small, and less moved by one wild target', async () => {
    const y = ramp(X).map((v) => 0.3 * v);
    const [squared, huber] = [await quick(X, y), await quick(X, y, { loss: 'huber' })];
    expect(Math.abs(huber.certificate.primal / squared.certificate.primal - 1)).toBeLessThanOrEqual(2e-6);
    // far away the loss is |f − y| − ½: one target of nine costs its distance, not half its square
    const wild = y.map((v, i) => (i === 4 ? 1000 : v));
    const bent = await quick(X, wild, { loss: 'huber', lambda: 3 });
    expect(bent.certificate.primal).toBeLessThan(1000 / 9);
    expect(bent.certificate.primal).toBeGreaterThan(999 / 9);
    expect((await quick(X, wild, { lambda: 3 })).certificate.primal).toBeGreaterThan(1e4);
  });

  it('one-hot rows and class numbers are one problem', async () => {
    const y = targetsFor('softmax', X);
    const hot = matrix(9, 3, Float64Array.from(oneHot(y, 3).flat()));
    const options = { loss: 'softmax', lambda: 0.01 } as const;
    expect((await quick(X, hot, options)).weights).toEqual((await quick(X, y, options)).weights);
  });
});

describe('several outputs', () => {
  const X = normals(14, 2, 6);
  const y = [ramp(X), rowsOf(X).map((x) => Math.max(0, x[1]) - 0.2), rowsOf(X).map((x) => x[0] - x[1])];
  const joined = (columns: number[][]): Matrix =>
    matrix(14, columns.length, Float64Array.from(columns[0].flatMap((_, i) => columns.map((column) => column[i]))));

  it.each(['squared', 'huber', 'logistic', 'squared-hinge'] as const)(
    'of the %s loss are solved apart',
    async (loss) => {
      const columns = loss === 'logistic' || loss === 'squared-hinge' ? y.map(labels) : y;
      const options = { loss, lambda: 0.02 } as const;
      const all = await quick(X, joined(columns), options);
      const apart = await Promise.all(columns.map((column) => quick(X, column, options)));
      const sum = apart.reduce((s, { certificate }) => s + certificate.primal, 0);
      expect(all.status).toBe('solved');
      expect(Math.abs(all.certificate.primal / sum - 1)).toBeLessThanOrEqual(2e-6);
      expect(all.certificate.scope).toBe('exact');
      expect(all.predict(X).cols).toBe(3);
      for (const j of all.weights.hidden.data.keys()) if (j < all.neurons) expect(feeds(all, j)).toBe(1);
    },
  );

  const feeds = ({ weights }: FitResult, j: number): number =>
    weights.output.data.subarray(3 * j, 3 * (j + 1)).filter((a) => a !== 0).length;
});

describe('λ at and above the largest that has neurons', () => {
  const X = normals(15, 2, 8);
  const cases = (['squared', 'logistic', 'huber', 'squared-hinge'] as const).flatMap((loss) =>
    [true, false].map((outputBias) => ({ loss, outputBias })),
  );
  it.each(cases)('$loss, output bias $outputBias: a constant, and none just below', async ({ loss, outputBias }) => {
    const y = targetsFor(loss, X);
    const constant = await quick(X, y, { loss, outputBias, lambda: 1e6 });
    expect(constant.neurons).toBe(0);
    const residual = residualOf(loss, y, constant.weights.outputBias[0]);
    if (outputBias) expect(Math.abs(residual.reduce((s, r) => s + r, 0))).toBeLessThanOrEqual(1e-9);
    else expect(constant.weights.outputBias[0]).toBe(0);
    const largest = (await sphereBound(X, residual)).upper / X.rows;
    for (const patterns of ['auto', 'exact'] as const) {
      const [at, below] = await Promise.all(
        [1 + 1e-6, 0.98].map((share) => quick(X, y, { loss, outputBias, lambda: share * largest, patterns })),
      );
      expect(Math.abs(at.certificate.primal / constant.certificate.primal - 1)).toBeLessThanOrEqual(1e-6);
      expect(at.certificate).toMatchObject({ scope: 'exact' });
      expect(at.certificate.relativeGap).toBeLessThanOrEqual(1e-6);
      expect(below.neurons).toBeGreaterThan(0);
      expect(below.certificate.primal).toBeLessThan(constant.certificate.primal);
      expect(below.certificate.relativeGap).toBeLessThanOrEqual(1e-6);
    }
  });

  /** −∂ℓ/∂f at a constant. */
  function residualOf(loss: LossName, y: readonly number[], f: number): Float64Array {
    return Float64Array.from(y, (v) => {
      if (loss === 'squared') return v - f;
      if (loss === 'huber') return Math.max(-1, Math.min(1, v - f));
      return loss === 'logistic' ? v / (1 + Math.exp(v * f)) : v * Math.max(0, 1 - v * f);
    });
  }
});

describe('λ = 0', () => {
  it('interpolates where it can, and claims no more than the loss itself', async () => {
    const X = normals(10, 2, 9);
    const result = await quick(X, ramp(X), { lambda: 0 });
    const { primal, dual, bound } = result.certificate;
    expect(primal).toBeLessThan(1e-12);
    expect([dual, bound]).toEqual([0, 0]);
    expect(networkObjective(result.weights, X, Float64Array.from(ramp(X)), 0)).toBe(primal);
  });

  it('is least squares over two ramps on a line', async () => {
    const X = normals(30, 1, 10);
    const y = rowsOf(X).map(([x], i) => 2 * Math.max(0, x) - 0.5 * Math.max(0, -x) + Math.cos(5 * i));
    const least = [1, -1].map((side) => {
      const part = rowsOf(X).flatMap(([x], i) => (side * x > 0 ? [[x, y[i]]] : []));
      const slope = part.reduce((s, [x, v]) => s + x * v, 0) / part.reduce((s, [x]) => s + x * x, 0);
      return part.reduce((s, [x, v]) => s + (v - slope * x) ** 2 / 60, 0);
    });
    for (const patterns of ['auto', 'exact'] as const) {
      const { certificate } = await quick(X, y, { lambda: 0, outputBias: false, patterns });
      expect(Math.abs(certificate.primal / (least[0] + least[1]) - 1)).toBeLessThanOrEqual(1e-7);
      expect(certificate.bound).toBeLessThanOrEqual(certificate.primal);
      expect(certificate.scope === 'exact' ? certificate.relativeGap : 0).toBeLessThanOrEqual(1e-6);
    }
  });

  it('proves what equal rows with different targets cost', async () => {
    const X = [
      [1, 0],
      [1, 0],
      [0, 1],
      [2, 1],
    ];
    const { certificate } = await quick(X, [0, 2, 1, -1], { lambda: 0 });
    expect(certificate.primal).toBeCloseTo(0.25, 9);
    expect(certificate.bound).toBeGreaterThan(0.25 * (1 - 1e-6));
    expect(certificate.scope).toBe('exact');
  });
});

describe('what degenerates', () => {
  const X = normals(10, 2, 11);

  it.each(['auto', 'exact', 20] as const)(
    'a constant target, patterns %s: the bias alone, at no cost',
    async (patterns) => {
      const { certificate, neurons, weights } = await quick(X, new Array<number>(10).fill(-2.5), { patterns });
      expect(certificate).toMatchObject({ primal: 0, gap: 0 });
      expect([neurons, weights.outputBias[0]]).toEqual([0, -2.5]);
    },
  );

  it.each(['auto', 'exact', 20] as const)('one row, patterns %s: λ‖u‖|α| against ½(f − y)²', async (patterns) => {
    const { certificate, status } = await quick([[3, 4]], [2], { lambda: 0.5, outputBias: false, patterns });
    // f = y − λ/‖x‖: the loss λ²/(2‖x‖²) and the penalty λ f/‖x‖
    const value = 0.1 ** 2 / 2 + 0.5 * (1.9 / 5);
    expect(Math.abs(certificate.primal / value - 1)).toBeLessThanOrEqual(1e-6);
    expect(certificate.relativeGap).toBeLessThanOrEqual(1e-6);
    expect(status).toBe('solved');
    expect((await quick([[3, 4]], [2], { patterns })).certificate.primal).toBe(0);
  });

  it('duplicate rows: the problem of the rows once, their targets averaged', async () => {
    const y = ramp(X);
    const twice = [...rowsOf(X), ...rowsOf(X)];
    const one = await quick(X, y, { lambda: 0.02 });
    const two = await quick(twice, [...y.map((v) => v + 0.5), ...y.map((v) => v - 0.5)], { lambda: 0.02 });
    expect(two.certificate.primal - 0.125).toBeCloseTo(one.certificate.primal, 6);
    expect(two.certificate.scope).toBe('exact');
    const same = await quick(twice, [...y, ...y], { lambda: 0.02 });
    expect(Math.abs(same.certificate.primal / one.certificate.primal - 1)).toBeLessThanOrEqual(2e-6);
  });

  it('features that are all zero: the constant', async () => {
    const y = ramp(X);
    const mean = y.reduce((s, v) => s + v, 0) / 10;
    const { certificate, neurons } = await quick(
      rowsOf(X).map(() => [0, 0]),
      y,
    );
    expect(neurons).toBe(0);
    expect(certificate.primal).toBeCloseTo(y.reduce((s, v) => s + (v - mean) ** 2, 0) / 20, 12);
    expect(certificate.scope).toBe('exact');
  });

  it.each([1e-8, 1e8])('features and targets of size %s: the same problem in other units', async (unit) => {
    const y = ramp(X);
    const base = await quick(X, y, { lambda: 0.02 });
    const scaledX = rowsOf(X).map((x) => x.map((v) => unit * v));
    const inX = await quick(scaledX, y, { lambda: 0.02 * unit });
    expect(Math.abs(inX.certificate.primal / base.certificate.primal - 1)).toBeLessThanOrEqual(2e-6);
    const inY = await quick(
      X,
      y.map((v) => unit * v),
      { lambda: 0.02 * unit },
    );
    expect(Math.abs(inY.certificate.primal / unit ** 2 / base.certificate.primal - 1)).toBeLessThanOrEqual(2e-6);
    for (const { status, certificate } of [inX, inY]) expect([status, certificate.scope]).toEqual(['solved', 'exact']);
  });
});

describe('a fixed program whose certificate misses the gap', () => {
  it.each([1e7, 1e8, 1e9])('is not called solved: targets about %d', async (offset) => {
    const X = [[1], [2], [-1], [0.5], [3]];
    const y = Float64Array.of(1, 2.5, -0.3, 0, 1).map((v) => v + offset);
    for (const patterns of [5, 'exact'] as const)
      for (const activation of ['relu', 'gated'] as const) {
        const { status, certificate } = await fit(X, y, { lambda: 0.01, patterns, activation, threads: 1 });
        expect(status).toBe(certificate.relativeGap <= 1e-6 ? 'solved' : 'stalled');
      }
  });
});
