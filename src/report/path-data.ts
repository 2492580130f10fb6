import type { CertificateData } from './data.js';

/** What path and cross-validation figures show, as plain data. λ is on the 1/n scale everywhere. */

/** A measure of how good a network is. */
export interface Measure {
  /** As it stands on an axis, e.g. `mean squared error`, `accuracy`. */
  readonly name: string;
  /** E.g. `kWh²`; leave out for numbers without unit. */
  readonly unit?: string;
  readonly better: 'less' | 'more';
  /** `percent` shows 0.934 as 93.4 %. Default `number`. */
  readonly form?: 'number' | 'percent';
}

/** A neuron at one λ of a path. */
export interface PathNeuron {
  /** The same neuron (its pattern, sign and output, say) has the same key at every λ. */
  readonly key: string;
  /** ‖(u_j, h_j)‖|α_j|, in encoded units; more than 0. */
  readonly norm: number;
  /** Lines of one group share a colour and a dash: `raises price`, `lowers price`, or the class the neuron speaks for. */
  readonly group?: string;
}

/** The network at one λ. */
export interface PathPoint {
  readonly lambda: number;
  /** Active neurons alone. */
  readonly neurons: readonly PathNeuron[];
  readonly relativeGap: number;
  readonly scope: CertificateData['scope'];
  /** (1/n) Σ ℓ + λ Σ ‖u‖|α| of the network. */
  readonly objective: number;
  /** Inputs that some neuron reads. */
  readonly activeInputs?: number;
  /** Share of the deviance of the constant model that is explained on the training rows, 0 … 1. */
  readonly devianceExplained?: number;
}

/** Networks from λ_max down. */
export interface PathData {
  /** λ strictly descending. */
  readonly points: readonly PathPoint[];
  /** From here up the best network is the constant. */
  readonly lambdaMax: number;
  /** The relative gap that was asked for at each λ. */
  readonly tolerance: number;
  /** The objective with its normalisation, e.g. `(1/n) Σ ½(f − y)² + λ Σ ‖u‖|α|`. */
  readonly objective: string;
  /** λ to point out with dotted verticals, e.g. {lambda, name: 'lambda.1se'}. */
  readonly marks?: readonly LambdaMark[];
  /** Why it has fewer λ than were asked for, e.g. `stopped at the time limit`. */
  readonly ended?: string;
}

export interface LambdaMark {
  readonly lambda: number;
  readonly name: string;
}

/** Cross-validated error along the path. */
export interface CurveData {
  readonly measure: Measure;
  /** λ strictly descending. */
  readonly points: readonly CurvePoint[];
  /** Index of lambda.min and lambda.1se among the points; oneStandardError ≤ min. */
  readonly min: number;
  readonly oneStandardError: number;
  readonly folds: number;
  /** Default 1. */
  readonly repeats?: number;
  /** How rows went to folds, e.g. `stratified`, `groups: patient`. */
  readonly manner?: string;
}

export interface CurvePoint {
  readonly lambda: number;
  /** Mean over held-out folds, in the measure's unit; NaN where no fold has a value. */
  readonly mean: number;
  /** Of the mean; NaN for one fold. */
  readonly standardError: number;
  /** The same measure on the training rows. */
  readonly train?: number;
  /** Active neurons of the network that is trained on all rows. */
  readonly neurons?: number;
}
