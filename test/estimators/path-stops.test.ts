import { beforeAll, describe, expect, it } from 'vitest';
import {
  type FitPathPoint,
  fitPath,
  fitTablePath,
  modelAt,
  networkObjective,
  type PathModel,
  type PathOptions,
  type PathResult,
  predictScores,
  RelucentError,
  readPath,
  type Table,
  type TablePathOptions,
  verifyModel,
  writePath,
} from '../../src/index.js';
import { realTable } from '../path/real-sets.js';
import { labels, normals, ramp, tableOf } from './data.js';

const X = normals(60, 3, 31);
const y = ramp(X);
const options: PathOptions = { threads: 1, lambdas: 8, minRatio: 0.02 };

/** The points hold what they say, whatever ended the path. */
function expectCertified({ points, lambdas, objective }: PathResult): void {
  points.forEach(({ lambda, weights, certificate, status }, k) => {
    expect([status, lambda]).toEqual(['solved', lambdas[k]]);
    const value = networkObjective(weights, X, Float64Array.from(y), lambda, { ...objective });
    expect(Math.abs(value - certificate.primal)).toBeLessThanOrEqual(1e-12 * value);
    expect(certificate.relativeGap).toBeLessThanOrEqual(1e-4);
  });
}

describe('a path ends early', () => {
  let whole: PathResult;
  beforeAll(async () => {
    whole = await fitPath(X, y, options);
    expect(whole.end).toBe('complete');
    expectCertified(whole);
  });

  /** The first networks of the whole path, to the bit; its own certificates know the neurons of later networks, and claim no more. */
  const expectPrefix = ({ points }: PathResult, count: number): void => {
    expect(points).toHaveLength(count);
    if (count === whole.points.length) expect(points).toEqual(whole.points);
    points.forEach(({ lambda, weights, status, certificate }, k) => {
      const { dual, gap, relativeGap, dualNorm, ...same } = whole.points[k].certificate;
      expect({ lambda, weights, status }).toEqual({
        lambda: whole.points[k].lambda,
        weights: whole.points[k].weights,
        status: whole.points[k].status,
      });
      expect(certificate).toMatchObject(same);
      expect(certificate.dual).toBeGreaterThanOrEqual(dual);
    });
  };

  it('at the first network of more neurons than asked for', async () => {
    const counts = whole.points.map(({ weights }) => weights.hidden.rows);
    for (const maxNeurons of [0, counts[3]]) {
      const path = await fitPath(X, y, { ...options, maxNeurons });
      expect(path.end).toBe('max-neurons');
      expectPrefix(path, 1 + counts.findIndex((count) => count > maxNeurons));
    }
    expect((await fitPath(X, y, { ...options, maxNeurons: 1000 })).end).toBe('complete');
  });

  it('at the first network that explains more than asked for', async () => {
    const mean = y.reduce((s, v) => s + v, 0) / 60;
    const total = y.reduce((s, v) => s + (v - mean) ** 2, 0);
    const shares = whole.points.map(({ weights }) => {
      const f = predictScores(weights, X).data;
      return 1 - y.reduce((s, v, i) => s + (v - f[i]) ** 2, 0) / total;
    });
    expect(whole.nullLoss).toBeCloseTo(total / 120, 12);
    for (const maxDeviance of [0.3, 0.9]) {
      const path = await fitPath(X, y, { ...options, maxDeviance });
      expect(path.end).toBe('max-deviance');
      expectPrefix(path, 1 + shares.findIndex((share) => share > maxDeviance));
    }
  });

  it('when it is aborted, and goes on to the same bytes', async () => {
    for (const stopAfter of [1, 3, 5]) {
      const stop = new AbortController();
      const seen: FitPathPoint[] = [];
      const onPoint = (point: FitPathPoint): void => {
        seen.push(point);
        if (seen.length === stopAfter) stop.abort();
      };
      const path = await fitPath(X, y, { ...options, signal: stop.signal, onPoint });
      expect(path.end).toBe('aborted');
      expectPrefix(path, stopAfter);
      expect(seen).toEqual(path.points);
      expectCertified(path);
      expect(path.at((path.points[0].lambda + path.lambdaMax) / 2).hidden.rows).toBe(0);
      expect(() => path.at(whole.lambdas[stopAfter])).toThrow(/outside the path/);
      const rest: FitPathPoint[] = [];
      const on = await fitPath(X, y, { ...options, resume: path.points, onPoint: (point) => void rest.push(point) });
      expect([on.end, rest.length]).toEqual(['complete', 8 - stopAfter]);
      expectPrefix(on, 8);
    }
  });

  it('when it was aborted before it began, or its time is over', async () => {
    const aborted = await fitPath(X, y, { ...options, signal: AbortSignal.abort() });
    expect([aborted.end, aborted.points]).toEqual(['aborted', []]);
    expect(() => aborted.at(1e9)).toThrow(/covers nothing: it has no points/);
    const late = await fitPath(X, y, { ...options, timeLimit: 1e-6 });
    expect([late.end, late.points]).toEqual(['time-limit', []]);
    const short = await fitPath(X, y, { ...options, lambdas: 2000, minRatio: 1e-3, timeLimit: 0.3 });
    expect(short.end).toBe('time-limit');
    expect(short.points.length).toBeLessThan(2000);
    expectCertified(short);
  });

  it('tells progress for every point', async () => {
    const steps: number[] = [];
    await fitPath(X, y, {
      ...options,
      onProgress: ({ phase, fraction }) => {
        if (phase === 'path') steps.push(fraction as number);
      },
    });
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((k) => k / 8));
  });

  it('and is not continued with other data, λ, gap or network', async () => {
    const resume = whole.points.slice(0, 3);
    const other: [typeof X, PathOptions][] = [
      [normals(60, 3, 32), {}],
      [X, { lambdas: 9 }],
      [X, { minRatio: 0.03 }],
      [X, { gap: 1e-5 }],
      [X, { activation: 'gated', lambdas: [...whole.lambdas] }],
      [normals(60, 4, 32), { lambdas: [...whole.lambdas] }],
    ];
    for (const [data, change] of other) {
      const refused = fitPath(data, y, { ...options, ...change, resume });
      await expect(refused).rejects.toThrow(/^path: the path to go on with has other λ, gaps or networks/);
    }
  });
});

