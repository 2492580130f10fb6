import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { fitTable, modelOptimalSet } from '../../src/estimators/index.js';
import { parseTable } from '../../src/index.js';
import { fewestNeurons, pruningSteps, stepFor } from '../../src/optimal-set/index.js';

/** Three classes at random on a grid of whole numbers: optimal networks are many. */
async function gridTable(seed: number) {
  const random = createRandom(seed, 77);
  const whole = (most: number): number => Math.floor((2 * most + 1) * random.uniform()) - most;
  const lines = Array.from({ length: 24 }, () => `${whole(2)},${whole(1)},${'uvw'[Math.floor(3 * random.uniform())]}`);
  return parseTable(new TextEncoder().encode(`a,b,y\n${lines.join('\n')}\n`), { name: 'grid.csv' });
}

describe('fewest neurons under softmax, where outputs share what is added to all scores', () => {
  it.each([1, 2, 3, 4, 5, 6])('no vertex and no pruned network has fewer than is proved: %i', async (seed) => {
    const table = await gridTable(seed);
    const options = { target: 'y', lambda: 0.003, testFraction: 0, threads: 1 } as const;
    const { model } = await fitTable(table, options);
    const { set } = await modelOptimalSet(model, table, { complete: true });
    const { member, lowerBound, proved } = fewestNeurons(set);
    const { members, complete } = set.vertices(3000);
    const least = members.reduce((fewest, { neurons }) => Math.min(fewest, neurons), member.neurons);
    expect(lowerBound).toBeLessThanOrEqual(least);
    expect(lowerBound).toBeLessThanOrEqual(stepFor(set, pruningSteps(set), { minimal: true }).neurons);
    if (complete && proved) expect(member.neurons).toBe(least);
  });
});
