import { isCommaNumber, isDateText, isNonFiniteText, quoteCell } from './cells.js';
import { type ColumnScan, countLevels, scanColumn, sortedLevels } from './scan.js';
import { type Column, placeOf, type Table } from './table.js';

/** A text column of more levels than this is left out, unless it is declared categorical. */
export const mostLevels = 50;
/** A column with at least this share of numbers among its present cells is a number column: its text is a mistake. */
export const numberShare = 0.9;

/** What becomes of a column, decided on the training rows alone. */
export type Decision =
  | { readonly kind: 'number'; readonly scan: ColumnScan }
  | { readonly kind: 'category'; readonly levels: readonly string[]; readonly missing: boolean; readonly note?: string }
  | {
      readonly kind: 'dropped';
      readonly reason: string;
      readonly cause: 'missing' | 'constant' | 'levels' | 'identifier';
    }
  /** Fitting refuses the column with this message. */
  | { readonly kind: 'problem'; readonly message: string };

/**
 * The one rule for feature columns. Without text: a number column. With at least 90 % numbers, or nothing but
 * infinities or numbers with commas as text: a problem that names the first such cell. Else a category, when it has two
 * levels, or at most 50 and at most half as many as rows. `declared`: the caller named the column categorical.
 */
export function decideColumn(table: Table, column: Column, rows: Int32Array, declared: boolean): Decision {
  const scan = scanColumn(column, rows);
  if (scan.missing === scan.rows) return { kind: 'dropped', cause: 'missing', reason: 'every cell is missing' };
  if (declared) return decideLevels(column, rows, scan, true);
  if (scan.texts.size > 0) return textProblem(table, column, scan) ?? decideLevels(column, rows, scan, false);
  return scan.min === scan.max ? decideLevels(column, rows, scan, false) : { kind: 'number', scan };
}

/** A lone level beside missing cells says something, so it is a category of one; without missing cells it is constant. */
function decideLevels(column: Column, rows: Int32Array, scan: ColumnScan, declared: boolean): Decision {
  const counts = countLevels(column, rows);
  const missing = scan.missing > 0;
  if (counts.size === 1 && !missing) {
    return {
      kind: 'dropped',
      cause: 'constant',
      reason: `constant: every cell is ${quoteCell([...counts.keys()][0])}`,
    };
  }
  const dropped = declared ? null : tooMany(counts.size, scan);
  if (dropped !== null) return dropped;
  const category = { kind: 'category', levels: sortedLevels(counts), missing: missing && counts.size > 1 } as const;
  if (allDates(scan)) return { ...category, note: 'dates are taken as categories' };
  return declared && scan.numeric > 0 ? { ...category, note: numbersByValue } : category;
}

/** Tables keep the value of a number, not how it is written. */
const numbersByValue = 'numbers are categories by their value (007 is 7, 1.10 is 1.1)';

function tooMany(levels: number, scan: ColumnScan): Decision | null {
  const present = scan.rows - scan.missing;
  if (levels <= 2 || (levels <= mostLevels && levels <= present / 2)) return null;
  const hint = allDates(scan)
    ? 'dates: write numbers instead, such as the year or days since a start'
    : 'declare it categorical to keep it';
  if (levels === present)
    return {
      kind: 'dropped',
      cause: 'identifier',
      reason: `all ${present} values differ, like an identifier (${hint})`,
    };
  return { kind: 'dropped', cause: 'levels', reason: `${levels} levels in ${present} rows (${hint})` };
}

function textProblem(table: Table, column: Column, scan: ColumnScan): Decision | null {
  const first = column.texts?.[scan.firstText] as string;
  const texts = [...scan.texts.keys()];
  const mostlyNumbers = scan.numeric >= numberShare * (scan.rows - scan.missing);
  const where = `${placeOf(table, scan.firstText)}, column ${quoteCell(column.name)}: ${quoteCell(first)}`;
  if (texts.every(isNonFiniteText) || (mostlyNumbers && isNonFiniteText(first))) {
    return { kind: 'problem', message: `${where} is not a finite number; correct it, or leave the cell empty.` };
  }
  if (texts.every(isCommaNumber)) {
    return {
      kind: 'problem',
      message: `${where} has a comma in a number; write 1234.5 (or pass decimal ',').`,
    };
  }
  if (!mostlyNumbers) return null;
  const share = `${scan.numeric} of ${scan.rows - scan.missing} cells are numbers`;
  return {
    kind: 'problem',
    message: `${where} is text in a column of numbers (${share}); correct it, leave the cell empty, or declare the column categorical.`,
  };
}

export function allDates(scan: ColumnScan): boolean {
  if (scan.numeric > 0 || scan.texts.size === 0) return false;
  for (const text of scan.texts.keys()) if (!isDateText(text)) return false;
  return true;
}
