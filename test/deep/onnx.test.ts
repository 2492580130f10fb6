import { describe, expect, it } from 'vitest';
import { Graph } from '../../src/deep/ir/graph.js';
import type { Node } from '../../src/deep/ir/node.js';
import type { Precision } from '../../src/deep/onnx/model.js';
import { type Backend, GraphSession } from '../../src/deep/onnx/session.js';
import { evaluate } from '../../src/deep/oracle/evaluate.js';
import { cases, feedsOf, largestDifference, weighted } from './helpers.js';

const bounds: { readonly [K in Precision]: number } = { float64: 1e-12, float32: 2e-4 };

async function worstDifference(test: (typeof cases)[number], precision: Precision, backend: Backend = 'native') {
  const { output, gradients, names } = weighted(test);
  const outputs: Record<string, Node> = { output };
  names.forEach((name, i) => {
    outputs[`d_${name}`] = gradients[i];
  });
  const session = await GraphSession.create(outputs, precision, { backend });
  // Both see the same numbers: those that float32 has.
  const feeds = feedsOf({ ...test, domain: (x) => Math.fround((test.domain ?? ((y: number) => y))(x)) });
  const typed = Object.entries(feeds)
    .filter(([name]) => session.inputs.has(name))
    .map(([name, values]) => [name, precision === 'float64' ? values : Float32Array.from(values)]);
  const results = await session.run(Object.fromEntries(typed));
  const expected = evaluate(Object.values(outputs), feeds);
  await session.release();
  return Math.max(...Object.keys(outputs).map((name, i) => largestDifference(results[name], expected[i])));
}

describe('ONNX Runtime against the plain executor', () => {
  for (const test of cases) {
    for (const precision of test.float32Only ? (['float32'] as const) : (['float64', 'float32'] as const)) {
      it(`${test.name}, ${precision}: result and gradients`, async () => {
        expect(await worstDifference(test, precision)).toBeLessThan(bounds[precision]);
      });
    }
  }
  it('every case in WebAssembly', async () => {
    for (const test of cases) {
      expect(await worstDifference(test, 'float32', 'wasm'), test.name).toBeLessThan(bounds.float32);
    }
  });

  it('arrays that are given are filled, by both packages', async () => {
    const graph = new Graph();
    const doubled = graph.scale(graph.input('a', [3]), 2);
    for (const backend of ['native', 'wasm'] as const) {
      const session = await GraphSession.create({ doubled }, 'float32', { backend });
      const into = { doubled: new Float32Array(3) };
      const out = await session.run({ a: Float32Array.of(1, 2, 3) }, into);
      expect(out.doubled).toBe(into.doubled);
      expect([...into.doubled]).toEqual([2, 4, 6]);
      await expect(session.run({ a: Float32Array.of(1) })).rejects.toThrow(/expected 3 numbers for 'a', got 1/);
      await session.release();
    }
  });
});
