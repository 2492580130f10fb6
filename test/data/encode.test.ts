import { describe, expect, it } from 'vitest';
import {
  decodeTarget,
  encodeFeatures,
  encodeTarget,
  fitPreprocessing,
  inspectTarget,
  outputsOf,
  type Preprocessing,
  parseTable,
  requireFits,
  tableFrom,
} from '../../src/data/index.js';
import { matrix } from '../../src/linalg/index.js';

const training = tableFrom({
  size: [1, 2, 3, 4, 5, 6],
  gaps: [1, null, 3, 4, 5, 6],
  colour: ['red', 'red', 'blue', 'blue', 'green', 'green'],
  flag: ['no', 'yes', 'no', 'yes', 'no', 'yes'],
  kind: ['u', 'v', null, 'u', 'v', 'u'],
  y: [1.5, 2, 3, 4, 5, 6],
});
const { preprocessing } = fitPreprocessing(training, { target: 'y' });
const row = { size: [3.5], gaps: [3.8], colour: ['blue'], flag: ['no'], kind: ['u'] };
const encodeRow = (cells: Record<string, unknown[]>) => {
  const { X, warnings } = encodeFeatures(tableFrom({ ...row, ...cells }, 'new.csv'), preprocessing);
  return { x: Object.fromEntries(preprocessing.features.map((name, j) => [name, X.data[j]])), warnings };
};

describe('encodeFeatures', () => {
  it('follows the transforms, written out', () => {
    expect(encodeRow({}).x).toEqual({
      size: 0,
      gaps: 0,
      'gaps missing': 0,
      'colour=blue': 1,
      'colour=green': 0,
      'colour=red': 0,
      'flag=yes': 0,
      'kind=u': 1,
      'kind=v': 0,
      'kind missing': 0,
    });
    expect(encodeRow({ size: [6], gaps: [null], colour: ['red'], flag: ['yes'], kind: ['NA'] }).x).toEqual({
      size: 2.5 / Math.sqrt(17.5 / 6),
      gaps: 0,
      'gaps missing': 1,
      'colour=blue': 0,
      'colour=green': 0,
      'colour=red': 1,
      'flag=yes': 1,
      'kind=u': 0,
      'kind=v': 0,
      'kind missing': 1,
    });
  });

  it('gives a row at predict time what it gave at fit time, whatever else the table holds', async () => {
    const { X } = encodeFeatures(training, preprocessing);
    for (let i = 0; i < 6; i++) {
      expect(encodeFeatures(training, preprocessing, Int32Array.of(i)).X.data).toEqual(
        X.data.slice(i * X.cols, (i + 1) * X.cols),
      );
    }
    const text = 'extra,kind,flag,colour,gaps,size\n9,,no,"blue",3.0,3.00\n9,v,yes,red,,+2\n';
    const { X: again, warnings } = encodeFeatures(await parseTable(text), preprocessing);
    expect([...again.data]).toEqual([...X.data.slice(2 * X.cols, 3 * X.cols), ...X.data.slice(X.cols, 2 * X.cols)]);
    expect(warnings).toEqual(['column not used by the model: extra']);
  });

  it('survives the model file: JSON and back', () => {
    const stored: Preprocessing = JSON.parse(JSON.stringify(preprocessing));
    expect(encodeFeatures(training, stored)).toEqual(encodeFeatures(training, preprocessing));
  });

  it('counts levels that training never saw and gaps that training did not have', () => {
    const { x, warnings } = encodeRow({ colour: ['mauve'], size: [null], flag: ['NA'] });
    expect([x['colour=blue'], x['colour=green'], x['colour=red'], x.size, x['flag=yes']]).toEqual([0, 0, 0, 0, 0]);
    expect(warnings).toEqual([
      "column 'size': 1 missing cell, none in training; the mean was used",
      "column 'colour': 1 cell with levels that training never saw (mauve), encoded as none",
      "column 'flag': 1 missing cell, none in training; encoded as 'no'",
    ]);
  });

  it.each<[string, Record<string, unknown[]>, string]>([
    [
      'text in a number column',
      { size: ['big'] },
      "new.csv: row 1, column 'size': expected a number, got 'big'; correct it or leave the cell empty.",
    ],
    [
      'an infinity',
      { size: ['inf'] },
      "new.csv: row 1, column 'size': expected a finite number, got 'inf'; correct it or leave the cell empty.",
    ],
  ])('refuses %s', (_, cells, message) => {
    expect(() => encodeRow(cells)).toThrow(expect.objectContaining({ kind: 'data', message }));
  });

  it('refuses a number that overflows once standardised', () => {
    const narrow = fitPreprocessing(tableFrom({ a: [0, 1e-10, 2e-10], y: [1.5, 2, 3] }), { target: 'y' }).preprocessing;
    expect(() => encodeFeatures(tableFrom({ a: [1e305] }, 't'), narrow)).toThrow(
      "t: row 1, column 'a': 1e+305 is too large once standardised",
    );
  });

  it('names a missing column, and the one that was probably meant', () => {
    const { size, ...rest } = row;
    expect(() => encodeFeatures(tableFrom({ ...rest, Size: size }, 'new.csv'), preprocessing)).toThrow(
      expect.objectContaining({
        kind: 'data',
        message: "new.csv: column 'size' is missing, the model needs it; did you mean 'Size'?",
      }),
    );
    expect(() => encodeFeatures(tableFrom(rest, 'new.csv'), preprocessing)).toThrow(
      "new.csv: column 'size' is missing, the model needs it; the columns are gaps, colour, flag, kind.",
    );
  });

  it('refuses a matrix too large for memory before making it', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `n${i}`);
    const table = tableFrom({ id: many, y: many.map((_, i) => i / 4) }, 't');
    const wide = fitPreprocessing(table, { target: 'y', categorical: ['id'] }).preprocessing;
    expect(() => encodeFeatures(table, wide)).toThrow(
      expect.objectContaining({
        kind: 'resource',
        message:
          't: encoded features: 20000 rows × 20000 columns take 3.2 GB as float64, at most 1.5 GB fit; train on a sample of the rows, or leave out columns.',
      }),
    );
    expect(() => requireFits('t', 187_500_000, 1)).not.toThrow();
    expect(() => requireFits('t', 187_500_001, 1)).toThrow('t: 187500001 rows × 1 column take');
  });
});

