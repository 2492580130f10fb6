import { RelucentError, requireThat } from '../base/index.js';
import type { Table } from '../index.js';
import { listed, plural, printable } from '../report/index.js';

/** Throws `usage` unless the table has these columns, naming those that come nearest. */
export function requireColumns(table: Table, option: string, names: readonly string[]): void {
  const known = table.columns.map((column) => column.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint =
      near.length > 0
        ? `did you mean ${near.map((other) => `'${printable(other)}'`).join(' or ')}?`
        : `its columns are ${listed(known, 12)}.`;
    throw new RelucentError(
      'usage',
      `${option}: ${table.source} has no column '${name}' among its ${plural(known.length, 'column')}; ${hint}`,
    );
  }
}

/** At most three names that a slip of the hand away or that hold the text, nearest first. */
export function nearest(name: string, known: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  const scored = known.map((other) => ({ other, far: distance(wanted, other.toLowerCase()) }));
  const close = scored.filter(
    ({ other, far }) => far <= limit || (wanted.length >= 3 && other.toLowerCase().includes(wanted)),
  );
  return close
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ other }) => other);
}

/** Fewest insertions, deletions, replacements and swaps of neighbours that make one text the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + Number(a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}

/** Options that name columns. */
export interface ColumnOptions {
  readonly target?: string;
  readonly drop?: readonly string[];
  readonly categorical?: readonly string[];
}

/** Throws `usage` unless there is a target and all columns named are in the table, each in one role. */
export function requireOptionColumns(table: Table, { target, drop = [], categorical = [] }: ColumnOptions): string {
  if (target === undefined) {
    throw new RelucentError(
      'usage',
      `--target: say which column of ${table.source} to predict; its columns are ${listed(
        table.columns.map((column) => column.name),
        12,
      )}.`,
    );
  }
  requireColumns(table, '--target', [target]);
  requireColumns(table, '--drop', drop);
  requireColumns(table, '--categorical', categorical);
  requireThat(
    !drop.includes(target),
    `--drop: '${target}' is the target; leave it out of --drop or name another --target.`,
  );
  requireThat(
    !categorical.includes(target),
    `--categorical: '${target}' is the target; --task classification takes it as classes.`,
  );
  const both = categorical.find((name) => drop.includes(name));
  requireThat(both === undefined, `--categorical: '${both}' is under --drop as well; choose one.`);
  return target;
}
