import { describe, expect, it } from 'vitest';
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type FitOptions,
  fit,
  fitTable,
  type Matrix,
  RelucentError,
  readModel,
  type Table,
  tableFrom,
  writeModel,
} from '../../src/index.js';
import { type Fold, makeFolds } from '../../src/path/index.js';
import { normals, ramp, rowsOf } from './data.js';

const n = 36;
const X = rowsOf(normals(n, 2, 41));
const y = ramp(normals(n, 2, 41)).map((v, i) => 4 + 2 * v + 0.4 * Math.sin(3 * i));
const folds4 = Array.from({ length: n }, (_, i) => (i * 7) % 4);
const lambdas = [0.3, 0.1, 0.03];
const quick = { target: 'y', threads: 1 } as const;

const columns = (rows: readonly (readonly number[])[]): Record<string, number[]> =>
  Object.fromEntries(rows[0].map((_, k) => [`x${k}`, rows.map((row) => row[k])]));

const mean = (v: readonly number[]): number => v.reduce((s, t) => s + t, 0) / v.length;
const sum = (v: readonly number[]): number => v.reduce((s, t) => s + t, 0);

/** Mean and standard error over folds, weighted by held-out rows, and the two choices, for errors [fold][λ]. */
function summaryOf(errors: readonly number[][], held: readonly number[], better: 'less' | 'more' = 'less') {
  const total = sum(held);
  const means = errors[0].map((_, k) => sum(errors.map((fold, f) => fold[k] * held[f])) / total);
  const deviations = means.map((m, k) =>
    Math.sqrt(sum(errors.map((fold, f) => held[f] * (fold[k] - m) ** 2)) / total / (errors.length - 1)),
  );
  const cost = means.map((m) => (better === 'less' ? m : -m));
  const min = cost.indexOf(Math.min(...cost));
  const oneStandardError = cost.findIndex((c) => c <= cost[min] + deviations[min]);
  return { means, deviations, min, oneStandardError };
}

function expectCurve(result: CrossValidation, expected: ReturnType<typeof summaryOf>, tolerance: number): void {
  expected.means.forEach((value, k) => {
    expect(Math.abs(result.mean[k] - value)).toBeLessThanOrEqual(tolerance * Math.abs(value));
    expect(Math.abs(result.standardError[k] - expected.deviations[k])).toBeLessThanOrEqual(
      10 * tolerance * Math.abs(value),
    );
  });
  expect([result.min, result.oneStandardError]).toEqual([expected.min, expected.oneStandardError]);
  expect(result.lambdas[result.oneStandardError]).toBeGreaterThanOrEqual(result.lambdas[result.min]);
}

const given = (assignment: readonly number[]): Fold[] => makeFolds(assignment.length, { assignment });

describe('on a convex quadratic with a closed form', () => {
  // on positive inputs every neuron is a line through 0 that is on or off everywhere: one slope a, penalty λ|a|
  const x = X.map(([a]) => 3 + a / 2);
  const target = x.map((v, i) => 1 + 0.8 * v + 0.9 * Math.cos(5 * i));
  const table = tableFrom({ x, fold: folds4, y: target }, 'line');

  function closedForm(train: readonly number[], lambda: number): (v: number) => number {
    const [mx, my] = [mean(train.map((i) => x[i])), mean(train.map((i) => target[i]))];
    const covariance = mean(train.map((i) => (x[i] - mx) * (target[i] - my)));
    const variance = mean(train.map((i) => (x[i] - mx) ** 2));
    const slope = (Math.sign(covariance) * Math.max(0, Math.abs(covariance) - lambda)) / variance;
    return (v) => my + slope * (v - mx);
  }

  it.each([
    ['mse', 'relu', 1],
    ['mse', 'gated', 1],
    ['mae', 'relu', 3],
  ] as const)('%s, %s: the curve and both choices', async (measure, activation, repeats) => {
    const cuts = repeats > 1 ? makeFolds(n, { folds: 5, repeats, seed: 3 }) : given(folds4);
    const own: Partial<CrossValidationOptions> =
      repeats > 1 ? { folds: 5, repeats, seed: 3, drop: ['fold'] } : { foldColumn: 'fold' };
    const options = { ...quick, ...own, measure, activation, standardize: false, gap: 1e-9, lambdas: 30 } as const;
    const result = await crossValidate(table, options);
    const all = Array.from(x.keys());
    const covariance = mean(all.map((i) => (x[i] - mean(x)) * (target[i] - mean(target))));
    expect(result.lambdas[0] / Math.abs(covariance)).toBeCloseTo(1, 9);
    expect(result).toMatchObject({ measure, end: 'complete', folds: repeats > 1 ? 5 : 4, repeats });
    const errors = cuts.map(({ train, held }) =>
      result.lambdas.map((lambda) => {
        const f = closedForm([...train], lambda);
        const off = [...held].map((i) => Math.abs(f(x[i]) - target[i]));
        return mean(measure === 'mse' ? off.map((v) => v * v) : off);
      }),
    );
    const expected = summaryOf(
      errors,
      cuts.map(({ held }) => held.length),
    );
    expect(expected.min).toBeGreaterThan(3);
    // a gap of 1e-9 leaves the outputs √(2·1e-9·objective) from the optimum
    expectCurve(result, expected, 1e-4);
  });
});

