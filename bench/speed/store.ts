import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Machine } from './machine.js';
import { BenchError } from './processes.js';
import { type Case, type Reference, type Row, type RowKey, sameCase, sameRow } from './row.js';

export interface Head {
  /** Several where a run was resumed. */
  readonly commands: readonly string[];
  readonly machine: Machine;
}

/** speed.json: the head, the reference values and one line for each row, written after every measurement. */
export class Store {
  references: Reference[] = [];
  rows: Row[] = [];

  constructor(
    readonly folder: string,
    public head: Head,
    resume: boolean,
  ) {
    mkdirSync(folder, { recursive: true });
    if (resume && existsSync(this.#file)) this.#read();
  }

  get #file(): string {
    return resolve(this.folder, 'speed.json');
  }

  #read(): void {
    const { commands, machine, references, rows } = JSON.parse(readFileSync(this.#file, 'utf8'));
    if (JSON.stringify(machine) !== JSON.stringify(this.head.machine)) {
      throw new BenchError(
        `bench:speed: ${this.#file} comes from another machine, version or commit, so --resume would mix them; run without --resume.`,
      );
    }
    this.head = { machine, commands: [...new Set([...commands, ...this.head.commands])] };
    this.references = references;
    this.rows = rows;
  }

  row(key: RowKey): Row | undefined {
    return this.rows.find((row) => sameRow(row, key));
  }

  reference(one: Case): Reference | undefined {
    return this.references.find((reference) => sameCase(reference, one));
  }

  addReference(reference: Reference): void {
    this.references.push(reference);
    this.#write();
  }

  /** Adds the row, or puts it in the place of its earlier state. */
  put(row: Row): void {
    const at = this.rows.findIndex((other) => sameRow(other, row));
    if (at < 0) this.rows.push(row);
    else this.rows[at] = row;
    this.#write();
  }

  #write(): void {
    const lines = (values: readonly object[]): string =>
      `[\n${values.map((v) => JSON.stringify(v, shortened)).join(',\n')}\n]`;
    const head = JSON.stringify(this.head).slice(1, -1);
    const text = `{${head},\n"references": ${lines(this.references)},\n"rows": ${lines(this.rows)}}\n`;
    writeFileSync(`${this.#file}.part`, text);
    renameSync(`${this.#file}.part`, this.#file);
  }
}

/** Times with four digits; values stay as they are. */
function shortened(key: string, value: unknown): unknown {
  if (/Cpu$|Wall$|^cpuToTarget$/.test(key) && value !== null && value !== undefined) {
    return Array.isArray(value) ? value.map(rounded) : rounded(value as number);
  }
  return value;
}

const rounded = (value: number): number => Number(value.toPrecision(4));
