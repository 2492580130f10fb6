import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { parseTable } from '../../src/data/index.js';
import { matrix } from '../../src/linalg/index.js';
import {
  fitParallelTable,
  parallelScores,
  parallelToJavaScript,
  parallelToOnnx,
  predictParallelTable,
  readParallelModel,
  trainParallelByAdam,
  verifyParallelModel,
  writeParallelModel,
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
  ] as const)('ONNX agrees to 1e-6, JavaScript bit for bit: %j', async (options) => {
    const { network } = await trainParallelByAdam(X, y, { ...options, subnetworks: 6, steps: 60 });
    const scores = parallelScores(network, X);
    const session = await InferenceSession.create(parallelToOnnx(network, 'float64'));
    const { score } = await session.run({ input: new Tensor('float64', X.data, [20, 3]) });
    scores.data.forEach((value, i) => {
      expect(Math.abs(Number(score.data[i]) - value)).toBeLessThan(1e-6);
    });
    const url = `data:text/javascript,${encodeURIComponent(parallelToJavaScript(network))}`;
    const { predict } = (await import(/* @vite-ignore */ url)) as { predict(row: number[]): number[] };
    const rows = Array.from({ length: 20 }, (_, i) => predict([...X.data.slice(3 * i, 3 * i + 3)]));
    expect(rows.flat()).toEqual([...scores.data]);
  });
});

describe('model files', () => {
  const csv = Array.from({ length: 16 }, (_, i) => `${X.data[3 * i]},${X.data[3 * i + 1]},${y[i]}`);
  const reading = parseTable(new TextEncoder().encode(`a,b,y\n${csv.join('\n')}\n`), { name: 'd.csv' });

  it('predict and verify after a round trip; a better claim is rejected', async () => {
    const table = await reading;
    const options = { target: 'y', layers: 3, regularizer: 'path', lambda: 0.1, gap: 1e-4, threads: 1 } as const;
    const { model } = await fitParallelTable(table, options);
    const text = writeParallelModel(model);
    const again = readParallelModel(text, 'm.json');
    expect(again).toEqual(model);
    expect(predictParallelTable(again, table)).toEqual(predictParallelTable(model, table));
    expect(await verifyParallelModel(again, table)).toMatchObject({ accepted: true, reasons: [] });
    const { certificate } = model;
    const forged = { ...model, certificate: { ...certificate, primal: 0.9 * certificate.primal } };
    expect((await verifyParallelModel(forged, table)).reasons[0]).toMatch(/^the objective of the network is/);
    const proved = { ...model, certificate: { ...certificate, bound: certificate.primal * 1.01 } };
    expect((await verifyParallelModel(proved, table)).reasons[0]).toMatch(/^the lower bound .* exceeds/);
    expect(() => readParallelModel(text.slice(0, 300), 'm.json')).toThrow('m.json: expected a relucent model file');
  });

  it('verify a claim over sampled patterns alone; a larger dual value is rejected', async () => {
    const few = new TextEncoder().encode(`a,b,y\n${csv.slice(0, 9).join('\n')}\n`);
    const table = await parseTable(few, { name: 'few.csv' });
    const options = { target: 'y', layers: 3, lambda: 0.02, patterns: 6, gap: 1e-4, threads: 1 } as const;
    const { model } = await fitParallelTable(table, options);
    const { certificate } = model;
    expect(certificate.scope).toBe('sampled');
    expect(certificate.dual).toBeGreaterThan(certificate.bound);
    expect(await verifyParallelModel(model, table)).toMatchObject({ accepted: true, reasons: [] });
    const forged = { ...model, certificate: { ...certificate, dual: certificate.dual * 1.001 } };
    expect((await verifyParallelModel(forged, table)).reasons[0]).toMatch(/^the dual value .* of the sampled patterns/);
  });
});
