import { expect } from 'vitest';
import { certify, networkObjective } from '../../src/certificates/index.js';
import type { NetworkWeights } from '../../src/networks/index.js';
import { predictScores } from '../../src/networks/index.js';
import { type Member, type OptimalSet, optimalSet } from '../../src/optimal-set/index.js';
import { dependentProblem, type KnownProblem, orthogonalProblem } from './problems.js';

/** `count` problems whose optimum is known not to be unique. */
export function knownProblems(count: number): KnownProblem[] {
  return Array.from({ length: count }, (_, seed) => {
    if (seed % 3 === 0) return orthogonalProblem(seed, seed % 2 === 0 ? 'squared' : 'logistic');
    return dependentProblem(seed, seed % 5 === 0 ? 1 : 0);
  });
}

export const setOf = (p: KnownProblem): Promise<OptimalSet> => optimalSet(p.weights, p.X, p.y, p.lambda, p.options);

export const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

/** The same objective to 1e-10 (relative) and the same fit to 1e-9, from the weights. */
export function expectSame(p: KnownProblem, weights: NetworkWeights): void {
  const objective = (w: NetworkWeights): number => networkObjective(w, p.X, p.y, p.lambda, p.options);
  const fit = (w: NetworkWeights): Float64Array => predictScores(w, p.X).data;
  expect(Math.abs(objective(weights) / objective(p.weights) - 1), p.name).toBeLessThan(1e-10);
  expect(largestDifference(fit(weights), fit(p.weights)), p.name).toBeLessThan(1e-9);
}

/** The relative gap that the independent verifier proves over the stated patterns. */
async function gapOf(p: KnownProblem, weights: NetworkWeights): Promise<number> {
  const { loss, outputBias, hiddenBias, patterns } = p.options;
  const options = { loss, outputBias, hiddenBias, patterns, scope: 'sampled' as const };
  const certificate = await certify(weights, p.X, p.y, p.lambda, options);
  expect(certificate.scope, p.name).toBe('sampled');
  return certificate.relativeGap;
}

export async function expectCertified(p: KnownProblem, weights: NetworkWeights): Promise<void> {
  expect(await gapOf(p, weights), p.name).toBeLessThan(1e-9);
}

export async function expectMember(p: KnownProblem, member: Member): Promise<void> {
  expect(member.sizes.every((a) => a >= 0)).toBe(true);
  expectSame(p, member.weights);
  await expectCertified(p, member.weights);
}