describe('a path file goes on', () => {
  const cases: [string, TablePathOptions, () => Promise<Table>][] = [
    ['numbers', { target: 'y', hiddenBias: true }, () => tableOf(X, y)],
    ['gated', { target: 'y', activation: 'gated' }, () => tableOf(X, y)],
    ['sampled patterns, logistic', { target: 'y', patterns: 30, seed: 5 }, () => tableOf(X, labels(y))],
    ['softmax', { target: 'target' }, () => realTable('iris', 3)],
  ];

  it.each(cases)('to the same bytes from every prefix: %s', async (_, own, read) => {
    const table = await read();
    const asked = { ...own, threads: 1, lambdas: 6, minRatio: 0.05 };
    const { path } = await fitTablePath(table, asked);
    const text = writePath(path);
    for (let count = 0; count <= 6; count++) {
      const cut: PathModel = { ...path, points: path.points.slice(0, count), end: 'aborted' };
      const resume = readPath(writePath(cut));
      expect(resume).toEqual(cut);
      const on = await fitTablePath(table, { ...asked, resume });
      expect(writePath(on.path)).toBe(text);
    }
  });

  it('is refused with other rows, options or seeds', async () => {
    const table = await tableOf(X, y);
    const asked: TablePathOptions = { target: 'y', threads: 1, lambdas: [0.2, 0.1, 0.05] };
    const { path } = await fitTablePath(table, asked);
    const resume = { ...path, points: path.points.slice(0, 1) };
    const cases: [object, RegExp][] = [
      [{ seed: 1 }, /made from other rows than those of rows.csv with seed 1/],
      [{ standardize: false }, /made from other rows/],
      [{ drop: ['x1'] }, /made from other rows/],
      [{ loss: 'huber' }, /made with loss squared, not huber/],
      [{ hiddenBias: true }, /made with hiddenBias false, not true/],
      [{ outputBias: false }, /made with outputBias true, not false/],
      [{ patterns: 20 }, /has its patterns from/],
      [{ gap: 1e-5 }, /other λ, gaps/],
      [{ lambdas: [0.3, 0.1] }, /other λ/],
    ];
    for (const [change, message] of cases) {
      await expect(fitTablePath(table, { ...asked, ...change, resume })).rejects.toThrow(message);
    }
    await expect(
      fitTablePath(
        await tableOf(
          X,
          ramp(X).map((v) => v + 1),
        ),
        { ...asked, resume },
      ),
    ).rejects.toThrow(/made from other rows/);
  });
});

describe('a model out of a path file', () => {
  it('at a point and between two is certified and verifies', async () => {
    const table = await tableOf(X, y);
    for (const own of [{}, { activation: 'gated', patterns: 40 }] as const) {
      const { path } = await fitTablePath(table, { target: 'y', threads: 1, lambdas: 5, minRatio: 0.1, ...own });
      const [above, below] = [path.points[2], path.points[3]];
      const at = await modelAt(path, below.lambda);
      expect([at.weights, at.certificate, at.scores]).toEqual([below.weights, below.certificate, below.scores]);
      const lambda = (above.lambda + below.lambda) / 2;
      const between = await modelAt(path, lambda, table);
      expect(between.objective.lambda).toBe(lambda);
      expect(between.certificate.bound).toBeLessThanOrEqual(between.certificate.primal);
      expect(between.scores.test?.r2).toBeTypeOf('number');
      for (const model of [at, between]) expect(await verifyModel(model, table)).toMatchObject({ accepted: true });
      const moved = labels(y).map((v, i) => v + i);
      const other = await tableOf(X, moved);
      const lines = [
        modelAt(path, lambda),
        modelAt(path, path.points[4].lambda / 2, table),
        modelAt(path, Number.NaN, table),
        modelAt(path, lambda, other),
        modelAt(path, lambda, table, { limit: 3 } as object),
      ];
      const messages = [/name the training table/, /outside the path/, /λ = NaN is outside/, /digest/, /no option/];
      // all are awaited at once: none may reject while nobody listens
      const errors = await Promise.all(lines.map((line) => line.catch((thrown: unknown) => thrown)));
      for (const [k, error] of errors.entries()) {
        expect(error).toBeInstanceOf(RelucentError);
        expect((error as Error).message).toMatch(messages[k]);
        expect((error as Error).message).not.toMatch(/\n/);
      }
    }
  });
});
