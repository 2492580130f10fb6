import Papa from 'papaparse';
import { RelucentError } from '../base/index.js';
import { isMissingText, numberOf, quoteCell } from './cells.js';
import { requireFits } from './limits.js';
import { ColumnBuilder, checkNames, type Table } from './table.js';
import { breaksIn } from './text.js';

export interface CsvOptions {
  /** Default: sniffed from the first rows among comma, tab, semicolon, bar. */
  readonly delimiter?: string;
  /** Default `auto`: a first row without numbers names the columns, one of numbers alone is data; else say which. */
  readonly header?: 'auto' | boolean;
  /** Decimal mark. Default '.'. */
  readonly decimal?: '.' | ',';
  /** Bytes of the whole text, where they are known: a table that cannot fit is then refused after its first rows. */
  readonly size?: number;
}

const sampleLength = 1 << 16;
/** A record longer than this has an unclosed quote. */
const longestRecord = 1 << 25;
const separators: readonly string[] = [',', '\t', ';', '|'];

/** A delimited table from pieces of text that end at line ends (see `Utf8Lines`). Blank lines are skipped. */
export class CsvReader {
  #parser: Papa.Parser | null = null;
  #rest = '';
  #line = 1;
  #builders: ColumnBuilder[] = [];
  #headerLine = 1;
  #lines = new Int32Array(64);
  #rows = 0;
  #foreseen = false;

  constructor(
    readonly source: string,
    readonly options: CsvOptions = {},
  ) {}

  write(text: string): void {
    this.#rest += text;
    if (this.#parser === null && this.#rest.length < sampleLength) return;
    this.#parse(false);
    if (this.#rest.length > longestRecord) {
      throw this.#error(
        `line ${this.#line}: a quote opened here is not closed within ${longestRecord >> 20} million characters`,
      );
    }
  }

  end(): Table {
    if (this.#rest !== '') this.#parse(true);
    if (this.#builders.length === 0) throw this.#error('the file is empty; expected a header and rows of cells');
    if (this.#rows === 0)
      throw this.#error(`no rows below the header in line ${this.#headerLine}; expected at least one`);
    const columns = this.#builders.map((builder) => builder.finish());
    return { source: this.source, rowCount: this.#rows, columns, lines: this.#lines.slice(0, this.#rows) };
  }

  #parse(last: boolean): void {
    this.#parser ??= this.#open();
    const text = this.#rest;
    const { data, errors, meta } = this.#parser.parse(text, 0, !last) as Papa.ParseResult<string[]>;
    this.#rest = last ? '' : text.slice(meta.cursor);
    const quoted = text.includes('"');
    const broken = errors[0]?.row ?? -1;
    data.forEach((cells, k) => {
      if (k === broken) throw this.#quoteError(errors[0]);
      this.#row(cells, quoted);
    });
    if (errors.length > 0) throw this.#quoteError(errors[0]);
    this.#foresee(text.slice(0, meta.cursor));
  }

  /** Once: the rows that the whole file will have if they go on like these, with a factor of two to be sure. */
  #foresee(text: string): void {
    const { size } = this.options;
    if (this.#foreseen || size === undefined || this.#rows === 0) return;
    this.#foreseen = true;
    const rows = (this.#rows * size) / new TextEncoder().encode(text).length;
    requireFits(this.source, rows, this.#builders.length, true);
  }

  #open(): Papa.Parser {
    this.#rest = this.#rest.replace(/^\uFEFF/, '');
    const delimiter = this.options.delimiter ?? sniff(this.#rest);
    return new Papa.Parser({ delimiter, newline: '\n' });
  }

  #row(cells: string[], quoted: boolean): void {
    const line = this.#line++;
    if (quoted) for (const cell of cells) this.#line += breaksIn(cell);
    if (cells.length === 1 && cells[0].trim() === '') return;
    if (this.#builders.length > 0) this.#add(cells, line);
    else this.#first(cells, line);
  }

  #first(cells: string[], line: number): void {
    const header = this.#isHeader(cells, line);
    const names = cells.map((cell, j) => (header ? cell.trim() : `x${j + 1}`));
    checkNames(`${this.source}: line ${line}`, names);
    this.#builders = names.map((name) => new ColumnBuilder(name, 64, this.options.decimal));
    this.#headerLine = line;
    if (!header) this.#add(cells, line);
  }

  #isHeader(cells: string[], line: number): boolean {
    const choice = this.options.header ?? 'auto';
    if (choice !== 'auto') return choice;
    const isNumber = (cell: string): boolean => !Number.isNaN(numberOf(cell.trim(), this.options.decimal));
    if (!cells.some(isNumber)) return true;
    const text = cells.find((cell) => !isMissingText(cell) && !isNumber(cell));
    if (text === undefined) return false;
    throw this.#error(
      `line ${line} holds both names and numbers (${quoteCell(text)}); name every column there, or none (in code, header says which)`,
    );
  }

  #add(cells: string[], line: number): void {
    const builders = this.#builders;
    if (cells.length !== builders.length) {
      throw this.#error(
        `line ${line} has ${count(cells.length, 'cell')}, expected ${builders.length} as in line ${this.#headerLine}; check separators and quotes there`,
      );
    }
    for (let j = 0; j < cells.length; j++) builders[j].pushText(cells[j]);
    if (this.#rows === this.#lines.length) this.#grow();
    this.#lines[this.#rows++] = line;
  }

  #grow(): void {
    requireFits(this.source, this.#rows, this.#builders.length);
    const larger = new Int32Array(2 * this.#rows);
    larger.set(this.#lines);
    this.#lines = larger;
  }

  #quoteError(error: Papa.ParseError): RelucentError {
    const what = error.code === 'MissingQuotes' ? 'a quote is opened and never closed' : 'text follows a closing quote';
    return this.#error(`line ${this.#line}: ${what}; close it, and double each quote inside a quoted cell`);
  }

  #error(what: string): RelucentError {
    return new RelucentError('data', `${this.source}: ${what}.`);
  }
}

const sniff = (sample: string): string =>
  Papa.parse(sample, { preview: 1, newline: '\n', skipEmptyLines: 'greedy', delimitersToGuess: [...separators] }).meta
    .delimiter || ',';

const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
