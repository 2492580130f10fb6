import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { matrix } from '../../src/linalg/index.js';
import { squared } from '../../src/losses/index.js';
import {
  fitParallel,
  minimalParallel,
  type ParallelNetwork,
  parallelObjective,
  parallelScores,
  pathNorm,
  trainParallelByAdam,
  weightDecayNorm,
} from '../../src/parallel/index.js';

const random = createRandom(5);
const numbers = (count: number): Float64Array => Float64Array.from({ length: count }, () => random.normal());

/** Sub-networks of an optimal network, each twice as several of its shares. */
function splitUp(network: ParallelNetwork): ParallelNetwork {
  const subnetworks = network.subnetworks.flatMap((one) =>
    [0.2, 0.3, 0.5].map((share) => ({ ...one, alpha: one.alpha * share })),
  );
  return { ...network, subnetworks };
}

describe('minimalParallel', () => {
  it.each([
    ['path', 3],
    ['weight-decay', 3],
    ['weight-decay', 2],
  ] as const)('removes what others stand in for: %s, %i layers', async (regularizer, layers) => {
    const X = matrix(9, 2, numbers(18));
    const both = numbers(18);
    const options = { lambda: 0.03, regularizer, layers, width: 2, gap: 1e-5, threads: 1 } as const;
    const { network } = await fitParallel(X, both, options);
    const copies = splitUp(network);
    const minimal = minimalParallel(copies, X, regularizer);
    expect(minimal.subnetworks.length).toBeLessThanOrEqual(network.subnetworks.length);
    const [before, after] = [copies, minimal].map((net) => parallelScores(net, X).data);
    for (let i = 0; i < before.length; i++) expect(after[i]).toBeCloseTo(before[i], 10);
    const [norm, least] = [copies, minimal].map(regularizer === 'path' ? pathNorm : weightDecayNorm);
    expect(least).toBeLessThanOrEqual(norm * (1 + 1e-12));
    expect(least).toBeGreaterThan(norm * (1 - 1e-4));
    for (let output = 0; output < 2; output++)
      expect(minimal.subnetworks.filter((one) => one.output === output).length).toBeLessThanOrEqual(9);
    // Once more there is nothing left to remove
    expect(minimalParallel(minimal, X, regularizer)).toEqual(minimal);
  });

  it('leaves more than n sub-networks at n, and no objective rises, optimal or not', () => {
    const X = matrix(4, 3, numbers(12));
    const subnetworks = Array.from({ length: 12 }, () => ({
      output: 0,
      weights: [matrix(2, 3, numbers(6)), matrix(1, 2, numbers(2).map(Math.abs))],
      bias: new Float64Array(2),
      alpha: random.normal(),
    }));
    const network = { layers: 3, inputs: 3, outputs: 1, subnetworks, skip: null, outputBias: new Float64Array(1) };
    const y = numbers(4);
    const minimal = minimalParallel(network, X, 'path');
    expect(minimal.subnetworks.length).toBeLessThanOrEqual(4);
    const objective = (net: ParallelNetwork): number =>
      parallelObjective(net, X, y, { loss: squared, lambda: 0.1, regularizer: 'path' });
    expect(objective(minimal)).toBeLessThanOrEqual(objective(network) * (1 + 1e-10));
  });

  it('keeps predictions and balance of four layers', async () => {
    const X = matrix(9, 2, numbers(18));
    const options = { layers: 4, width: 2, lambda: 0.03, subnetworks: 6, steps: 100 } as const;
    const { network } = await trainParallelByAdam(X, numbers(9), options);
    const minimal = minimalParallel(splitUp(network), X, 'path');
    expect(minimal.subnetworks.length).toBeLessThanOrEqual(6);
    const after = parallelScores(minimal, X).data;
    parallelScores(network, X).data.forEach((t, i) => {
      expect(after[i]).toBeCloseTo(t, 10);
    });
    for (const { weights, alpha } of minimal.subnetworks) {
      const last = weights[weights.length - 1].data;
      expect(Math.abs(alpha)).toBeGreaterThan(0);
      // Layers share a size, so that they stay as balanced as they were: the split ones had alpha at a fifth to a half
      expect(Math.abs(alpha) / Math.sqrt(last.reduce((sum, t) => sum + t * t, 0))).toBeLessThan(0.51);
    }
  });

  it('refuses data of another width, in one line', () => {
    const network = { layers: 3, inputs: 3, outputs: 1, subnetworks: [], skip: null, outputBias: new Float64Array(1) };
    expect(() => minimalParallel(network, matrix(2, 2), 'path')).toThrow(
      /^minimalParallel: X has 2 columns, the network takes 3\.$/,
    );
  });
});
