import { RelucentError, requireThat } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { listNames, quoteCell } from './cells.js';
import type { Preprocessing, TargetTransform } from './preprocessing.js';
import { allRows } from './scan.js';
import { type Column, findColumn, levelOf, placeOf, suggestion, type Table } from './table.js';

/** What a loss wants y to hold (`Loss.targets`). */
export type TargetKind = 'number' | 'label' | 'one-hot';

export interface EncodedTarget {
  /** rows × outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
}

/** Outputs of a network for this target: one for numbers and for two classes (unless one-hot), else one per class. */
export function outputsOf(target: TargetTransform, kind: TargetKind): number {
  if (target.kind === 'classes') return target.classes.length;
  return target.kind === 'binary' && kind === 'one-hot' ? 2 : 1;
}

/**
 * y for the given rows (default all). Regression: (value − shift) / scale. Two classes: −1 and +1 (+1 is `classes[1]`),
 * or one-hot rows of two. More classes: one-hot rows of 0 and 1 (`number`, `one-hot`) or of −1 and +1 (`label`).
 * Throws `data` for a missing target, text, or a class that training never saw; `usage` for labels of numbers.
 */
export function encodeTarget(
  table: Table,
  preprocessing: Preprocessing,
  kind: TargetKind,
  rows: Int32Array = allRows(table),
): EncodedTarget {
  const { target } = preprocessing;
  const column = findColumn(table, target.name);
  if (column === null) {
    const names = table.columns.map((other) => other.name);
    throw new RelucentError(
      'data',
      `${table.source}: the target column ${quoteCell(target.name)} is missing${suggestion(target.name, names)}`,
    );
  }
  if (target.kind === 'number') return { y: encodeNumbers(table, column, target, kind, rows), outputs: 1 };
  const outputs = outputsOf(target, kind);
  return { y: encodeClasses(table, column, target.classes, outputs, kind, rows), outputs };
}

/**
 * Predictions in the words of the table, from network outputs (n×c, as trained by `encodeTarget`): numbers, or class names.
 * With one output a positive score means `classes[1]`; with several the largest score wins, the first of equals.
 */
export function decodeTarget(scores: Matrix, target: TargetTransform): Float64Array | string[] {
  if (target.kind === 'number') {
    requireThat(scores.cols === 1, `decodeTarget: expected 1 output for a number, got ${scores.cols}.`);
    return scores.data.map((score) => score * target.scale + target.shift);
  }
  const { classes } = target;
  const single = scores.cols === 1 && classes.length === 2;
  requireThat(
    single || scores.cols === classes.length,
    `decodeTarget: expected ${classes.length} outputs for ${classes.length} classes, got ${scores.cols}.`,
  );
  return Array.from(
    { length: scores.rows },
    (_, i) => classes[single ? Number(scores.data[i] > 0) : largest(scores, i)],
  );
}

function encodeNumbers(
  table: Table,
  column: Column,
  target: { shift: number; scale: number },
  kind: TargetKind,
  rows: Int32Array,
): Float64Array {
  requireThat(
    kind === 'number',
    `encodeTarget: target ${quoteCell(column.name)} is a number, the loss wants ${kind === 'label' ? 'labels' : 'classes'}; use a squared or Huber loss.`,
  );
  return Float64Array.from(rows, (row) => {
    const value = column.numbers[row];
    if (Number.isNaN(value)) throw unfit(table, column, row, 'a number');
    return (value - target.shift) / target.scale;
  });
}

function encodeClasses(
  table: Table,
  column: Column,
  classes: readonly string[],
  outputs: number,
  kind: TargetKind,
  rows: Int32Array,
): Float64Array {
  const index = new Map(classes.map((name, k) => [name, k]));
  const low = outputs === 1 || kind === 'label' ? -1 : 0;
  const y = new Float64Array(rows.length * outputs).fill(low);
  rows.forEach((row, i) => {
    const k = index.get(levelOf(column, row) ?? '');
    if (k === undefined) throw unfit(table, column, row, `one of ${listNames(classes)}`);
    if (outputs > 1) y[i * outputs + k] = 1;
    else if (k === 1) y[i] = 1;
  });
  return y;
}

function unfit(table: Table, column: Column, row: number, expected: string): RelucentError {
  const level = levelOf(column, row);
  const got = level === null ? 'a missing cell' : quoteCell(level);
  return new RelucentError(
    'data',
    `${placeOf(table, row)}, target ${quoteCell(column.name)}: expected ${expected}, got ${got}; correct it or leave the row out.`,
  );
}

function largest(scores: Matrix, i: number): number {
  let best = 0;
  for (let k = 1; k < scores.cols; k++)
    if (scores.data[i * scores.cols + k] > scores.data[i * scores.cols + best]) best = k;
  return best;
}
