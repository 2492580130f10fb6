import { type Column, inspectTarget, levelOf, type Table } from 'relucent';
import type { Choices } from './choices.js';

/** A table with the roles of its columns, as it is drawn and trained. */
export interface Dataset {
  readonly table: Table;
  readonly target: string;
  readonly task: 'regression' | 'classification';
  readonly classes: readonly string[];
  /** One or two columns of numbers. */
  readonly axes: readonly string[];
  /** Columns that do not train. */
  readonly drop: readonly string[];
  /** Points can be added and dragged: the axes are all that trains. */
  readonly editable: boolean;
}

/** Most rows that the page trains on; the command line has no such limit. */
export const mostRows = 5000;

const usualTargets = ['target', 'y', 'class', 'label'];

export const isNumeric = (column: Column): boolean =>
  column.texts === null && column.numbers.some((value) => !Number.isNaN(value));

/** Columns that can be an axis. */
export const axisNames = (table: Table, target: string): string[] =>
  table.columns.filter((column) => column.name !== target && isNumeric(column)).map(({ name }) => name);

/** The roles that are asked for where the table has such columns, else likely ones. Throws one line for a target that cannot be learnt. */
export function datasetOf(table: Table, choices: Pick<Choices, 'target' | 'x' | 'y' | 'along'>): Dataset {
  const names = table.columns.map(({ name }) => name);
  const known = (name: string): boolean => names.includes(name);
  const target = known(choices.target)
    ? choices.target
    : (names.find((name) => usualTargets.includes(name.toLowerCase())) ?? names[names.length - 1]);
  const { task, classes } = inspectTarget(table, target);
  const numeric = axisNames(table, target);
  if (numeric.length === 0)
    throw new Error(`${table.source}: no column of numbers beside the target '${target}'; at least one is needed.`);
  const x = numeric.includes(choices.x) ? choices.x : numeric[0];
  const others = numeric.filter((name) => name !== x);
  const y = choices.y === none ? undefined : others.includes(choices.y) ? choices.y : others[0];
  const axes = y === undefined ? [x] : [x, y];
  const drop = choices.along ? [] : names.filter((name) => name !== target && !axes.includes(name));
  return { table, target, task, classes, axes, drop, editable: !choices.along };
}

/** The choice of no second axis. */
export const none = '(none)';

export const columnOf = (table: Table, name: string): Column => {
  const column = table.columns.find((other) => other.name === name);
  if (column === undefined) throw new Error(`${table.source}: no column '${name}'.`);
  return column;
};

/** A row as it is drawn. */
export interface Point {
  readonly row: number;
  readonly x: number;
  /** Second axis; NaN where there is one axis. */
  readonly y: number;
  /** Target: a number, or the index of the class. */
  readonly value: number;
}

/** Rows that have a target and all axes. */
export function pointsOf({ table, target, axes, classes, task }: Dataset): Point[] {
  const [x, y] = axes.map((name) => columnOf(table, name).numbers);
  const column = columnOf(table, target);
  const points: Point[] = [];
  for (let row = 0; row < table.rowCount; row++) {
    const value = task === 'regression' ? column.numbers[row] : classes.indexOf(levelOf(column, row) ?? '');
    if (
      Number.isNaN(value) ||
      (value < 0 && task === 'classification') ||
      Number.isNaN(x[row]) ||
      (y && Number.isNaN(y[row]))
    )
      continue;
    points.push({ row, x: x[row], y: y ? y[row] : Number.NaN, value });
  }
  return points;
}

/** Cells by column name; a column that is not named becomes missing in a new row. */
export type Cells = Readonly<Record<string, number | string>>;

const changed = (table: Table, rowCount: number, change: (column: Column) => Column): Table => ({
  source: table.source,
  rowCount,
  columns: table.columns.map(change),
  lines: null,
});

function written(
  { name, numbers, texts }: Column,
  row: number,
  length: number,
  cell: number | string | undefined,
): Column {
  const values = new Float64Array(length).fill(Number.NaN);
  values.set(numbers.subarray(0, Math.min(length, numbers.length)));
  values[row] = typeof cell === 'number' ? cell : Number.NaN;
  const words = texts === null && typeof cell !== 'string' ? null : Array.from({ length }, (_, i) => texts?.[i]);
  if (words) words[row] = typeof cell === 'string' ? cell : undefined;
  return { name, numbers: values, texts: words };
}

export const withRow = (table: Table, cells: Cells): Table =>
  changed(table, table.rowCount + 1, (column) =>
    written(column, table.rowCount, table.rowCount + 1, cells[column.name]),
  );

export const withCells = (table: Table, row: number, cells: Cells): Table =>
  changed(table, table.rowCount, (column) =>
    column.name in cells ? written(column, row, table.rowCount, cells[column.name]) : column,
  );

export const withoutRow = (table: Table, row: number): Table =>
  changed(table, table.rowCount - 1, ({ name, numbers, texts }) => ({
    name,
    numbers: numbers.filter((_, i) => i !== row),
    texts: texts?.filter((_, i) => i !== row) ?? null,
  }));

const quoted = (text: string): string => (/[",\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The table as CSV that reads back to the same bits. */
export function csvOf({ columns, rowCount }: Table): string {
  const lines = [columns.map(({ name }) => quoted(name)).join(',')];
  for (let row = 0; row < rowCount; row++)
    lines.push(columns.map((column) => quoted(levelOf(column, row) ?? '')).join(','));
  return `${lines.join('\n')}\n`;
}
