import { type RunOptions, requireOptions, runRules } from '../base/index.js';
import { type CertificateVerdict, type CertifyOptions, verifyCertificate } from '../certificates/index.js';
import { digest, type Table } from '../data/index.js';
import type { Model, Scores } from '../model/index.js';
import { encodedParts, scoresOn } from './fit-table.js';

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

/** Rounding of sums over rows. */
const sameScore = 1e-6;

/** A sentence for every score in the file that the network does not have on these rows. */
const otherScores = (claimed: Model['scores'], found: Model['scores']): string[] => [
  ...othersOn('training', claimed.train, found.train),
  ...othersOn('test', claimed.test, found.test),
];

function othersOn(rows: string, claimed: Scores | null, found: Scores | null): string[] {
  const names = new Set([...Object.keys(claimed ?? {}), ...Object.keys(found ?? {})]);
  return [...names].flatMap((name) => {
    const [was, is] = [claimed?.[name], found?.[name]];
    // one row has no r2, one class no area: NaN on both sides
    const same = Object.is(was, is) || (was !== undefined && is !== undefined && near(was, is));
    return same ? [] : [`${name} on the ${rows} rows is ${is ?? 'not to be had'}, the file says ${was ?? 'nothing'}.`];
  });
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= sameScore * Math.max(1, Math.abs(a), Math.abs(b));
