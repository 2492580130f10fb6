import type { Run, Status } from '../base/index.js';
import { type Certificate, type CertifyOptions, certify } from '../certificates/index.js';
import type { Matrix } from '../linalg/index.js';
import type { PatternSource } from '../model/index.js';
import type { Trained } from '../solvers/index.js';
import type { CheckedOptions, Targets } from './inputs.js';

/** A trained network with what is proved about it. */
export interface CertifiedNetwork {
  readonly status: Status;
  readonly certificate: Certificate;
  readonly patternSource: PatternSource;
}

/** How hard a certificate tries; see `CertifyOptions`. */
export interface CertificateEffort {
  readonly starts?: number;
  /** Of the search; default: that of the options. */
  readonly seed?: number;
  readonly nodeLimit?: number;
  readonly iterations?: number;
  readonly onPeak?: CertifyOptions['onPeak'];
}

/** Certifies a network at options.lambda, over its own patterns when they are fixed ones. */
export async function certifyTrained(
  X: Matrix,
  target: Targets,
  trained: Trained,
  options: CheckedOptions,
  run: Run,
  effort: CertificateEffort = {},
): Promise<CertifiedNetwork> {
  const { weights } = trained;
  const patternSource = sourceOf(trained, options);
  run.progress({ phase: 'bound', neurons: weights.hidden.rows });
  const certificate = await certify(weights, X, target.y, options.lambda, {
    ...effort,
    loss: target.loss,
    outputBias: options.outputBias,
    hiddenBias: options.hiddenBias,
    patterns: patternSource.kind === 'gaussian' || options.activation === 'gated' ? trained.patterns : undefined,
    tolerance: options.gap,
    seed: effort.seed ?? options.seed,
    signal: run.options.signal,
    onProgress: run.options.onProgress,
    timeLimit: run.options.timeLimit === undefined ? undefined : Math.max(1, run.options.timeLimit - run.seconds),
  });
  return { status: endOf(trained.status, certificate, options, run), certificate, patternSource };
}

/** Attempts at most after a solve that its certificate contradicts. */
export const FURTHER_ATTEMPTS = 3;
/** The seeds of their oracles are this far apart, and each goes for a gap smaller by so many bits. */
const SEED_STEP = 1_000_003;
const GAP_BITS = 2;

/** Options of the k-th further attempt: other starts, and room for what the certificate's search sees beyond the oracle's. */
export const furtherAttempt = (options: CheckedOptions, k: number): CheckedOptions => ({
  ...options,
  seed: options.seed + SEED_STEP * k,
  gap: options.gap / 2 ** (GAP_BITS * k),
});

/** Whether patterns are found and priced: then the certificate's search may contradict the oracle. */
export const isPriced = ({ patterns, activation, lambda }: CheckedOptions): boolean =>
  patterns === 'auto' && activation === 'relu' && lambda > 0;

/** Whether the certificate's own search has found a neuron that the oracle missed. */
export function contradicted(trained: Trained, certificate: Certificate, options: CheckedOptions, run: Run): boolean {
  return trained.status === 'solved' && isPriced(options) && !reaches(certificate) && run.stop === null;
}

/**
 * A stop during the certificate counts as well: a run that was stopped is `solved` only when the gap is proved. And what the
 * certificate contradicts is not solved, whatever the solver thinks; at λ = 0 it knows next to nothing.
 */
function endOf(status: Status, certificate: Certificate, options: CheckedOptions, run: Run): Status {
  if (status !== 'solved' || reaches(certificate)) return status;
  return run.stop ?? (options.lambda > 0 ? 'stalled' : status);
}

/** Whether the gap asked for is certified. */
export const reaches = ({ scope, relativeGap, tolerance }: Certificate): boolean =>
  scope !== 'bound' && relativeGap <= tolerance;

function sourceOf({ source, patternRequest }: Trained, { seed }: CheckedOptions): PatternSource {
  return source === 'gaussian' ? { kind: source, seed, count: patternRequest } : { kind: source };
}
