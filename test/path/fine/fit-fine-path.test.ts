import { beforeAll, describe, expect, it } from 'vitest';
import { RelucentError } from '../../../src/base/index.js';
import { type FinePathResult, fitFinePath } from '../../../src/estimators/index.js';
import { penalty, predictScores } from '../../../src/networks/index.js';
import { labels, normals, ramp } from '../../estimators/data.js';

const X = normals(14, 2);
const y = ramp(X);
const options = { lambdas: 8, minRatio: 0.1, threads: 1 } as const;

describe('fitFinePath', () => {
  let path: FinePathResult;
  beforeAll(async () => {
    path = await fitFinePath(X, y, options);
  });

  it('gives networks with certificates, whose numbers are those of the weights', () => {
    expect(path.end).toBe('complete');
    expect(path.points.map(({ lambda }) => lambda)).toEqual([...path.lambdas]);
    for (const point of path.points) {
      const scores = predictScores(point.weights, X).data;
      const loss = y.reduce((sum, t, i) => sum + (scores[i] - t) ** 2, 0) / (2 * y.length);
      expect(point.loss).toBeCloseTo(loss, 12);
      expect(point.penalty).toBeCloseTo(penalty(point.weights), 12);
      expect(point.certificate.relativeGap).toBeLessThan(1e-9);
      expect(point.neurons.length).toBe(point.weights.hidden.rows);
      expect(point.resolved && point.unique).toBe(true);
    }
    expect(path.points[0].sensitivity).toEqual({ differentiable: false, reason: 'zero-weight' });
  });

  it('names neurons from their entrance to their end', () => {
    const born = path.events.filter(({ above }) => above.norm === 0).map(({ neuron }) => neuron);
    expect(new Set(born).size).toBe(born.length);
    for (const { lambda, neurons } of path.points) {
      const alive = path.events.filter((e) => e.lambda > lambda && e.above.norm === 0).map(({ neuron }) => neuron);
      const gone = path.events.filter((e) => e.lambda > lambda && e.below.norm === 0).map(({ neuron }) => neuron);
      const expected = alive.filter((name) => !gone.includes(name)).sort();
      expect(neurons.map(({ key }) => key).sort()).toEqual(expected);
    }
  });

  it('gives the same again', async () => {
    const { seconds: _, ...again } = await fitFinePath(X, y, options);
    const { seconds: __, ...first } = path;
    expect(again).toEqual(first);
  });

  it('takes gates, labels and a hidden bias', async () => {
    const gated = { ...options, lambdas: 5, activation: 'gated', patterns: 20, hiddenBias: true } as const;
    const { points } = await fitFinePath(X, labels(y), gated);
    for (const { certificate, weights } of points) {
      expect(certificate.relativeGap).toBeLessThan(1e-9);
      expect(weights.gates?.rows).toBe(weights.hidden.rows);
    }
    expect(points[4].neurons.length).toBeGreaterThan(0);
  });

  it('says what it reached when it is stopped', async () => {
    const stop = new AbortController();
    const onProgress = ({ phase }: { phase: string }): void => {
      if (phase === 'path') stop.abort();
    };
    const stopped = await fitFinePath(X, y, { ...options, signal: stop.signal, onProgress });
    expect(stopped.end).toBe('aborted');
    expect(stopped.points).toEqual([]);
  });

  it('refuses what it cannot do, in one line', async () => {
    const refused: [() => Promise<unknown>, RegExp][] = [
      [() => fitFinePath(X, y, { ...options, resolution: 1 }), /resolution.*1e-8/],
      [() => fitFinePath(X, y, { ...options, loss: 'huber' }), /squared or the logistic loss, got huber/],
      [() => fitFinePath(X, y, { ...options, lambdas: [0.1, 0] }), /above 0/],
      [() => fitFinePath(X, { rows: 14, cols: 2, data: normals(14, 2).data }, options), /one output, got 2/],
      [() => fitFinePath(X, y, { gap: 0.1 } as object), /gap/],
    ];
    for (const [work, message] of refused) {
      const error = await work().then(
        () => null,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(RelucentError);
      expect((error as RelucentError).message).toMatch(message);
      expect((error as RelucentError).message).not.toMatch(/\n/);
    }
  });
});
