import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromOnnx, parseTable, predictTable, readModel } from '../../src/index.js';
import { classesCsv, type Outcome, oneLineOf, regressionCsv, relucent, remarksOf, workFolder } from './run.js';

const folder = workFolder();
const cwd = folder.path;
let fitted: Outcome;
let classified: Outcome;

beforeAll(async () => {
  writeFileSync(folder.at('houses.csv'), regressionCsv());
  writeFileSync(folder.at('labels.csv'), classesCsv());
  writeFileSync(folder.at('gappy.csv'), 'height,width,place\n1,,south\n0.5,2,elsewhere\n');
  fitted = await relucent(
    ['fit', 'houses.csv', '--target', 'price', '--lambda', '0.01', '--picture', 'model.png', '-o', 'model.json'],
    { cwd },
  );
  classified = await relucent(
    [
      'fit',
      '-',
      '--target',
      'label',
      '--lambda',
      '1e-2',
      '--no-standardize',
      '--hidden-bias',
      '--picture',
      'l.svg',
      '--json',
      '-o',
      'labels.json',
    ],
    { cwd, stdin: classesCsv() },
  );
});

afterAll(() => folder.remove());

const read = (name: string): string => readFileSync(folder.at(name), 'utf8');
const modelOf = (name: string) => readModel(read(name));

