import { RelucentError, requireThat } from '../base/index.js';
import { fitPreprocessing, type Preprocessing, type Table } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { TableFitOptions } from './options.js';
import { type Encoded, encoded, lossFor } from './prepared-rows.js';

/** How a table is shown to a network from elsewhere. */
export type NetworkTableOptions = Pick<TableFitOptions, 'target' | 'task' | 'loss' | 'drop' | 'categorical'>;

export interface NetworkRows extends Encoded {
  readonly preprocessing: Preprocessing;
  readonly loss: LossName;
  /** A penalised hidden bias, where the network has one. */
  readonly hiddenBias: boolean;
}

/**
 * All rows with a target as a network from elsewhere takes them: the columns as they are, in table order (text columns as 0/1
 * columns). Throws `model` when the network does not fit the table.
 */
export function networkRows(
  weights: NetworkWeights,
  table: Table,
  options: NetworkTableOptions,
  where: string,
): NetworkRows {
  requireThat(options.target !== undefined, `${where}: target must be the name of a column, and is missing.`);
  const { preprocessing, rows } = fitPreprocessing(table, { ...options, standardize: false });
  const loss = lossFor(preprocessing.target, options.loss);
  const part = encoded(table, preprocessing, loss, rows);
  const misfit = (what: string, network: number, data: number): never => {
    throw new RelucentError(
      'model',
      `${where}: the network has ${network} ${what}, but ${table.source} gives ${data} (${preprocessing.features.slice(0, 8).join(', ')}…); leave columns out with --drop, or pass another --loss.`,
    );
  };
  if (weights.hidden.cols !== part.X.cols) misfit('inputs', weights.hidden.cols, part.X.cols);
  if (weights.output.cols !== part.outputs) misfit('outputs', weights.output.cols, part.outputs);
  return { ...part, preprocessing, loss, hiddenBias: weights.hiddenBias.some((h) => h !== 0) };
}
