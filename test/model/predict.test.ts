import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { encodeFeatures, tableFrom } from '../../src/data/index.js';
import type { LossName } from '../../src/losses/index.js';
import {
  type ClassPredictions,
  type ExportFormat,
  exportModel,
  type NumberPredictions,
  predictTable,
  readModel,
  writeModel,
} from '../../src/model/index.js';
import { toC, toJavaScript, toNumpy, toOnnx } from '../../src/networks/index.js';
import { mixedNumbers, mixedRecords, mixedTable, naiveScores, relativeError } from '../networks/helpers.js';
import { mixedModel } from './helpers.js';

/** Scores of the mixed table by a naive loop. */
const scoresOf = (model: ReturnType<typeof mixedModel>): number[][] =>
  naiveScores(model.weights, encodeFeatures(mixedTable(), model.preprocessing).X);

describe('predictions for a table', () => {
  test('numbers come in units of the target, with what the encoding noticed', () => {
    const model = mixedModel();
    const predictions = predictTable(model, mixedTable()) as NumberPredictions;
    expect(predictions.kind).toBe('number');
    const expected = scoresOf(model).map(([score]) => 210.5 + 37.25 * score);
    expect(relativeError(predictions.values, expected)).toBeLessThan(1e-14);
    expect(predictions.warnings.join()).toContain('never saw');
  });

  test('features that overflow are said', () => {
    for (const kind of ['number', 'binary'] as const) {
      const model = mixedModel({ kind });
      const weights = { ...model.weights, outputBias: Float64Array.of(Number.MAX_VALUE) };
      const rows = mixedTable().rowCount;
      const said = `${rows} of ${rows} rows overflow: what is predicted there is not a finite number.`;
      const output = { ...weights.output, data: weights.output.data.map(() => Number.MAX_VALUE) };
      expect(predictTable({ ...model, weights: { ...weights, output } }, mixedTable()).warnings).toContain(said);
      expect(predictTable(model, mixedTable()).warnings.join()).not.toContain('overflow');
    }
  });

  test('two classes: the second where the score is positive, probabilities by the sigmoid', () => {
    const model = mixedModel({ kind: 'binary', activation: 'gated' });
    const scores = scoresOf(model).map(([score]) => score);
    const { labels, probabilities, classes } = predictTable(model, mixedTable()) as ClassPredictions;
    expect(classes).toEqual(['no', 'yes']);
    expect(labels).toEqual(scores.map((score) => (score > 0 ? 'yes' : 'no')));
    expect(new Set(labels).size).toBe(2);
    const expected = scores.flatMap((score) => [1 - 1 / (1 + Math.exp(-score)), 1 / (1 + Math.exp(-score))]);
    expect(relativeError(probabilities!.data, expected)).toBeLessThan(1e-14);
  });

  test('a score far out keeps the digits of the small probability', () => {
    const model = mixedModel({ kind: 'binary' });
    const weights = { ...model.weights, outputBias: Float64Array.of(400) };
    const { probabilities, scores } = predictTable({ ...model, weights }, mixedTable()) as ClassPredictions;
    const [first] = scores.data;
    expect(probabilities!.data[0] / Math.exp(-first)).toBeCloseTo(1, 12);
  });

  test.each([
    ['classes', 3, ['a', 'b"c', 'd']],
    ['binary', 2, ['no', 'yes']],
  ] as const)('one score per class: the largest wins, probabilities by the softmax (%s)', (kind, outputs, names) => {
    const model = mixedModel({ kind, outputs, loss: 'softmax' });
    const scores = scoresOf(model);
    const { labels, probabilities } = predictTable(model, mixedTable()) as ClassPredictions;
    expect(labels).toEqual(scores.map((row) => names[row.indexOf(Math.max(...row))]));
    const expected = scores.flatMap((row) => {
      const powers = row.map(Math.exp);
      return powers.map((power) => power / powers.reduce((sum, other) => sum + other, 0));
    });
    expect(relativeError(probabilities!.data, expected)).toBeLessThan(1e-14);
  });

  test.each<[LossName, number, boolean]>([
    ['logistic', 1, true],
    ['squared-hinge', 1, false],
    ['squared', 1, false],
    ['softmax', 2, true],
    ['logistic', 2, false],
  ])('%s with %i scores gives probabilities: %s', (loss, outputs, given) => {
    const model = mixedModel({ kind: 'binary', loss, outputs });
    expect((predictTable(model, mixedTable()) as ClassPredictions).probabilities !== null).toBe(given);
  });

  test('rows can be chosen', () => {
    const model = mixedModel();
    const all = predictTable(model, mixedTable()) as NumberPredictions;
    const some = predictTable(model, mixedTable(), Int32Array.of(4, 1)) as NumberPredictions;
    expect([...some.values]).toEqual([all.values[4], all.values[1]]);
  });

  test('a table without a column that is needed is refused by name', () => {
    expect(() => predictTable(mixedModel(), tableFrom({ age: [1] }, 'new.csv'))).toThrow(
      /new\.csv: column .* is missing/,
    );
  });
});

describe('exports', () => {
  test.each([
    ['onnx', 'net.onnx'],
    ['js', 'net.mjs'],
    ['c', 'net.c'],
    ['numpy', 'net.py'],
  ] as const)('%s is written as %s, probabilities as the loss allows', (to, fileName) => {
    for (const loss of ['logistic', 'squared-hinge'] as const) {
      const model = mixedModel({ kind: 'binary', loss });
      const options = { preprocessing: model.preprocessing, probability: loss === 'logistic' };
      const texts = {
        js: toJavaScript,
        numpy: toNumpy,
        c: (w: typeof model.weights) => toC(w, { ...options, name: 'net' }),
      };
      const expected =
        to === 'onnx' ? toOnnx(model.weights, options) : new TextEncoder().encode(texts[to](model.weights, options));
      const exported = exportModel(model, to, { name: 'net' });
      expect(exported.fileName).toBe(fileName);
      expect(exported.bytes).toEqual(expected);
    }
  });

  test('a model file, its ONNX file and its JavaScript give one answer', async () => {
    const model = readModel(writeModel(mixedModel({ kind: 'binary' })));
    const { labels, probabilities } = predictTable(model, mixedTable()) as ClassPredictions;
    const module = await import(
      /* @vite-ignore */ `data:text/javascript,${encodeURIComponent(new TextDecoder().decode(exportModel(model, 'js').bytes))}`
    );
    const answers = mixedRecords().map((record) => module.predict(record));
    expect(answers.map((answer) => answer.label)).toEqual(labels);
    expect(answers.flatMap((answer) => answer.probability)).toEqual([...probabilities!.data]);
    const session = await InferenceSession.create(exportModel(model, 'onnx', { precision: 'float64' }).bytes, {
      intraOpNumThreads: 1,
    });
    const input = new Tensor('float64', Float64Array.from(mixedNumbers().flat()), [6, 5]);
    const outputs = await session.run({ input });
    expect(Array.from(outputs.label.data as BigInt64Array, (k) => ['no', 'yes'][Number(k)])).toEqual(labels);
    expect(relativeError(outputs.probability.data as Float64Array, probabilities!.data)).toBeLessThan(1e-12);
  });

  test('another format is refused', () => {
    expect(() => exportModel(mixedModel(), 'pmml' as ExportFormat)).toThrow(
      'exportModel: expected onnx, js, c or numpy, got pmml.',
    );
  });
});
