import { featureNames } from '../data/index.js';
import type { Model } from '../model/index.js';
import type { NetworkWeights } from '../networks/index.js';

/** The columns that no neuron reads, by name. */
export function unusedColumns({ preprocessing, weights }: Pick<Model, 'preprocessing' | 'weights'>): string[] {
  const read = readFeatures(weights);
  let first = 0;
  return preprocessing.columns.flatMap((column) => {
    if (column.kind === 'dropped') return [];
    const width = featureNames(column).length;
    const own = read.slice(first, first + width);
    first += width;
    return own.some(Boolean) ? [] : [column.name];
  });
}

function readFeatures({ hidden, gates }: NetworkWeights): boolean[] {
  return Array.from({ length: hidden.cols }, (_, k) => {
    for (let j = 0; j < hidden.rows; j++) {
      if (hidden.data[j * hidden.cols + k] !== 0 || (gates && gates.data[j * hidden.cols + k] !== 0)) return true;
    }
    return false;
  });
}
