import type { Matrix } from '../linalg/index.js';
import type { NetworkWeights } from '../networks/index.js';
import type { Certificate, Scope } from './certificate.js';
import { type CertifyOptions, certify } from './certify.js';
import { misfit, trainingProblem } from './problem.js';

export interface CertificateVerdict {
  readonly accepted: boolean;
  /** Why it was rejected, one sentence each; empty when accepted. */
  readonly reasons: readonly string[];
  /** What can be proved now; null when the network is not one of the problem at all. */
  readonly recomputed: Certificate | null;
}

/** What may be claimed, given what could be proved. */
const supported: Record<Scope, readonly Scope[]> = {
  exact: ['exact', 'priced', 'bound'],
  priced: ['priced', 'bound'],
  bound: ['bound'],
  sampled: ['sampled', 'bound'],
};

/** Relative slack of the network's own objective, and of what is derived from it. */
const PRIMAL_TOLERANCE = 1e-9;
/** Relative slack of dual values: they depend on the order of roundings on the machine that made them. */
const DUAL_TOLERANCE = 1e-7;

/**
 * Checks a claimed certificate by making it again from the weights and the data. Rejects whatever cannot be derived: another
 * objective, a larger dual value or bound, other patterns, a stronger scope, numbers that contradict each other.
 *
 * @param options as for `certify`; `patterns` must be those of the claim (or their origin). Tolerance, seed and restarts
 *   are those of the claim.
 * @throws as `certify` for bad data or options; a network that does not fit the problem is rejected, not thrown.
 */
export async function verifyCertificate(
  claimed: Certificate,
  weights: NetworkWeights,
  X: Matrix,
  y: Float64Array,
  lambda: number,
  options: CertifyOptions = {},
): Promise<CertificateVerdict> {
  const reason = misfit(weights, trainingProblem(X, y, lambda, options));
  if (reason !== null) return { accepted: false, reasons: [`${reason}.`], recomputed: null };
  const malformed = contradictions(claimed);
  const recomputed = await certify(weights, X, y, lambda, {
    ...options,
    scope: claimed.scope === 'sampled' || claimed.scope === 'priced' ? claimed.scope : 'auto',
    tolerance: options.tolerance ?? usable(claimed.tolerance, 1e-6),
    seed: options.seed ?? claimed.search?.seed ?? 0,
    starts: options.starts ?? usable(claimed.search?.restarts, 1000),
  });
  const reasons = [...malformed, ...differences(claimed, recomputed)];
  return { accepted: reasons.length === 0, reasons, recomputed };
}

const usable = (value: number | undefined, fallback: number): number =>
  value !== undefined && value >= 0 && Number.isFinite(value) ? value : fallback;

/** Claims that no network could meet. */
function contradictions(c: Certificate): string[] {
  const reasons: string[] = [];
  for (const key of [
    'primal',
    'dual',
    'gap',
    'relativeGap',
    'bound',
    'dualNorm',
    'feasibility',
    'tolerance',
  ] as const) {
    if (!Number.isFinite(c[key])) reasons.push(`${key} is not a finite number.`);
  }
  const size = Math.max(Math.abs(c.primal), Number.MIN_VALUE);
  if (Math.abs(c.gap - Math.max(0, c.primal - c.dual)) > PRIMAL_TOLERANCE * size) {
    reasons.push(`the gap ${c.gap} is not primal − dual = ${c.primal - c.dual}.`);
  }
  if (Math.abs(c.relativeGap - c.gap / size) > PRIMAL_TOLERANCE * Math.max(1, c.relativeGap)) {
    reasons.push(`the relative gap ${c.relativeGap} is not gap / primal = ${c.gap / size}.`);
  }
  if (!Object.hasOwn(supported, c.scope)) reasons.push(`the scope '${c.scope}' is unknown.`);
  if (c.bound > c.primal + PRIMAL_TOLERANCE * size) reasons.push('the lower bound is above the objective.');
  if (c.scope === 'bound' && c.dual > c.bound) reasons.push('the dual value of a bound is above the bound.');
  return reasons;
}

function differences(claimed: Certificate, now: Certificate): string[] {
  const reasons: string[] = [];
  const size = Math.max(Math.abs(now.primal), Number.MIN_VALUE);
  const above = (a: number, b: number, slack: number): boolean => a > b + slack * size;
  if (Math.abs(claimed.primal - now.primal) > PRIMAL_TOLERANCE * size) {
    reasons.push(`the objective of the network is ${now.primal}, not ${claimed.primal}.`);
  }
  if (!supported[now.scope].includes(claimed.scope)) {
    reasons.push(`the scope '${claimed.scope}' cannot be derived, only '${now.scope}'.`);
  }
  const dual = claimed.scope === 'bound' ? now.bound : now.dual;
  if (above(claimed.dual, dual, DUAL_TOLERANCE)) reasons.push(`the dual value ${claimed.dual} exceeds ${dual}.`);
  if (above(claimed.bound, now.bound, DUAL_TOLERANCE)) {
    reasons.push(`the lower bound ${claimed.bound} exceeds ${now.bound}, what could be proved.`);
  }
  if (claimed.patterns.count !== now.patterns.count || claimed.patterns.digest !== now.patterns.digest) {
    const [was, is] = [claimed.patterns, now.patterns].map(({ count, digest }) => `${count} patterns ${digest}`);
    reasons.push(`the certificate is about ${was}; the data and the network give ${is}.`);
  }
  if (claimed.feasibility < now.feasibility - PRIMAL_TOLERANCE) {
    reasons.push(`the cone violation is ${now.feasibility}, not ${claimed.feasibility}.`);
  }
  if (claimed.scope === now.scope && claimed.dualNorm < now.dualNorm * (1 - 1e-6)) {
    reasons.push(`the dual norm is ${now.dualNorm}, not ${claimed.dualNorm}.`);
  }
  if ((claimed.search?.restarts ?? 0) > (now.search?.restarts ?? Number.POSITIVE_INFINITY)) {
    reasons.push(`the search had ${now.search?.restarts} restarts, not ${claimed.search?.restarts}.`);
  }
  return reasons;
}
