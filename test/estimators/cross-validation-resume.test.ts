import { describe, expect, it } from 'vitest';
import {
  type CrossValidationOptions,
  type CrossValidationState,
  crossValidate,
  fitTable,
  type TableFitOptions,
  tableFrom,
  writeModel,
} from '../../src/index.js';
import { normals, ramp } from './data.js';

const n = 40;
const a = Array.from(normals(n, 1, 3).data);
const b = Array.from(normals(n, 1, 4).data);
const columns = { a, b, y: ramp(normals(n, 2, 5)).map((v, i) => v + Math.abs(a[i]) + 0.3 * b[i]) };
const table = tableFrom(columns, 'bent');
const options: CrossValidationOptions = {
  target: 'y',
  threads: 1,
  folds: 3,
  lambdas: 7,
  minRatio: 0.03,
};
const steps = 3 * 7;

/** Stops after so many λ over all folds. */
async function stoppedAfter(count: number, resume?: CrossValidationState) {
  const stop = new AbortController();
  let [seen, state] = [0, null as CrossValidationState | null];
  const onStop = (stopped: CrossValidationState): void => {
    state = stopped;
  };
  const onProgress = ({ phase }: { phase: string }): void => {
    if (phase === 'cross-validation' && ++seen === count) stop.abort();
  };
  const begun = resume && { resume };
  const curve = await crossValidate(table, { ...options, ...begun, signal: stop.signal, onProgress, onStop }).catch(
    (error: Error) => {
      expect(error.message).toMatch(/stopped before any λ was done in every fold/);
      return null;
    },
  );
  if (state === null) throw new Error('expected a state');
  return { curve, state: state as CrossValidationState };
}

const whole = crossValidate(table, options);

describe('a cross-validation that was stopped', () => {
  it.each([1, 2, 3, 4, 9, 16, 20])('after %i of 21 λ ends with the bytes of one that never was', async (count) => {
    const cut = await stoppedAfter(count);
    // three folds take turns
    expect(cut.curve === null).toBe(count <= 2);
    const resume = cut.state;
    expect(resume.folds.reduce((sum, { errors }) => sum + errors.length, 0)).toBe(count);
    const events: number[] = [];
    const onProgress = ({ phase, fraction = 0 }: { phase: string; fraction?: number }): void => {
      if (phase === 'cross-validation') events.push(fraction);
    };
    const curve = await crossValidate(table, { ...options, resume, onProgress });
    expect(curve).toEqual(await whole);
    expect(events.at(-1)).toBe(1);
    expect(events[0]).toBeCloseTo((count + 1) / steps, 12);
  });

  it('and was stopped again and again', async () => {
    let state: CrossValidationState | undefined;
    for (let k = 0; k < 4; k++) {
      state = (await stoppedAfter(5, state)).state;
    }
    const curve = await crossValidate(table, { ...options, resume: state });
    expect(curve).toEqual(await whole);
  });

  it('goes on with its own table and options alone', async () => {
    const { state: resume } = await stoppedAfter(8);
    const refuses = (other: Partial<CrossValidationOptions>, words: RegExp, rows = table) =>
      expect(crossValidate(rows, { ...options, ...other, resume })).rejects.toThrow(words);
    await refuses({ loss: 'huber' }, /made with loss squared, not huber; resume with the table and options/);
    await refuses({ hiddenBias: true }, /made with hiddenBias false, not true/);
    await refuses({ repeats: 2 }, /other rows, columns or folds than those of bent/);
    await refuses({ minRatio: 0.02 }, /has other λ than these options give/);
    const other = tableFrom({ ...columns, a: columns.a.map((v, i) => (i === 7 ? v + 1e-9 : v)) }, 'other');
    await refuses({}, /other rows, columns or folds than those of other/, other);
  });
});

it('gives the mean error on the rows that the folds trained on', async () => {
  const { train, mean, lambdas } = await whole;
  expect(train).toHaveLength(lambdas.length);
  // the constant at λ_max is the mean of the training rows: their error is the variance, the held-out one more
  expect(train?.[0]).toBeLessThan(mean[0]);
  train?.forEach((error, k) => {
    if (k > 0) expect(error).toBeLessThan(train[k - 1]);
  });
});

const isFold = (phase: string): boolean => phase === 'cross-validation';

describe('a fit that was stopped', () => {
  const asked: TableFitOptions = { target: 'y', threads: 1, folds: 3, gap: 1e-5 };
  let allFolds = 0;
  const through = fitTable(table, { ...asked, onProgress: ({ phase }) => void (allFolds += Number(isFold(phase))) });

  /** Stops at the first event after so many λ of the folds. */
  async function cutAfter(count: number) {
    const stop = new AbortController();
    let seen = 0;
    const onProgress = ({ phase }: { phase: string }): void => {
      if (seen === count) stop.abort();
      seen += Number(isFold(phase));
    };
    return fitTable(table, { ...asked, signal: stop.signal, onProgress });
  }

  it.each([
    ['among the folds', () => 1, false],
    ['after them', () => allFolds, true],
  ])('%s goes on to the same model', async (_, count, chosen) => {
    const whole = await through;
    const cut = await cutAfter(count());
    expect(cut.fit.status).toBe('aborted');
    expect(cut.model.choice !== undefined).toBe(chosen);
    const { folds: resume } = cut;
    if (resume === undefined) throw new Error('expected the folds');
    const { model } = await fitTable(table, { ...asked, resume });
    expect(writeModel(model)).toBe(writeModel(whole.model));
    expect(whole.folds).toBeUndefined();
  });

  it('refuses folds of other options, and folds beside a number', async () => {
    const { folds: resume } = await cutAfter(2);
    await expect(fitTable(table, { ...asked, resume, folds: 4 })).rejects.toThrow(/other rows, columns or folds/);
    await expect(fitTable(table, { ...asked, resume, lambda: 0.1 })).rejects.toThrow(/lambda is a number/);
    await expect(fitTable(table, { ...asked, resume: 3 as never })).rejects.toThrow(/resume/);
  });
});
