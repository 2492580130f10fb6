import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, shuffledIndices } from '../../src/base/index.js';
import { encodeFeatures, fitPreprocessing, levelOf, parseTable, splitRows, type Table } from '../../src/data/index.js';
import { RelucentError } from '../../src/index.js';
import { type Labelled, uciFolder } from '../optimal-sets/uci.js';

const plain = join(import.meta.dirname, '../../data');

/** Two-class sets that are not of the prepared collection: their file and the classes that count as +1. */
const plainSets: Record<string, { readonly file: string; readonly positive: readonly string[] }> = {
  'breast-cancer-wisc-diag': { file: 'demo/breast-cancer-wisc-diag.csv', positive: ['M'] },
  haberman: { file: 'haberman-survival.csv', positive: ['2'] },
  'heart-cleveland': { file: 'heart-cleveland.csv', positive: ['1', '2', '3', '4'] },
  iris: { file: 'iris.csv', positive: ['Iris-virginica'] },
};

/** A two-class table of this repository, with a label −1 or +1 a row. */
export async function labelledTable(name: string): Promise<{ readonly table: Table; readonly y: Float64Array }> {
  const { file, positive } = plainSets[name] ?? { file: null, positive: ['1'] };
  const path = file === null ? join(uciFolder, `${name}.csv`) : join(plain, file);
  if (!existsSync(path)) throw new RelucentError('io', `${path}: there is no such file.`);
  const table = await parseTable(readFileSync(path), { name: `${name}.csv` });
  const target = table.columns[table.columns.length - 1];
  const y = Float64Array.from({ length: table.rowCount }, (_, i) =>
    positive.includes(String(levelOf(target, i))) ? 1 : -1,
  );
  return { table, y };
}

export interface Split {
  readonly train: Labelled;
  readonly validation: Labelled;
  readonly test: Labelled;
}

/**
 * 20 % test and 20 % validation, each class in proportion; of the rest at most `most` rows train. Columns are encoded and
 * standardised by the training rows alone.
 */
export async function tableSplit(name: string, seed: number, most: number): Promise<Split> {
  const { table, y } = await labelledTable(name);
  const { train: kept, test } = splitRows(y.length, { testFraction: 0.2, seed, strata: y });
  const inner = splitRows(kept.length, { testFraction: 0.25, seed, strata: Float64Array.from(kept, (i) => y[i]) });
  const validation = Int32Array.from(inner.test, (k) => kept[k]);
  const order = shuffledIndices(inner.train.length, createRandom(seed, 1));
  const train = Int32Array.from(order.subarray(0, most), (k) => kept[inner.train[k]]).sort();
  const target = table.columns[table.columns.length - 1].name;
  const { preprocessing } = fitPreprocessing(table, { target, task: 'classification', rows: train });
  const part = (rows: Int32Array): Labelled => ({
    X: encodeFeatures(table, preprocessing, rows).X,
    y: Float64Array.from(rows, (i) => y[i]),
  });
  return { train: part(train), validation: part(validation), test: part(test) };
}
