import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RelucentError } from '../../src/base/index.js';
import {
  isPathFile,
  type LambdaChoice,
  modelOfPoint,
  type PathModel,
  pathJsonSchema,
  readModel,
  readPath,
  writeModel,
  writePath,
} from '../../src/model/index.js';
import { constantNetwork } from '../../src/networks/index.js';
import { mixedFeatures, randomNetwork } from '../networks/helpers.js';
import { certificate, mixedModel } from './helpers.js';

/** A path of three points of five, of every part that a file can hold. */
function mixedPath({ kind = 'number', activation = 'relu' }: Parameters<typeof mixedModel>[0] = {}): PathModel {
  const { preprocessing, objective, patternSource, rows, seed, dataDigest, version } = mixedModel({ kind, activation });
  const { lambda: _, ...shared } = objective;
  const outputs = kind === 'classes' ? 3 : 1;
  const lambdas = [0.7, 0.3, 0.1, 0.02, 0];
  const scores = { train: { r2: 0.1 + 0.2, rmse: 5e-324 }, test: { r2: Number.NaN, rmse: 1e-7 } };
  return {
    preprocessing,
    objective: shared,
    end: 'aborted',
    patternSource,
    rows,
    seed,
    dataDigest,
    version,
    lambdaMax: 0.7,
    nullLoss: 1 / 3,
    lambdas,
    points: [0, 2, 5].map((neurons, k) => ({
      lambda: lambdas[k],
      status: k === 1 ? 'stalled' : 'solved',
      certificate: k === 2 ? { ...certificate, scope: 'priced', search: { restarts: 9, seed: 2 } } : certificate,
      scores: k === 1 ? { train: { accuracy: 1 }, test: null } : scores,
      weights:
        neurons === 0
          ? constantNetwork(mixedFeatures, new Array(outputs).fill(-0.25), activation)
          : randomNetwork({ inputs: mixedFeatures, neurons, outputs, activation }),
    })),
  };
}

const paths: [string, PathModel][] = [
  ['a number, ReLU', mixedPath()],
  ['two classes, gated', mixedPath({ kind: 'binary', activation: 'gated' })],
  ['classes', { ...mixedPath({ kind: 'classes' }), end: 'max-neurons', patternSource: { kind: 'found' } }],
  ['no points', { ...mixedPath(), points: [], end: 'time-limit' }],
];

