import { createRandom, shuffledIndices } from '../../src/base/index.js';
import { encodeFeatures, fitPreprocessing, plantedTeacher, spiral } from '../../src/data/index.js';
import { labelledTable } from '../beyond-two-layers/tables.js';
import type { Labelled } from '../optimal-sets/uci.js';

/** Where rows come from, as plain data. */
export type Source =
  /** Two noise-free arms of one and a half turns. */
  | { readonly kind: 'spiral'; readonly n: number; readonly seed: number }
  | { readonly kind: 'planted'; readonly n: number; readonly d: number; readonly noise: number; readonly seed: number }
  /** Random rows of a two-class set of this repository, encoded and standardised; labels −1/+1. */
  | { readonly kind: 'table'; readonly name: string; readonly n: number; readonly seed: number };

export async function dataOf(source: Source): Promise<Labelled> {
  if (source.kind === 'spiral') return spiral({ n: source.n, seed: source.seed, noise: 0 });
  if (source.kind === 'planted') return plantedTeacher({ ...source, neurons: 4 });
  const { table, y } = await labelledTable(source.name);
  const rows = shuffledIndices(y.length, createRandom(source.seed)).slice(0, source.n).sort();
  const target = table.columns[table.columns.length - 1].name;
  const { preprocessing } = fitPreprocessing(table, { target, task: 'classification', rows });
  return { X: encodeFeatures(table, preprocessing, rows).X, y: Float64Array.from(rows, (i) => y[i]) };
}

export const sourceName = (source: Source): string =>
  source.kind === 'table' ? source.name : source.kind === 'spiral' ? 'spiral' : `planted, d = ${source.d}`;
