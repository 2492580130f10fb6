import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RelucentError } from '../../src/base/index.js';
import { type Model, modelJsonSchema, readModel, writeModel } from '../../src/model/index.js';
import { constantNetwork } from '../../src/networks/index.js';
import { mixedFeatures } from '../networks/helpers.js';
import { mixedModel } from './helpers.js';

const models: [string, Model][] = [
  ['a number, ReLU', mixedModel()],
  ['two classes, gated', mixedModel({ kind: 'binary', activation: 'gated' })],
  ['classes', { ...mixedModel({ kind: 'classes' }), scores: { train: { accuracy: 1 }, test: null } }],
  ['no neurons', { ...mixedModel(), weights: constantNetwork(mixedFeatures, [0.1]), patternSource: { kind: 'all' } }],
  [
    'a priced certificate',
    {
      ...mixedModel(),
      certificate: { ...mixedModel().certificate, scope: 'priced', search: { restarts: 9, seed: 2 } },
    },
  ],
];

describe('round trip', () => {
  test.each(models)('every bit comes back: %s', (_, model) => {
    const text = writeModel(model);
    expect(readModel(text)).toEqual(model);
    expect(writeModel(readModel(text))).toBe(text);
  });

  test('−0 and numbers of all sizes keep their bits', () => {
    const model = mixedModel();
    const odd = [-0, 5e-324, Number.MAX_VALUE, 1 / 3, 1e21, -1e-7, 2 ** 53, 0.1, 123456789.12345679, -1, 3];
    const data = model.weights.hidden.data.slice();
    data.set(odd);
    const back = readModel(
      writeModel({ ...model, weights: { ...model.weights, hidden: { ...model.weights.hidden, data } } }),
    );
    expect([...back.weights.hidden.data]).toEqual([...data]);
  });

  test('the order of keys in memory does not show in the file', () => {
    const reversed = (value: unknown): unknown => {
      if (ArrayBuffer.isView(value) || typeof value !== 'object' || value === null) return value;
      if (Array.isArray(value)) return value.map(reversed);
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([key, item]) => [key, reversed(item)]),
      );
    };
    const [, model] = models[1];
    expect(writeModel(reversed(model) as Model)).toBe(writeModel(model));
  });

  test('the file begins with its format and has a line per neuron and column', () => {
    const lines = writeModel(models[1][1]).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '{',
      '  "format": "relucent-model",',
      '  "formatVersion": 1,',
      '  "version": "0.1.0",',
    ]);
    expect(lines.filter((line) => /^ {6}\{"weights": \[.*"gateBias": .*\},?$/.test(line))).toHaveLength(5);
    expect(lines.filter((line) => /^ {6}\{"kind": "(number|category|dropped)".*\},?$/.test(line))).toHaveLength(6);
    expect(lines.at(-1)).toBe('');
  });

  test('a byte order mark is no harm', () => {
    expect(readModel(`\uFEFF${writeModel(models[0][1])}`)).toEqual(models[0][1]);
  });
});

/** The error of reading, checked to be one clean line of kind `model`. */
function refusal(text: string): string {
  try {
    readModel(text, 'model.json');
  } catch (error) {
    if (!(error instanceof RelucentError)) throw error;
    expect(error.kind).toBe('model');
    expect(error.message).toMatch(/^model\.json: [^\n]{10,300}\.$/);
    return error.message;
  }
  throw new Error('the file was read');
}

