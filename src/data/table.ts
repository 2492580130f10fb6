import { RelucentError } from '../base/index.js';
import { isMissingText, listNames, numberOf, quoteCell } from './cells.js';

/** One column: every cell is a finite number, text, or missing. */
export interface Column {
  readonly name: string;
  /** One entry per row; NaN where the cell holds text or is missing. */
  readonly numbers: Float64Array;
  /** The text of the cells that hold text, undefined elsewhere; null when no cell does. */
  readonly texts: readonly (string | undefined)[] | null;
}

/** A table in memory, stored by columns; plain data, so that it can be posted to a worker. */
export interface Table {
  /** Name for messages, usually the file name. */
  readonly source: string;
  readonly rowCount: number;
  readonly columns: readonly Column[];
  /** Line of each row in the text file (1-based, as in an editor); null where there are no lines: rows count from 1. */
  readonly lines: Int32Array | null;
}

/** `data.csv: line 17` or `data.parquet: row 3`: where row i (0-based) stands. */
export const placeOf = (table: Table, row: number): string =>
  table.lines === null ? `${table.source}: row ${row + 1}` : `${table.source}: line ${table.lines[row]}`;

/** What a cell holds as a level or class: its text, the shortest spelling of its number, or null when missing. */
export function levelOf(column: Column, row: number): string | null {
  const value = column.numbers[row];
  return Number.isNaN(value) ? (column.texts?.[row] ?? null) : String(value);
}

/** The named column, or null. */
export const findColumn = (table: Table, name: string): Column | null =>
  table.columns.find((column) => column.name === name) ?? null;

/** The named column; throws `usage` with the names there are. */
export function requireColumn(table: Table, name: string, role: string): Column {
  const column = findColumn(table, name);
  if (column !== null) return column;
  const names = table.columns.map((other) => other.name);
  throw new RelucentError('usage', `${table.source}: no column ${quoteCell(name)} (${role})${suggestion(name, names)}`);
}

/** `; did you mean 'Age'?` for another spelling of the name, else the names there are. */
export function suggestion(name: string, names: readonly string[]): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[\s_.-]/g, '');
  const close = names.find((other) => plain(other) === plain(name));
  return close === undefined ? `; the columns are ${listNames(names)}.` : `; did you mean ${quoteCell(close)}?`;
}

/** Throws `data` for a column without a name and for two columns of one name. */
export function checkNames(where: string, names: readonly string[]): void {
  const first = new Map<string, number>();
  names.forEach((name, j) => {
    if (name === '') {
      throw new RelucentError(
        'data',
        `${where}: column ${j + 1} has no name; name every column (a row index written by pandas: index=False).`,
      );
    }
    const before = first.get(name);
    if (before !== undefined) {
      throw new RelucentError(
        'data',
        `${where}: columns ${before + 1} and ${j + 1} are both named ${quoteCell(name)}; rename one (no header row? write one; in code, header: false).`,
      );
    }
    first.set(name, j);
  });
}

/** Beyond this many different texts in a column, sharing copies costs more than it saves. */
const mostKnown = 1 << 20;

/** Collects the cells of one column, numbers as float64 and each distinct text once. */
export class ColumnBuilder {
  #numbers: Float64Array;
  #texts: (string | undefined)[] | null = null;
  readonly #known = new Map<string, string>();
  #length = 0;

  constructor(
    readonly name: string,
    capacity = 64,
    readonly decimal: '.' | ',' = '.',
  ) {
    this.#numbers = new Float64Array(capacity);
  }

  /** A cell of a text file. */
  pushText(raw: string): void {
    const text = raw.trim();
    const value = numberOf(text, this.decimal);
    this.#push(value, Number.isNaN(value) && !isMissingText(text) ? text : undefined);
  }

  /** A value of a typed file; false when it is of a kind that no column can hold (bytes, lists, records). */
  push(value: unknown): boolean {
    if (typeof value === 'number') this.#push(Number.isFinite(value) ? value : Number.NaN, infinite(value));
    else if (value === null || value === undefined) this.#push(Number.NaN, undefined);
    else if (typeof value === 'string') this.pushText(value);
    else if (typeof value === 'bigint') this.#push(Number(value), undefined);
    else if (typeof value === 'boolean') this.#push(Number.NaN, String(value));
    else if (value instanceof Date) this.#push(Number.NaN, value.toISOString().replace('T00:00:00.000Z', ''));
    else return false;
    return true;
  }

  finish(): Column {
    return { name: this.name, numbers: this.#numbers.slice(0, this.#length), texts: this.#texts };
  }

  #push(value: number, text: string | undefined): void {
    if (this.#length === this.#numbers.length) this.#grow();
    this.#numbers[this.#length] = value;
    if (text !== undefined) this.#texts ??= new Array<undefined>(this.#length).fill(undefined);
    this.#texts?.push(text === undefined ? undefined : this.#once(text));
    this.#length++;
  }

  #grow(): void {
    const larger = new Float64Array(2 * this.#length);
    larger.set(this.#numbers);
    this.#numbers = larger;
  }

  /** One copy of each text. The detour through a longer string frees it from the file's text, which it would keep alive. */
  #once(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const own = ` ${text}`.slice(1);
    if (this.#known.size < mostKnown) this.#known.set(own, own);
    return own;
  }
}

const infinite = (value: number): string | undefined =>
  Number.isFinite(value) || Number.isNaN(value) ? undefined : String(value);

/**
 * A table from arrays in memory: numbers, text, booleans, dates; null, undefined, NaN and the missing tokens are missing.
 * Throws `usage` for arrays of different lengths and values of other kinds, `data` for bad names.
 */
export function tableFrom(columns: Readonly<Record<string, ArrayLike<unknown>>>, source = 'table'): Table {
  const names = Object.keys(columns);
  checkNames(source, names);
  const rowCount = names.length === 0 ? 0 : columns[names[0]].length;
  return {
    source,
    rowCount,
    columns: names.map((name) => columnFrom(source, name, columns[name], rowCount)),
    lines: null,
  };
}

function columnFrom(source: string, name: string, values: ArrayLike<unknown>, rowCount: number): Column {
  if (values.length !== rowCount) {
    throw new RelucentError(
      'usage',
      `${source}: column ${quoteCell(name)} has ${values.length} values, expected ${rowCount} as in the first.`,
    );
  }
  const builder = new ColumnBuilder(name, Math.max(1, rowCount));
  for (let i = 0; i < rowCount; i++) {
    if (builder.push(values[i])) continue;
    throw new RelucentError(
      'usage',
      `${source}: row ${i + 1}, column ${quoteCell(name)}: expected a number or text, got ${typeof values[i]}.`,
    );
  }
  return builder.finish();
}