describe('relucent fit', () => {
  it('shows data, network, scores and certificate in plain text', () => {
    expect(fitted.code).toBe(0);
    for (const part of [
      'houses.csv: 60 rows, 4 columns (3 numbers, 1 category)',
      'predict price, a number',
      '48 rows to train, 12 test (seed 0)',
      'ReLU neuron',
      'penalty Σ‖u‖|α| =',
      'training',
      'test',
      'R²',
      'Proved',
      'primal',
      'dual',
      'relative',
      'asked for 1e-6',
      'scope',
      'model.json (',
      'model.png (',
    ]) {
      expect(fitted.stdout).toContain(part);
    }
    expect(fitted.stdout + fitted.stderr).not.toContain('\u001b');
    expect(fitted.stdout).not.toMatch(/undefined|NaN|[^\S\n]$/m);
  });

  it('reports progress sparsely on stderr', () => {
    const lines = fitted.stderr.trim().split('\n');
    expect(lines[0]).toMatch(/· \d/);
    expect(lines.length).toBeLessThan(20);
  });

  it('writes a model that is whole and a PNG, and nothing else', () => {
    expect(modelOf('model.json').preprocessing.target.name).toBe('price');
    expect([...readFileSync(folder.at('model.png')).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    expect(folder.files()).toEqual([
      'gappy.csv',
      'houses.csv',
      'l.svg',
      'labels.csv',
      'labels.json',
      'model.json',
      'model.png',
    ]);
  });

  it('reads stdin and answers in JSON alone', () => {
    expect(classified.code).toBe(0);
    expect(remarksOf(classified)).toBe('');
    const summary = JSON.parse(classified.stdout);
    expect(summary).toMatchObject({
      model: 'labels.json',
      picture: 'l.svg',
      status: 'solved',
      target: 'label',
      task: 'classification',
      classes: ['no, never', 'yes'],
      lambda: 0.01,
      loss: 'logistic',
    });
    expect(summary.certificate.primal).toBe(modelOf('labels.json').certificate.primal);
    expect(read('l.svg')).toMatch(/^<svg xmlns/);
  });

  it('gives the same bytes again, and the model on stdout for -o -', async () => {
    const again = await relucent(
      ['fit', 'houses.csv', '--target', 'price', '--lambda', '0.01', '--threads', '1', '-o', '-'],
      { cwd },
    );
    expect(again.stdout).toBe(read('model.json'));
    expect(again.stderr).toContain('Certificate');
  });

  it('leaves out columns and takes options to the model', async () => {
    const outcome = await relucent(
      [
        'fit',
        'houses.csv',
        '--target',
        'price',
        '--lambda',
        '0.1',
        '--drop',
        'place,height',
        '--no-output-bias',
        '--test-fraction',
        '0',
        '--seed',
        '3',
        '--quiet',
        '-o',
        'small.json',
      ],
      { cwd },
    );
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
    const model = modelOf('small.json');
    expect(model.preprocessing.features).toEqual(['width']);
    expect(model.objective).toMatchObject({ lambda: 0.1, outputBias: false, hiddenBias: false });
    expect(model.rows).toMatchObject({ train: 60, test: 0, seed: 3 });
  });
});

describe('relucent predict', () => {
  it('writes the numbers of the library, all their digits', async () => {
    const outcome = await relucent(['predict', 'model.json', 'houses.csv'], { cwd });
    const predictions = predictTable(modelOf('model.json'), await parseTable(read('houses.csv')));
    const [header, ...lines] = outcome.stdout.trimEnd().split('\n');
    expect(header).toBe('price');
    expect(lines.map(Number)).toEqual(Array.from(predictions.kind === 'number' ? predictions.values : []));
    expect(remarksOf(outcome)).toBe('');
  });

  it('writes classes with probabilities that a table reader takes', async () => {
    const outcome = await relucent(['predict', 'labels.json', '-', '-o', 'p.csv'], { cwd, stdin: classesCsv(25) });
    expect(outcome.stdout).toContain('25 predictions of label in p.csv');
    const table = await parseTable(read('p.csv'));
    expect(table.columns.map(({ name }) => name)).toEqual(['label', 'P(no, never)', 'P(yes)']);
    const [label, no, yes] = table.columns;
    for (let i = 0; i < 25; i++) {
      expect(no.numbers[i] + yes.numbers[i]).toBeCloseTo(1, 12);
      expect(label.texts?.[i]).toBe(yes.numbers[i] > 0.5 ? 'yes' : 'no, never');
    }
  });

  it('warns about what training never saw', async () => {
    const outcome = await relucent(['predict', 'model.json', 'gappy.csv'], { cwd });
    expect(outcome.code).toBe(0);
    expect(outcome.stdout.trimEnd().split('\n').length).toBe(3);
    expect(outcome.stderr).toMatch(/^relucent: warning: .*1 missing cell/m);
    expect(outcome.stderr).toMatch(/^relucent: warning: .*elsewhere/m);
  });

  it('needs the columns of the model', async () => {
    const outcome = await relucent(['predict', 'model.json', 'labels.csv', '-o', 'never.csv'], { cwd });
    expect(oneLineOf(outcome)).toContain("labels.csv: column 'width' is missing");
    expect(outcome.code).toBe(3);
    expect(folder.files()).not.toContain('never.csv');
  });

  it('is content with a reader that stops early', async () => {
    const outcome = await relucent(['predict', 'model.json', 'houses.csv'], {
      cwd,
      shell: 'exec > >(head -1 >/dev/null)',
    });
    expect(remarksOf(outcome)).toBe('');
  });
});

describe('a reader that has seen enough', () => {
  it.skipIf(process.platform === 'win32')('does not stop a fit: its model is written', async () => {
    const args = ['fit', 'houses.csv', '--target', 'price', '--lambda', '0.1', '-o', 'headed.json'];
    const outcome = await relucent(args, { cwd, shell: 'exec > >(head -1 >/dev/null)' });
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).not.toMatch(/EPIPE|relucent:/);
    expect(modelOf('headed.json').objective.lambda).toBe(0.1);
  });
});

describe('relucent verify', () => {
  it('accepts what it wrote', async () => {
    const outcome = await relucent(['verify', 'model.json', 'houses.csv'], { cwd });
    expect(outcome.stdout).toContain('✓ accepted');
    expect(outcome.code).toBe(0);
  });

  it.each([
    [
      'a better objective',
      (json: string) =>
        json.replace(
          /("primal":\s*)0\.(\d)/,
          (_, key: string, digit: string) => `${key}0.${digit === '0' ? '0' : Number(digit) - 1}0`,
        ),
    ],
    ['a better bound', (json: string) => json.replace(/("bound":\s*)[\d.e-]+/, '$10.9')],
    [
      'another weight',
      (json: string) => json.replace(/("outputBias":\s*\[)/, '$10.5, ').replace(/(\[0\.5), [\d.e-]+/, '$1'),
    ],
  ])('rejects %s with exit code 7', async (name, edit) => {
    const edited = edit(read('model.json'));
    expect(edited).not.toBe(read('model.json'));
    writeFileSync(folder.at('edited.json'), edited);
    const outcome = await relucent(['verify', 'edited.json', 'houses.csv'], { cwd });
    expect(oneLineOf(outcome), name).toMatch(/^relucent: edited\.json: rejected: /);
    expect(outcome.stdout).toContain('✗ rejected');
    expect(outcome.code).toBe(7);
  });

  it('rejects other data', async () => {
    writeFileSync(folder.at('others.csv'), regressionCsv(60, 9));
    const outcome = await relucent(['verify', 'model.json', 'others.csv'], { cwd });
    expect(oneLineOf(outcome)).toContain('is not the one the model was trained on');
    expect(outcome.code).toBe(7);
  });

  it('judges an ONNX network: as good as the best found, or how much worse', async () => {
    await relucent(
      [
        'fit',
        'labels.csv',
        '--target',
        'label',
        '--lambda',
        '0.01',
        '--no-standardize',
        '--hidden-bias',
        '--test-fraction',
        '0',
        '--quiet',
        '-o',
        'all.json',
      ],
      { cwd },
    );
    await relucent(['export', 'all.json', '--to', 'onnx', '--precision', 'float64', '-o', 'all.onnx'], { cwd });
    const judge = (lambda: string): Promise<Outcome> =>
      relucent(['verify', 'all.onnx', 'labels.csv', '--target', 'label', '--lambda', lambda, '--time-limit', '10s'], {
        cwd,
      });
    const [same, other] = await Promise.all([judge('0.01'), judge('0.1')]);
    expect(same.stdout).toContain('as good as the best found');
    expect(same.stdout).toMatch(/at most [\d.e-]+ % above the optimum/);
    expect(other.stdout).toMatch(/Not optimal: its objective is [\d.]+ % above/);
    expect([same.code, other.code]).toEqual([0, 0]);
  });
});

describe('relucent export', () => {
  it('writes an ONNX file that reads back', async () => {
    const outcome = await relucent(['export', 'model.json', '--to', 'onnx', '-o', 'm.onnx'], { cwd });
    expect(outcome.code).toBe(0);
    expect(fromOnnx(readFileSync(folder.at('m.onnx'))).weights.hidden.cols).toBe(
      modelOf('model.json').weights.hidden.cols,
    );
  });

  it('writes JavaScript that predicts the same', async () => {
    const outcome = await relucent(['export', 'model.json', '--to', 'js', '-o', 'm.mjs'], { cwd });
    expect(outcome.stdout).toContain('m.mjs');
    const module = (await import(/* @vite-ignore */ pathToFileURL(folder.at('m.mjs')).href)) as {
      predict(row: unknown): number;
    };
    const predictions = predictTable(modelOf('model.json'), await parseTable('width,height,place\n0.5,-1,south\n'));
    expect(module.predict({ width: 0.5, height: -1, place: 'south' })).toBe(
      predictions.kind === 'number' ? predictions.values[0] : Number.NaN,
    );
  });

  it('writes C and Python to stdout, C with the name of the file', async () => {
    const [c, named, python] = await Promise.all([
      relucent(['export', 'model.json', '--to', 'c'], { cwd }),
      relucent(['export', 'model.json', '--to', 'c', '-o', 'house-price.c'], { cwd }),
      relucent(['export', 'model.json', '--to', 'numpy'], { cwd }),
    ]);
    expect(c.stdout).toContain('void model_predict(');
    expect(named.code).toBe(0);
    expect(read('house-price.c')).toContain('void house_price_predict(');
    expect(python.stdout).toContain('def predict(');
  });
});

describe('relucent info', () => {
  it('shows a model file', async () => {
    const outcome = await relucent(['info', 'model.json'], { cwd });
    for (const part of [
      'written by relucent',
      'predict price',
      'numbers: width, height',
      'categories: place',
      'Certificate',
      'primal',
    ])
      expect(outcome.stdout).toContain(part);
    expect(remarksOf(outcome)).toBe('');
  });
});
