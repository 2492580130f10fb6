import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  fitTable,
  type Matrix,
  type Model,
  parseTable,
  predictTable,
  ReluClassifier,
  RelucentError,
  ReluRegressor,
  readModel,
  tableFrom,
  verifyModel,
  writeModel,
} from '../../src/index.js';
import { normals, ramp, rowsOf, tableOf } from './data.js';

const X = normals(40, 2, 3);
const y = ramp(X).map((v) => 5 + 3 * v);
const rows = rowsOf(X);
const quick = { lambda: 1e-2, threads: 1 } as const;
/** Three classes that the plane tells apart. */
const sector = rows.map(([a, b]) => (a > 0.3 ? 2 : b > 0 ? 1 : 0));

/** The one line of a call that must be refused. */
async function refusal(work: () => unknown): Promise<string> {
  const error = await Promise.resolve()
    .then(work)
    .then(
      () => null,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(RelucentError);
  const { message } = error as RelucentError;
  expect(message).toMatch(/^[^\n]+\.$/);
  return message;
}

describe('parameters', () => {
  const defaults = {
    lambda: 'cv',
    folds: 'auto',
    measure: 'auto',
    activation: 'relu',
    loss: 'auto',
    patterns: 'auto',
    gap: 1e-6,
    seed: 0,
    threads: 'auto',
    hiddenBias: false,
    outputBias: true,
    standardize: true,
  };

  it.each([ReluRegressor, ReluClassifier])('of %o come out as they went in, and have defaults', (Estimator) => {
    expect(new Estimator().getParams()).toEqual(defaults);
    const own = new Estimator({ lambda: 0.5, seed: 7, hiddenBias: true, gap: undefined });
    const expected = { ...defaults, lambda: 0.5, seed: 7, hiddenBias: true };
    expect(own.getParams()).toEqual(expected);
    expect(own.setParams({ folds: 5 })).toBe(own);
    const copy = own.clone();
    expect(copy.getParams()).toEqual({ ...expected, folds: 5 });
    copy.setParams({ seed: 1 });
    expect(own.getParams().seed).toBe(7);
    own.getParams().seed = 3;
    expect(own.getParams().seed).toBe(7);
  });

  it.each<[object, RegExp]>([
    [{ lamda: 1 }, /^ReluRegressor: there is no option 'lamda'; expected one of activation, folds, gap/],
    [{ target: 'y' }, /no option 'target'/],
    [{ lambda: -1 }, /lambda must be 'cv', 'cv-1se' or a finite number ≥ 0, got -1/],
    [{ lambda: 'best' }, /lambda must be .* got 'best'/],
    [{ folds: 1 }, /folds must be 'auto' or a whole number ≥ 2, got 1/],
    [{ measure: 'auc' }, /measure must be 'auto', 'mse' or 'mae', got 'auc'/],
    [{ loss: 'logistic' }, /loss must be 'auto', 'squared' or 'huber', got 'logistic'/],
    [{ patterns: 0 }, /patterns must be/],
    [{ standardize: 'yes' }, /standardize must be true or false, got 'yes'/],
  ])('%j is refused, and changes nothing', async (params, message) => {
    expect(await refusal(() => new ReluRegressor(params))).toMatch(message);
    const estimator = new ReluRegressor();
    expect(await refusal(() => estimator.setParams({ seed: 4, ...params }))).toMatch(message);
    expect(estimator.getParams()).toEqual(defaults);
  });
});

describe('ReluRegressor', () => {
  it('is fitTable on all rows: the same model file', async () => {
    const estimator = new ReluRegressor({ lambda: 'cv', folds: 3, gap: 1e-4, threads: 1 });
    expect(await estimator.fit(rows, y)).toBe(estimator);
    const table = await tableOf(X, y);
    const options = { target: 'y', task: 'regression', folds: 3, gap: 1e-4, threads: 1, testFraction: 0 } as const;
    const { model } = await fitTable(table, options);
    expect(writeModel(estimator.toModel())).toBe(writeModel(model));
    const { values } = predictTable(model, table) as { values: Float64Array };
    expect(estimator.predict(X)).toEqual(values);
    expect(estimator.choice).toMatchObject({ rule: 'cv', folds: 3, measure: 'mse' });
    expect(estimator.lambda).toBe(estimator.choice?.lambdas[estimator.choice.min]);
  });

  it('has what it learnt as attributes, on a Matrix as on rows', async () => {
    const estimator = await new ReluRegressor(quick).fit(X, Float64Array.from(y));
    expect([estimator.status, estimator.lambda, estimator.choice]).toEqual(['solved', 1e-2, null]);
    expect(estimator.certificate.relativeGap).toBeLessThanOrEqual(1e-6);
    expect(estimator.neurons).toBe(estimator.network.hidden.rows);
    expect(estimator.neurons).toBeGreaterThan(0);
    expect(estimator.features).toEqual(['x0', 'x1']);
    const again = await estimator.clone().fit(rows, y);
    expect(again.network).toEqual(estimator.network);
  });

  it('scores R², in units of y', async () => {
    const estimator = await new ReluRegressor(quick).fit(X, y);
    const f = estimator.predict(rows);
    const mean = y.reduce((s, v) => s + v, 0) / y.length;
    const [errors, total] = [y.reduce((s, v, i) => s + (v - f[i]) ** 2, 0), y.reduce((s, v) => s + (v - mean) ** 2, 0)];
    expect(estimator.score(X, y)).toBeCloseTo(1 - errors / total, 12);
    expect(estimator.score(X, y)).toBeGreaterThan(0.8);
    expect(estimator.score(X, Array.from(f))).toBe(1);
    expect(estimator.score(X, new Array(40).fill(2))).toBeNaN();
  });

  it('takes few integers as numbers, and NaN as missing', async () => {
    const holes = rows.map((row, i) => (i % 5 === 0 ? [Number.NaN, row[1]] : row));
    const estimator = await new ReluRegressor(quick).fit(holes, y.map(Math.round));
    expect(estimator.features).toEqual(['x0', 'x0 missing', 'x1']);
    expect(estimator.predict([[Number.NaN, 0.5]])[0]).toBeTypeOf('number');
    expect(estimator.toModel().preprocessing.target.kind).toBe('number');
  });

  it('leaves constant columns out, and still counts them', async () => {
    const wider = rows.map(([a, b]) => [a, 7, b]);
    const estimator = await new ReluRegressor(quick).fit(wider, y);
    expect(estimator.features).toEqual(['x0', 'x2']);
    expect(estimator.predict(wider)).toEqual((await new ReluRegressor(quick).fit(X, y)).predict(X));
    expect(await refusal(() => estimator.predict(rows))).toMatch(/X has 2 columns, but the fit had 3/);
  });

  it('tells progress, and stops with what it has', async () => {
    const phases = new Set<string>();
    const stop = new AbortController();
    const estimator = new ReluRegressor(quick);
    await estimator.fit(X, y, { onProgress: ({ phase }) => void phases.add(phase) });
    expect(phases.has('pricing')).toBe(true);
    stop.abort();
    await estimator.fit(X, y, { signal: stop.signal });
    expect(estimator.status).toBe('aborted');
    expect(estimator.predict(X).every(Number.isFinite)).toBe(true);
    await estimator.fit(X, y, { timeLimit: 1e-6 });
    expect(estimator.status).toBe('time-limit');
  });

  it('comes back from its model file', async () => {
    const estimator = await new ReluRegressor({ ...quick, hiddenBias: true, seed: 3 }).fit(X, y);
    const model = readModel(writeModel(estimator.toModel()));
    const back = ReluRegressor.fromModel(model);
    expect(back.predict(X)).toEqual(estimator.predict(X));
    expect(back.status).toBeNull();
    expect(back.getParams()).toMatchObject({ lambda: 1e-2, hiddenBias: true, seed: 3, loss: 'squared' });
    expect((await back.clone().setParams({ threads: 1 }).fit(X, y)).network).toEqual(estimator.network);
    const columns = Object.fromEntries([0, 1].map((k) => [`x${k}`, rows.map((row) => row[k])]));
    expect(await verifyModel(model, tableFrom({ ...columns, y }))).toMatchObject({ accepted: true, sameData: true });
  });

  it('of a table model takes the columns in table order', async () => {
    const table = await parseTable(readFileSync(join(import.meta.dirname, '../../data/demo/yacht.csv')), {
      name: 'yacht.csv',
    });
    const { model } = await fitTable(table, { target: 'target', lambda: 0.1, threads: 1, gap: 1e-3 });
    const features = table.columns.filter(({ name }) => name !== 'target');
    const all = Array.from({ length: table.rowCount }, (_, i) => features.map(({ numbers }) => numbers[i]));
    const { values } = predictTable(model, table) as { values: Float64Array };
    expect(ReluRegressor.fromModel(model).predict(all)).toEqual(values);
  });
});

describe('ReluClassifier', () => {
  it.each<[string, (k: number) => number | string | boolean, unknown[]]>([
    ['numbers', (k) => [10, -1, 2][k], [-1, 2, 10]],
    ['texts', (k) => ['pear', 'fig', 'Apple'][k], ['Apple', 'fig', 'pear']],
    ['booleans', (k) => k > 0, [false, true]],
    ['few fractions', (k) => [0.5, 1.5, 2.5][k], [0.5, 1.5, 2.5]],
  ])('takes %s, and gives them back sorted', async (_, label, classes) => {
    const labels = sector.map(label);
    const estimator = await new ReluClassifier(quick).fit(rows, labels);
    expect(estimator.classes).toEqual(classes);
    const predicted = estimator.predict(X);
    expect(predicted.every((value) => classes.includes(value))).toBe(true);
    const right = predicted.filter((value, i) => value === labels[i]).length / 40;
    expect(estimator.score(rows, labels)).toBe(right);
    expect(right).toBeGreaterThan(0.8);
    const back = ReluClassifier.fromModel(readModel(writeModel(estimator.toModel())));
    expect([back.classes, back.predict(X)]).toEqual([classes, predicted]);
    expect(back.score(rows, labels)).toBe(right);
  });

  it('gives probabilities in the order of its classes, and the scores behind them', async () => {
    const two = await new ReluClassifier(quick).fit(
      rows,
      sector.map((k) => k > 0),
    );
    const [p, s] = [two.predictProba(X), two.decisionFunction(X)];
    expect([p.rows, p.cols, s.cols]).toEqual([40, 2, 1]);
    rowsOf(p).forEach(([no, yes], i) => {
      expect(no + yes).toBeCloseTo(1, 14);
      expect(yes).toBeCloseTo(1 / (1 + Math.exp(-s.data[i])), 14);
      expect(two.predict([rows[i]])[0]).toBe(yes > 0.5);
    });
    const three = await new ReluClassifier(quick).fit(rows, sector);
    const [q, t] = [three.predictProba(X), three.decisionFunction(X)];
    expect([q.cols, t.cols]).toEqual([3, 3]);
    rowsOf(q).forEach((row, i) => {
      expect(row.reduce((sum, v) => sum + v, 0)).toBeCloseTo(1, 14);
      expect(three.predict([rows[i]])[0]).toBe(three.classes[row.indexOf(Math.max(...row))]);
      const powers = rowsOf(t)[i].map(Math.exp);
      const sum = powers.reduce((a, b) => a + b, 0);
      powers.forEach((power, k) => void expect(row[k]).toBeCloseTo(power / sum, 12));
    });
  });

  it('chooses λ by cross-validation, as fitTable does', async () => {
    const estimator = new ReluClassifier({ lambda: 'cv-1se', folds: 3, measure: 'accuracy', gap: 1e-3, threads: 1 });
    await estimator.fit(
      X,
      sector.map((k) => k > 0),
    );
    const { choice, lambda } = estimator;
    expect(choice).toMatchObject({ rule: 'cv-1se', folds: 3, measure: 'accuracy', better: 'more' });
    expect(lambda).toBe(choice?.lambdas[choice.oneStandardError]);
    expect(ReluClassifier.fromModel(estimator.toModel()).getParams()).toMatchObject({
      lambda: 'cv-1se',
      folds: 3,
      measure: 'accuracy',
    });
  });

  it('has no probabilities where the loss gives none', async () => {
    const hinge = await new ReluClassifier({ ...quick, loss: 'squared-hinge' }).fit(
      rows,
      sector.map((k) => k > 0),
    );
    expect(await refusal(() => hinge.predictProba(X))).toMatch(/squared-hinge loss gives no probabilities/);
    expect(
      hinge.score(
        X,
        sector.map((k) => k > 0),
      ),
    ).toBeGreaterThan(0.8);
  });

  it('counts a class it never saw as wrong', async () => {
    const estimator = await new ReluClassifier(quick).fit(rows, sector);
    const some = estimator.predict(rows).map((label, i) => (i < 10 ? 'other' : label));
    expect(estimator.score(rows, some)).toBe(0.75);
  });
});

describe('refusals', () => {
  const X2 = [[1], [2], [3], [4]];
  const fitted = (): Promise<ReluRegressor> => new ReluRegressor(quick).fit(X, y);

  it('before a fit', async () => {
    for (const Estimator of [ReluRegressor, ReluClassifier]) {
      const estimator = new Estimator();
      const calls = ['predict', 'score', 'network', 'certificate', 'lambda', 'choice', 'neurons', 'features', 'status'];
      const own = Estimator === ReluClassifier ? ['classes', 'predictProba', 'decisionFunction'] : [];
      for (const name of [...calls, ...own, 'toModel']) {
        const use = (): unknown => {
          const value = (estimator as unknown as Record<string, unknown>)[name];
          return typeof value === 'function' ? value.call(estimator, X, y) : value;
        };
        expect(await refusal(use)).toBe(`${Estimator.name}: not fitted yet; call await fit(X, y) first.`);
      }
    }
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ['rows without y', X2, undefined, /^ReluRegressor: y must be an array/],
    ['lengths that differ', X2, [1, 2, 3], /X has 4 rows but y has 3/],
    ['a target that is no number', X2, [1, 2, '3', 4], /y\[2\] is 3; every target must be a finite number/],
    ['a missing target', X2, [1, Number.NaN, 3, 4], /y\[1\] is NaN/],
    ['an infinite entry', [[1], [Number.POSITIVE_INFINITY], [3], [4]], [1, 2, 3, 4], /X\[1\]\[0\] is Infinity/],
    ['text', [[1], ['2'], [3], [4]], [1, 2, 3, 4], /X\[1\]\[0\] is '2'/],
    ['ragged rows', [[1], [2, 2], [3], [4]], [1, 2, 3, 4], /row 1 of X has 2 entries, row 0 has 1/],
    ['no rows', [], [], /X has no rows/],
    ['a constant target', X2, [1, 1, 1, 1], /ReluRegressor: target 'y' is constant/],
    ['nothing that varies', X2.map(() => [1, Number.NaN]), [1, 2, 3, 4], /no feature column is left/],
  ])('%s', async (_, rowsGiven, targets, message) => {
    const estimator = new ReluRegressor(quick);
    expect(await refusal(() => estimator.fit(rowsGiven as Matrix, targets as number[]))).toMatch(message);
    expect(await refusal(() => estimator.predict(X2))).toMatch(/not fitted/);
  });

  it.each<[string, unknown[], RegExp]>([
    ['one class', ['a', 'a', 'a', 'a'], /one class \('a'\)/],
    ['a missing class', ['a', 'b', null, 'a'], /y\[2\] is null; a class is a number, a text or a boolean/],
    ['NaN', [1, 2, Number.NaN, 1], /y\[2\] is NaN, a missing value/],
    ['a text that means missing', ['a', 'b', 'NA', 'a'], /y\[2\] is 'NA', a missing value/],
    ['labels spelt alike', ['1', 1, 2, '2'], /y holds '1' and 1, which are spelt alike/],
    ['texts spelt alike', ['a', ' a', 'b', 'b'], /spelt alike/],
  ])('%s', async (_, labels, message) => {
    expect(await refusal(() => new ReluClassifier(quick).fit(X2, labels as string[]))).toMatch(message);
  });

  it('of other columns, lengths and run options', async () => {
    const estimator = await fitted();
    expect(await refusal(() => estimator.predict([[1, 2, 3]]))).toBe(
      'ReluRegressor: X has 3 columns, but the fit had 2; give the same columns in the same order.',
    );
    expect(await refusal(() => estimator.score(X, [1, 2]))).toMatch(/X has 40 rows but y has 2/);
    expect(await refusal(() => estimator.fit(X, y, { timeLimit: 0 }))).toMatch(/fit: timeLimit must be/);
    expect(await refusal(() => estimator.fit(X, y, { lambda: 1 } as object))).toMatch(/no option 'lambda'/);
    // what failed leaves the earlier fit
    expect(estimator.status).toBe('solved');
  });

  it('of models of another task, and of models that read text', async () => {
    const { model } = await fitTable(
      tableFrom({ kind: sector.map((k) => 'abc'[k]), x: rows.map(([a]) => a), y }, 'kinds'),
      { target: 'y', lambda: 0.1, threads: 1 },
    );
    expect(await refusal(() => ReluRegressor.fromModel(model))).toMatch(/reads text in column 'kind'/);
    const numbers: Model = (await fitted()).toModel();
    expect(await refusal(() => ReluClassifier.fromModel(numbers))).toMatch(
      /one of regression, expected classification/,
    );
  });
});
