import { type ErrorKind, RelucentError, requireThat } from '../base/index.js';
import type { ColumnTransform, Preprocessing } from '../data/index.js';
import type { NetworkWeights } from './network.js';
import { checkWeights, withNeuron } from './weights.js';

export type NumberColumn = Extract<ColumnTransform, { kind: 'number' }>;
export type CategoryColumn = Extract<ColumnTransform, { kind: 'category' }>;
/** A column that an exported model takes as input. */
export type InputColumn = NumberColumn | CategoryColumn;

/**
 * Where one encoded feature comes from; `input` counts input columns from 0.
 * `number`: the standardised value; `missing`: 1 for a missing cell; `level`: 1 for that level of a category.
 */
export type FeatureSource =
  | { readonly kind: 'number'; readonly input: number; readonly column: NumberColumn }
  | { readonly kind: 'missing'; readonly input: number }
  | { readonly kind: 'level'; readonly input: number; readonly level: number };

/** The columns an exported model takes, in table order: all but the dropped ones. */
export function inputColumns(preprocessing: Preprocessing): InputColumn[] {
  return preprocessing.columns.filter((column): column is InputColumn => column.kind !== 'dropped');
}

/** How each column of X is made from the input columns, in the order of X. */
export function featureSources(preprocessing: Preprocessing): FeatureSource[] {
  return inputColumns(preprocessing).flatMap((column, input) =>
    column.kind === 'number' ? numberSources(column, input) : categorySources(column, input),
  );
}

function numberSources(column: NumberColumn, input: number): FeatureSource[] {
  const value: FeatureSource = { kind: 'number', input, column };
  return column.missingIndicator ? [value, { kind: 'missing', input }] : [value];
}

function categorySources({ levels, binary, missingLevel }: CategoryColumn, input: number): FeatureSource[] {
  if (binary) return [{ kind: 'level', input, level: 1 }];
  const sources = levels.map((_, level): FeatureSource => ({ kind: 'level', input, level }));
  return missingLevel ? [...sources, { kind: 'missing', input }] : sources;
}

/**
 * How scores become an answer: `number`: shifted and scaled; `sign`: one score, positive for the second of two classes;
 * `largest`: one score per class, the first of equals wins; `scores`: as they are (no preprocessing).
 */
export type Decision = 'number' | 'sign' | 'largest' | 'scores';

export function decisionOf(
  weights: Pick<NetworkWeights, 'outputBias'>,
  preprocessing: Preprocessing | undefined,
): Decision {
  if (!preprocessing) return 'scores';
  if (preprocessing.target.kind === 'number') return 'number';
  return weights.outputBias.length === 1 ? 'sign' : 'largest';
}

/**
 * Throws one line (`usage`, `model` for files) unless the preprocessing gives the features that the network reads and the
 * network has as many outputs as its target asks for.
 */
export function checkFit(
  weights: NetworkWeights,
  preprocessing: Preprocessing,
  where: string,
  kind: ErrorKind = 'usage',
): void {
  checkSizes({ inputs: weights.hidden.cols, outputs: weights.outputBias.length }, preprocessing, where, kind);
}

/** `checkFit` for a network of any kind with so many inputs and outputs. */
export function checkSizes(
  { inputs, outputs }: { readonly inputs: number; readonly outputs: number },
  preprocessing: Preprocessing,
  where: string,
  kind: ErrorKind = 'usage',
): void {
  const { features, target } = preprocessing;
  const made = featureSources(preprocessing).length;
  if (made !== inputs || features.length !== inputs) {
    const got = `the preprocessing makes ${made} and names ${features.length}`;
    throw new RelucentError(kind, `${where}: expected ${inputs} features, as the network has inputs; ${got}.`);
  }
  const allowed = target.kind === 'number' ? [1] : target.kind === 'binary' ? [1, 2] : [target.classes.length];
  if (allowed.includes(outputs)) return;
  const expected = `${allowed.join(' or ')} for the target '${target.name}'`;
  throw new RelucentError(kind, `${where}: number of outputs: expected ${expected}, the network has ${outputs}.`);
}

/** What every export of code or a graph needs checked first; weights then have at least one neuron and one input. */
export function checkExport(
  weights: NetworkWeights,
  preprocessing: Preprocessing | undefined,
  where: string,
): NetworkWeights {
  checkWeights(weights, where);
  if (preprocessing) checkFit(weights, preprocessing, where);
  requireThat(weights.hidden.cols > 0, `${where}: expected a network with inputs, got one without.`);
  return withNeuron(weights);
}
