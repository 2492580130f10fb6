import { allDates, decideColumn } from './decide.js';
import { allRows, type ColumnScan, countLevels, momentsOf, scanColumn, sortedLevels } from './scan.js';
import type { Column, Table } from './table.js';

export type ColumnType = 'number' | 'boolean' | 'category' | 'date' | 'constant' | 'missing' | 'identifier' | 'mixed';

/** What one column holds and what fitting would do with it as a feature. */
export interface ColumnSummary {
  readonly name: string;
  /** `mixed`: numbers with some text among them, which fitting refuses (see `problem`). */
  readonly type: ColumnType;
  readonly missing: number;
  /** Different values, missing apart (of text counted up to 2^20). */
  readonly distinct: number;
  /** How often each value occurs, in the order of levels, where there are at most 50; empty otherwise. */
  readonly levels: ReadonlyArray<{ readonly value: string; readonly count: number }>;
  /** Of the cells that are numbers; null when there is none. Deviation is 1/n, missing cells filled with the mean. */
  readonly range: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly deviation: number;
  } | null;
  readonly use: 'number' | 'category' | 'dropped' | 'refused';
  /** Why it is dropped or refused, or what to know; null when there is nothing to say. */
  readonly remark: string | null;
}

export interface TableSummary {
  readonly source: string;
  readonly rows: number;
  readonly columns: readonly ColumnSummary[];
}

const booleanPairs: readonly string[] = ['0|1', 'false|true', 'no|yes', 'n|y', 'f|t', 'off|on'];
const mostListed = 50;

/** Types, missing cells, levels and ranges of all columns, over all rows. Throws nothing: problems are in `remark`. */
export function describeTable(table: Table): TableSummary {
  const rows = allRows(table);
  return {
    source: table.source,
    rows: table.rowCount,
    columns: table.columns.map((column) => describe(table, column, rows)),
  };
}

function describe(table: Table, column: Column, rows: Int32Array): ColumnSummary {
  const scan = scanColumn(column, rows);
  const { distinct, counts } = column.texts === null ? countNumbers(column) : countTexts(column, rows);
  const { use, type, remark } = judge(table, column, rows, scan, counts);
  const listed = distinct <= mostListed ? sortedLevels(counts) : [];
  const levels = listed.map((value) => ({ value, count: counts.get(value) as number }));
  const range = scan.numeric === 0 ? null : { min: scan.min, max: scan.max, ...momentsOf(column, rows, scan) };
  return { name: column.name, type, missing: scan.missing, distinct, levels, range, use, remark };
}

function judge(
  table: Table,
  column: Column,
  rows: Int32Array,
  scan: ColumnScan,
  counts: ReadonlyMap<string, number>,
): Pick<ColumnSummary, 'use' | 'type' | 'remark'> {
  const decision = decideColumn(table, column, rows, false);
  const plain = isBoolean(counts) ? 'boolean' : allDates(scan) ? 'date' : null;
  switch (decision.kind) {
    case 'number':
      return { use: 'number', type: plain ?? 'number', remark: null };
    case 'category':
      return { use: 'category', type: plain ?? 'category', remark: decision.note ?? null };
    case 'problem':
      return { use: 'refused', type: 'mixed', remark: decision.message };
    case 'dropped':
      return { use: 'dropped', type: plain ?? typeOfDropped(decision.cause), remark: decision.reason };
  }
}

/** How many different values, and how often each occurs (at least those of a column of few). */
interface Distinct {
  readonly distinct: number;
  readonly counts: ReadonlyMap<string, number>;
}

function countTexts(column: Column, rows: Int32Array): Distinct {
  const counts = countLevels(column, rows);
  return { distinct: counts.size, counts };
}

/** The same for a column of numbers: by sorting, which is many times faster than a Map of text. */
function countNumbers(column: Column): Distinct {
  const sorted = column.numbers.slice().sort();
  const counts = new Map<string, number>();
  let distinct = 0;
  for (let from = 0, to = 0; from < sorted.length && !Number.isNaN(sorted[from]); from = to, distinct++) {
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    if (distinct <= mostListed) counts.set(String(sorted[from]), to - from);
  }
  return { distinct, counts };
}

const typeOfDropped = (cause: 'missing' | 'constant' | 'levels' | 'identifier'): ColumnType =>
  cause === 'levels' ? 'category' : cause;

const isBoolean = (counts: ReadonlyMap<string, number>): boolean =>
  counts.size === 2 &&
  booleanPairs.includes(
    [...counts.keys()]
      .map((level) => level.toLowerCase())
      .sort()
      .join('|'),
  );
