import { type RunOptions, requireOptions, requireThat } from '../base/index.js';
import { type Certificate, certify } from '../certificates/index.js';
import type { Table } from '../data/index.js';
import type { Objective, Scores } from '../model/index.js';
import { type NetworkWeights, predictScores } from '../networks/index.js';
import { type NetworkTableOptions, networkRows } from './network-rows.js';
import { tableCertificateRules } from './option-rules.js';
import { scoresOf } from './scores.js';

export interface TableCertificateOptions extends RunOptions, NetworkTableOptions {
  /** λ of the objective that the network is judged by, 1/n scale. */
  readonly lambda: number;
  /** Relative gap at which it counts as optimal. Default 1e-6. */
  readonly gap?: number;
  readonly seed?: number;
}

export interface TableCertificate {
  readonly certificate: Certificate;
  readonly objective: Objective;
  readonly scores: Scores;
  readonly rows: number;
  readonly features: readonly string[];
}

/**
 * How far from optimal a network trained elsewhere is, on all rows of a table that have a target. The network takes the
 * table's columns as they are, in table order (text columns as 0/1 columns), and is judged with a penalised hidden bias when
 * it has one. Throws `model` when the network does not fit the table.
 */
export async function certifyTable(
  weights: NetworkWeights,
  table: Table,
  options: TableCertificateOptions,
): Promise<TableCertificate> {
  requireOptions(options, tableCertificateRules, 'certifyTable');
  for (const name of ['target', 'lambda'] as const) {
    requireThat(
      options[name] !== undefined,
      `certifyTable: ${name} must be ${tableCertificateRules[name].expected}, and is missing.`,
    );
  }
  const { X, y, loss, hiddenBias, preprocessing } = networkRows(weights, table, options, 'verify');
  const certificate = await certify(weights, X, y, options.lambda, {
    loss,
    outputBias: true,
    hiddenBias,
    tolerance: options.gap,
    seed: options.seed,
    signal: options.signal,
    onProgress: options.onProgress,
    timeLimit: options.timeLimit,
  });
  return {
    certificate,
    objective: { loss, lambda: options.lambda, outputBias: true, hiddenBias },
    scores: scoresOf(predictScores(weights, X).data, y, preprocessing.target, loss),
    rows: X.rows,
    features: preprocessing.features,
  };
}
