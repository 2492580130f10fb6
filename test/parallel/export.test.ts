import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { parseTable } from '../../src/data/index.js';
import { matrix } from '../../src/linalg/index.js';
import {
  fitParallelTable,
  givesProbability,
  parallelScores,
  parallelToJavaScript,
  parallelToOnnx,
  predictParallelTable,
  trainParallelByAdam,
} from '../../src/parallel/index.js';

const random = createRandom(9);
const X = matrix(
  20,
  3,
  Float64Array.from({ length: 60 }, () => random.normal()),
);
const y = Float64Array.from({ length: 40 }, () => random.normal());

describe('exports', () => {
  it.each([
    { layers: 2 },
    { layers: 3, width: 2, skip: true, hiddenBias: true },
    { layers: 4, width: 2, regularizer: 'path', hiddenBias: true },
  ] as const)('of encoded features: ONNX agrees to 1e-12, JavaScript bit for bit: %j', async (options) => {
    const { network } = await trainParallelByAdam(X, y, { ...options, subnetworks: 6, steps: 60 });
    const scores = parallelScores(network, X);
    const session = await InferenceSession.create(parallelToOnnx(network, { precision: 'float64' }));
    const { score } = await session.run({ input: new Tensor('float64', X.data, [20, 3]) });
    scores.data.forEach((value, i) => {
      expect(Math.abs(Number(score.data[i]) - value)).toBeLessThan(1e-12 * (1 + Math.abs(value)));
    });
    const url = `data:text/javascript,${encodeURIComponent(parallelToJavaScript(network))}`;
    const { predict } = (await import(/* @vite-ignore */ url)) as { predict(row: number[]): number[] };
    const rows = Array.from({ length: 20 }, (_, i) => predict([...X.data.slice(3 * i, 3 * i + 3)]));
    expect(rows.flat()).toEqual([...scores.data]);
  });
});

/** Raw cells of the rows that the ONNX file takes: numbers, the index of a level, NaN for a missing cell. */
const raw = [
  [0.3, 0, 1.5],
  [Number.NaN, 2, -0.5],
  [-1, Number.NaN, 0.25],
  [1.25, -1, 0],
];
const cells = [
  { a: 0.3, kind: 'x', b: 1.5 },
  { a: null, kind: 'z', b: -0.5 },
  { a: -1, kind: '', b: '0.25' },
  { a: 1.25, kind: 'unseen', b: 0 },
];

describe('exports of models with preprocessing', () => {
  const kinds = ['x', 'y', 'z'];
  const source = createRandom(4);
  const lines = Array.from({ length: 60 }, (_, i) => {
    const [a, b] = [source.normal(), source.normal()];
    const t = a + (i % 3) - b * b;
    return [
      i === 5 ? '' : a,
      i === 7 ? '' : kinds[i % 3],
      b,
      t,
      t > 0 ? 'yes' : 'no',
      t > 1 ? 'p' : t > -0.5 ? 'q' : 'r',
    ];
  });
  const csv = ['a,kind,b,t,two,three', ...lines.map((line) => line.join(','))].join('\n');
  const others = { t: ['two', 'three'], two: ['t', 'three'], three: ['t', 'two'] };

  it.each([
    ['t', 'auto', 'weight-decay'],
    ['two', 'auto', 'path'],
    ['three', 'auto', 'weight-decay'],
    ['three', 'squared', 'path'],
  ] as const)('take raw cells: %s, loss %s, %s', async (target, loss, regularizer) => {
    const table = await parseTable(new TextEncoder().encode(csv), { name: 'd.csv' });
    const options = {
      target,
      loss,
      regularizer,
      drop: others[target],
      lambda: 0.004,
      patterns: 12,
      threads: 1,
    } as const;
    const { model } = await fitParallelTable(table, { ...options, skip: true, hiddenBias: true });
    const { network, preprocessing } = model;
    if (target === 'three') expect(new Set(network.subnetworks.map(({ output }) => output)).size).toBeGreaterThan(1);
    const common = { preprocessing, probability: givesProbability(model) };
    const url = `data:text/javascript,${encodeURIComponent(parallelToJavaScript(network, common))}`;
    const code = (await import(/* @vite-ignore */ url)) as {
      scores(row: object): number[];
      predict(row: object): number | { label: string; probability?: number[] };
    };
    const rows = ['a,kind,b,t,two,three', '0.3,x,1.5,,,', ',z,-0.5,,,', '-1,,0.25,,,', '1.25,unseen,0,,,'].join('\n');
    const expected = predictParallelTable(model, await parseTable(new TextEncoder().encode(rows), { name: 'new.csv' }));
    expect(cells.flatMap((cell) => code.scores(cell))).toEqual([...expected.scores.data]);
    const session = await InferenceSession.create(parallelToOnnx(network, common));
    const answer = await session.run({ input: new Tensor('float32', Float32Array.from(raw.flat()), [4, 3]) });
    expected.scores.data.forEach((value, i) => {
      expect(Math.abs(Number(answer.score.data[i]) - value)).toBeLessThan(1e-6 * (1 + Math.abs(value)));
    });
    const first = code.predict(cells[0]);
    if (expected.kind === 'number') {
      expect(first).toBe(expected.values[0]);
      expect(Number(answer.prediction.data[0])).toBeCloseTo(expected.values[0], 5);
    } else {
      expect(Array.from(answer.label.data as BigInt64Array, (k) => expected.classes[Number(k)])).toEqual(
        expected.labels,
      );
      expect((first as { label: string }).label).toBe(expected.labels[0]);
      expect(expected.probabilities === null).toBe(loss === 'squared');
      if (expected.probabilities)
        expect(Math.abs(Number(answer.probability.data[0]) - expected.probabilities.data[0])).toBeLessThan(1e-6);
    }
  });

  it('refuse a preprocessing of other features', async () => {
    const table = await parseTable(new TextEncoder().encode(csv), { name: 'd.csv' });
    const options = { target: 't', lambda: 0.5, drop: others.t, gap: 1e-2, threads: 1 } as const;
    const { model } = await fitParallelTable(table, options);
    const { network } = await trainParallelByAdam(X, y, { steps: 5, subnetworks: 2 });
    for (const write of [parallelToOnnx, parallelToJavaScript])
      expect(() => write(network, { preprocessing: model.preprocessing })).toThrow('expected 3 features');
  });
});