describe('round trip', () => {
  test.each(paths)('every bit comes back: %s', (_, path) => {
    const text = writePath(path);
    expect(readPath(text)).toEqual(path);
    expect(writePath(readPath(`\uFEFF${text}`))).toBe(text);
    expect(isPathFile(text)).toBe(true);
    expect(isPathFile(`\uFEFF${text.slice(0, 40)}`)).toBe(true);
  });

  test('a point is a model of its own', () => {
    const [, path] = paths[1];
    const model = modelOfPoint(path, 2);
    expect(readModel(writeModel(model))).toEqual(model);
    expect(model.objective).toEqual({ ...path.objective, lambda: 0.1 });
    expect(model.weights).toBe(path.points[2].weights);
    expect(isPathFile(writeModel(model))).toBe(false);
  });

  test('a line a point', () => {
    const lines = writePath(paths[0][1]).split('\n');
    expect(lines.filter((line) => /^ {4}\{"lambda": /.test(line))).toHaveLength(3);
    expect(lines.slice(0, 2)).toEqual(['{', '  "format": "relucent-path",']);
  });
});

/** The error of reading, checked to be one clean line of kind `model`. */
function refusal(text: string): string {
  try {
    readPath(text, 'path.json');
  } catch (error) {
    if (!(error instanceof RelucentError)) throw error;
    expect(error.kind).toBe('model');
    expect(error.message).toMatch(/^path\.json: [^\n]{10,300}\.$/);
    return error.message;
  }
  throw new Error('the file was read');
}

// biome-ignore lint/suspicious/noExplicitAny: files are spoilt at will
type Json = any;

describe('damaged and foreign files', () => {
  test.each(paths)('cut off at every 40th byte: %s', (_, path) => {
    const bytes = new TextEncoder().encode(writePath(path));
    for (let length = 0; length < bytes.length - 1; length += 40) {
      const reason = length === 0 ? 'it is empty' : 'it is not JSON, or cut off';
      const cut = new TextDecoder().decode(bytes.subarray(0, length));
      expect(refusal(cut)).toBe(`path.json: expected a relucent path file, but ${reason}.`);
    }
  });

  test.each(paths.slice(0, 3))('any field left out or of another kind: %s', (_, path) => {
    const text = writePath(path);
    const json = JSON.parse(text);
    const places: (string | number)[][] = [
      ...Object.keys(json).map((key) => [key]),
      ...Object.keys(json.objective).map((key) => ['objective', key]),
      ...Object.keys(json.points[2]).map((key) => ['points', 2, key]),
      ...Object.keys(json.points[2].weights).map((key) => ['points', 2, 'weights', key]),
      ['lambdas', 1],
      ['points', 1],
      ['points', 1, 'scores'],
      ['points', 2, 'certificate', 'gap'],
    ];
    for (const place of places) {
      for (const value of [undefined, null, { a: 1 }, -3.5, 'text!']) {
        const spoilt = JSON.parse(text) as Json;
        const last = place.at(-1) as string;
        const holder = place.slice(0, -1).reduce((object: Json, key) => object[key], spoilt);
        const [numbers, names] = [
          ['nullLoss', 'gap'],
          ['version', 'dataDigest'],
        ];
        if ((value === -3.5 && numbers.includes(last)) || (value === 'text!' && names.includes(last))) continue;
        holder[last] = value;
        refusal(JSON.stringify(spoilt));
      }
    }
  });

  const cases: [string, (json: Json) => void, string][] = [
    [
      'a model file',
      (json) => (json.format = 'relucent-model'),
      "expected a relucent path file (format 'relucent-path'), got format 'relucent-model'.",
    ],
    [
      'a newer version',
      (json) => Object.assign(json, { formatVersion: 2, version: '3.1.4' }),
      'expected format version 1, got 2 (relucent 3.1.4); install a newer relucent.',
    ],
    ['an unknown key', (json) => (json.extra = 1), 'Unrecognized key: "extra"; the path file is damaged or was edited'],
    ['an end of no kind', (json) => (json.end = 'tired'), 'end: '],
    ['λ that rise', (json) => json.lambdas.reverse(), 'lambdas: expected descending λ; the path file is damaged'],
    ['a λ twice', (json) => json.lambdas.splice(1, 0, 0.7), 'lambdas: expected descending λ'],
    ['a λ below 0', (json) => (json.lambdas[4] = -1), 'lambdas[4]: '],
    ['a point left out', (json) => json.points.splice(1, 1), 'points: expected the points at the first of the λ'],
    ['more points than λ', (json) => json.lambdas.splice(2), 'points: expected the points at the first of the λ'],
    [
      'a point elsewhere',
      (json) => (json.points[1].lambda = 0.31),
      'points: expected the points at the first of the λ',
    ],
    ['a weight too many', (json) => json.points[2].weights.neurons[3].weights.push(1), 'weights of neuron 3: expected'],
    [
      'a network of other inputs',
      (json) => Object.assign(json.points[0].weights, { inputs: 3 }),
      'expected 3 features, as the network has inputs; the preprocessing makes 11',
    ],
    ['another tie rule', (json) => (json.tieRule = 'x·g > 0'), 'tieRule: '],
  ];
  test.each(cases)('%s', (_, spoil, message) => {
    const json = JSON.parse(writePath(mixedPath())) as Json;
    spoil(json);
    expect(refusal(JSON.stringify(json))).toContain(`path.json: ${message}`);
  });

  test('model and path files name each other', () => {
    expect(refusal(writeModel(mixedModel()))).toContain("got format 'relucent-model'");
    expect(() => readModel(writePath(mixedPath()), 'm.json')).toThrow(
      "m.json: expected a relucent model file (format 'relucent-model'), got format 'relucent-path'.",
    );
  });
});

describe('what no file can hold', () => {
  const path = mixedPath();
  const changed = (change: Partial<PathModel['points'][number]>): PathModel => ({
    ...path,
    points: [{ ...path.points[0], ...change }, ...path.points.slice(1)],
  });
  test.each<[string, PathModel, string]>([
    ['NaN as λ_max', { ...path, lambdaMax: Number.NaN }, 'writePath: lambdaMax: '],
    ['points at other λ', changed({ lambda: 0.6 }), 'writePath: points: expected the points at the first of the λ.'],
    ['a network of other inputs', changed({ weights: constantNetwork(3, [0]) }), 'writePath: expected 3 features'],
    [
      'an infinite measure',
      changed({ scores: { train: { rmse: Number.POSITIVE_INFINITY }, test: null } }),
      'writePath: points[0].scores.train.rmse: ',
    ],
  ])('%s', (_, other, message) => {
    expect(() => writePath(other)).toThrow(message);
  });
});

describe('the choice of λ in a model file', () => {
  const choice: LambdaChoice = {
    rule: 'cv-1se',
    measure: 'auc',
    better: 'more',
    folds: 4,
    repeats: 2,
    manner: 'stratified by class',
    end: 'risen',
    lambdas: [0.5, 0.25, 0.125],
    mean: [Number.NaN, 0.1 + 0.2, 0.7],
    standardError: [Number.NaN, Number.NaN, 0.01],
    neurons: [0, 1.5, 3],
    min: 2,
    oneStandardError: 1,
  };
  const text = writeModel({ ...mixedModel(), choice });

  test('comes back to the bit, NaN as null', () => {
    expect(readModel(text).choice).toEqual(choice);
    expect(writeModel(readModel(text))).toBe(text);
    const json = JSON.parse(text);
    expect([json.choice.mean[0], json.choice.standardError]).toEqual([null, [null, null, 0.01]]);
    expect(Object.keys(json).indexOf('choice')).toBe(Object.keys(json).indexOf('patternSource') + 1);
    expect('choice' in JSON.parse(writeModel(mixedModel()))).toBe(false);
  });

  test.each<[string, (choice: Json) => void]>([
    ['another rule', (c) => (c.rule = 'best')],
    ['another measure', (c) => (c.measure = 'r2')],
    ['fewer means than λ', (c) => c.mean.pop()],
    ['more standard errors than λ', (c) => c.standardError.push(1)],
    ['fewer neurons than λ', (c) => c.neurons.pop()],
    ['a choice beyond the curve', (c) => (c.min = 3)],
    ['1se after min', (c) => Object.assign(c, { min: 0, oneStandardError: 1 })],
    ['one fold', (c) => (c.folds = 1)],
    ['an end of no kind', (c) => (c.end = 'tired')],
    ['an unknown key', (c) => (c.extra = 1)],
    ['no λ', (c) => delete c.lambdas],
  ])('is refused with %s', (_, spoil) => {
    const json = JSON.parse(text) as Json;
    spoil(json.choice);
    expect(() => readModel(JSON.stringify(json), 'm.json')).toThrow(
      /^m\.json: choice[^\n]*; the model file is damaged/,
    );
  });
});

describe('the published schema', () => {
  const published = JSON.parse(readFileSync(join(import.meta.dirname, '../../schema/path.schema.json'), 'utf8'));

  test('is up to date (npx tsx scripts/write-schema.ts)', () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(pathJsonSchema())));
  });

  test('accepts what is written and refuses what is not a path', () => {
    const schema = z.fromJSONSchema(published);
    for (const [, path] of paths) expect(schema.safeParse(JSON.parse(writePath(path))).success).toBe(true);
    const json = JSON.parse(writePath(paths[0][1]));
    expect(schema.safeParse({ ...json, seed: 'x' }).success).toBe(false);
    expect(schema.safeParse({ ...json, end: 'tired' }).success).toBe(false);
    expect(schema.safeParse({ ...json, extra: 1 }).success).toBe(false);
  });
});
