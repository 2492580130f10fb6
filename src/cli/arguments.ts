import { RelucentError } from '../base/index.js';

/** Readers of option values: each throws one line that names the option, what it takes and what came. */
type Reader<T> = (text: string) => T;

export const refused = (option: string, expected: string, text: string): RelucentError =>
  new RelucentError('usage', `${option}: expected ${expected}, got '${text}'.`);

/** A plain decimal number; `parseFloat` would take `1e-3x`, `Number` would take an empty text and `0x10`. */
export function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

/** A number that passes the check, described by `expected`. */
export const number =
  (option: string, expected: string, check: (value: number) => boolean): Reader<number> =>
  (text) => {
    const value = decimal(text);
    if (Number.isFinite(value) && check(value)) return value;
    throw refused(option, expected, text);
  };

export const whole = (option: string, least: number, most = Number.MAX_SAFE_INTEGER): Reader<number> =>
  number(
    option,
    `a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
    (value) => Number.isInteger(value) && value >= least && value <= most,
  );

export const choice =
  <T extends string>(option: string, choices: readonly T[]): Reader<T> =>
  (text) => {
    const found = choices.find((other) => other === text);
    if (found !== undefined) return found;
    throw refused(option, choices.slice(0, -1).join(', ') + ` or ${choices.at(-1)}`, text);
  };

/** One of the words, or a whole number of at least 1. */
export const wordOrCount =
  <T extends string>(option: string, words: readonly T[]): Reader<T | number> =>
  (text) => {
    const word = words.find((other) => other === text);
    const value = decimal(text);
    if (word !== undefined) return word;
    if (Number.isInteger(value) && value >= 1) return value;
    throw refused(option, `${words.join(', ')} or a whole number of at least 1`, text);
  };

/** A share above 0 and below 1: `0.05` or `5%`. */
export const share =
  (option: string): Reader<number> =>
  (text) => {
    const value = text.endsWith('%') ? decimal(text.slice(0, -1).trim()) / 100 : decimal(text);
    if (value > 0 && value < 1) return value;
    throw refused(option, 'a share between 0 and 1 such as 0.05 or 5%', text);
  };

const secondsIn = { ms: 0.001, s: 1, m: 60, min: 60, h: 3600 } as const;

/** `90`, `60s`, `5m`, `1.5h`, `500ms` as seconds above 0. */
export const duration =
  (option: string): Reader<number> =>
  (text) => {
    const [, amount, unit] = /^(.*?)\s*(ms|s|min|m|h|)$/i.exec(text) ?? [];
    const seconds = decimal(amount ?? '') * secondsIn[(unit?.toLowerCase() || 's') as keyof typeof secondsIn];
    if (Number.isFinite(seconds) && seconds > 0) return seconds;
    throw refused(option, 'a time above 0 such as 90, 60s, 5m or 1h', text);
  };

/** Names between commas, added to those of the same option before; `\,` is a comma in a name. */
export const names =
  (option: string, expected = 'column names') =>
  (text: string, before: readonly string[] = []): readonly string[] => {
    const parts = text.split(/(?<!\\),/).map((part) => part.replaceAll('\\,', ',').trim());
    if (parts.includes('')) throw refused(option, `${expected} between commas`, text);
    return [...before, ...parts];
  };
