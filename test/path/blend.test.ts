import { describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom, type Random } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { type NetworkWeights, penalty, predictScores } from '../../src/networks/index.js';
import { blendNetworks } from '../../src/path/index.js';
import { gaussian, normals } from '../certificates/oracles.js';

/** One output a neuron, as the programs give them. */
function network(d: number, m: number, c: number, random: Random): NetworkWeights {
  const output = matrix(m, c);
  for (let j = 0; j < m; j++) output.data[j * c + (j % c)] = random.normal();
  return {
    activation: 'relu',
    hidden: gaussian(m, d, random),
    hiddenBias: normals(m, random),
    output,
    outputBias: normals(c, random),
  };
}

const mixed = (a: ArrayLike<number>, b: ArrayLike<number>, share: number): number[] =>
  Array.from(a, (x, i) => (1 - share) * x + share * b[i]);

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => Math.abs(x - b[i])).reduce((most, x) => Math.max(most, x), 0);

describe('blendNetworks', () => {
  it('has the interpolated outputs on the data, and at most the interpolated penalty', () => {
    const random = createRandom(3);
    for (let trial = 0; trial < 30; trial++) {
      const c = 1 + (trial % 2);
      const X = gaussian(9, 2, random);
      const [a, b] = [network(2, 7, c, random), network(2, 5, c, random)];
      for (const share of [0.2, 0.5, 0.9]) {
        const blend = blendNetworks(a, b, share, X);
        const expected = mixed(predictScores(a, X).data, predictScores(b, X).data, share);
        expect(furthest(predictScores(blend, X).data, expected)).toBeLessThan(1e-12);
        expect(penalty(blend)).toBeLessThanOrEqual((1 - share) * penalty(a) + share * penalty(b) + 1e-12);
      }
    }
  });

  it('joins neurons of one pattern, sign and output', () => {
    const X = matrix(3, 1, Float64Array.of(1, 2, -1));
    const one = (u: number): NetworkWeights => ({
      activation: 'relu',
      hidden: matrix(1, 1, Float64Array.of(u)),
      hiddenBias: Float64Array.of(0),
      output: matrix(1, 1, Float64Array.of(2)),
      outputBias: Float64Array.of(0),
    });
    const joined = blendNetworks(one(1), one(3), 0.5, X);
    expect(joined.hidden.rows).toBe(1);
    expect(joined.hidden.data[0]).toBeCloseTo(2, 14);
    expect(joined.output.data[0]).toBeCloseTo(2, 14);
    expect(blendNetworks(one(1), one(-3), 0.5, X).hidden.rows).toBe(2);
  });

  it('keeps gates, and joins neurons of one gate', () => {
    const random = createRandom(5);
    const X = gaussian(8, 3, random);
    const { gates } = samplePatterns(X, 4, { seed: 1 });
    const gated = (rows: readonly number[]): NetworkWeights => {
      const base = network(3, rows.length, 1, random);
      const own = matrix(rows.length, 3);
      rows.forEach((row, j) => {
        own.data.set(gates.data.subarray(row * 3, row * 3 + 3), j * 3);
      });
      const output = { ...base.output, data: base.output.data.map(Math.abs) };
      return { ...base, activation: 'gated', output, gates: own, gateBias: new Float64Array(rows.length) };
    };
    const [a, b] = [gated([0, 1, 2]), gated([1, 3])];
    const blend = blendNetworks(a, b, 0.3, X);
    expect(blend.hidden.rows).toBe(4);
    const expected = mixed(predictScores(a, X).data, predictScores(b, X).data, 0.3);
    expect(furthest(predictScores(blend, X).data, expected)).toBeLessThan(1e-12);
  });

  it('is the end itself at 0 and 1', () => {
    const random = createRandom(6);
    const X = gaussian(4, 2, random);
    const [a, b] = [network(2, 2, 1, random), network(2, 3, 1, random)];
    expect(blendNetworks(a, b, 0, X)).toBe(a);
    expect(blendNetworks(a, b, 1, X)).toBe(b);
  });
});