interface Encoded {
  readonly train: number[][];
  readonly held: number[][];
  readonly y: number[];
  /** From the network's output to units of y. */
  readonly decode: (f: number) => number;
}

/** Imputed, marked and standardised by hand, with what the rows `known` teach. */
function encodedByHand(rows: readonly number[][], target: readonly number[], cut: Fold, known: Int32Array): Encoded {
  const moments = (v: number[]): [number, number] => [mean(v), Math.sqrt(mean(v.map((t) => (t - mean(v)) ** 2)))];
  const learnt = rows[0].map((_, k) => {
    const present = [...known].map((i) => rows[i][k]).filter((v) => !Number.isNaN(v));
    const filled = [...known].map((i) => (Number.isNaN(rows[i][k]) ? mean(present) : rows[i][k]));
    return { m: mean(present), s: moments(filled)[1], marked: present.length < known.length };
  });
  const encode = (i: number): number[] =>
    learnt.flatMap(({ m, s, marked }, k) => {
      const v = rows[i][k];
      const scaled = ((Number.isNaN(v) ? m : v) - m) / s;
      return marked ? [scaled, Number.isNaN(v) ? 1 : 0] : [scaled];
    });
  const [m, s] = moments([...known].map((i) => target[i]));
  return {
    train: [...cut.train].map(encode),
    held: [...cut.held].map(encode),
    y: [...cut.train].map((i) => (target[i] - m) / s),
    decode: (f) => m + s * f,
  };
}

/** Held-out outputs of a fit on each fold at each λ, all by `fit`. */
async function refits(
  parts: readonly { train: number[][]; held: number[][]; y: number[] | Matrix }[],
  own: FitOptions,
) {
  const outputs: Matrix[][] = [];
  for (const { train, held, y: targets } of parts) {
    const fold: Matrix[] = [];
    for (const lambda of lambdas) {
      const result = await fit(train, targets, { threads: 1, gap: 1e-9, ...own, lambda });
      fold.push(result.predict(held));
    }
    outputs.push(fold);
  }
  return outputs;
}

describe('preprocessing', () => {
  // a fold of its own holds the wild rows: their size must not reach the others' scaling
  const wild = X.map(([a, b], i) => [folds4[i] === 0 ? 40 * a : a, i % 5 === 0 ? Number.NaN : b]);
  const table = tableFrom({ ...columns(wild), fold: folds4, y }, 'wild');

  it('is learnt again in every fold, from its training rows alone', async () => {
    const cuts = given(folds4);
    const own = { activation: 'gated', patterns: 60, outputBias: true } as const;
    const curve = async (known: (cut: Fold) => Int32Array) => {
      const parts = cuts.map((cut) => encodedByHand(wild, y, cut, known(cut)));
      const outputs = await refits(parts, own);
      const errors = cuts.map(({ held }, f) =>
        outputs[f].map(({ data }) => mean([...held].map((i, k) => (parts[f].decode(data[k]) - y[i]) ** 2))),
      );
      return summaryOf(
        errors,
        cuts.map(({ held }) => held.length),
      );
    };
    const honest = await curve(({ train }) => train);
    const leaking = await curve(() => Int32Array.from(y.keys()));
    const result = await crossValidate(table, { ...quick, ...own, foldColumn: 'fold', lambdas, gap: 1e-9 });
    expectCurve(result, honest, 1e-4);
    expect(Math.max(...lambdas.map((_, k) => Math.abs(leaking.means[k] / result.mean[k] - 1)))).toBeGreaterThan(0.05);
  });
});

