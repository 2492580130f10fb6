import { binaryExponent } from '../base/index.js';
import { compareLevels } from './cells.js';
import { type Column, levelOf, type Table } from './table.js';

/** One pass over the chosen rows of a column. Rows are 0-based. */
export interface ColumnScan {
  readonly rows: number;
  readonly missing: number;
  /** Cells that are numbers, their least and greatest value (±Infinity when there is none). */
  readonly numeric: number;
  readonly min: number;
  readonly max: number;
  /** Text cells: how often each occurs, and the row of the first. */
  readonly texts: ReadonlyMap<string, number>;
  readonly firstText: number;
}

export function scanColumn(column: Column, rows: Int32Array): ColumnScan {
  const texts = new Map<string, number>();
  let [missing, numeric, firstText] = [0, 0, -1];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of rows) {
    const value = column.numbers[row];
    const text = column.texts?.[row];
    if (!Number.isNaN(value)) {
      numeric++;
      if (value < min) min = value;
      if (value > max) max = value;
    } else if (text === undefined) missing++;
    else {
      if (firstText < 0) firstText = row;
      tally(texts, text);
    }
  }
  return { rows: rows.length, missing, numeric, min, max, texts, firstText };
}

/** How often each level (text, or number as text) occurs in these rows, in order of appearance; missing cells apart. */
export function countLevels(column: Column, rows: Int32Array): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const level = levelOf(column, row);
    if (level !== null) tally(counts, level);
  }
  return counts;
}

/** The levels counted, in their order: numbers by value, then text. */
export const sortedLevels = (counts: ReadonlyMap<string, number>): string[] => [...counts.keys()].sort(compareLevels);

/** Different values are counted up to this many: no column of more is a category, and a Map has its limits. */
export const mostCounted = 1 << 20;

/** Counts a value, unless it is new beyond the most that are counted. */
export function tally(counts: Map<string, number>, value: string): void {
  const count = counts.get(value);
  if (count !== undefined) counts.set(value, count + 1);
  else if (counts.size < mostCounted) counts.set(value, 1);
}

/** 0 … n−1. */
export const allRows = (table: Table): Int32Array => Int32Array.from({ length: table.rowCount }, (_, i) => i);

/** Mean of the numbers of these rows, and the standard deviation (1/n) once missing cells are filled with that mean. */
export function momentsOf(column: Column, rows: Int32Array, scan: ColumnScan): { mean: number; deviation: number } {
  const largest = Math.max(Math.abs(scan.min), Math.abs(scan.max)) || 1;
  // A power of two, so that dividing is exact: sums and squares of huge numbers stay finite.
  const unit = 2 ** Math.min(1022, Math.max(-1000, binaryExponent(largest)));
  const rough = averageOf(column, rows, scan.numeric, (value) => value / unit);
  const mean = rough + averageOf(column, rows, scan.numeric, (value) => value / unit - rough);
  const squares = averageOf(column, rows, rows.length, (value) => (value / unit - mean) ** 2);
  return { mean: mean * unit, deviation: Math.sqrt(squares) * unit };
}

function averageOf(column: Column, rows: Int32Array, count: number, term: (value: number) => number): number {
  let sum = 0;
  for (const row of rows) if (!Number.isNaN(column.numbers[row])) sum += term(column.numbers[row]);
  return sum / count;
}
