import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { certify, networkObjective } from '../../src/certificates/index.js';
import { parseTable } from '../../src/data/index.js';
import {
  adoptNetwork,
  derivedModel,
  fitTable,
  modelOptimalSet,
  polish,
  unusedColumns,
  verifyModel,
} from '../../src/estimators/index.js';
import { matrix } from '../../src/linalg/index.js';
import { type NetworkWeights, predictScores } from '../../src/networks/index.js';
import { optimalSet } from '../../src/optimal-set/index.js';
import { largestDifference } from '../optimal-set/helpers.js';
import { dependentProblem, type KnownProblem } from '../optimal-set/problems.js';

/** The network with every size changed by up to a fifth: the same patterns, no optimum any more. */
function disturbed({ weights }: KnownProblem): NetworkWeights {
  const random = createRandom(4);
  const factor = Array.from({ length: weights.output.rows }, () => 0.8 + 0.4 * random.uniform());
  const { rows, cols, data } = weights.output;
  return {
    ...weights,
    output: matrix(
      rows,
      cols,
      data.map((a, i) => a * factor[Math.floor(i / cols)]),
    ),
  };
}

const objective = (p: KnownProblem, weights: NetworkWeights): number =>
  networkObjective(weights, p.X, p.y, p.lambda, p.options);

const setting = ({ options: { loss, outputBias, hiddenBias } }: KnownProblem) => ({ loss, outputBias, hiddenBias });

describe('polish', () => {
  it('brings a disturbed network back to the optimum that is known, and says how far it moved', async () => {
    for (let seed = 0; seed < 16; seed++) {
      const p = dependentProblem(seed, 0);
      const start = disturbed(p);
      const { weights, before, after, moved, patterns, gates } = await polish(start, p.X, p.y, p.lambda, setting(p));
      expect(before).toBe(objective(p, start));
      expect(after).toBe(objective(p, weights));
      expect(after, p.name).toBeLessThan(before);
      expect(Math.abs(after / objective(p, p.weights) - 1), p.name).toBeLessThan(1e-11);
      expect(moved).toBe(largestDifference(predictScores(weights, p.X).data, predictScores(start, p.X).data));
      expect(moved).toBeGreaterThan(1e-3);
      const set = await optimalSet(weights, p.X, p.y, p.lambda, {
        ...setting(p),
        ...(gates ? { gates } : { patterns }),
      });
      expect(Math.max(set.deviation, set.excess), p.name).toBeLessThan(1e-7);
      expect(set.dimension, p.name).toBe(p.dimension);
      const certificate = await certify(weights, p.X, p.y, p.lambda, { ...setting(p), patterns, scope: 'sampled' });
      expect(certificate.relativeGap, p.name).toBeLessThan(1e-9);
    }
  });

  it('leaves an optimal network where it is, and never makes one worse', async () => {
    const p = dependentProblem(3, 0);
    const { before, after, moved } = await polish(p.weights, p.X, p.y, p.lambda, setting(p));
    expect(after).toBeLessThanOrEqual(before);
    expect(moved).toBeLessThan(1e-6);
    const stopped = await polish(disturbed(p), p.X, p.y, p.lambda, { ...setting(p), timeLimit: 1e-9 });
    expect(stopped.after).toBeLessThanOrEqual(stopped.before);
  });

  it('refuses λ = 0, options and shapes', async () => {
    const p = dependentProblem(1, 0);
    await expect(polish(p.weights, p.X, p.y, 0, setting(p))).rejects.toThrow(/polish: lambda must be > 0/);
    await expect(polish(p.weights, p.X, p.y, p.lambda, { ...setting(p), gap: 2 })).rejects.toThrow(/gap/);
    await expect(polish(p.weights, matrix(p.X.rows, 1), p.y, p.lambda, setting(p))).rejects.toThrow(/inputs/);
  });
});

