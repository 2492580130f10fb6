import { RelucentError } from '../base/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import { isNonFiniteText, listNames, quoteCell } from './cells.js';
import { featureNames } from './fit.js';
import { requireFits } from './limits.js';
import type { ColumnTransform, Preprocessing } from './preprocessing.js';
import { allRows, tally } from './scan.js';
import { type Column, levelOf, placeOf, suggestion, type Table } from './table.js';

export interface EncodedFeatures {
  /** Chosen rows × `preprocessing.features`. */
  readonly X: Matrix;
  /** One sentence each: levels that training never saw, cells filled, columns not used. */
  readonly warnings: readonly string[];
}

/** Where one table column goes in X. */
interface Place {
  readonly data: Float64Array;
  readonly cols: number;
  readonly first: number;
}

/**
 * X for the given rows (default all), by the rules fitted before; nothing is learnt here. Throws `data` when a column is
 * missing or a number column holds text, `resource` when X would not fit in memory.
 */
export function encodeFeatures(
  table: Table,
  preprocessing: Preprocessing,
  rows: Int32Array = allRows(table),
): EncodedFeatures {
  const cols = preprocessing.features.length;
  requireFits(`${table.source}: encoded features`, rows.length, cols);
  const X = matrix(rows.length, cols);
  const warnings = unusedColumns(table, preprocessing);
  const byName = new Map(table.columns.map((column) => [column.name, column]));
  let first = 0;
  for (const transform of preprocessing.columns) {
    if (transform.kind === 'dropped') continue;
    const column = byName.get(transform.name);
    if (column === undefined) throw missingColumn(table, transform.name, preprocessing);
    warnings.push(...encodeColumn(table, column, transform, rows, { data: X.data, cols, first }));
    first += featureNames(transform).length;
  }
  return { X, warnings };
}

const encodeColumn = (table: Table, column: Column, transform: Used, rows: Int32Array, place: Place): string[] =>
  transform.kind === 'number'
    ? encodeNumbers(table, column, transform, rows, place)
    : encodeLevels(column, transform, rows, place);

type Used = Exclude<ColumnTransform, { kind: 'dropped' }>;
type OfKind<K> = Extract<ColumnTransform, { kind: K }>;

function encodeNumbers(
  table: Table,
  column: Column,
  transform: OfKind<'number'>,
  rows: Int32Array,
  place: Place,
): string[] {
  const { impute, shift, scale, missingIndicator } = transform;
  let filled = 0;
  for (let i = 0, at = place.first; i < rows.length; i++, at += place.cols) {
    const value = column.numbers[rows[i]];
    const missing = Number.isNaN(value);
    if (missing) refuseText(table, column, rows[i]);
    place.data[at] = ((missing ? impute : value) - shift) / scale;
    if (!Number.isFinite(place.data[at])) throw tooLarge(table, column, rows[i]);
    if (missing && missingIndicator) place.data[at + 1] = 1;
    if (missing) filled++;
  }
  if (filled === 0 || missingIndicator) return [];
  return [`column ${quoteCell(column.name)}: ${filled} missing ${cells(filled)}, none in training; the mean was used`];
}

function encodeLevels(column: Column, transform: OfKind<'category'>, rows: Int32Array, place: Place): string[] {
  const offset = new Map(transform.levels.map((level, k) => [level, transform.binary ? k - 1 : k]));
  const unseen = new Map<string, number>();
  let filled = 0;
  for (let i = 0, at = place.first; i < rows.length; i++, at += place.cols) {
    const level = levelOf(column, rows[i]);
    const k = level === null ? missingOffset(transform) : offset.get(level);
    if (k === undefined && level !== null) tally(unseen, level);
    if (k === undefined && level === null) filled++;
    if (k !== undefined && k >= 0) place.data[at + k] = 1;
  }
  return levelWarnings(column, transform, unseen, filled);
}

const missingOffset = ({ levels, missingLevel }: OfKind<'category'>): number | undefined =>
  missingLevel ? levels.length : undefined;

function levelWarnings(
  column: Column,
  transform: OfKind<'category'>,
  unseen: ReadonlyMap<string, number>,
  filled: number,
): string[] {
  const name = `column ${quoteCell(column.name)}`;
  const warnings: string[] = [];
  const total = [...unseen.values()].reduce((sum, count) => sum + count, 0);
  if (total > 0)
    warnings.push(
      `${name}: ${total} ${cells(total)} with levels that training never saw (${listNames([...unseen.keys()], 4)}), encoded as none`,
    );
  if (filled > 0 && transform.levels.length > 1)
    warnings.push(
      `${name}: ${filled} missing ${cells(filled)}, none in training; encoded as ${transform.binary ? quoteCell(transform.levels[0]) : 'no level'}`,
    );
  return warnings;
}

function unusedColumns(table: Table, { columns, target }: Preprocessing): string[] {
  const known = new Set([target.name, ...columns.map((column) => column.name)]);
  const extra = table.columns.map((column) => column.name).filter((name) => !known.has(name));
  return extra.length === 0
    ? []
    : [`${extra.length === 1 ? 'column' : 'columns'} not used by the model: ${listNames(extra, 4)}`];
}

function missingColumn(table: Table, name: string, { columns }: Preprocessing): RelucentError {
  const known = new Set(columns.map((transform) => transform.name));
  const others = table.columns.map((other) => other.name).filter((other) => !known.has(other));
  const names = others.length > 0 ? others : table.columns.map((other) => other.name);
  return new RelucentError(
    'data',
    `${table.source}: column ${quoteCell(name)} is missing, the model needs it${suggestion(name, names)}`,
  );
}

function refuseText(table: Table, column: Column, row: number): void {
  const text = column.texts?.[row];
  if (text === undefined) return;
  const expected = isNonFiniteText(text) ? 'a finite number' : 'a number';
  throw new RelucentError(
    'data',
    `${placeOf(table, row)}, column ${quoteCell(column.name)}: expected ${expected}, got ${quoteCell(text)}; correct it or leave the cell empty.`,
  );
}

const tooLarge = (table: Table, column: Column, row: number): RelucentError =>
  new RelucentError(
    'data',
    `${placeOf(table, row)}, column ${quoteCell(column.name)}: ${column.numbers[row]} is too large once standardised; correct it or leave the cell empty.`,
  );

const cells = (count: number): string => (count === 1 ? 'cell' : 'cells');
