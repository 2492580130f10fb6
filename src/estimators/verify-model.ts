import { type RunOptions, requireOptions, runRules } from '../base/index.js';
import { type CertificateVerdict, type CertifyOptions, verifyCertificate } from '../certificates/index.js';
import { digest, type Table } from '../data/index.js';
import type { Model } from '../model/index.js';
import { encodedParts, scoresOn } from './fit-table.js';
import { otherScores } from './scores.js';

export interface Verification extends CertificateVerdict {
  /** Whether the table holds the very rows that the model was trained on. */
  readonly sameData: boolean;
}

/**
 * Checks a model file against its training table: encodes the table by the model's own preprocessing, takes the training rows
 * by its seed and re-derives the certificate, and the scores, from weights and data alone.
 * Throws `data` when the table lacks columns that the model needs.
 */
export async function verifyModel(model: Model, table: Table, options: RunOptions = {}): Promise<Verification> {
  requireOptions<RunOptions>(options, runRules, 'verifyModel');
  const parts = encodedParts(model, table);
  const { X, y } = parts.train;
  const { loss, outputBias, hiddenBias, lambda } = model.objective;
  const patterns: CertifyOptions['patterns'] =
    model.patternSource.kind === 'gaussian' ? model.patternSource : undefined;
  const verdict = await verifyCertificate(model.certificate, model.weights, X, y, lambda, {
    ...options,
    loss,
    outputBias,
    hiddenBias,
    patterns,
  });
  const sameData = digest(X, y) === model.dataDigest;
  const own = sameData
    ? otherScores(model.scores, scoresOn(parts, model.weights, model.preprocessing, loss))
    : ['the table is not the one the model was trained on (its digest differs).'];
  return {
    ...verdict,
    accepted: verdict.accepted && own.length === 0,
    reasons: [...own, ...verdict.reasons],
    sameData,
  };
}
