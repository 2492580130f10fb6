import { describe, expect, it } from 'vitest';
import {
  type Architecture,
  findGroups,
  groupNorms,
  initialise,
  keepsUnitInputs,
  METHODS,
  trainDeep,
  withUnitInputs,
} from '../../src/deep/index.js';
import { Graph } from '../../src/deep/ir/graph.js';
import { applyLayers, parametersOf } from '../../src/deep/network/layers.js';
import { evaluate } from '../../src/deep/oracle/evaluate.js';
import { largestDifference, normals } from './helpers.js';
import { cnn, mlp, weightsOf } from './networks.js';

function outputs(network: Architecture, weights: Record<string, ArrayLike<number>>, x: Float64Array): Float64Array {
  const graph = new Graph();
  const inputs = parametersOf(network.layers).map(({ name, shape }) => [name, graph.input(name, shape)]);
  const image = graph.input('x', [x.length / network.input.reduce((a, b) => a * b), ...network.input]);
  const feeds = { ...weights, x } as Record<string, Float64Array>;
  return evaluate([applyLayers(graph, network.layers, image, Object.fromEntries(inputs))], feeds)[0];
}

describe('the start of methods that keep ‖w_k‖ = 1', () => {
  for (const [name, network] of Object.entries({ mlp, cnn })) {
    it(`is the same function on the sphere: ${name}`, () => {
      const drawn = weightsOf(network);
      const grouping = findGroups(network);
      const start = withUnitInputs(network, grouping, drawn);
      for (const { input } of groupNorms(network, grouping, start)) {
        expect(
          largestDifference(
            input,
            input.map(() => 1),
          ),
        ).toBeLessThan(1e-14);
      }
      const x = normals(4 * network.input.reduce((a, b) => a * b), 5);
      expect(largestDifference(outputs(network, start, x), outputs(network, drawn, x))).toBeLessThan(1e-12);
      const before = groupNorms(network, grouping, drawn);
      groupNorms(network, grouping, start).forEach(({ output }, g) => {
        expect(
          largestDifference(
            output,
            before[g].output.map((v, k) => v * before[g].input[k]),
          ),
        ).toBeLessThan(1e-12);
      });
    });
  }

  it('counts the bias where it is regularised, and leaves units without input weights', () => {
    const weights = { ...weightsOf(mlp) } as Record<string, Float64Array>;
    const start = withUnitInputs(mlp, findGroups(mlp), weights, true);
    for (let k = 0; k < 4; k++) {
      const row = Array.from(start['0.weight']).slice(5 * k, 5 * k + 5);
      const size = row.reduce((sum, w) => sum + w * w, 0) + start['0.bias'][k] ** 2;
      expect(size).toBeCloseTo(1, 12);
    }
    weights['0.weight'] = weights['0.weight'].map((w, i) => (i < 5 ? 0 : w));
    const bare = withUnitInputs(mlp, findGroups(mlp), weights);
    expect(bare['0.weight'].slice(0, 5)).toEqual(new Float64Array(5));
    expect(bare['0.bias'][0]).toBe(weights['0.bias'][0]);
  });

  it('is where trainDeep begins for these methods alone', async () => {
    const examples = { count: 4, input: [5], outputs: 3, x: normals(20, 1), target: normals(12, 2) };
    const options = { steps: 0, batch: 4, seed: 3, precision: 'float64', loss: 'squared' } as const;
    const drawn = initialise(mlp, 3, 'float64');
    for (const method of METHODS) {
      const { weights } = await trainDeep(mlp, examples, { ...options, method });
      expect(weights).toEqual(keepsUnitInputs(method) ? withUnitInputs(mlp, findGroups(mlp), drawn) : drawn);
    }
    const given = weightsOf(mlp);
    expect((await trainDeep(mlp, examples, { ...options, method: 'none', weights: given })).weights).toEqual(given);
    const cut = { ...given, '0.weight': given['0.weight'].slice(1) };
    await expect(trainDeep(mlp, examples, { ...options, weights: cut })).rejects.toThrow(
      /expected 20 numbers for 0\.weight, got 19/,
    );
  });
});
