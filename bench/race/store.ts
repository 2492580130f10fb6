import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BenchError } from '../speed/processes.js';

/** What every row says about itself. */
export interface Keyed {
  /** Names what was measured; a row with the same key takes its place. */
  readonly key: string;
  /** Of the sources, when it was measured. */
  readonly commit: string;
  /** Load average of the last minute when it began: beyond 1 for each core others were at work. */
  readonly load: number;
}

export interface StoreOptions {
  /** Rows of another machine must not be mixed with ours. */
  readonly machine: string;
  /** Forgets the rows there are. */
  readonly fresh: boolean;
}

/** The rows of one section: a JSON file with a line for each, written anew as each ends, so that a run that is stopped goes on. */
export class RowFile<R extends Keyed> {
  #rows: R[] = [];

  constructor(
    readonly file: string,
    readonly options: StoreOptions,
  ) {
    mkdirSync(dirname(file), { recursive: true });
    if (!options.fresh && existsSync(file)) this.#rows = this.#read();
  }

  #read(): R[] {
    const { machine, rows } = JSON.parse(readFileSync(this.file, 'utf8'));
    if (machine === this.options.machine) return rows;
    throw new BenchError(
      `bench:peers: ${this.file} was measured on '${machine}', this is '${this.options.machine}'; give --fresh to measure all of it here.`,
    );
  }

  get rows(): readonly R[] {
    return this.#rows;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  get(key: string): R | undefined {
    return this.#rows.find((row) => row.key === key);
  }

  put(row: R): void {
    const at = this.#rows.findIndex(({ key }) => key === row.key);
    if (at < 0) this.#rows.push(row);
    else this.#rows[at] = row;
    this.#write();
  }

  /** Leaves out the rows whose keys contain the text and, if problems are given, one of these: they are measured again. */
  forget(text: string, problems: readonly string[]): void {
    const meant = (key: string): boolean => problems.length === 0 || problems.some((name) => key.includes(name));
    this.#rows = this.#rows.filter(({ key }) => !(key.includes(text) && meant(key)));
    this.#write();
  }

  #write(): void {
    const lines = this.#rows.map((one) => JSON.stringify(one)).join(',\n');
    writeWhole(this.file, `{"machine": ${JSON.stringify(this.options.machine)},\n"rows": [\n${lines}\n]}\n`);
  }
}

/** A reader sees the file as it was or as it will be, never half of it. */
export function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}