describe('damaged and foreign files', () => {
  test.each(models)('cut off at every 10th byte: %s', (_, model) => {
    const bytes = new TextEncoder().encode(writeModel(model));
    for (let length = 0; length < bytes.length - 1; length += 10) {
      const text = new TextDecoder().decode(bytes.subarray(0, length));
      const reason = length === 0 ? 'it is empty' : 'it is not JSON, or cut off';
      expect(refusal(text)).toBe(`model.json: expected a relucent model file, but ${reason}.`);
    }
  });

  test.each(models)('any field left out or of another kind: %s', (_, model) => {
    const text = writeModel(model);
    const places = paths(JSON.parse(text));
    expect(places.length).toBeGreaterThan(40);
    for (const place of places) {
      const last = place.at(-1)!;
      for (const value of [undefined, { a: 1 }, 'text!', null]) {
        const json = JSON.parse(text);
        const holder = place.slice(0, -1).reduce((object, key) => object[key], json);
        const stillSound = value === 'text!' && typeof holder[last] === 'string';
        const canBeLeftOut = value === undefined && (last === 'search' || Array.isArray(holder));
        if ((stillSound && !fixedTexts.includes(last)) || canBeLeftOut) continue;
        holder[last] = value;
        refusal(JSON.stringify(json));
      }
    }
  });

  test.each([
    ['train', 'text!'],
    ['train', null],
    ['test', 7],
    ['train', { r2: 'high' }],
    ['test', undefined],
  ])('measures of another kind: %s = %o', (part, value) => {
    const json = JSON.parse(writeModel(mixedModel()));
    json.scores[part] = value;
    expect(refusal(JSON.stringify(json))).toContain(`model.json: scores.${part}`);
  });

  const cases: [string, (json: Json) => void, string][] = [
    [
      'another format',
      (json) => (json.format = 'onnx'),
      "expected a relucent model file (format 'relucent-model'), got format 'onnx'.",
    ],
    [
      'no format',
      (json) => delete json.format,
      "expected a relucent model file (format 'relucent-model'), got JSON without it.",
    ],
    [
      'a newer version',
      (json) => Object.assign(json, { formatVersion: 2, version: '3.1.4' }),
      'expected format version 1, got 2 (relucent 3.1.4); install a newer relucent.',
    ],
    [
      'an unknown key',
      (json) => (json.extra = 1),
      'Unrecognized key: "extra"; the model file is damaged or was edited',
    ],
    [
      'a weight too many',
      (json) => json.weights.neurons[3].weights.push(1),
      'weights of neuron 3: expected 11 numbers, got 12.',
    ],
    [
      'an output too few',
      (json) => json.weights.neurons[0].output.pop(),
      'output of neuron 0: expected 1 numbers, got 0.',
    ],
    [
      'inputs that do not fit',
      (json) => (json.weights.inputs = 12),
      'weights of neuron 0: expected 12 numbers, got 11.',
    ],
    [
      'a gate in a ReLU network',
      (json) => (json.weights.neurons[1].gate = Array(11).fill(0)),
      'expected no gate in a relu network, got one in neuron 1.',
    ],
    [
      'a gated network without gates',
      (json) => (json.weights.activation = 'gated'),
      'gate of neuron 0: expected 11 numbers, got none.',
    ],
    [
      'a feature without a column',
      (json) => json.preprocessing.columns.pop(),
      'expected 11 features, as the network has inputs; the preprocessing makes 9 and names 11.',
    ],
    [
      'outputs that do not fit the target',
      (json) => (json.preprocessing.target = { kind: 'classes', name: 'y', classes: ['a', 'b', 'c'] }),
      "number of outputs: expected 3 for the target 'y', the network has 1.",
    ],
    [
      'a text for a number',
      (json) => (json.weights.neurons[2].bias = '0.5'),
      'weights.neurons[2].bias: expected number, received string; the model file is damaged',
    ],
    [
      'a scale of 0',
      (json) => (json.preprocessing.columns[0].scale = 0),
      'preprocessing.columns[0].scale: Too small: expected number to be >0',
    ],
    ['another tie rule', (json) => (json.tieRule = 'x·g > 0'), 'tieRule: '],
  ];

  test.each(cases)('%s', (_, spoil, message) => {
    const json = JSON.parse(writeModel(mixedModel())) as Json;
    spoil(json);
    expect(refusal(JSON.stringify(json))).toContain(`model.json: ${message}`);
  });

  test('numbers beyond float64', () => {
    const text = writeModel(mixedModel()).replace(/"lambda": 0.001/, '"lambda": 1e999');
    expect(refusal(text)).toContain('objective.lambda: ');
  });

  test.each([
    ['an array', '[1, 2]'],
    ['a number', '7'],
    ['null', 'null'],
    ['text', '"relucent-model"'],
  ])('%s', (_, text) => {
    expect(refusal(text)).toContain('got JSON without it');
  });

  test('a Python pickle or an ONNX file read as text', () => {
    expect(refusal('\x80\x04\x95\x10')).toContain('it is not JSON, or cut off');
  });
});

// biome-ignore lint/suspicious/noExplicitAny: files are spoilt at will
type Json = any;

/** Texts that must be one of a few words. */
const fixedTexts: (string | number)[] = ['format', 'kind', 'loss', 'scope', 'boundMethod', 'activation', 'tieRule'];

/** The paths of all values but the measures and the entries of long lists of numbers. */
function paths(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return at.length > 0 ? [at] : [];
  const entries = Array.isArray(value)
    ? value.map((item, k): [number, unknown] => [k, item]).slice(0, 2)
    : Object.entries(value);
  const inner = entries.flatMap(([key, item]) => paths(item, [...at, key]));
  return at.length > 0 ? [at, ...inner] : inner.filter(([first]) => first !== 'scores');
}

describe('what no file can hold', () => {
  const model = mixedModel();
  test.each<[string, Partial<Model>, string]>([
    [
      'NaN in the certificate',
      { certificate: { ...model.certificate, gap: Number.NaN } },
      'writeModel: certificate.gap: expected number, received NaN.',
    ],
    [
      'infinite weights',
      { weights: { ...model.weights, outputBias: Float64Array.of(Infinity) } },
      'writeModel: weights.outputBias[0]: ',
    ],
    ['an infinite measure', { scores: { train: { rmse: Infinity }, test: null } }, 'writeModel: scores.train.rmse: '],
    [
      'shapes that do not fit',
      { weights: constantNetwork(3, [0]) },
      'writeModel: expected 3 features, as the network has inputs; the preprocessing makes 11',
    ],
  ])('%s', (_, change, message) => {
    expect(() => writeModel({ ...model, ...change })).toThrow(message);
  });
});

describe('the published schema', () => {
  const published = JSON.parse(readFileSync(join(import.meta.dirname, '../../schema/model.schema.json'), 'utf8'));

  test('is up to date (npx tsx scripts/write-schema.ts)', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(modelJsonSchema())));
  });

  test('accepts what is written and refuses what is not a model', () => {
    const schema = z.fromJSONSchema(published);
    for (const [, model] of models) expect(schema.safeParse(JSON.parse(writeModel(model))).success).toBe(true);
    const json = JSON.parse(writeModel(models[0][1]));
    expect(schema.safeParse({ ...json, seed: 'x' }).success).toBe(false);
    expect(schema.safeParse({ ...json, extra: 1 }).success).toBe(false);
  });
});
