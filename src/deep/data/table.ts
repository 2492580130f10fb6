import {
  encodeFeatures,
  encodeTarget,
  fitPreprocessing,
  inspectTarget,
  type Preprocessing,
  type PreprocessingOptions,
  splitRows,
  type Table,
} from '../../data/index.js';
import type { DeepLoss } from '../step/step-graph.js';
import type { Examples } from './examples.js';

export interface TableExamplesOptions extends Omit<PreprocessingOptions, 'rows'> {
  /** Share of rows kept for testing; default 0.2. */
  readonly testFraction?: number;
  /** Seed of the split; default 0. */
  readonly seed?: number;
}

/** A table as a deep network takes it. */
export interface TableExamples {
  readonly train: Examples;
  /** null where no rows were kept for testing. */
  readonly test: Examples | null;
  readonly preprocessing: Preprocessing;
  /** Cross entropy for classes (one-hot, two classes included), squared for numbers. */
  readonly loss: DeepLoss;
  readonly notes: readonly string[];
}

/**
 * Rows, columns and target as `fit` reads them: the same preprocessing, learnt on the training rows alone. Throws what
 * `fitPreprocessing` throws.
 */
export function tableExamples(table: Table, options: TableExamplesOptions): TableExamples {
  const { testFraction = 0.2, seed = 0, ...rest } = options;
  const all = Int32Array.from({ length: table.rowCount }, (_, i) => i);
  const facts = inspectTarget(table, options.target, options.task, all);
  const split = splitRows(facts.rows.length, { testFraction, seed });
  const [train, test] = [split.train, split.test].map((places) => places.map((place) => facts.rows[place]));
  const { preprocessing, task, notes } = fitPreprocessing(table, { ...rest, rows: train });
  const examples = (rows: Int32Array): Examples => {
    const { X } = encodeFeatures(table, preprocessing, rows);
    const { y, outputs } = encodeTarget(table, preprocessing, task === 'classification' ? 'one-hot' : 'number', rows);
    return { count: rows.length, input: [X.cols], outputs, x: X.data, target: y };
  };
  const loss = task === 'classification' ? 'cross-entropy' : 'squared';
  return { train: examples(train), test: test.length > 0 ? examples(test) : null, preprocessing, loss, notes };
}
