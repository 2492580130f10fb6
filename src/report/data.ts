/** What the figures show, as plain data: whoever has a model of any kind can fill it in. */

/** A row of a regression table: its true value and what the network says, in the target's own units. */
export interface RegressionPoint {
  readonly truth: number;
  readonly predicted: number;
  /** True for rows that were kept from training. */
  readonly test: boolean;
}

export interface RegressionFit {
  readonly kind: 'regression';
  readonly target: string;
  readonly points: readonly RegressionPoint[];
  /** Said beside the title, e.g. `R² 0.93 train, 0.88 test`. */
  readonly scores: string;
}

/** Two classes: the score is positive for `classes[1]`. All rows are of one set, named by `rows`. */
export interface BinaryFit {
  readonly kind: 'binary';
  readonly target: string;
  readonly classes: readonly [string, string];
  /** One entry per row: the network's score and whether the row is of `classes[1]`. */
  readonly points: readonly { readonly score: number; readonly positive: boolean }[];
  readonly rows: 'test' | 'training';
  readonly scores: string;
}

/** Three or more classes: how often each true class was taken for each other. */
export interface ClassesFit {
  readonly kind: 'classes';
  readonly target: string;
  readonly classes: readonly string[];
  /** counts[i][j]: rows of class i for which the network says class j. */
  readonly counts: readonly (readonly number[])[];
  readonly rows: 'test' | 'training';
  readonly scores: string;
}

export type FitData = RegressionFit | BinaryFit | ClassesFit;

export interface NeuronData {
  /** Names of the inputs of the network. */
  readonly features: readonly string[];
  /** One entry per neuron. */
  readonly neurons: readonly NeuronEntry[];
}

export interface NeuronEntry {
  /** ‖(u_j, h_j)‖|α_j|: what the neuron adds to the penalty, without λ. */
  readonly norm: number;
  /** α_j u_j: how the output changes with each input where the neuron is active. */
  readonly slopes: ArrayLike<number>;
  /** Class the neuron speaks for, where there are several outputs. */
  readonly output?: string;
}

export interface CertificateData {
  readonly primal: number;
  readonly dual: number;
  readonly relativeGap: number;
  readonly tolerance: number;
  readonly scope: 'sampled' | 'priced' | 'exact' | 'bound';
  /** Proved lower bound over all networks of any width. */
  readonly bound: number;
  /** What the certificate says, in words. */
  readonly words: string;
  /** The objective with its normalisation, e.g. `(1/n) Σ ½(f − y)² + λ Σ ‖u‖|α|`. */
  readonly objective: string;
}

/** The network as a function of its one input, in the table's units. */
export interface CurveMap {
  readonly kind: 'curve';
  readonly input: string;
  readonly output: string;
  readonly curve: readonly { readonly x: number; readonly y: number }[];
  readonly points: readonly { readonly x: number; readonly y: number; readonly test: boolean }[];
  /** Where a neuron switches on or off. */
  readonly kinks: readonly number[];
}

/** The network over its two inputs, in the table's units. */
export interface PlaneMap {
  readonly kind: 'plane';
  readonly inputs: readonly [string, string];
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
  /** Grid points along x and along y. */
  readonly size: readonly [number, number];
  /** Row-major, y from its least value up: outputs, scores, or class indices. */
  readonly values: ArrayLike<number>;
  readonly holds: 'value' | 'score' | 'class';
  readonly output: string;
  readonly classes: readonly string[];
  /** `group`: index of the true class, 0 for regression. */
  readonly points: readonly { readonly x: number; readonly y: number; readonly group: number }[];
  /** Lines a·x + b·y + c = 0 where neurons switch on or off. */
  readonly lines: readonly (readonly [number, number, number])[];
}

export type MapData = CurveMap | PlaneMap;

export interface PictureData {
  readonly title: string;
  readonly subtitle: string;
  /** Small print: units, normalisation. */
  readonly caption: string;
  readonly fit: FitData;
  readonly neurons: NeuronData;
  readonly certificate: CertificateData;
  /** For networks of one or two inputs. */
  readonly map?: MapData;
}
