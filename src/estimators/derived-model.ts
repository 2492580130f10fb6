import type { RunOptions } from '../base/index.js';
import { type CertifyOptions, certify } from '../certificates/index.js';
import { digest, featureNames, type Table } from '../data/index.js';
import { type Matrix, matrix } from '../linalg/index.js';
import type { Derivation, Model } from '../model/index.js';
import { dropZero, type NetworkWeights } from '../networks/index.js';
import { encodedParts, scoresOn } from './fit-table.js';
import type { Encoded } from './prepared-rows.js';
import { unusedColumns } from './unused-columns.js';

/** What makes another network of a model a model of its own. */
export interface DerivedOptions extends RunOptions {
  readonly derivation: Derivation;
  /** Leave out the columns of the table that no neuron reads. The certificate is then about networks without them. Default false. */
  readonly dropInputs?: boolean;
}

/**
 * The model of another network on the same preprocessing, λ and rows, with scores and a certificate of its own: as hard as that of
 * the model was, recomputed from the weights.
 */
export async function derivedModel(
  model: Model,
  table: Table,
  weights: NetworkWeights,
  { derivation, dropInputs = false, ...running }: DerivedOptions,
): Promise<Model> {
  const { choice: _, ...rest } = model;
  const kept = { ...rest, weights: dropZero(weights), derivation };
  const small = dropInputs ? withoutUnusedColumns(kept) : kept;
  const parts = encodedParts(small, table);
  const { train } = parts;
  const { preprocessing, objective } = small;
  const scores = scoresOn(parts, small.weights, preprocessing, objective.loss);
  const certificate = await recertified(small, train, running);
  return {
    ...small,
    ...(model.choice && { choice: model.choice }),
    certificate,
    scores,
    dataDigest: digest(train.X, train.y),
  };
}

/** As `verifyModel` makes it again. */
function recertified(
  { weights, objective, certificate, patternSource }: Model,
  { X, y }: Encoded,
  running: RunOptions,
) {
  const { loss, outputBias, hiddenBias, lambda } = objective;
  const patterns: CertifyOptions['patterns'] = patternSource.kind === 'gaussian' ? patternSource : undefined;
  const { tolerance, search } = certificate;
  return certify(weights, X, y, lambda, {
    ...running,
    ...{ loss, outputBias, hiddenBias, patterns, tolerance },
    ...(search && { seed: search.seed, starts: search.restarts }),
  });
}

type Column = Model['preprocessing']['columns'][number];

function withoutUnusedColumns(model: Model): Model {
  const { preprocessing, weights, patternSource } = model;
  const unused = new Set(unusedColumns(model));
  // a network needs an input: a constant keeps its columns
  if (unused.size === 0 || unused.size === preprocessing.columns.filter(({ kind }) => kind !== 'dropped').length)
    return model;
  const kept: number[] = [];
  let first = 0;
  const columns = preprocessing.columns.map((column): Column => {
    const width = featureNames(column).length;
    const at = Array.from({ length: width }, (_, k) => first + k);
    first += width;
    if (unused.has(column.name)) return { kind: 'dropped', name: column.name, reason: 'no neuron reads it' };
    kept.push(...at);
    return column;
  });
  const narrow = (m: Matrix): Matrix => {
    const out = matrix(m.rows, kept.length);
    for (let j = 0; j < m.rows; j++)
      kept.forEach((k, c) => {
        out.data[j * kept.length + c] = m.data[j * m.cols + k];
      });
    return out;
  };
  return {
    ...model,
    preprocessing: { ...preprocessing, columns, features: kept.map((k) => preprocessing.features[k]) },
    weights: { ...weights, hidden: narrow(weights.hidden), ...(weights.gates && { gates: narrow(weights.gates) }) },
    // gates sampled over more columns cannot be made again over these
    patternSource: patternSource.kind === 'gaussian' ? { kind: 'found' } : patternSource,
  };
}
