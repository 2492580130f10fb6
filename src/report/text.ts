/** Text for a terminal: numbers with sensible digits, aligned columns. No colours: those are the terminal's business. */

/** `1234567` → `1,234,567`, `0.000123456` → `1.235e-4`: at most `digits` (default 4) significant digits, integers in full. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const sign = value < 0 ? '-' : '';
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return sign + grouped(String(size));
  if (size < 1e-3 || size >= 1e9) return sign + trimmed(size.toExponential(digits - 1));
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const [whole, fraction] = trimmed(size.toFixed(decimals)).split('.');
  return sign + grouped(whole) + (fraction === undefined ? '' : `.${fraction}`);
}

/** A fixed number of decimals, so that a column of scores lines up; `–` where there is no value. */
export const formatFixed = (value: number, decimals: number): string =>
  Number.isFinite(value) ? value.toFixed(decimals) : formatNumber(value);

/** As `formatNumber`, never above the value: what is proved to be a lower bound still is one when it is rounded. */
export function formatBound(value: number, digits = 6): string {
  const text = formatNumber(value, digits);
  if (!Number.isFinite(value) || Number(text.replaceAll(',', '')) <= value) return text;
  const step = 10 ** (Math.floor(Math.log10(Math.abs(value))) + 1 - digits);
  return formatNumber(value - step / 2, digits);
}

const grouped = (integer: string): string => integer.replace(/\B(?=(\d{3})+$)/g, ',');

/** Without the zeros at the end of the fraction. */
const trimmed = (text: string): string => text.replace(/(\.\d*?)0+(?=e|$)/, '$1').replace(/\.(?=e|$)/, '');

/** A tolerance or gap with two digits, never below its value: `3.1e-7`, `0.02`, `1`. */
export function formatGap(value: number): string {
  const nearest = value.toExponential(1);
  const [, exponent] = nearest.split('e');
  const above = Number(nearest) >= value ? Number(nearest) : Number(nearest) + Number(`1e${Number(exponent) - 1}`);
  return above !== 0 && Math.abs(above) < 1e-3 ? trimmed(above.toExponential(1)) : String(Number(above.toPrecision(2)));
}

/** `0.934` → `93.4 %`. */
export const formatPercent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** `0.42 s`, `13 s`, `2 min 5 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** `1 row`, `1,234 rows`; the plural where it is not an s. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${formatNumber(count)} ${count === 1 ? noun : many}`;
}

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[], most = 6): string {
  const shown = names.slice(0, most).map(printable).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

/** Text from a file without control characters: a column name must not steer the terminal or break an SVG. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
export const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '�');

/** At most `most` characters, with an ellipsis where some are left out. */
export function shortened(text: string, most: number): string {
  const characters = [...printable(text)];
  return characters.length <= most ? characters.join('') : `${characters.slice(0, Math.max(1, most - 1)).join('')}…`;
}

const width = (text: string): number => [...text].length;

/** Rows of cells as aligned lines: columns two spaces apart, `r` in `align` means to the right. No spaces at line ends. */
export function textTable(rows: readonly (readonly string[])[], align = '', indent = ''): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [j, cell] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, width(cell));
  }
  const padded = (cell: string, j: number): string => {
    const space = ' '.repeat(widths[j] - width(cell));
    return align[j] === 'r' ? space + cell : cell + space;
  };
  return rows.map((row) => (indent + row.map(padded).join('  ')).trimEnd()).join('\n');
}

/** Words in lines of at most `columns` characters as `length` counts them, every line with the indent. */
export function wrapped(text: string, columns: number, indent = '', length = width): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line !== '' && indent.length + length(line) + 1 + length(word) > columns) {
      lines.push(indent + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push(indent + line);
  return lines.join('\n');
}
