import { type Matrix, rowOf } from '../../linalg/index.js';

/** A number as a literal that JavaScript, Python and C read back to the same float64 (shortest such decimal). */
export const literal = (value: number): string => (Object.is(value, -0) ? '-0.0' : String(value));

/** As `literal`, never an integer literal, which C would take for an int. */
export function floatLiteral(value: number): string {
  const text = literal(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Comma-separated literals. */
export const literals = (values: ArrayLike<number>, one: (value: number) => string = literal): string =>
  Array.from(values, one).join(', ');

/** One line per row, between the given brackets. */
export function literalRows(m: Matrix, open: string, close: string, one: (value: number) => string = literal): string {
  return Array.from({ length: m.rows }, (_, j) => `  ${open}${literals(rowOf(m, j), one)}${close},`).join('\n');
}

/** Text that may stand in a comment of any of the languages: one line, no comment marks, no invisible characters. */
export function commentText(text: string): string {
  const visible = text.replace(/[\p{C}\p{Zl}\p{Zp}\\]/gu, (sign) => `<${sign.codePointAt(0)?.toString(16)}>`);
  // A comment in C ends at */, may not hold /*, and reads ?? as the start of a trigraph.
  return visible
    .replace(/\*(?=\/)/g, '* ')
    .replace(/\/(?=\*)/g, '/ ')
    .replace(/\?(?=\?)/g, '? ');
}

/** A name that is an identifier in C and Python. Default when nothing is left: `model`. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]+/g, '_').replace(/^_+|_+$/g, '');
  if (plain === '') return 'model';
  return /^[0-9]/.test(plain) ? `model_${plain}` : plain;
}
