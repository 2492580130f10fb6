import { describe, expect, it } from 'vitest';
import { type ParallelCertificate, parallelWords } from '../../src/parallel/index.js';

type Said = Pick<ParallelCertificate, 'scope' | 'relativeGap' | 'tolerance' | 'bound'>;

const scopes = ['exact', 'priced', 'sampled', 'bound'] as const;

/** The numbers of a sentence. */
const numbersIn = (words: string): number[] => (words.match(/-?\d+(\.\d+)?(e[+-]?\d+)?/g) ?? []).map(Number);

describe('the sentence of a parallel certificate', () => {
  it.each(scopes)('%s: no number says more than what is proved', (scope) => {
    for (const bound of [0.123456789, 1.9999999, 3.00000049e-7, -0.123456789, -2.9999995e5, 0]) {
      for (const relativeGap of [1.26e-7, 9.96e-3, 0.514]) {
        const said: Said = { scope, relativeGap, tolerance: 1, bound };
        const [first, second] = numbersIn(parallelWords(said));
        const [saidBound, saidGap] = scope === 'exact' ? [first, second] : [second, first];
        expect(saidBound).toBeLessThanOrEqual(bound);
        expect(saidBound).toBeGreaterThanOrEqual(bound - 1e-5 * Math.abs(bound));
        expect(saidGap).toBeGreaterThanOrEqual(relativeGap);
        expect(saidGap).toBeLessThanOrEqual(1.1 * relativeGap);
      }
    }
  });

  it('calls nothing optimal, however large a gap was asked for', () => {
    expect(parallelWords({ scope: 'exact', relativeGap: 0.5, tolerance: 0.5, bound: 1 })).not.toMatch(/optimal/i);
    expect(parallelWords({ scope: 'bound', relativeGap: 0.5, tolerance: 1e-6, bound: 1 })).toMatch(/^Not shown/);
    expect(parallelWords({ scope: 'priced', relativeGap: 0.5, tolerance: 1e-6, bound: 1 })).toMatch(/^Not shown/);
  });
});
