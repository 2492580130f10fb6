import { type RunOptions, version } from '../base/index.js';
import { certify } from '../certificates/index.js';
import { digest, type Table } from '../data/index.js';
import type { Model } from '../model/index.js';
import type { NetworkWeights } from '../networks/index.js';
import { scoresFor } from './fit-table.js';
import { type NetworkTableOptions, networkRows } from './network-rows.js';

export interface AdoptOptions extends RunOptions, NetworkTableOptions {
  /** λ > 0 of the objective, 1/n scale. */
  readonly lambda: number;
  readonly seed?: number;
}

/**
 * A network from elsewhere as a model on all rows of a table with a target: it takes the table's columns as they are, in table
 * order. Its certificate is that of `certify`. Throws `model` when the network does not fit the table.
 */
export async function adoptNetwork(weights: NetworkWeights, table: Table, options: AdoptOptions): Promise<Model> {
  const { lambda, seed = 0, signal, onProgress, timeLimit, ...shown } = options;
  const part = networkRows(weights, table, shown, 'adoptNetwork');
  const { preprocessing, loss, hiddenBias, X, y } = part;
  const objective = { loss, lambda, outputBias: true, hiddenBias };
  const certificate = await certify(weights, X, y, lambda, {
    loss,
    outputBias: true,
    hiddenBias,
    seed,
    signal,
    onProgress,
    timeLimit,
  });
  const train = scoresFor(weights, part, preprocessing, loss);
  return {
    preprocessing,
    weights,
    objective,
    certificate,
    patternSource: { kind: 'found' },
    rows: { ...wholeTable(table, X.rows), seed },
    seed,
    scores: { train, test: null },
    dataDigest: digest(X, y),
    version,
  };
}

const wholeTable = (table: Table, rows: number) => ({
  total: table.rowCount,
  train: rows,
  test: 0,
  testFraction: 0,
  withoutTarget: table.rowCount - rows,
});
