import { fitParallel, type LowRankInterval, type Regularizer } from '../../src/parallel/index.js';
import { dataOf, type Source } from './data.js';

/** A network trained on the rank-κ truncation, or on the data themselves. */
export interface RankJob {
  readonly source: Source;
  readonly regularizer: Regularizer;
  readonly width: number;
  readonly lambda: number;
  /** κ; null for no truncation. */
  readonly rank: number | null;
  readonly gap: number;
}

export interface RankOutcome {
  readonly columns: number;
  readonly status: string;
  readonly scope: string;
  /** Objective of the network on the data. */
  readonly objective: number;
  /** Proved lower bound of the optimum on the data, from the network itself. */
  readonly bound: number;
  readonly interval: LowRankInterval | null;
}

export async function runJob({ source, rank, gap, ...problem }: RankJob): Promise<RankOutcome> {
  const { X, y } = await dataOf(source);
  const options = { ...problem, layers: 3, gap, threads: 1, ...(rank !== null && { rank }) };
  const { status, objective, certificate, lowRank } = await fitParallel(X, y, options);
  const { scope, bound } = certificate;
  return { columns: X.cols, status, scope, objective, bound, interval: lowRank };
}
