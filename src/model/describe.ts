import { activeFeatures, neuronNorms, penalty } from '../networks/index.js';
import type { Model, Scores, TrainingRows } from './model.js';
import { certificateInWords, objectiveInWords } from './words.js';

/** What there is to say about a model, as plain data. */
export interface ModelDescription {
  readonly task: 'regression' | 'classification';
  readonly target: string;
  /** Class labels; empty for regression. */
  readonly classes: readonly string[];
  readonly rows: TrainingRows;
  /** Names of the columns by what becomes of them. */
  readonly columns: {
    readonly numbers: readonly string[];
    readonly categories: readonly string[];
    readonly dropped: readonly { readonly name: string; readonly reason: string }[];
  };
  readonly features: number;
  /** Names of the features that some neuron reads. */
  readonly activeFeatures: readonly string[];
  readonly activation: 'relu' | 'gated';
  readonly neurons: number;
  /** Neurons that contribute: ‖(u_j, h_j)‖|α_j| > 0. */
  readonly activeNeurons: number;
  readonly outputs: number;
  /** Σ_j ‖(u_j, h_j)‖|α_j|, what λ multiplies. */
  readonly penalty: number;
  readonly objective: string;
  readonly certificate: string;
  readonly scores: { readonly train: Scores; readonly test: Scores | null };
  readonly seed: number;
  readonly version: string;
  readonly dataDigest: string;
}

/** Plain data for `relucent info` and the page. */
export function describeModel(model: Model): ModelDescription {
  const { preprocessing, weights, objective, certificate } = model;
  const { target, columns, features } = preprocessing;
  const named = (kind: 'number' | 'category'): string[] =>
    columns.filter((column) => column.kind === kind).map((column) => column.name);
  return {
    task: target.kind === 'number' ? 'regression' : 'classification',
    target: target.name,
    classes: target.kind === 'number' ? [] : target.classes,
    rows: model.rows,
    columns: {
      numbers: named('number'),
      categories: named('category'),
      dropped: columns.flatMap((column) =>
        column.kind === 'dropped' ? [{ name: column.name, reason: column.reason }] : [],
      ),
    },
    features: features.length,
    activeFeatures: activeFeatures(weights).map((k) => features[k]),
    activation: weights.activation,
    neurons: weights.hidden.rows,
    activeNeurons: neuronNorms(weights).filter((norm) => norm > 0).length,
    outputs: weights.outputBias.length,
    penalty: penalty(weights),
    objective: objectiveInWords(objective),
    certificate: certificateInWords(certificate, objective, weights.activation),
    scores: model.scores,
    seed: model.seed,
    version: model.version,
    dataDigest: model.dataDigest,
  };
}