describe('measures of classes', () => {
  const two = y.map((v) => (v > 4.2 ? 'yes' : 'no'));
  const three = y.map((v) => (v > 5 ? 'c' : v > 4 ? 'b' : 'a'));
  const cuts = given(folds4);

  it.each([
    ['deviance', 'logistic'],
    ['accuracy', 'logistic'],
    ['auc', 'logistic'],
    ['auto', 'squared-hinge'],
    ['auto', 'softmax'],
    ['accuracy', 'softmax'],
  ] as const)('%s, %s', async (measure, loss) => {
    const labels = loss === 'softmax' ? three : two;
    const table = tableFrom({ ...columns(X), fold: folds4, y: labels }, 'classes');
    const own = { loss, patterns: 40, hiddenBias: true, gap: 1e-8 } as const;
    const result = await crossValidate(table, {
      ...quick,
      ...own,
      measure,
      foldColumn: 'fold',
      standardize: false,
      lambdas,
    });
    const code = (label: string): number => ('abc'.includes(label) ? 'abc'.indexOf(label) : label === 'yes' ? 1 : -1);
    const parts = cuts.map(({ train, held }) => ({
      train: [...train].map((i) => X[i]),
      held: [...held].map((i) => X[i]),
      y: [...train].map((i) => code(labels[i])),
    }));
    const outputs = await refits(parts, own);
    const named = measure !== 'auto' ? measure : loss === 'softmax' ? 'deviance' : 'accuracy';
    const better = named === 'deviance' ? 'less' : 'more';
    const errors = cuts.map(({ held }, f) =>
      outputs[f].map((F) =>
        judged(
          named,
          rowsOf(F),
          [...held].map((i) => code(labels[i])),
        ),
      ),
    );
    expect(result).toMatchObject({ measure: named, better });
    expectCurve(
      result,
      summaryOf(
        errors,
        cuts.map(({ held }) => held.length),
        better,
      ),
      1e-4,
    );
  });

  /** By the books: −2 log-likelihood a row, share of hits, share of ordered pairs. */
  function judged(measure: 'deviance' | 'accuracy' | 'auc', F: number[][], codes: number[]): number {
    if (measure === 'accuracy') {
      const hit = (f: number[], c: number): boolean =>
        f.length > 1 ? f.indexOf(Math.max(...f)) === c : (f[0] > 0 ? 1 : -1) === c;
      return mean(F.map((f, i) => Number(hit(f, codes[i]))));
    }
    if (measure === 'auc') {
      const pairs = F.flatMap(([f], i) => F.flatMap(([g], j) => (codes[i] > codes[j] ? [[f, g]] : [])));
      return mean(pairs.map(([f, g]) => (f > g ? 1 : f === g ? 0.5 : 0)));
    }
    const logOf = (f: number[], c: number): number =>
      f.length > 1 ? f[c] - Math.log(sum(f.map(Math.exp))) : -Math.log1p(Math.exp(-c * f[0]));
    return -2 * mean(F.map((f, i) => logOf(f, codes[i])));
  }
});

