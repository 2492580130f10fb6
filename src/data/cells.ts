/**
 * What one cell holds. A cell is missing, a finite number, or text; surrounding blanks do not count. Numbers are decimal
 * with a point and an optional exponent; `Infinity` and overflowing numbers stay text, so that they can be refused by name.
 */

/** Cells that mean "no value", in any case. */
export const missingTokens: readonly string[] = ['', 'NA', 'N/A', 'NaN', 'null', '?', 'None'];

const missing = new Set(missingTokens.map((token) => token.toLowerCase()));
const longestToken = Math.max(...missingTokens.map((token) => token.length));
const decimalNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const infinity = /^[+-]?inf(?:inity)?$/i;
const commaNumber = /^[+-]?\d+(?:,\d+)+(?:\.\d+)?$/;
const date = /^(?:\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ].*)?$/;

export const isMissingText = (text: string): boolean =>
  text.length <= longestToken && missing.has(text.trim().toLowerCase());

/** The finite number a trimmed cell spells, else NaN. */
export function numberOf(text: string, decimal: '.' | ',' = '.'): number {
  const plain = decimal === ',' ? text.replace(',', '.') : text;
  if (!decimalNumber.test(plain)) return Number.NaN;
  const value = Number(plain);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** `Infinity`, `-inf`, or a number beyond float64. */
export const isNonFiniteText = (text: string): boolean => infinity.test(text) || decimalNumber.test(text);

/** A number with commas in it: a decimal comma, or separators of thousands. */
export const isCommaNumber = (text: string): boolean => commaNumber.test(text);

/** Reads like a calendar date, with or without a time. */
export const isDateText = (text: string): boolean => date.test(text);

/** Order of levels and classes: numbers by value, then text by code unit (the same on every machine). */
export function compareLevels(a: string, b: string): number {
  const x = numberOf(a);
  const y = numberOf(b);
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A cell for a message: quoted, cut when long, on one line. */
export function quoteCell(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return `'${line.length > 40 ? `${line.slice(0, 37)}…` : line}'`;
}

/** `age, bmi, sex … (12 in all)`: names for a message. */
export function listNames(names: readonly string[], shown = 8): string {
  const head = names.slice(0, shown).join(', ');
  return names.length > shown ? `${head} … (${names.length} in all)` : head;
}
