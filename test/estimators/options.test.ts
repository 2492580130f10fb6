import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, it } from 'vitest';
import { threadsOf } from '../../src/estimators/inputs.js';
import {
  certify,
  certifyTable,
  crossValidate,
  type FitResult,
  fit,
  fitPath,
  fitTable,
  fitTablePath,
  type Matrix,
  type Model,
  RelucentError,
  readModel,
  type Table,
  verifyModel,
  writeModel,
} from '../../src/index.js';
import { normals, ramp, tableOf } from './data.js';

const X = normals(12, 2);
const y = ramp(X);
let table: Table;
let trained: FitResult;
let model: Model;

beforeAll(async () => {
  table = await tableOf(X, y);
  trained = await fit(X, y, { threads: 1 });
  model = (await fitTable(table, { target: 'y', lambda: 1e-3, threads: 1, testFraction: 0 })).model;
});

/** The error of a call that must be refused: one line of the given kind. */
async function refusal(work: () => Promise<unknown>): Promise<RelucentError> {
  const error = await work().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(RelucentError);
  const { message } = error as RelucentError;
  expect(message).not.toMatch(/\n|undefined·|\[object/);
  return error as RelucentError;
}

/** Every option with what it takes and values of the wrong kind. */
const wrongNumbers = ['1', null, true, [], {}, Number.NaN];
const run = {
  signal: ['an AbortSignal', [true, {}, null, 'abort', new AbortController()]],
  onProgress: ['a function', [true, {}, null, 'log']],
  timeLimit: ['a number of seconds > 0', [...wrongNumbers, 0, -1]],
} as const;
const lambda = ['a finite number ≥ 0', [...wrongNumbers, -1e-9, Number.POSITIVE_INFINITY]] as const;
const gap = ['a number between 0 and 1', [...wrongNumbers, 0, -1, 1, 2]] as const;
const seed = ['a whole number of at most 31 bits', [...wrongNumbers, 0.5, 2 ** 31, Number.POSITIVE_INFINITY]] as const;
const loss = ["'auto', 'squared'", ['cubic', '', null, 3, ['squared'], 'Squared']] as const;
const flag = ['true or false', ['yes', 1, 0, null, 'true']] as const;
const names = ['an array of column names', ['x0', [1], [null], {}, null]] as const;
const target = ['the name of a column', [1, null, ['y'], {}]] as const;
const task = ["'auto', 'regression' or 'classification'", ['regress', '', null, 1]] as const;
const lambdas = ['a whole number ≥ 1, or an array of λ', [0, -1, 1.5, Number.NaN, '10', null, {}]] as const;
const minRatio = ['a number between 0 and 1', [...wrongNumbers, 0, -1, 1, 2]] as const;
const folds = ['a whole number ≥ 2', [...wrongNumbers, 1, 0, -1, 2.5]] as const;
const measure = ["'auto', 'mse', 'mae', 'deviance', 'accuracy' or 'auc'", ['r2', '', null, 1, ['mse']]] as const;
const optionsAtAnyLambda = {
  ...run,
  activation: ["'relu' or 'gated'", ['tanh', 'ReLU', null, 1]],
  loss,
  patterns: ["'auto', 'exact' or a whole number ≥ 1", ['all', 0, -1, 1.5, Number.NaN, null, '30', [30]]],
  gap,
  seed,
  threads: ["'auto' or a whole number ≥ 1", ['two', 0, -1, 1.5, Number.NaN, null, '2']],
  outputBias: flag,
  hiddenBias: flag,
} as const;
const fitOptions = { ...optionsAtAnyLambda, lambda } as const;
const tableOptions = {
  target,
  task,
  standardize: flag,
  testFraction: ['a number at least 0 and below 1', [...wrongNumbers, -0.1, 1, 20]],
  categorical: names,
  drop: names,
} as const;
const pathOptions = {
  lambdas,
  minRatio,
  maxNeurons: ['a whole number ≥ 0', [...wrongNumbers, -1, 0.5]],
  maxDeviance: ['a share between 0 and 1', [...wrongNumbers, 0, -1, 1.1]],
} as const;

type Options = Record<string, readonly [string, readonly unknown[]]>;

interface Call {
  readonly name: string;
  /** How its messages begin. */
  readonly prefix: string;
  readonly options: Options;
  readonly with: (options: object) => Promise<unknown>;
}

const calls: readonly Call[] = [
  { name: 'fit', prefix: 'fit', options: fitOptions, with: (o) => fit(X, y, o) },
  {
    name: 'fitTable',
    prefix: 'fit',
    options: {
      ...fitOptions,
      ...tableOptions,
      lambda: ["'cv', 'cv-1se' or a finite number ≥ 0", ['best', '', ...lambda[1]]],
      folds,
      measure,
    },
    with: (o) => fitTable(table, { target: 'y', threads: 1, lambda: 1e-3, ...o }),
  },
  {
    name: 'fitPath',
    prefix: 'fitPath',
    options: {
      ...optionsAtAnyLambda,
      ...pathOptions,
      resume: ['the points of an earlier path', [true, {}, null, 'path.json']],
      onPoint: ['a function', [true, {}, null, 'log']],
    },
    with: (o) => fitPath(X, y, { threads: 1, lambdas: 3, ...o }),
  },
  {
    name: 'fitTablePath',
    prefix: 'path',
    options: {
      ...optionsAtAnyLambda,
      ...tableOptions,
      ...pathOptions,
      resume: ['a path as `fitTablePath` gives or `readPath` reads it', [true, null, 'path.json', 3]],
    },
    with: (o) => fitTablePath(table, { target: 'y', threads: 1, lambdas: 3, ...o }),
  },
  {
    name: 'crossValidate',
    prefix: 'crossValidate',
    options: {
      ...optionsAtAnyLambda,
      ...tableOptions,
      lambdas,
      minRatio,
      folds,
      measure,
      repeats: ['a whole number ≥ 1', [...wrongNumbers, 0, 1.5]],
      groups: ['the name of a column', [1, null, ['x0']]],
      foldColumn: ['the name of a column', [1, null, ['x0']]],
      stratify: flag,
      patience: ['a whole number ≥ 1', [...wrongNumbers, 0, 1.5]],
    },
    with: (o) => crossValidate(table, { target: 'y', threads: 1, folds: 3, lambdas: 3, ...o }),
  },
  {
    name: 'certify',
    prefix: 'certify',
    options: {
      signal: run.signal,
      onProgress: run.onProgress,
      timeLimit: ['a number of seconds', wrongNumbers],
      loss: ['one of squared', ['cubic', null, 3, {}]],
      outputBias: flag,
      hiddenBias: flag,
      scope: ["'auto', 'sampled' or 'priced'", ['exact', null, 1]],
      patterns: ['a pattern set', ['all', null, 30, {}]],
      tolerance: ['a number ≥ 0', [...wrongNumbers, -1e-9]],
      seed,
      starts: ['a whole number ≥ 0', [...wrongNumbers, -1, 0.5]],
      nodeLimit: ['a whole number ≥ 0', [...wrongNumbers, -1, 0.5]],
    },
    with: (o) => certify(trained.weights, X, Float64Array.from(y), 1e-3, o),
  },
  {
    name: 'certifyTable',
    prefix: 'certifyTable',
    options: { ...run, target, task, loss, drop: names, categorical: names, lambda, gap, seed },
    with: (o) => certifyTable(trained.weights, table, { target: 'y', lambda: 1e-3, ...o }),
  },
  { name: 'verifyModel', prefix: 'verifyModel', options: run, with: (o) => verifyModel(model, table, o) },
];

describe.each(calls)('$name', ({ prefix, options, with: call }) => {
  it.each(Object.entries(options))('refuses wrong values of %s', async (name, [expected, values]) => {
    for (const value of values) {
      const { kind, message } = await refusal(() => call({ [name]: value }));
      expect(kind).toBe('usage');
      expect(message).toContain(`${prefix}: ${name} must be `);
      expect(message).toContain(expected);
      expect(message).toMatch(/, got .+\.$/);
    }
  });

  it('refuses options it does not know, and says which it does', async () => {
    for (const name of ['lamda', 'outputbias', 'tol', '__proto', 'toString']) {
      const { kind, message } = await refusal(() => call({ [name]: 1 }));
      expect(kind).toBe('usage');
      expect(message).toContain(`${prefix}: there is no option '${name}'`);
      for (const known of Object.keys(options)) expect(message).toContain(known);
    }
  });

  it('takes options left undefined as not given', async () => {
    const nothing = Object.fromEntries(
      Object.keys(options)
        .filter((name) => !['target', 'lambda', 'lambdas', 'folds'].includes(name))
        .map((name) => [name, undefined]),
    );
    await expect(call(nothing)).resolves.toBeDefined();
  });
});

describe('options that are no object', () => {
  it.each([null, 5, 'fast', true, [1]])('%s', async (options) => {
    for (const { prefix, call } of [
      { prefix: 'fit', call: () => fit(X, y, options as object) },
      { prefix: 'fit', call: () => fitTable(table, options as never) },
      { prefix: 'verifyModel', call: () => verifyModel(model, table, options as object) },
    ]) {
      const { kind, message } = await refusal(call);
      expect(kind).toBe('usage');
      expect(message).toContain(`${prefix}: the options must be an object, got `);
    }
  });

  it('and options that must be there', async () => {
    expect((await refusal(() => fitTable(table, {} as never))).message).toMatch(/fit: target must be .* missing/);
    const judge = (o: object) => refusal(() => certifyTable(trained.weights, table, o as never));
    expect((await judge({ lambda: 1 })).message).toMatch(/certifyTable: target must be .* missing/);
    expect((await judge({ target: 'y' })).message).toMatch(/certifyTable: lambda must be .* missing/);
  });
});

describe('arrays that cannot be learnt from', () => {
  const flat = Array.from(X.data);
  it.each<[string, unknown, string, RegExp]>([
    ['nothing', undefined, 'usage', /fit: X must be a Matrix or an array of rows, got undefined/],
    ['null', null, 'usage', /X must be/],
    ['a text', 'abc', 'usage', /X must be .* got 'abc'/],
    ['an empty object', {}, 'usage', /X must be .* got an object/],
    ['no rows', [], 'data', /X has no rows/],
    ['empty rows', [[], []], 'data', /X has no columns/],
    ['ragged rows', [[1], [2, 3]], 'usage', /row 1 of X has 2 entries, row 0 has 1/],
    ['numbers in place of rows', [1, 2], 'usage', /row 0 of X must be an array of numbers, got 1/],
    ['a missing row', [[1], null], 'usage', /row 1 of X must be an array of numbers, got null/],
    ['text', [['1']], 'data', /X\[0\]\[0\] is '1'/],
    ['a hole', [[1, 2], [3]].map((r) => Object.assign(new Array(2), r)), 'data', /X\[1\]\[1\] is undefined/],
    ['NaN', [[1], [Number.NaN]], 'data', /X\[1\]\[0\] is NaN/],
    ['Infinity', [[1], [Number.NEGATIVE_INFINITY]], 'data', /X\[1\]\[0\] is -Infinity/],
    ['a matrix of plain numbers', { rows: 12, cols: 2, data: flat }, 'usage', /X is no Matrix/],
    ['a matrix of another length', { rows: 12, cols: 3, data: X.data }, 'usage', /X is no Matrix/],
    ['a matrix of negative size', { rows: -12, cols: -2, data: X.data }, 'usage', /X is no Matrix/],
  ])('X: %s', async (_, value, kind, message) => {
    const error = await refusal(() => fit(value as Matrix, [1, 2]));
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
  });

  it.each<[string, unknown, object, string, RegExp]>([
    ['nothing', undefined, {}, 'usage', /fit: y must be an array of numbers or a Matrix, got undefined/],
    ['one number', 3, {}, 'usage', /y must be/],
    ['too few', y.slice(1), {}, 'data', /X has 12 rows but y has 11/],
    ['NaN', [...y.slice(1), Number.NaN], {}, 'data', /y\[11\] is NaN/],
    ['text', y.map(String), {}, 'data', /y\[0\] is '/],
    ['rows', y.map((v) => [v]), {}, 'data', /y\[0\] is an array of 1/],
    ['no columns', { rows: 12, cols: 0, data: new Float64Array() }, {}, 'data', /y has no columns/],
    ['numbers as labels', y, { loss: 'logistic' }, 'data', /takes labels −1 and \+1, but y\[0\] is/],
    ['one class', y.map(() => 1), { loss: 'squared-hinge' }, 'data', /one class only/],
    ['fractions as classes', y, { loss: 'softmax' }, 'data', /takes class numbers .* but y\[0\] is/],
    ['one class number', y.map(() => 0), { loss: 'softmax' }, 'data', /one class only/],
    ['two ones in a row', { ...X, data: X.data.map(() => 1) }, { loss: 'softmax' }, 'data', /row 0 of y is neither/],
    [
      'targets whose squares are no numbers',
      [...y.slice(1), 1e155],
      {},
      'data',
      /^fit: y\[11\] is 1e\+155; .*divide y by a constant\.$/,
    ],
  ])('y: %s', async (_, value, options, kind, message) => {
    const error = await refusal(() => fit(X, value as number[], options));
    expect([error.kind, error.message]).toEqual([kind, expect.stringMatching(message)]);
  });

  it('rows to predict of another width', async () => {
    const predict = async (rows: unknown) => trained.predict(rows as Matrix);
    expect((await refusal(() => predict([[1, 2, 3]]))).message).toMatch(/2|3/);
    expect((await refusal(() => predict([[1, Number.NaN]]))).message).toMatch(/predict: X\[0\]\[1\] is NaN/);
  });

  it('columns a table does not have, and targets that do not fit', async () => {
    const call = (o: object) => refusal(() => fitTable(table, { target: 'y', ...o }));
    expect(await call({ target: 'z' })).toMatchObject({ kind: 'usage', message: expect.stringMatching(/'z'/) });
    expect(await call({ drop: ['z'] })).toMatchObject({ kind: 'usage', message: expect.stringMatching(/'z'/) });
    expect(await call({ categorical: ['z'] })).toMatchObject({ kind: 'usage', message: expect.stringMatching(/'z'/) });
    expect(await call({ drop: ['x0', 'x1'] })).toMatchObject({ kind: 'data' });
    expect(await call({ drop: ['y'] })).toMatchObject({ kind: 'usage' });
    expect(await call({ loss: 'logistic' })).toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(/logistic/),
    });
  });
});

describe('scores that a few test rows do not have', () => {
  it('are verified as such: a file that says a number there is rejected', async () => {
    const { model: one } = await fitTable(table, { target: 'y', lambda: 1e-2, threads: 1, testFraction: 0.1 });
    expect(one.rows.test).toBe(1);
    expect(one.scores.test?.r2).toBeNaN();
    for (const read of [one, readModel(writeModel(one))]) {
      expect((await verifyModel(read, table)).reasons).toEqual([]);
      const test = { ...one.scores.test, r2: 0.9 };
      const { accepted, reasons } = await verifyModel({ ...read, scores: { ...read.scores, test } }, table);
      expect([accepted, reasons]).toEqual([false, ['r2 on the test rows is NaN, the file says 0.9.']]);
    }
  });
});

describe('threads', () => {
  it('are those asked for, but never more than four a core or eight', () => {
    const most = Math.max(8, 4 * availableParallelism());
    expect([1, 2, 1000].map(threadsOf)).toEqual([1, 2, most]);
    expect(threadsOf()).toBe(Math.min(8, availableParallelism()));
    expect(threadsOf('auto')).toBe(threadsOf());
  });
});
