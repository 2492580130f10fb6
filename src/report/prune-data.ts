import type { CertificateData, NetworkData } from './data.js';
import type { Measure } from './path-data.js';

/** What a pruning report tells, as plain data. */
export interface PruneData {
  readonly title: string;
  readonly madeBy?: string;
  readonly target: string;
  readonly source: string;
  readonly rows: { readonly train: number; readonly test: number };
  /** On the 1/n scale. */
  readonly lambda: number;
  /** The objective in words, in brackets. */
  readonly objective: string;
  /** What the curves show. */
  readonly measure: Measure;
  /** One for each method, in the order of the legend. */
  readonly lines: readonly PruneLine[];
  /** The network that was written; `method` is the name of its line. */
  readonly chosen: { readonly method: string; readonly neurons: number; readonly exact: boolean };
  /** Neurons where exact steps end; leave out where none were asked for. */
  readonly minimal?: number;
  /** Rank of the activations: no minimal network is wider. */
  readonly rank: number;
  /** Of the set of optimal networks. */
  readonly dimension: number;
  /** Among which networks they are optimal. */
  readonly scope: string;
  /** Objective before and after polishing; the largest change of an output on the training rows. */
  readonly polished: { readonly before: number; readonly after: number; readonly moved: number };
  readonly before: NetworkData;
  readonly after: NetworkData;
  /** Columns of the table that no neuron reads any more. */
  readonly unusedColumns: readonly string[];
  readonly certificate: CertificateData;
  readonly commands?: readonly string[];
}

/** Networks of fewer and fewer neurons. */
export interface PruneLine {
  readonly name: string;
  readonly points: readonly PrunePoint[];
}

export interface PrunePoint {
  readonly neurons: number;
  /** Mean training loss. */
  readonly loss: number;
  /** The measure on training rows, and on test rows where there are any. */
  readonly train: number;
  readonly test?: number;
}
