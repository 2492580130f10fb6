import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { BenchError } from '../speed/processes.js';
import type { Protocol } from './plan.js';
import type { Scores } from './score.js';

export const methods = ['relucent', 'linear', 'forest', 'boosting', 'adam'] as const;
export type Method = (typeof methods)[number];

export interface RowKey {
  readonly set: string;
  readonly method: Method;
  /** Outer fold. */
  readonly fold: number;
}

/** What one method gives on one outer fold. */
export interface Answer {
  readonly scores: Scores;
  readonly tuneSeconds: number;
  readonly refitSeconds: number;
  readonly chosen: Readonly<Record<string, number | string>>;
}

/** One method on one outer fold of one set. */
export interface Row extends RowKey, Answer {}

/** What a reader must know about a set. */
export interface SetFacts {
  readonly name: string;
  readonly rows: number;
  /** Columns of X after encoding all rows. */
  readonly features: number;
  /** 0 for regression. */
  readonly classes: number;
  readonly trap?: string;
}

export interface Head {
  readonly machine: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly protocol: Protocol;
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Results {
  readonly head: Head;
  readonly sets: readonly SetFacts[];
  readonly rows: readonly Row[];
}

const keyOf = ({ set, method, fold }: RowKey): string => `${set}|${method}|${fold}`;

/** Rows by set, method and fold; a later one takes the place of an earlier one. */
export class Rows {
  readonly #rows = new Map<string, Row>();

  get all(): Row[] {
    return [...this.#rows.values()];
  }

  has(key: RowKey): boolean {
    return this.#rows.has(keyOf(key));
  }

  put(row: Row): void {
    this.#rows.set(keyOf(row), row);
  }
}

/** The rows of a working file, one JSON object a line; none when there is no file. */
export function readLines(file: string): Row[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

export function appendLine(file: string, row: Row): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** All folds of one set and method, as in tabular.json: arrays by fold, null where a fold is missing. */
interface Entry {
  readonly set: string;
  readonly method: Method;
  readonly scores: Readonly<Record<string, readonly (number | null)[]>>;
  readonly tuneSeconds: readonly (number | null)[];
  readonly refitSeconds: readonly (number | null)[];
  readonly chosen: Readonly<Record<string, readonly (number | string | null)[]>>;
}

/** Writes tabular.json: one line for each set and each entry, numbers with five digits. */
export function writeResults(file: string, { head, sets, rows }: Results): void {
  const entries = sets.flatMap(({ name }) => methods.flatMap((method) => entryOf(rows, name, method, head.protocol)));
  const list = (values: readonly object[]): string => `[\n${values.map((v) => JSON.stringify(v)).join(',\n')}\n]`;
  const text = `{"head": ${JSON.stringify(head)},\n"sets": ${list(sets)},\n"entries": ${list(entries)}}\n`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

function entryOf(rows: readonly Row[], set: string, method: Method, { outer }: Protocol): Entry[] {
  const own = rows.filter((row) => row.set === set && row.method === method);
  if (own.length === 0) return [];
  const folds = Array.from({ length: outer }, (_, fold) => own.find((row) => row.fold === fold));
  const byFold = <T>(value: (row: Row) => T): (T | null)[] => folds.map((row) => (row ? rounded(value(row)) : null));
  const columns = <T>(part: (row: Row) => Readonly<Record<string, T>>): Record<string, (T | null)[]> => {
    const names = [...new Set(own.flatMap((row) => Object.keys(part(row))))];
    return Object.fromEntries(names.map((name) => [name, byFold((row) => part(row)[name] ?? null)])) as Record<
      string,
      (T | null)[]
    >;
  };
  return [
    {
      set,
      method,
      scores: columns((row) => row.scores as Record<string, number | null>),
      tuneSeconds: byFold((row) => row.tuneSeconds),
      refitSeconds: byFold((row) => row.refitSeconds),
      chosen: columns((row) => row.chosen),
    },
  ];
}

const rounded = <T>(value: T): T => (typeof value === 'number' ? (Number(value.toPrecision(5)) as T) : value);

/** The rows of tabular.json; none when there is no file. @throws BenchError for results of another protocol. */
export function readResults(file: string, protocol: Protocol): Row[] {
  if (!existsSync(file)) return [];
  const { head, entries } = JSON.parse(readFileSync(file, 'utf8')) as { head: Head; entries: Entry[] };
  if (JSON.stringify(head.protocol) !== JSON.stringify(protocol)) {
    throw new BenchError(
      `bench/tabular: ${file} has other folds (protocol ${JSON.stringify(head.protocol)}, now ${JSON.stringify(protocol)}); move it away.`,
    );
  }
  return entries.flatMap(rowsOf);
}

function rowsOf({ set, method, scores, tuneSeconds, refitSeconds, chosen }: Entry): Row[] {
  const at = (columns: Readonly<Record<string, readonly unknown[]>>, fold: number): Record<string, never> =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[fold]])) as Record<string, never>;
  return tuneSeconds.flatMap((seconds, fold) => {
    const refit = refitSeconds[fold];
    if (seconds === null || refit === null) return [];
    return [
      {
        set,
        method,
        fold,
        scores: at(scores, fold),
        tuneSeconds: seconds,
        refitSeconds: refit,
        chosen: at(chosen, fold),
      },
    ];
  });
}
