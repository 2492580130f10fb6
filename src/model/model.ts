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

/** Held-out errors over a path of λ, and what they choose; plain data. */
export interface CrossValidation {
  /** `mse`, `mae` (units of the target), `deviance` (−2 log-likelihood a row), `accuracy` or `auc`. */
  readonly measure: 'mse' | 'mae' | 'deviance' | 'accuracy' | 'auc';
  readonly better: 'less' | 'more';
  readonly folds: number;
  readonly repeats: number;
  /** How rows went to folds, in words. */
  readonly manner: string;
  /** Why there are no more λ: all are done, the error had risen for long (`risen`), or it was stopped. */
  readonly end: 'complete' | 'risen' | 'aborted' | 'time-limit';
  /** Descending, 1/n scale. */
  readonly lambdas: readonly number[];
  /** Mean of the measure over held-out folds at each λ. */
  readonly mean: readonly number[];
  /** Standard error of the mean. */
  readonly standardError: readonly number[];
  /** Mean of the measure over the rows that the folds trained on. */
  readonly train?: readonly number[];
  /** Mean number of neurons. */
  readonly neurons: readonly number[];
  /** Index of lambda.min, the λ of the best mean. */
  readonly min: number;
  /** Index of lambda.1se, the largest λ within a standard error of it. */
  readonly oneStandardError: number;
}

/** How λ was chosen: by cross-validation on the training rows. */
export interface LambdaChoice extends CrossValidation {
  readonly rule: 'cv' | 'cv-1se';
}

/** What was done to a trained network to make this one. */
export interface Derivation {
  /** `select`: another optimal network of the same program; `prune`: one of fewer neurons. */
  readonly operation: 'select' | 'prune';
  /** How, in one sentence. */
  readonly words: string;
  /** Still optimal for the program it comes from: training loss and penalty are the same. */
  readonly exact: boolean;
  /** The network it was made from. */
  readonly from: { readonly neurons: number; readonly objective: number };
}

/** All that a model file holds; plain data. It carries no clock, so the same seed gives the same bytes. */
export interface Model {
  readonly preprocessing: Preprocessing;
  readonly weights: NetworkWeights;
  readonly objective: Objective;
  readonly certificate: Certificate;
  readonly patternSource: PatternSource;
  /** Where λ was cross-validated. */
  readonly choice?: LambdaChoice;
  /** Where the network is not the trained one. */
  readonly derivation?: Derivation;
  readonly rows: TrainingRows;
  readonly seed: number;
  readonly scores: { readonly train: Scores; readonly test: Scores | null };
  /** Hash of the encoded training matrix and target, to recognise the data. */
  readonly dataDigest: string;
  /** Version of relucent that wrote it. */
  readonly version: string;
}
