import { type RunOptions, requireOptions, runRules } from '../base/index.js';
import { type CertificateVerdict, type CertifyOptions, verifyCertificate } from '../certificates/index.js';
import { digest, type Table } from '../data/index.js';
import type { Model } from '../model/index.js';
import { trainingPart } from './fit-table.js';

export interface Verification extends CertificateVerdict {
  /** Whether the table holds the very rows that the model was trained on. */
  readonly sameData: boolean;
}

/**
 * Checks a model file against its training table: encodes the table by the model's own preprocessing, takes the training rows
 * by its seed and re-derives the certificate from weights and data alone.
 * Throws `data` when the table lacks columns that the model needs.
 */
export async function verifyModel(model: Model, table: Table, options: RunOptions = {}): Promise<Verification> {
  requireOptions<RunOptions>(options, runRules, 'verifyModel');
  const { X, y } = trainingPart(model, table);
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
  const reasons = sameData
    ? verdict.reasons
    : ['the table is not the one the model was trained on (its digest differs).', ...verdict.reasons];
  return { ...verdict, accepted: verdict.accepted && sameData, reasons, sameData };
}
