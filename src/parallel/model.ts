import type { Preprocessing } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { LambdaChoice, Scores, TrainingRows } from '../model/index.js';
import type { ParallelCertificate } from './certificate.js';
import type { LowRankInterval } from './low-rank.js';
import type { ParallelNetwork, Regularizer } from './network.js';

/** The training problem a parallel network answers. */
export interface ParallelObjective {
  readonly layers: number;
  /** Of the levels above the first, from below; empty for two layers. */
  readonly width: readonly number[];
  readonly regularizer: Regularizer;
  /** 1/n loss scale. */
  readonly lambda: number;
  readonly loss: LossName;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
  readonly skip: boolean;
}

/** What a file of a parallel model holds: all that `predict` and `verify` need. It carries no clock. */
export interface ParallelModel {
  readonly network: ParallelNetwork;
  readonly preprocessing: Preprocessing;
  readonly problem: ParallelObjective;
  readonly certificate: ParallelCertificate;
  readonly lowRank: LowRankInterval | null;
  /** Where λ was cross-validated; `neurons` counts sub-networks. */
  readonly choice?: LambdaChoice;
  readonly rows: TrainingRows;
  readonly seed: number;
  readonly scores: { readonly train: Scores; readonly test: Scores | null };
  /** Hash of the encoded training matrix and target, to recognise the data. */
  readonly dataDigest: string;
  /** Version of relucent that wrote it. */
  readonly version: string;
}
