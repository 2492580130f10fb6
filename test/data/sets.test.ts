import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { describeTable, encodeFeatures, encodeTarget, fitPreprocessing, parseTable } from '../../src/data/index.js';

const folder = new URL('../../data/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.csv'));
/** file → rows, features, first words of the task, from the tables of data/README.md and data/delgado/README.md. */
const documented = new Map(
  ['', 'delgado/'].flatMap((inside) =>
    readFileSync(new URL(`${inside}README.md`, folder), 'utf8')
      .split('\n')
      .flatMap((line) => {
        const cells = line.split('|').map((cell) => cell.trim());
        return cells[1]?.endsWith('.csv') ? [[`${inside}${cells[1]}`, cells.slice(2, 5)] as const] : [];
      }),
  ),
);
const missingCells: Record<string, number> = { 'hepatitis.csv': 167, 'heart-cleveland.csv': 6 };
const load = (name: string) => parseTable(readFileSync(new URL(name, folder)), { name });

describe('the data sets that come along', () => {
  it('are all in a README, under 2 MB, two of them for the demo', () => {
    expect(files.sort()).toEqual([...documented.keys()].sort());
    expect(files.reduce((sum, name) => sum + statSync(new URL(name, folder)).size, 0)).toBeLessThan(2e6);
    expect(files.filter((name) => name.startsWith('demo/')).length).toBe(2);
  });

  it.each(files)('%s is what its README says, and encodes', async (name) => {
    const table = await load(name);
    const [rows, features, task] = documented.get(name) as string[];
    expect([table.rowCount, table.columns.length - 1]).toEqual([Number(rows), Number(features)]);
    const { columns } = describeTable(table);
    expect(columns.reduce((sum, column) => sum + column.missing, 0)).toBe(missingCells[name] ?? 0);
    expect(columns.at(-1)?.name).toBe('target');

    const { preprocessing, task: found } = fitPreprocessing(table, { target: 'target' });
    expect(found).toBe(task.startsWith('regression') ? 'regression' : 'classification');
    const { X, warnings } = encodeFeatures(table, preprocessing);
    expect([X.rows, X.cols, warnings]).toEqual([table.rowCount, preprocessing.features.length, []]);
    expect(X.data.every(Number.isFinite)).toBe(true);
    const kind = found === 'regression' ? 'number' : 'one-hot';
    expect(encodeTarget(table, preprocessing, kind).y.every(Number.isFinite)).toBe(true);
  });

  it('have the classes that are written there', async () => {
    const table = await load('tic-tac-toe.csv');
    const { preprocessing } = fitPreprocessing(table, { target: 'target' });
    expect(preprocessing.target).toEqual({ kind: 'binary', name: 'target', classes: ['negative', 'positive'] });
    expect(preprocessing.features.slice(0, 4)).toEqual(['top_left=b', 'top_left=o', 'top_left=x', 'top_middle=b']);
    expect(encodeTarget(table, preprocessing, 'label').y.filter((label) => label > 0).length).toBe(626);
  });
});
