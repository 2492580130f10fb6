import { describe, expect, it } from 'vitest';
import { RelucentError } from '../../src/base/index.js';
import { choice, duration, names, number, whole, wordOrCount } from '../../src/cli/arguments.js';
import { nearest } from '../../src/cli/columns.js';

function refusal(work: () => unknown): RelucentError {
  try {
    work();
  } catch (error) {
    if (error instanceof RelucentError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('number', () => {
  const lambda = number('--lambda', 'a number at least 0', (value) => value >= 0);

  it.each([
    ['1e-3', 1e-3],
    ['0', 0],
    ['.5', 0.5],
    ['2.', 2],
    ['+1E2', 100],
  ])('reads %s', (text, value) => {
    expect(lambda(text)).toBe(value);
  });

  it.each(['abc', '-1', 'NaN', 'Infinity', '', ' ', '1e-3x', '0x10', '1,5', '1e999'])("refuses '%s'", (text) => {
    const error = refusal(() => lambda(text));
    expect(error.kind).toBe('usage');
    expect(error.message).toBe(`--lambda: expected a number at least 0, got '${text}'.`);
  });
});

describe('whole', () => {
  const seed = whole('--seed', 0, 10);
  it('reads whole numbers within its bounds', () => {
    expect([seed('0'), seed('10'), whole('--x', 1)('1e6')]).toEqual([0, 10, 1_000_000]);
  });
  it.each(['1.5', '-1', '11', 'one'])('refuses %s', (text) => {
    expect(refusal(() => seed(text)).message).toBe(`--seed: expected a whole number from 0 to 10, got '${text}'.`);
  });
});

describe('choice and wordOrCount', () => {
  it('take their words only', () => {
    expect(choice('--task', ['a', 'b'])('b')).toBe('b');
    expect(refusal(() => choice('--task', ['auto', 'relu', 'gated'])('tanh')).message).toBe(
      "--task: expected auto, relu or gated, got 'tanh'.",
    );
    expect([wordOrCount('--threads', ['auto'])('auto'), wordOrCount('--threads', ['auto'])('4')]).toEqual(['auto', 4]);
  });
  it.each(['0', '-2', '1.5', 'many', ''])("wordOrCount refuses '%s'", (text) => {
    expect(refusal(() => wordOrCount('--threads', ['auto'])(text)).message).toContain(
      '--threads: expected auto or a whole number of at least 1',
    );
  });
});

describe('duration', () => {
  it.each([
    ['90', 90],
    ['60s', 60],
    ['5m', 300],
    ['5min', 300],
    ['1.5h', 5400],
    ['500ms', 0.5],
    ['2 s', 2],
    ['1H', 3600],
  ])('reads %s', (text, seconds) => {
    expect(duration('--time-limit')(text)).toBeCloseTo(seconds, 12);
  });
  it.each(['0', '0s', '-3s', '5x', 's', '', 'abc', '1h30m', 'Infinity', 'NaNs'])("refuses '%s'", (text) => {
    expect(refusal(() => duration('--time-limit')(text)).message).toBe(
      `--time-limit: expected a time above 0 such as 90, 60s, 5m or 1h, got '${text}'.`,
    );
  });
});

describe('names', () => {
  it('splits at commas, takes escaped ones, adds to what came before', () => {
    expect(names('--drop')('a, b')).toEqual(['a', 'b']);
    expect(names('--drop')('c\\,d,e', ['a'])).toEqual(['a', 'c,d', 'e']);
  });
  it.each(['', 'a,', ',a', 'a,,b'])("refuses the empty name in '%s'", (text) => {
    expect(refusal(() => names('--drop')(text)).kind).toBe('usage');
  });
});

describe('nearest', () => {
  const columns = ['price', 'Price per m2', 'size', 'year built', 'x'];
  it.each([
    ['prise', 'price'],
    ['PRICE', 'price'],
    ['yaer built', 'year built'],
    ['built', 'year built'],
    ['siez', 'size'],
  ])('%s → %s', (slip, meant) => {
    expect(nearest(slip, columns)[0]).toBe(meant);
  });
  it('has no idea where nothing is near', () => {
    expect(nearest('colour', columns)).toEqual([]);
  });
});