describe('folds', () => {
  const plain = tableFrom({ ...columns(X), y }, 'plain');
  const fast = { ...quick, patterns: 20, lambdas, gap: 1e-6 } as const;

  it('by groups hold each group out whole', async () => {
    const group = folds4.map((k) => ['north', 'east', 'south', 'west'][k]);
    const table = tableFrom({ ...columns(X), group, fold: folds4, y }, 'grouped');
    const byGroup = await crossValidate(table, { ...fast, groups: 'group', folds: 4, drop: ['fold'] });
    const byColumn = await crossValidate(table, { ...fast, foldColumn: 'fold', drop: ['group'] });
    expect(byGroup.manner).toBe('groups of group held out together');
    expect(byColumn.manner).toBe('folds of column fold');
    byGroup.mean.forEach((value, k) => void expect(value).toBeCloseTo(byColumn.mean[k], 10));
    byGroup.standardError.forEach((value, k) => void expect(value).toBeCloseTo(byColumn.standardError[k], 10));
  });

  it('by default are those of the seed, ten of them', async () => {
    const result = await crossValidate(plain, { ...fast, seed: 2 });
    const fold = new Array<number>(n);
    for (const cut of makeFolds(n, { folds: 10, seed: 2 })) for (const i of cut.held) fold[i] = cut.fold;
    const named = tableFrom({ ...columns(X), fold: fold.map((k) => k + 1), y }, 'named');
    const again = await crossValidate(named, { ...fast, seed: 2, foldColumn: 'fold' });
    expect(result).toMatchObject({ folds: 10, repeats: 1, manner: 'random folds of 36 rows' });
    expect(again).toEqual({ ...result, manner: 'folds of column fold' });
    expect((await crossValidate(plain, { ...fast, seed: 3 })).mean).not.toEqual(result.mean);
  });

  it('keep the shares of classes unless asked not to', async () => {
    // 4 of 36 in each of 4 folds: one each only when they are dealt out
    const rare = tableFrom({ ...columns(X), y: y.map((_, i) => (i % 9 === 0 ? 'rare' : 'usual')) }, 'rare');
    const asked = { ...fast, folds: 4, measure: 'auc' } as const;
    const dealt = await crossValidate(rare, asked);
    expect(dealt.manner).toBe('stratified by class');
    const plainly = await crossValidate(rare, { ...asked, stratify: false });
    expect(plainly.manner).toBe('random folds of 36 rows');
    expect(plainly.mean).not.toEqual(dealt.mean);
  });

  it('end where the error has risen for long, and not before', async () => {
    const noise = tableFrom({ ...columns(X), y: X.map((_, i) => Math.sin(17 * i * i)) }, 'noise');
    const asked = { ...fast, folds: 4, lambdas: 40, minRatio: 1e-4 };
    const whole = await crossValidate(noise, asked);
    const ended = await crossValidate(noise, { ...asked, patience: 6 });
    expect([whole.end, ended.end]).toEqual(['complete', 'risen']);
    const { length } = ended.lambdas;
    expect(length).toBeLessThan(40);
    expect(length - 1 - ended.min).toBeGreaterThanOrEqual(6);
    expect(ended.mean.at(-1)).toBeGreaterThan(ended.mean[ended.min]);
    expect([ended.lambdas, ended.mean]).toEqual([whole.lambdas.slice(0, length), whole.mean.slice(0, length)]);
    expect((await crossValidate(noise, { ...asked, patience: 100 })).end).toBe('complete');
  });

  it('stop with the λ that all have come to', async () => {
    const stop = new AbortController();
    const stopped = await crossValidate(plain, {
      ...fast,
      folds: 4,
      lambdas: 30,
      signal: stop.signal,
      onProgress: ({ phase, fraction }) => {
        if (phase === 'cross-validation' && (fraction as number) > 0.5) stop.abort();
      },
    });
    const whole = await crossValidate(plain, { ...fast, folds: 4, lambdas: 30 });
    expect(stopped.end).toBe('aborted');
    const { length } = stopped.lambdas;
    expect([length > 5, length < 30]).toEqual([true, true]);
    expect(stopped.mean).toEqual(whole.mean.slice(0, length));
    const none = crossValidate(plain, { ...fast, signal: AbortSignal.abort() });
    await expect(none).rejects.toThrow(/^cross-validation: stopped before any λ was done in every fold/);
  });
});

describe('fitTable', () => {
  const table = tableFrom({ ...columns(X), y }, 'plain');

  it.each(['cv', 'cv-1se'] as const)("with lambda '%s' fits at the λ it says, and writes why", async (rule) => {
    const options = { ...quick, patterns: 20, folds: 4, testFraction: 0 } as const;
    const { model, fit: fitted } = await fitTable(table, { ...options, ...(rule === 'cv' ? {} : { lambda: rule }) });
    const { choice } = model;
    expect(choice).toMatchObject({ rule, folds: 4, measure: 'mse', better: 'less' });
    if (!choice) return;
    expect(model.objective.lambda).toBe(choice.lambdas[rule === 'cv' ? choice.min : choice.oneStandardError]);
    expect([fitted.status, model.certificate.tolerance]).toEqual(['solved', 1e-6]);
    // the curve of a whole cross-validation, which may end once the error has risen
    const whole = await crossValidate(table, { ...quick, patterns: 20, folds: 4 });
    const { length } = choice.lambdas;
    expect([choice.lambdas, choice.mean]).toEqual([whole.lambdas.slice(0, length), whole.mean.slice(0, length)]);
    expect(choice.end).toBe(length < whole.lambdas.length ? 'risen' : 'complete');
    const text = writeModel(model);
    expect(readModel(text)).toEqual(model);
    expect(JSON.parse(text).choice.lambdas).toEqual(choice.lambdas);
    const plain = await fitTable(table, { ...options, lambda: model.objective.lambda });
    expect(plain.model.choice).toBeUndefined();
    expect(plain.model.weights).toEqual(model.weights);
  });

  it('chooses by the training rows alone', async () => {
    const changed = tableFrom({ ...columns(X), y }, 'plain');
    const options = { ...quick, patterns: 20, folds: 3 } as const;
    const { model } = await fitTable(changed, options);
    expect(model.rows.test).toBe(7);
    expect(model.choice?.manner).toBe('random folds of 29 rows');
  });
});