/** A table of two columns that count and one that a network does not read. */
function tableText(): string {
  const random = createRandom(6);
  const lines = Array.from({ length: 40 }, (_, i) => {
    const [a, b] = [random.normal(), random.normal()];
    return [a, b, ['x', 'y', 'z'][i % 3], random.normal(), Math.max(0, a) - Math.max(0, a - b)].join(',');
  });
  return `a,b,kind,c,y\n${lines.join('\n')}\n`;
}

/** Over a, b, kind=x, kind=y, kind=z, c. */
const network: NetworkWeights = {
  activation: 'relu',
  hidden: matrix(2, 6, Float64Array.of(1, 0, 0, 0, 0, 0, 1, -1, 0, 0, 0, 0)),
  hiddenBias: new Float64Array(2),
  output: matrix(2, 1, Float64Array.of(1, -1)),
  outputBias: new Float64Array(1),
};

describe('networks from elsewhere', () => {
  it('become models whose optimal set is known, and whose unused columns can be left out', async () => {
    const table = await parseTable(new TextEncoder().encode(tableText()), { name: 't.csv' });
    const model = await adoptNetwork(network, table, { target: 'y', lambda: 0.01 });
    expect(model.scores.train.r2).toBeGreaterThan(0.99999);
    expect((await verifyModel(model, table)).accepted).toBe(true);
    expect(unusedColumns(model)).toEqual(['kind', 'c']);
    const derivation = {
      operation: 'prune',
      words: 'for a test',
      exact: true,
      from: { neurons: 2, objective: 1 },
    } as const;
    const small = await derivedModel(model, table, network, { derivation, dropInputs: true });
    expect(small.preprocessing.features).toEqual(['a', 'b']);
    expect(small.weights.hidden).toEqual(matrix(2, 2, Float64Array.of(1, 0, 1, -1)));
    expect(small.preprocessing.columns.map(({ kind }) => kind)).toEqual(['number', 'number', 'dropped', 'dropped']);
    expect(small.certificate.primal).toBeCloseTo(model.certificate.primal, 14);
    expect((await verifyModel(small, table)).accepted).toBe(true);
    const { set, polished, scope } = await modelOptimalSet(model, table);
    expect(polished.after).toBeLessThan(polished.before);
    expect(set.deviation).toBeLessThan(1e-7);
    expect(['searched', 'own']).toContain(scope.kind);
  });

  it('complete takes in what a search finds above λ; without it a network stays stationary for its own patterns', async () => {
    const table = await parseTable(new TextEncoder().encode(tableText()), { name: 't.csv' });
    const rough = await fitTable(table, { target: 'y', lambda: 1e-3, gap: 0.3, testFraction: 0, threads: 1 });
    const own = await modelOptimalSet(rough.model, table);
    const whole = await modelOptimalSet(rough.model, table, { complete: true });
    expect(own.scope.kind).toBe('own');
    expect(own.scope.kind === 'own' && own.scope.price).toBeGreaterThan(1 + 1e-6);
    expect(whole.scope.kind).toBe('searched');
    expect(whole.polished.after).toBeLessThan(own.polished.after);
    const best = await fitTable(table, { target: 'y', lambda: 1e-3, gap: 1e-8, testFraction: 0, threads: 1 });
    expect(whole.polished.after / best.model.certificate.primal - 1).toBeLessThan(1e-8);
    expect(whole.polished.after).toBeGreaterThanOrEqual(best.model.certificate.dual * (1 - 1e-9));
    await expect(modelOptimalSet(rough.model, table, { tolerance: 2 })).rejects.toThrow(/tolerance/);
  });

  it('that do not fit the table are refused', async () => {
    const table = await parseTable(new TextEncoder().encode(tableText()), { name: 't.csv' });
    await expect(adoptNetwork(network, table, { target: 'y', lambda: 0.01, drop: ['c'] })).rejects.toThrow(
      /the network has 6 inputs, but t\.csv gives 5/,
    );
  });
});
