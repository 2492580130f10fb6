import type {
  CertificateData,
  FitData,
  FormulaData,
  ImportanceData,
  MapData,
  NetworkData,
  NeuronData,
} from './data.js';
import type { CurveData, Measure, PathData } from './path-data.js';

/** What a report tells, as plain data. Every part but the title and the data is optional; its section appears when it is given. */
export interface ReportData {
  /** E.g. `price from houses.csv`. */
  readonly title: string;
  /** Small line above: e.g. `relucent 0.2.0, seed 0`. Give a date here if it is wanted: the report reads no clock. */
  readonly madeBy?: string;
  readonly data: DataSummary;
  readonly choice?: ChoiceData;
  readonly scores?: readonly ScoreData[];
  readonly certificate?: CertificateData;
  readonly curve?: CurveData;
  readonly path?: PathData;
  readonly fit?: FitData;
  readonly map?: MapData;
  readonly importance?: ImportanceData;
  /** Heat map of neurons by input. */
  readonly neurons?: NeuronData;
  /** Drawn when small (`networkIsSmall`). */
  readonly network?: NetworkData;
  /** Written when small (`formulaIsSmall`). */
  readonly formula?: FormulaData;
  /** Command line(s) that make the same again, one an entry. */
  readonly commands?: readonly string[];
  /** Seconds of training, where they are worth saying: they make reports of one run differ. */
  readonly seconds?: number;
}

export interface DataSummary {
  /** File or table. */
  readonly source: string;
  readonly target: string;
  readonly task: 'regression' | 'classification';
  /** Class names with their number of rows; for classification. */
  readonly classes?: readonly { readonly name: string; readonly rows: number }[];
  readonly rows: { readonly train: number; readonly test: number; readonly withoutTarget?: number };
  readonly columns: readonly ColumnSummary[];
  /** What preprocessing did, a sentence each. */
  readonly notes?: readonly string[];
}

export interface ColumnSummary {
  readonly name: string;
  /** `number`, `category`, `date`, `left out`, … */
  readonly kind: string;
  /** E.g. `mean 12.3, deviation 4.1`, `5 values`, why it was left out. */
  readonly detail?: string;
  /** Cells without a value. */
  readonly missing?: number;
}

/** Which λ the network has, and why. */
export interface ChoiceData {
  readonly lambda: number;
  /** `min`, `1se`: by cross-validation; `given`: asked for; `last`: nothing chose it, it is the last of a path. */
  readonly rule: 'min' | '1se' | 'given' | 'last';
  readonly lambdaMax?: number;
  readonly neurons: number;
  readonly activeInputs: number;
  /** All inputs of the network. */
  readonly inputs: number;
}

/** One measure on training rows, held-out folds and test rows. */
export interface ScoreData {
  readonly measure: Measure;
  readonly train?: number;
  /** Cross-validated at the chosen λ. */
  readonly cv?: { readonly mean: number; readonly standardError: number };
  readonly test?: number;
}
