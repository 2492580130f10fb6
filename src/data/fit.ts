import { RelucentError, requireThat } from '../base/index.js';
import { listNames, quoteCell } from './cells.js';
import { type Decision, decideColumn } from './decide.js';
import type { ColumnTransform, Preprocessing } from './preprocessing.js';
import { allRows, momentsOf } from './scan.js';
import { type Column, requireColumn, type Table } from './table.js';
import { fitTarget, inspectTarget, type Task } from './target.js';

export interface PreprocessingOptions {
  /** Name of the column to predict. */
  readonly target: string;
  /** Default `auto` (see `inspectTarget`). */
  readonly task?: 'auto' | Task;
  /** Bring number columns and a regression target to mean 0 and standard deviation 1 (1/n). Default true. */
  readonly standardize?: boolean;
  /** Columns to leave out. */
  readonly drop?: readonly string[];
  /** Columns to take as categories, whatever they hold. */
  readonly categorical?: readonly string[];
  /** Rows (0-based) that train; nothing is learnt from the others. Default all. */
  readonly rows?: Int32Array;
}

export interface FittedPreprocessing {
  readonly preprocessing: Preprocessing;
  readonly task: Task;
  /** The training rows that have a target, in the order given. */
  readonly rows: Int32Array;
  /** One sentence each: columns dropped and why, rows left out, cells filled. */
  readonly notes: readonly string[];
}

/**
 * Learns, from the training rows alone, how a table becomes X and y. Missing numbers become the column's mean, with a 0/1
 * column that says so when training had any; categories become 0/1 columns; constant and identifier-like columns are
 * dropped with a reason. Throws `usage` for unknown column names, `data` for columns that hold text among numbers, for
 * targets that cannot be learnt (see `inspectTarget`) and when no feature is left.
 */
export function fitPreprocessing(table: Table, options: PreprocessingOptions): FittedPreprocessing {
  const { target, drop = [], categorical = [], standardize = true } = options;
  requireRoles(table, target, drop, categorical);
  const facts = inspectTarget(table, target, options.task, checkedRows(table, options.rows));
  const notes = [...facts.notes];
  const [dropped, declared] = [new Set(drop), new Set(categorical)];
  const columns = table.columns
    .filter((column) => column.name !== target)
    .map((column) => {
      if (dropped.has(column.name))
        return { kind: 'dropped', name: column.name, reason: 'left out by request' } as const;
      const decision = decideColumn(table, column, facts.rows, declared.has(column.name));
      if (decision.kind === 'problem') throw new RelucentError('data', decision.message);
      notes.push(...notesOf(column, decision));
      return transformOf(column, decision, facts.rows, standardize);
    });
  const features = columns.flatMap(featureNames);
  requireThat(
    features.length > 0,
    `${table.source}: no feature column is left${notes.length > 0 ? ` (${listNames(notes, 3)})` : ''}; expected at least one besides the target.`,
    'data',
  );
  const targetColumn = requireColumn(table, target, 'the target');
  return {
    preprocessing: { columns, features, target: fitTarget(targetColumn, facts, standardize) },
    task: facts.task,
    rows: facts.rows,
    notes,
  };
}

/** Names of the columns of X that one column of the table gives. */
export function featureNames(transform: ColumnTransform): string[] {
  const { name } = transform;
  if (transform.kind === 'dropped') return [];
  if (transform.kind === 'number') return transform.missingIndicator ? [name, `${name} missing`] : [name];
  const shown = transform.binary ? transform.levels.slice(1) : transform.levels;
  const names = shown.map((level) => `${name}=${level}`);
  return transform.missingLevel ? [...names, `${name} missing`] : names;
}

function transformOf(
  column: Column,
  decision: Exclude<Decision, { kind: 'problem' }>,
  rows: Int32Array,
  standardize: boolean,
): ColumnTransform {
  const { name } = column;
  if (decision.kind === 'dropped') return { kind: 'dropped', name, reason: decision.reason };
  if (decision.kind === 'category') {
    const { levels, missing } = decision;
    return { kind: 'category', name, levels, missingLevel: missing, binary: levels.length === 2 && !missing };
  }
  const { mean, deviation } = momentsOf(column, rows, decision.scan);
  const [shift, scale] = standardize ? [mean, deviation] : [0, 1];
  return { kind: 'number', name, impute: mean, shift, scale, missingIndicator: decision.scan.missing > 0 };
}

function notesOf({ name }: Column, decision: Decision): string[] {
  const column = `column ${quoteCell(name)}`;
  if (decision.kind === 'dropped') return [`${column} is dropped: ${decision.reason}`];
  if (decision.kind === 'category') return decision.note === undefined ? [] : [`${column}: ${decision.note}`];
  if (decision.kind === 'problem' || decision.scan.missing === 0) return [];
  const cells =
    decision.scan.missing === 1 ? '1 missing cell becomes' : `${decision.scan.missing} missing cells become`;
  return [`${column}: ${cells} the mean, marked by the column '${name} missing'`];
}

function requireRoles(table: Table, target: string, drop: readonly string[], categorical: readonly string[]): void {
  for (const name of drop) requireColumn(table, name, 'to drop');
  for (const name of categorical) requireColumn(table, name, 'declared categorical');
  requireThat(
    !drop.includes(target),
    `fitPreprocessing: column ${quoteCell(target)} is the target; it cannot be dropped.`,
  );
}

function checkedRows(table: Table, rows: Int32Array | undefined): Int32Array {
  if (rows === undefined) return allRows(table);
  const bad = rows.find((row) => row < 0 || row >= table.rowCount);
  requireThat(
    bad === undefined,
    `fitPreprocessing: row ${bad} is not in 0 … ${table.rowCount - 1} of ${table.source}.`,
  );
  requireThat(rows.length > 0, 'fitPreprocessing: no training rows; expected at least two.');
  return rows;
}
