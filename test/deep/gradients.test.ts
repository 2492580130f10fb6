import { describe, expect, it } from 'vitest';
import { differentiable, differentiate } from '../../src/deep/ir/gradient.js';
import { Graph } from '../../src/deep/ir/graph.js';
import type { Node } from '../../src/deep/ir/node.js';
import { evaluate } from '../../src/deep/oracle/evaluate.js';
import { cases, type Feeds, feedsOf, largestDifference, weighted } from './helpers.js';

/** Central differences of a scalar node in one input. */
function numericGradient(value: Node, feeds: Feeds, name: string): Float64Array {
  const h = 1e-5;
  const at = (i: number, shift: number): number => {
    const moved = feeds[name].map((x, k) => (k === i ? x + shift : x));
    return evaluate([value], { ...feeds, [name]: moved })[0][0];
  };
  return feeds[name].map((_, i) => (at(i, h) - at(i, -h)) / (2 * h));
}

describe('gradients against central differences', () => {
  for (const test of cases.filter(({ large }) => !large)) {
    it(test.name, () => {
      const { value, gradients, names } = weighted(test);
      const feeds = feedsOf(test);
      const exact = evaluate(gradients, feeds);
      names.forEach((name, i) => {
        expect(largestDifference(exact[i], numericGradient(value, feeds, name)), name).toBeLessThan(2e-8);
      });
    });
  }

  it('every operation that can be differentiated has a case', () => {
    const used = new Set<string>();
    const visit = (node: Node): void => {
      used.add(node.op.kind);
      node.inputs.forEach(visit);
    };
    for (const test of cases) visit(weighted(test).output);
    expect(differentiable.filter((kind) => !used.has(kind))).toEqual([]);
  });

  it('is linear in the seed', () => {
    const graph = new Graph();
    const a = graph.input('a', [2, 3]);
    const value = graph.sum(graph.multiply(a, graph.exp(a)));
    const [plain] = differentiate(graph, value, [a]);
    const [seeded] = differentiate(graph, value, [a], graph.constant(-0.25, [1, 1]));
    const feeds = { a: [1, -2, 0.5, 0, 3, -1] };
    const [p, s] = evaluate([plain, seeded], feeds);
    expect(
      largestDifference(
        s,
        p.map((x) => -0.25 * x),
      ),
    ).toBeLessThan(1e-15);
  });

  it('the gate is open at 0', () => {
    const graph = new Graph();
    const a = graph.input('a', [3]);
    const [gradient] = differentiate(graph, graph.sum(graph.rectify(a, 0.5)), [a]);
    expect([...evaluate([gradient], { a: [-1, 0, 1] })[0]]).toEqual([0.5, 1, 1]);
  });

  it('of equal maxima in a window the first gets the gradient', () => {
    const graph = new Graph();
    const a = graph.input('a', [1, 1, 2, 2]);
    const [gradient] = differentiate(graph, graph.sum(graph.maxPool(a, 2)), [a]);
    expect([...evaluate([gradient], { a: [0, 7, 7, 7] })[0]]).toEqual([0, 1, 0, 0]);
  });

  it('is zero where the output does not depend on a node', () => {
    const graph = new Graph();
    const [a, b] = [graph.input('a', [2]), graph.input('b', [3])];
    const [gradient] = differentiate(graph, graph.sum(a), [b]);
    expect([...evaluate([gradient], {})[0]]).toEqual([0, 0, 0]);
  });
});

describe('shapes', () => {
  const graph = new Graph();
  const a = graph.input('a', [2, 3]);
  const image = graph.input('image', [1, 2, 5, 5]);
  const kernel = graph.input('kernel', [4, 3, 3, 3]);
  const wrong: Record<string, () => Node> = {
    matmul: () => graph.matmul(a, a),
    add: () => graph.add(a, graph.input('b', [2])),
    reshape: () => graph.reshape(a, [5]),
    broadcast: () => graph.broadcast(a, [2, 4]),
    transpose: () => graph.transpose(a, [0, 0]),
    sum: () => graph.sum(a, [2]),
    conv2d: () => graph.conv2d(image, kernel, { stride: 1, padding: 0 }),
    maxPool: () => graph.maxPool(image, 6),
    crossEntropy: () => graph.crossEntropy(a, graph.input('t', [2, 2])),
  };
  for (const [name, build] of Object.entries(wrong)) {
    it(`${name} names itself, what it expects and what came, in one line`, () => {
      expect(build).toThrow(new RegExp(`^deep graph, ${name}: expected .* got \\[.*$`));
    });
  }

  it('a missing or wrong feed is named', () => {
    expect(() => evaluate([a], {})).toThrow(/expected 6 numbers for 'a', got nothing/);
    expect(() => evaluate([a], { a: [1] })).toThrow(/got 1 numbers/);
  });
});
