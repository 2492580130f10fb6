import { RelucentError } from '../base/index.js';
import { isCommaNumber, isNonFiniteText, listNames, missingTokens, quoteCell } from './cells.js';
import { numberShare } from './decide.js';
import type { TargetTransform } from './preprocessing.js';
import { allRows, type ColumnScan, countLevels, momentsOf, scanColumn, sortedLevels } from './scan.js';
import { type Column, levelOf, placeOf, requireColumn, type Table } from './table.js';

export type Task = 'regression' | 'classification';

/** What a target column asks for. */
export interface TargetFacts {
  readonly task: Task;
  /** Rows that have a target, ascending: only these can train or be scored. */
  readonly rows: Int32Array;
  /** Classes in order (numbers by value, then text), empty for regression. */
  readonly classes: readonly string[];
  /** Class index of each of `rows`, for a stratified split; null for regression. */
  readonly strata: Int32Array | null;
  /** What the user should hear: rows left out, how the task was chosen. */
  readonly notes: readonly string[];
}

/** Integers with at most this many different values are taken as classes. */
const mostIntegerClasses = 10;
const mostClasses = 1000;

/**
 * Task, usable rows and classes of a target over the given rows (default all). `auto`: text, or at most ten different
 * integers, is classification; else regression. Throws `usage` for an unknown column, `data` when the target has no values,
 * one value, text among numbers, or nearly as many classes as rows.
 */
export function inspectTarget(
  table: Table,
  target: string,
  choice: 'auto' | Task = 'auto',
  rows: Int32Array = allRows(table),
): TargetFacts {
  const column = requireColumn(table, target, 'the target');
  const present = rows.filter((row) => levelOf(column, row) !== null);
  if (present.length === 0) throw targetError(table, column, 'has no values; choose another column');
  if (present.length === 1) throw targetError(table, column, 'has a value in one row only; at least two are needed');
  const notes = present.length < rows.length ? [leftOut(target, rows.length - present.length)] : [];
  const scan = scanColumn(column, present);
  const few = fewIntegers(column, present, scan);
  const task = choice === 'auto' ? chooseTask(table, column, scan, few) : choice;
  if (task === 'regression') {
    requireSpread(table, column, scan);
    return { task, rows: present, classes: [], strata: null, notes };
  }
  const classes = classesOf(table, column, present);
  if (choice === 'auto' && few)
    notes.push(
      `target ${quoteCell(target)} holds ${classes.length} different integers: taken as classes (else set the task to regression)`,
    );
  return { task, rows: present, classes, strata: strataOf(column, present, classes), notes };
}

/** The transform of the target, fitted on rows that all have one. */
export function fitTarget(column: Column, facts: TargetFacts, standardize: boolean): TargetTransform {
  const { name } = column;
  if (facts.task === 'regression') {
    const { mean, deviation } = momentsOf(column, facts.rows, scanColumn(column, facts.rows));
    return standardize
      ? { kind: 'number', name, shift: mean, scale: deviation }
      : { kind: 'number', name, shift: 0, scale: 1 };
  }
  const [first, second] = facts.classes;
  return facts.classes.length === 2
    ? { kind: 'binary', name, classes: [first, second] }
    : { kind: 'classes', name, classes: facts.classes };
}

const leftOut = (target: string, count: number): string =>
  `${count} ${count === 1 ? 'row has' : 'rows have'} no target ${quoteCell(target)} (empty or ${missingTokens.slice(1).join(', ')}) and ${count === 1 ? 'is' : 'are'} left out`;

function fewIntegers(column: Column, rows: Int32Array, scan: ColumnScan): boolean {
  if (scan.texts.size > 0) return false;
  const values = new Set<number>();
  for (const row of rows) {
    if (!Number.isInteger(column.numbers[row]) || values.size > mostIntegerClasses) return false;
    values.add(column.numbers[row]);
  }
  return values.size <= mostIntegerClasses;
}

function chooseTask(table: Table, column: Column, scan: ColumnScan, few: boolean): Task {
  if (scan.texts.size === 0) return few ? 'classification' : 'regression';
  if (scan.numeric >= numberShare * scan.rows || [...scan.texts.keys()].every(isNonFiniteText))
    refuseText(table, column, scan);
  return 'classification';
}

function requireSpread(table: Table, column: Column, scan: ColumnScan): void {
  refuseText(table, column, scan);
  if (scan.min === scan.max) throw targetError(table, column, `is constant (${scan.min}); there is nothing to learn`);
}

function classesOf(table: Table, column: Column, rows: Int32Array): string[] {
  const classes = sortedLevels(countLevels(column, rows));
  const { length } = classes;
  if (length === 1) throw targetError(table, column, `has one class (${quoteCell(classes[0])}); expected two or more`);
  if (length > mostClasses || (length > mostIntegerClasses && length > rows.length / 2)) {
    const hint = classes.every(isCommaNumber) ? ' (without commas in them: 1234.5)' : '';
    throw targetError(
      table,
      column,
      `has ${length} classes in ${rows.length} rows; expected few classes, or numbers for regression${hint}`,
    );
  }
  return classes;
}

const targetError = (table: Table, { name }: Column, what: string): RelucentError =>
  new RelucentError('data', `${table.source}: target ${quoteCell(name)} ${what}.`);

function refuseText(table: Table, column: Column, scan: ColumnScan): void {
  if (scan.firstText < 0) return;
  const text = quoteCell(column.texts?.[scan.firstText] as string);
  throw new RelucentError(
    'data',
    `${placeOf(table, scan.firstText)}, column ${quoteCell(column.name)}: ${text} is not a finite number, as regression needs; correct it, leave the cell empty, or set the task to classification (values: ${listNames([...scan.texts.keys()], 4)}).`,
  );
}

function strataOf(column: Column, rows: Int32Array, classes: readonly string[]): Int32Array {
  const index = new Map(classes.map((level, k) => [level, k]));
  return rows.map((row) => index.get(levelOf(column, row) as string) as number);
}