describe('encodeTarget and decodeTarget', () => {
  const fitted = (y: unknown[], task?: 'regression') => {
    const table = tableFrom({ a: y.map((_, i) => i), y }, 't');
    return { table, preprocessing: fitPreprocessing(table, { target: 'y', task }).preprocessing };
  };
  const numbers = fitted([1.5, 2, 4, 8.5]);
  const two = fitted(['no', 'yes', 'yes', 'no']);
  const three = fitted(['b', 'a', 'c', 'a']);

  it('standardises numbers and brings them back', () => {
    const { y, outputs } = encodeTarget(numbers.table, numbers.preprocessing, 'number');
    expect(outputs).toBe(1);
    expect(y.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 12);
    expect(y.reduce((a, b) => a + b * b, 0) / 4).toBeCloseTo(1, 12);
    const back = decodeTarget(matrix(4, 1, y), numbers.preprocessing.target) as Float64Array;
    [1.5, 2, 4, 8.5].forEach((value, i) => {
      expect(back[i]).toBeCloseTo(value, 12);
    });
  });

  it.each([
    ['number', 1, [-1, 1, 1, -1]],
    ['label', 1, [-1, 1, 1, -1]],
    ['one-hot', 2, [1, 0, 0, 1, 0, 1, 1, 0]],
  ] as const)('writes two classes as %s and reads them back', (kind, outputs, expected) => {
    const { target } = two.preprocessing;
    const encoded = encodeTarget(two.table, two.preprocessing, kind);
    expect([encoded.outputs, outputsOf(target, kind), [...encoded.y]]).toEqual([outputs, outputs, expected]);
    expect(decodeTarget(matrix(4, outputs, encoded.y), target)).toEqual(['no', 'yes', 'yes', 'no']);
  });

  it.each([
    ['number', 0],
    ['one-hot', 0],
    ['label', -1],
  ] as const)('writes three classes as %s and reads them back', (kind, low) => {
    const { target } = three.preprocessing;
    const { y, outputs } = encodeTarget(three.table, three.preprocessing, kind);
    expect(outputs).toBe(outputsOf(target, kind));
    expect([...y]).toEqual([0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0].map((v) => v || low));
    expect(decodeTarget(matrix(4, 3, y), target)).toEqual(['b', 'a', 'c', 'a']);
  });

  it('takes a score of zero for the first class and the first of equal scores', () => {
    expect(decodeTarget(matrix(3, 1, Float64Array.of(0, 1e-300, -1e-300)), two.preprocessing.target)).toEqual([
      'no',
      'yes',
      'no',
    ]);
    expect(decodeTarget(matrix(1, 3, Float64Array.of(1, 2, 2)), three.preprocessing.target)).toEqual(['b']);
  });

  it('encodes chosen rows', () => {
    expect([...encodeTarget(two.table, two.preprocessing, 'label', Int32Array.of(3, 1)).y]).toEqual([-1, 1]);
  });

  it('refuses what it cannot encode or decode', () => {
    const newTable = (y: unknown[]) => tableFrom({ a: y, y }, 'new.csv');
    expect(() => encodeTarget(newTable(['maybe']), two.preprocessing, 'label')).toThrow(
      "new.csv: row 1, target 'y': expected one of no, yes, got 'maybe'; correct it or leave the row out.",
    );
    expect(() => encodeTarget(newTable(['no', null]), two.preprocessing, 'label')).toThrow(
      "new.csv: row 2, target 'y': expected one of no, yes, got a missing cell",
    );
    expect(() => encodeTarget(newTable(['x']), numbers.preprocessing, 'number')).toThrow("expected a number, got 'x'");
    expect(() => encodeTarget(numbers.table, numbers.preprocessing, 'label')).toThrow(
      expect.objectContaining({
        kind: 'usage',
        message: "encodeTarget: target 'y' is a number, the loss wants labels; use a squared or Huber loss.",
      }),
    );
    expect(() => encodeTarget(tableFrom({ Y: [1] }, 'new.csv'), numbers.preprocessing, 'number')).toThrow(
      "new.csv: the target column 'y' is missing; did you mean 'Y'?",
    );
    expect(() => decodeTarget(matrix(1, 2), three.preprocessing.target)).toThrow(
      'decodeTarget: expected 3 outputs for 3 classes, got 2.',
    );
    expect(() => decodeTarget(matrix(1, 2), numbers.preprocessing.target)).toThrow(
      'decodeTarget: expected 1 output for a number, got 2.',
    );
  });

  it('gives the classes of rows for a stratified split', () => {
    const table = tableFrom({ a: [1, 2, 3, 4, 5], y: ['v', null, 'u', 'v', 'u'] });
    const facts = inspectTarget(table, 'y');
    expect([[...facts.rows], [...(facts.strata as Int32Array)], facts.classes]).toEqual([
      [0, 2, 3, 4],
      [1, 0, 1, 0],
      ['u', 'v'],
    ]);
    expect(inspectTarget(numbers.table, 'y').strata).toBeNull();
  });
});
