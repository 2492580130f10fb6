import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  encodeFeatures,
  encodeTarget,
  fitPreprocessing,
  type LossName,
  lossByName,
  type Matrix,
  matrix,
  parseTable,
  type Table,
} from '../../src/index.js';

/** A table of data/, by name without `.csv`; every `step`-th row of it. */
export async function realTable(name: string, step = 1): Promise<Table> {
  const text = readFileSync(join(import.meta.dirname, `../../data/${name}.csv`), 'utf8');
  const [header, ...lines] = text.trim().split('\n');
  const rows = lines.filter((_, i) => i % step === 0);
  return parseTable([header, ...rows].join('\n'), { name: `${name}.csv` });
}

/** X and y as `fit` takes them, standardised. */
export async function realSet(name: string, loss: LossName, step = 1): Promise<{ X: Matrix; y: Matrix }> {
  const table = await realTable(name, step);
  const task = loss === 'squared' ? 'regression' : 'classification';
  const { preprocessing, rows } = fitPreprocessing(table, { target: 'target', task });
  const { X } = encodeFeatures(table, preprocessing, rows);
  const { y, outputs } = encodeTarget(table, preprocessing, lossByName(loss).targets, rows);
  return { X, y: matrix(X.rows, outputs, y) };
}
