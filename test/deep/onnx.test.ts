import { describe, expect, it } from 'vitest';
import type { Node } from '../../src/deep/ir/node.js';
import type { Precision } from '../../src/deep/onnx/model.js';
import { GraphSession } from '../../src/deep/onnx/session.js';
import { evaluate } from '../../src/deep/oracle/evaluate.js';
import { cases, feedsOf, largestDifference, weighted } from './helpers.js';

const bounds: { readonly [K in Precision]: number } = { float64: 1e-12, float32: 2e-4 };

async function worstDifference(test: (typeof cases)[number], precision: Precision): Promise<number> {
  const { output, gradients, names } = weighted(test);
  const outputs: Record<string, Node> = { output };
  names.forEach((name, i) => {
    outputs[`d_${name}`] = gradients[i];
  });
  const session = await GraphSession.create(outputs, precision);
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
});
