import { describe, expect, it } from 'vitest';
import { createRandom, Run } from '../../src/base/index.js';
import { parseTable, plantedTeacher, type Table } from '../../src/data/index.js';
import { crossValidateParallel } from '../../src/parallel/cross-validate.js';
import { descend, largestLambda } from '../../src/parallel/descend.js';
import {
  fitParallel,
  fitParallelTable,
  parallelObjective,
  readParallelModel,
  writeParallelModel,
} from '../../src/parallel/index.js';
import { parallelProblem } from '../../src/parallel/options.js';
import { recoverNetwork } from '../../src/parallel/recover.js';

const { X, y } = plantedTeacher({ n: 40, d: 2, neurons: 2, noise: 0.2, seed: 3 });

function tableOf(rows: number): Promise<Table> {
  const lines = Array.from({ length: rows }, (_, i) => `${X.data[2 * i]},${X.data[2 * i + 1]},${y[i]}`);
  return parseTable(new TextEncoder().encode(`a,b,y\n${lines.join('\n')}\n`), { name: 'd.csv' });
}

describe('descend', () => {
  it.each([
    [3, 'weight-decay', false],
    [3, 'path', true],
    [4, 'path', false],
  ] as const)('is near the optimum at every λ: %i layers, %s, skip %s', async (layers, regularizer, skip) => {
    const options = { layers, regularizer, skip, width: 2 };
    const { training, shape } = parallelProblem(X, y, { ...options, lambda: 1 }, 'test');
    const top = await largestLambda(training, shape, 0, new Run());
    const lambdas = [top, 0.5 * top, 0.15 * top, 0.05 * top];
    const objectives: number[] = [];
    for await (const lifted of descend(training, shape, lambdas, { gap: 1e-2, seed: 0 }, new Run())) {
      const network = recoverNetwork(lifted, shape, { inputs: 2, outputs: 1, hiddenBias: false, regularizer });
      const lambda = lambdas[objectives.length];
      objectives.push(parallelObjective(network, X, y, { loss: training.loss, lambda, regularizer }));
    }
    expect(objectives).toHaveLength(4);
    for (const [k, lambda] of lambdas.entries()) {
      const best = await fitParallel(X, y, { ...options, lambda, gap: 1e-3, threads: 1 });
      expect(objectives[k]).toBeGreaterThan(best.objective * (1 - 1e-3));
      expect(objectives[k]).toBeLessThan(best.objective * 1.05);
    }
  });

  it('begins where the network is a constant, and not above', async () => {
    for (const skip of [false, true]) {
      const problem = { layers: 3, regularizer: 'path', skip, width: 2 } as const;
      const { training, shape } = parallelProblem(X, y, { ...problem, lambda: 1 }, 'test');
      const top = await largestLambda(training, shape, 0, new Run());
      const above = await fitParallel(X, y, { ...problem, lambda: 1.001 * top, gap: 1e-4, threads: 1 });
      const below = await fitParallel(X, y, { ...problem, lambda: 0.9 * top, gap: 1e-4, threads: 1 });
      const spread = ({ data }: { data: Float64Array }): number => Math.max(...data) - Math.min(...data);
      expect(spread(above.predict(X))).toBeLessThan(1e-3);
      expect(spread(below.predict(X))).toBeGreaterThan(0.05);
    }
  });
});

describe('cross-validated λ', () => {
  const options = { target: 'y', layers: 3, regularizer: 'path', folds: 3, gap: 1e-2, threads: 1, seed: 2 } as const;

  it.each(['cv', 'cv-1se'] as const)('%s fits at the λ it says, and writes why', async (lambda) => {
    const table = await tableOf(40);
    const seen: string[] = [];
    const { model } = await fitParallelTable(table, {
      ...options,
      lambda,
      onProgress: ({ phase }) => seen.push(phase),
    });
    const choice = model.choice!;
    const { min, oneStandardError, mean, standardError, lambdas } = choice;
    expect(choice.rule).toBe(lambda);
    expect(choice.folds).toBe(3);
    expect(model.problem.lambda).toBe(lambdas[lambda === 'cv' ? min : oneStandardError]);
    expect(mean[min]).toBe(Math.min(...mean));
    expect(mean[oneStandardError]).toBeLessThanOrEqual(mean[min] + standardError[min]);
    // the constant is far from the best network here
    expect(mean[0]).toBeGreaterThan(1.5 * mean[min]);
    expect(seen[0]).toBe('cross-validation');
    expect(readParallelModel(writeParallelModel(model))).toEqual(model);
    const again = await fitParallelTable(table, { ...options, lambda });
    expect(writeParallelModel(again.model)).toBe(writeParallelModel(model));
  });

  it('chooses by the measure that is asked for', async () => {
    const random = createRandom(1);
    const lines = Array.from({ length: 36 }, () => [random.normal(), random.normal()]);
    const csv = lines.map(([a, b]) => `${a},${b},${a * b > 0 ? 'up' : 'down'}`).join('\n');
    const table = await parseTable(new TextEncoder().encode(`a,b,y\n${csv}\n`), { name: 'd.csv' });
    const rows = Int32Array.from({ length: 36 }, (_, i) => i);
    const { curve } = await crossValidateParallel(table, rows, { ...options, measure: 'accuracy' }, new Run());
    expect(curve).toMatchObject({ measure: 'accuracy', better: 'more', manner: 'stratified by class' });
    expect(curve!.mean[curve!.min]).toBe(Math.max(...curve!.mean));
    expect(curve!.mean[curve!.min]).toBeGreaterThan(0.7);
    await expect(crossValidateParallel(table, rows, { ...options, measure: 'mse' }, new Run())).rejects.toThrow(
      /the measure mse does not fit/,
    );
    await expect(crossValidateParallel(table, rows, { ...options, folds: 99 }, new Run())).rejects.toThrow(
      /folds must be a whole number from 2 to the 36 rows, got 99/,
    );
  });

  it('stopped by a signal: the curve as far as all folds came, and a network', async () => {
    const table = await tableOf(40);
    for (const after of [1, 12]) {
      const abort = new AbortController();
      let events = 0;
      const onProgress = (): void => {
        if (++events === after) abort.abort();
      };
      const { model, fit } = await fitParallelTable(table, { ...options, signal: abort.signal, onProgress });
      expect(fit.status).toBe('aborted');
      if (after === 1) expect(model.choice).toBeUndefined();
      else expect(model.choice).toMatchObject({ end: 'aborted', lambdas: { length: 4 } });
      expect(readParallelModel(writeParallelModel(model))).toEqual(model);
    }
  });
});
