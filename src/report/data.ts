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
  /** Unit of the target, e.g. `kWh`; drawn on the axes. */
  readonly unit?: string;
  readonly points: readonly RegressionPoint[];
  /** Said beside the title, e.g. `R² 0.93 train, 0.88 test`. */
  readonly scores: string;
}

export interface BinaryPoint {
  /** The network's output; above 0 it says `classes[1]`. */
  readonly score: number;
  /** The row is of `classes[1]`. */
  readonly positive: boolean;
  /** Predicted probability of `classes[1]`, in [0, 1], where the loss has one (logistic): the calibration figure needs it. */
  readonly probability?: number;
}

/** Two classes: the score is positive for `classes[1]`. All rows are of one set, named by `rows`. */
export interface BinaryFit {
  readonly kind: 'binary';
  readonly target: string;
  readonly classes: readonly [string, string];
  /** One entry per row. */
  readonly points: readonly BinaryPoint[];
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

/** One column of the table and how much the network uses it. */
export interface InputWeight {
  readonly name: string;
  /**
   * Active weight norm: √Σ (α_j u_jk)² over the neurons j and over all inputs k that the column was encoded as, in encoded
   * (standardised) units; 0 for a column that no neuron reads.
   */
  readonly weight: number;
}

export interface ImportanceData {
  readonly inputs: readonly InputWeight[];
}

/** A network to be drawn, neurons in the order of the numbers they get, all weights in encoded (standardised) units so that they can be compared. */
export interface NetworkData {
  /** Names of the inputs, one per weight. */
  readonly inputs: readonly string[];
  /** Names of the outputs: the target, or a class each. */
  readonly outputs: readonly string[];
  readonly neurons: readonly {
    /** u_j, one entry per input. */
    readonly weights: ArrayLike<number>;
    /** α_j, one entry per output. */
    readonly outputs: ArrayLike<number>;
  }[];
}

/** A small network in the units of the table: output = bias + Σ_j sign_j · max(0, offset_j + Σ_k weights_jk · input_k). */
export interface FormulaData {
  /** What the formula gives: the target's name, or e.g. `score (above 0: yes)`. */
  readonly output: string;
  /** Names of the inputs; those without weight anywhere are left out of the formula. */
  readonly inputs: readonly FormulaInput[];
  readonly bias: number;
  readonly neurons: readonly {
    readonly sign: 1 | -1;
    /** |α_j| u_j per raw unit of each input (and in the target's raw units). */
    readonly weights: ArrayLike<number>;
    readonly offset: number;
    /** Gated networks: the neuron counts where offset + Σ weights · input ≥ 0 here, instead of the max. */
    readonly gate?: { readonly weights: ArrayLike<number>; readonly offset: number };
  }[];
}

export interface FormulaInput {
  readonly name: string;
  /** A 0/1 input: 1 where the column has this value, e.g. name `sex`, value `male`. */
  readonly value?: string;
  /** Least and largest value among the rows: coefficients are rounded no coarser than these allow. */
  readonly range?: readonly [number, number];
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
