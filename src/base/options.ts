import { RelucentError } from './errors.js';

/** What an option takes, in words and as a test. Leaving an option out is always right. */
export interface OptionRule {
  readonly expected: string;
  readonly accepts: (value: unknown) => boolean;
}

/** A rule for every option of a call. */
export type OptionRules<T> = { readonly [K in keyof T]-?: OptionRule };

const rule = (expected: string, accepts: (value: unknown) => boolean): OptionRule => ({ expected, accepts });
const isNumber = (value: unknown): value is number => typeof value === 'number';
const isText = (value: unknown): boolean => typeof value === 'string';

export const numberRule = (expected: string, holds: (value: number) => boolean): OptionRule =>
  rule(expected, (value) => isNumber(value) && holds(value));

export const wholeRule = (least: number): OptionRule =>
  numberRule(`a whole number ≥ ${least}`, (value) => Number.isSafeInteger(value) && value >= least);

export const seedRule = numberRule(
  'a whole number of at most 31 bits',
  (value) => Number.isInteger(value) && Math.abs(value) <= 0x7fffffff,
);

export const switchRule = rule('true or false', (value) => typeof value === 'boolean');

export const textRule = (what: string): OptionRule => rule(what, isText);

export const namesRule = rule('an array of column names', (value) => Array.isArray(value) && value.every(isText));

/** One of some words, or whatever else `or` accepts. */
export const choiceRule = (words: readonly string[], or?: OptionRule): OptionRule => {
  const listed = words.map((word) => `'${word}'`);
  const expected = or
    ? `${listed.join(', ')} or ${or.expected}`
    : `${listed.slice(0, -1).join(', ')} or ${listed.at(-1)}`;
  return rule(expected, (value) => words.includes(value as string) || (or?.accepts(value) ?? false));
};

/** Options of `RunOptions`. */
export const runRules: OptionRules<{ signal?: unknown; onProgress?: unknown; timeLimit?: unknown }> = {
  signal: rule(
    'an AbortSignal',
    (value) => typeof value === 'object' && value !== null && typeof (value as AbortSignal).aborted === 'boolean',
  ),
  onProgress: rule('a function', (value) => typeof value === 'function'),
  timeLimit: numberRule('a number of seconds > 0', (value) => value > 0),
};

/** Throws `usage` for the first option that is unknown or has a value of the wrong kind. */
export function requireOptions<T>(options: T, rules: OptionRules<T>, where: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new RelucentError('usage', `${where}: the options must be an object, got ${shown(options)}.`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).sort().join(', ');
      throw new RelucentError('usage', `${where}: there is no option '${name}'; expected one of ${known}.`);
    }
    const { expected, accepts } = rules[name as keyof T];
    if (value !== undefined && !accepts(value)) {
      throw new RelucentError('usage', `${where}: ${name} must be ${expected}, got ${shown(value)}.`);
    }
  }
}

/** Those of the options that there is a rule for. */
export function pickOptions<T extends object>(options: T, rules: object): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(rules, name))) as Partial<T>;
}

/** A value in a few characters. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}
