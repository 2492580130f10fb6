import type { Model } from '../model/index.js';

/** Why the relaxation does not cover a model, or null. */
export function provableReason({ weights, objective }: Pick<Model, 'weights' | 'objective'>): string | null {
  if (weights.activation !== 'relu') return 'gated networks have no such proof; it is for ReLU networks';
  if (weights.output.cols !== 1) return 'networks of several outputs have no such proof; it is for one output';
  if (!(objective.lambda > 0)) return 'at λ = 0 nothing but 0 can be proved; choose a λ above 0';
  return null;
}
