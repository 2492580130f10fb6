import { describe, expect, it } from 'vitest';
import { looseSizes } from '../../../experiments/optimal-sets/all-blocks.js';
import { blockSet, blocksOf, leastNorm, solveBlocks, spreadEvenly } from '../../../experiments/optimal-sets/blocks.js';
import { Scorer } from '../../../experiments/optimal-sets/scores.js';
import type { Labelled } from '../../../experiments/optimal-sets/uci.js';
import { circlePoint, createRandom } from '../../../src/base/index.js';
import { matrix, networkObjective } from '../../../src/index.js';
import { isActive } from '../../../src/linalg/index.js';

function randomRows(n: number, d: number, seed: number): Labelled {
  const random = createRandom(seed);
  const X = matrix(n, d);
  for (let k = 0; k < n * d; k++) X.data[k] = random.normal();
  return { X, y: Float64Array.from({ length: n }, () => (random.uniform() < 0.5 ? -1 : 1)) };
}

const settings = { lambda: 0.01, gates: 20, seed: 5 };

describe('the blocks of optimal solutions', () => {
  it.each([1, 2, 3])(
    'in two dimensions are those whose price reaches λ somewhere in their cone (data %i)',
    async (seed) => {
      const rows = randomRows(7, 2, seed);
      const solved = await solveBlocks(rows, settings);
      const { residual } = solved.set.set;
      const { X } = rows;
      const expected: string[] = [];
      for (let gate = 0; gate < settings.gates; gate++) {
        // the price r·D X u of unit vectors u in the closed cone, on a fine grid
        const best = { 1: 0, [-1]: 0 };
        for (let k = 0; k < 20_000; k++) {
          const [a, b] = circlePoint((2 * Math.PI * k) / 20_000);
          let [price, inside] = [0, true];
          for (let i = 0; i < X.rows; i++) {
            const product = X.data[2 * i] * a + X.data[2 * i + 1] * b;
            const active = isActive(solved.patterns, gate, i);
            if (active ? product < -1e-3 : product > 1e-3) inside = false;
            if (active) price += residual[i] * product;
          }
          if (inside) for (const sign of [1, -1] as const) best[sign] = Math.max(best[sign], sign * price);
        }
        for (const sign of [1, -1] as const) {
          if (best[sign] > X.rows * settings.lambda * (1 - 3e-3)) expected.push(`${gate} ${sign}`);
        }
      }
      const found = blocksOf(solved, solved.set).map(
        ({ gate, candidate }) => `${gate} ${solved.set.candidates[candidate].sign}`,
      );
      expect(found.length).toBeGreaterThan(1);
      expect(found).toEqual(expected);
    },
  );

  it('hold the neurons: every view has one fit and one objective, gates matter on new rows only', async () => {
    const rows = randomRows(30, 4, 11);
    const solved = await solveBlocks(rows, { ...settings, gates: 60 });
    const blocks = blocksOf(solved, solved.set);
    expect(blocks.length).toBeGreaterThan(solved.set.given.neurons);
    const sizes = leastNorm(solved.set, blocks);
    const network = blockSet(solved, solved.set, blocks, sizes, 'network');
    const gated = blockSet(solved, solved.set, blocks, sizes, 'gated');
    const { X, y } = rows;
    const best = networkObjective(solved.set.given.weights, X, y, settings.lambda, { outputBias: false });
    const given = new Scorer(solved.set, rows).scores(solved.set.polytope.start);
    for (const member of [network.given, ...network.sample(5, 1)]) {
      expect(networkObjective(member.weights, X, y, settings.lambda, { outputBias: false })).toBeCloseTo(best, 10);
      for (const view of [network, gated]) {
        const scores = new Scorer(view, rows).scores(member.sizes);
        scores.forEach((score, i) => {
          expect(score).toBeCloseTo(given[i], 9);
        });
      }
    }
    const fresh = randomRows(200, 4, 12);
    const onFresh = new Scorer(network, fresh).scores(sizes);
    expect(
      onFresh.every(
        (score, i) => Math.abs(score - new Scorer(solved.set, fresh).scores(solved.set.polytope.start)[i]) < 1e-9,
      ),
    ).toBe(true);
    const behindGates = new Scorer(gated, fresh).scores(sizes);
    expect(onFresh.some((score, i) => Math.abs(score - behindGates[i]) > 1e-3)).toBe(true);
  });

  it('split a neuron evenly, which no other split beats in ‖a‖', async () => {
    const solved = await solveBlocks(randomRows(12, 3, 21), { ...settings, gates: 80 });
    const blocks = blocksOf(solved, solved.set);
    const sizes = leastNorm(solved.set, blocks);
    const set = blockSet(solved, solved.set, blocks, sizes, 'network');
    const square = (a: Float64Array): number => a.reduce((sum, v) => sum + v * v, 0);
    for (const member of set.sample(20, 2)) expect(square(member.sizes)).toBeGreaterThan(square(sizes) * (1 - 1e-9));
    expect(() => spreadEvenly([], Float64Array.of(1))).toThrow('neuron 0 lies in no block');
  });
});

describe('tuning over all blocks', () => {
  const random = createRandom(3);
  const column = (length: number) => Float64Array.from({ length }, () => random.normal());
  const onTrain = Array.from({ length: 12 }, () => column(4));
  const onRows = Array.from({ length: 12 }, () => column(9));
  const start = Float64Array.from({ length: 12 }, () => random.uniform());
  const fit = Float64Array.from({ length: 4 }, (_, i) => onTrain.reduce((sum, z, k) => sum + start[k] * z[i], 0));
  const target = column(9);
  const applied = (columns: Float64Array[], a: Float64Array): number[] =>
    Array.from({ length: columns[0].length }, (_, i) => columns.reduce((sum, z, k) => sum + a[k] * z[i], 0));

  it.each([0, 10])(
    'reaches the least value in a ≥ 0 (weight %d): no slope downhill, none at what is positive',
    (weight) => {
      const a = looseSizes({ onTrain, fit, onRows, target, weight }, start, 20_000);
      const off = applied(onRows, a).map((value, i) => (value - target[i]) / 9);
      const offFit = applied(onTrain, a).map((value, i) => (weight * (value - fit[i])) / 4);
      a.forEach((size, k) => {
        const slope =
          off.reduce((sum, v, i) => sum + v * onRows[k][i], 0) +
          offFit.reduce((sum, v, i) => sum + v * onTrain[k][i], 0);
        expect(size).toBeGreaterThanOrEqual(0);
        if (size > 0) expect(slope).toBeCloseTo(0, 6);
        else expect(slope).toBeGreaterThan(-1e-6);
      });
    },
  );

  it('keeps the training fit where it has weight', () => {
    const change = (weight: number): number =>
      Math.max(
        ...applied(onTrain, looseSizes({ onTrain, fit, onRows, target, weight }, start, 20_000)).map((v, i) =>
          Math.abs(v - fit[i]),
        ),
      );
    expect(change(1000)).toBeLessThan(0.01);
    expect(change(0)).toBeGreaterThan(0.1);
  });
});
