import type { Certificate, LossName, Matrix, Model, NetworkWeights, Preprocessing, Table } from 'relucent';
import type { ParallelCertificate, ParallelNetwork, Regularizer } from 'relucent/parallel';
import type { MapData } from 'relucent/report';

/** What is to be trained, on a table. */
export interface Problem {
  readonly table: Table;
  readonly target: string;
  readonly task: 'regression' | 'classification';
  readonly drop: readonly string[];
  readonly activation: 'relu' | 'gated';
  readonly loss: 'auto' | LossName;
}

/** The same as numbers. */
export interface Encoded {
  readonly X: Matrix;
  /** n×outputs, row-major. */
  readonly y: Float64Array;
  readonly outputs: number;
  readonly loss: LossName;
}

export interface Fitted {
  readonly model: Model;
  readonly notes: readonly string[];
  readonly data: Encoded;
  /** Row of the table of each row of X. */
  readonly rows: Int32Array;
  readonly seconds: number;
}

/** A parallel network of three layers, as it was solved. */
export interface Parallel {
  readonly lambda: number;
  readonly regularizer: Regularizer;
  readonly network: ParallelNetwork;
  readonly certificate: ParallelCertificate;
  readonly preprocessing: Preprocessing;
  readonly rows: Int32Array;
  /** The network as a file. */
  readonly json: string;
}

export interface PathPoint {
  readonly lambda: number;
  readonly weights: NetworkWeights;
  readonly certificate: Certificate;
}

export type Method = 'weight-decay' | 'pathprox';

/** One descent: where it is, and its objective at the steps noted so far. */
export interface Trace {
  readonly method: Method;
  readonly seed: number;
  readonly steps: readonly number[];
  readonly objectives: readonly number[];
  readonly neurons: number;
  readonly weights: NetworkWeights;
}

export interface Race {
  readonly data: Encoded;
  readonly lambda: number;
  readonly width: number;
  readonly seeds: readonly number[];
  readonly methods: readonly Method[];
  readonly rate: number;
  readonly steps: number;
}

/** The set of all optimal networks, as far as it is drawn. */
export interface OptimalPicture {
  readonly dimension: number;
  readonly rank: number;
  readonly candidates: number;
  readonly deviation: number;
  /** Linear programs over the set that the simplex method gave up on; what they were for is missing in the picture. */
  readonly unsolved: number;
  /** The outline of the set in its two widest directions, in [−1, 1]², counter-clockwise; two points for a segment. */
  readonly outline: readonly (readonly [number, number])[];
  /** The member at each corner of the outline. */
  readonly corners: readonly { readonly sizes: Float64Array; readonly bias: Float64Array }[];
  /** Where the trained network lies. */
  readonly given: readonly [number, number];
  readonly givenSizes: Float64Array;
  readonly givenBias: Float64Array;
  /** A network with one neuron a candidate, each of size 1: members scale its output weights. */
  readonly unit: NetworkWeights;
  /** Least and greatest prediction of all members at the rows asked for. */
  readonly band: { readonly least: Float64Array; readonly greatest: Float64Array };
  /** Sizes and bias after each step of exact pruning, from the trained network to a minimal one. */
  readonly pruning: readonly { readonly neurons: number; readonly sizes: Float64Array; readonly bias: Float64Array }[];
}

export type Taken = 'model' | 'onnx' | 'js' | 'svg' | 'report';

export interface File {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** Every call of the worker: what it takes, what it tells meanwhile, what it answers. */
export interface Calls {
  parse: { ask: { name: string; data: Uint8Array | string }; tell: never; answer: Table };
  fit: { ask: { problem: Problem; lambda: number }; tell: { phase: string; gap?: number }; answer: Fitted };
  parallel: {
    ask: { problem: Omit<Problem, 'activation'>; regularizer: Regularizer; lambda: number };
    tell: { phase: string };
    answer: Parallel;
  };
  path: {
    ask: { data: Encoded; activation: 'relu' | 'gated'; lambdas: readonly number[] };
    tell: PathPoint;
    answer: { end: string; lambdaMax: number; seconds: number };
  };
  race: { ask: Race; tell: readonly Trace[]; answer: readonly Trace[] };
  optimal: {
    ask: { weights: NetworkWeights; data: Encoded; lambda: number; tolerance: number; rows: Matrix };
    tell: never;
    answer: OptimalPicture;
  };
  take: {
    ask: { what: Taken; fitted: Fitted; table: Table; map: MapData; commands: readonly string[] };
    tell: never;
    answer: File;
  };
}

export type CallName = keyof Calls;

export type ToWorker =
  | { [K in CallName]: { readonly id: number; readonly call: K; readonly ask: Calls[K]['ask'] } }[CallName]
  | { readonly id: number; readonly call: 'cancel' };

export type FromWorker =
  | { readonly id: number; readonly kind: 'tell' | 'answer'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly message: string };