describe('refused in one line', () => {
  const two = y.map((v) => (v > 4.2 ? 'yes' : 'no'));
  const table = tableFrom({ ...columns(X), group: folds4, name: y.map((_, i) => `n${i % 3}`), y }, 't.csv');
  const kinds = tableFrom({ ...columns(X), side: two.map((v) => (v === 'yes' ? 0 : 1)), y: two }, 'k.csv');
  const cases: [string, Table, object, RegExp][] = [
    ['no target', table, { target: undefined }, /target must be the name of a column, and is missing/],
    ['an unknown option', table, { lambda: 1 }, /there is no option 'lambda'/],
    ['one fold', table, { folds: 1 }, /folds must be a whole number ≥ 2, got 1/],
    ['more folds than rows', table, { folds: 37 }, /from 2 to the 36 rows, got 37/],
    ['no repetition', table, { repeats: 0 }, /repeats must be/],
    ['no such group column', table, { groups: 'city' }, /'city'/],
    ['no such fold column', table, { foldColumn: 'city' }, /'city'/],
    ['both', table, { groups: 'group', foldColumn: 'group' }, /groups and foldColumn both/],
    ['too few groups', table, { groups: 'group', folds: 5 }, /5 folds need as many groups, got 4/],
    ['texts as folds', table, { foldColumn: 'name' }, /'name' must hold whole numbers/],
    ['numbers stratified', table, { stratify: true }, /stratify needs classes/],
    [
      'a measure of classes',
      table,
      { measure: 'auc' },
      /auc does not fit the target 'y' with the squared loss; choose/,
    ],
    ['a measure of numbers', kinds, { measure: 'mse' }, /mse does not fit .* choose deviance or accuracy or auc/],
    ['deviance of margins', kinds, { measure: 'deviance', loss: 'squared-hinge' }, /choose accuracy or auc/],
    [
      'a fold of all of a class',
      kinds,
      { foldColumn: 'side' },
      /without the rows of fold 1, k.csv: target 'y' has one class .*; choose other folds/,
    ],
    ['no λ', table, { lambdas: [] }, /list of λ is empty/],
    ['a λ below 0', table, { lambdas: [1, -1] }, /got -1/],
  ];
  it.each(cases)('%s', async (_, from, options, message) => {
    const error = await crossValidate(from, { ...quick, ...options } as CrossValidationOptions).catch((e) => e);
    expect(error).toBeInstanceOf(RelucentError);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^[^\n]+\.$/);
  });
});

describe('a measure that is not defined in a fold', () => {
  it('is left out there, and null in the file', async () => {
    // fold 2 holds one class: two values are left, and with fold 1 of one class as well only one
    const side = X.map((_, i) => (i < 12 ? 0 : i < 24 ? 1 : 2));
    const label = X.map(([a], i) => (side[i] > 0 ? side[i] === 1 : a > 0));
    const table = tableFrom({ ...columns(X), side, y: label }, 'one-sided');
    const asked = { ...quick, patterns: 20, foldColumn: 'side', measure: 'auc', lambdas } as const;
    const result = await crossValidate(table, asked);
    expect(result.mean.every(Number.isFinite)).toBe(true);
    expect(result.standardError.every(Number.isNaN)).toBe(true);
    expect(result.oneStandardError).toBe(result.mean.indexOf(Math.max(...result.mean)));
    const { model } = await fitTable(table, { ...quick, lambda: 0.1, patterns: 20, testFraction: 0 });
    const text = writeModel({ ...model, choice: { rule: 'cv', ...result } });
    expect(JSON.parse(text).choice.standardError).toEqual([null, null, null]);
    expect(readModel(text).choice).toEqual({ rule: 'cv', ...result });
  });

  it('of a fit that is stopped before there is anything to choose by leaves the constant network', async () => {
    const x = Array.from({ length: 40 }, (_, i) => Math.cos(i));
    const table = tableFrom({ x, y: x.map((t) => Math.abs(t)) });
    const { model, fit } = await fitTable(table, { target: 'y', signal: AbortSignal.abort(), threads: 1 });
    expect(fit.status).toBe('aborted');
    expect(model.choice).toBeUndefined();
    expect(model.weights.hidden.rows).toBe(0);
    expect(model.certificate.primal).toBeGreaterThanOrEqual(model.certificate.dual);
    expect(readModel(writeModel(model)).weights.hidden.rows).toBe(0);
  });
});
