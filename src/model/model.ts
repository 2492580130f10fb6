import type { Certificate } from '../certificates/index.js';
import type { Preprocessing } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { NetworkWeights } from '../networks/index.js';

/** The training problem a network answers: (1/n) Σ ℓ + λ Σ_j ‖(u_j, h_j)‖|α_j|. */
export interface Objective {
  readonly loss: LossName;
  /** Always on the 1/n loss scale, and on the scale of the standardised features and target. */
  readonly lambda: number;
  /** The output bias is free (never penalised); false: there is none. */
  readonly outputBias: boolean;
  /** A hidden bias h_j, penalised with the weights u_j; false: there is none. */
  readonly hiddenBias: boolean;
}

/** How the pattern set of a `sampled` certificate can be made again; `all` and `found` need nothing. */
export type PatternSource =
  | { readonly kind: 'all' }
  | { readonly kind: 'found' }
  | { readonly kind: 'gaussian'; readonly seed: number; readonly count: number };

/** Which rows of the table trained the network: rows are split by seed (see `splitRows`). */
export interface TrainingRows {
  readonly total: number;
  readonly train: number;
  readonly test: number;
  readonly testFraction: number;
  readonly seed: number;
  /** Rows left out because their target is missing. */
  readonly withoutTarget: number;
}

/** Scores on one set of rows; the measures fit the task (r2, rmse, mae | accuracy, auc, logLoss). */
export type Scores = Readonly<Record<string, number>>;

/** All that a model file holds; plain data. It carries no clock, so the same seed gives the same bytes. */
export interface Model {
  readonly preprocessing: Preprocessing;
  readonly weights: NetworkWeights;
  readonly objective: Objective;
  readonly certificate: Certificate;
  readonly patternSource: PatternSource;
  readonly rows: TrainingRows;
  readonly seed: number;
  readonly scores: { readonly train: Scores; readonly test: Scores | null };
  /** Hash of the encoded training matrix and target, to recognise the data. */
  readonly dataDigest: string;
  /** Version of relucent that wrote it. */
  readonly version: string;
}
