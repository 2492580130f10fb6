import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './here.js';
import { oneLineOf, regressionCsv, relucent, workFolder } from './run.js';

const folder = workFolder();

beforeAll(() => {
  writeFileSync(folder.at('data.csv'), regressionCsv());
  writeFileSync(folder.at('kept.json'), 'as it was');
});

afterAll(() => folder.remove());

type Case = readonly [name: string, args: readonly string[], code: number, message: RegExp];

const fit = ['fit', 'data.csv', '--target', 'price'];

const cases: readonly Case[] = [
  ['an unknown command', ['fitt', 'data.csv'], 2, /unknown command 'fitt'.*Did you mean fit\?/],
  ['an unknown option', [...fit, '--lamda', '1'], 2, /unknown option '--lamda'.*Did you mean --lambda\?/],
  ['a missing argument', ['predict', 'model.json'], 2, /<data>: is required, got none; relucent predict --help/],
  ['too many arguments', ['info', 'a.json', 'b.json'], 2, /too many arguments/],
  ['an option without its value', ['fit', 'data.csv', '--target'], 2, /--target <column>: expected a value, got none/],
  [
    'a λ that is no number',
    [...fit, '--lambda', 'abc'],
    2,
    /--lambda: expected cv, cv-1se or a number at least 0, got 'abc'/,
  ],
  ['a negative λ', [...fit, '--lambda', '-1'], 2, /--lambda: .* got '-1'/],
  ['a λ of NaN', [...fit, '--lambda', 'NaN'], 2, /--lambda: .* got 'NaN'/],
  ['a bad duration', [...fit, '--time-limit', '5x'], 2, /--time-limit: expected a time above 0 .* got '5x'/],
  ['a test fraction of 1', [...fit, '--test-fraction', '1'], 2, /--test-fraction: expected a share/],
  ['an unknown loss', [...fit, '--loss', 'l2'], 2, /--loss: expected auto, squared, huber, .* got 'l2'/],
  ['an unknown format', ['export', 'kept.json', '--to', 'pmml'], 2, /--to: expected onnx, js, c or numpy, got 'pmml'/],
  [
    'a picture of another kind',
    [...fit, '--picture', 'a.gif'],
    2,
    /--picture: expected a file that ends in \.svg or \.png/,
  ],
  [
    'folds for a λ that is given',
    [...fit, '--lambda', '0.1', '--folds', '3'],
    2,
    /--folds, --measure: are for --lambda cv/,
  ],
  ['a measure for a λ that is given', [...fit, '--lambda', '0.1', '--measure', 'mae'], 2, /are for --lambda cv/],
  [
    'gates that no memory holds',
    [...fit, '--lambda', '0.1', '--patterns', '1000000000'],
    6,
    /samplePatterns: expected at most \d+ gates for \d+ rows × \d+ columns, got 1000000000; use fewer gates/,
  ],
  ['figures in a file', [...fit, '--figures', 'kept.json'], 4, /kept\.json: is a file; expected a folder/],
  ['figures on stdout', [...fit, '--figures', '-'], 2, /--figures: expected the path of a folder, got - \(stdout\)/],
  [
    'figures of a parallel network',
    [...fit, '--layers', '3', '--figures', 'figs'],
    2,
    /--figures: is for two-layer networks/,
  ],
  [
    'nothing to go on with',
    ['cv', 'data.csv', '--target', 'price', '--resume', '-o', 'none.json'],
    4,
    /none\.json: there is no cross-validation to go on with; leave out --resume/,
  ],
  [
    'no target',
    ['fit', 'data.csv'],
    2,
    /--target: say which column of data\.csv to predict; its columns are width, height, place, price/,
  ],
  [
    'a misspelt target',
    ['fit', 'data.csv', '--target', 'prise'],
    2,
    /--target: data\.csv has no column 'prise' among its 4 columns; did you mean 'price'\?/,
  ],
  ['a misspelt column to drop', [...fit, '--drop', 'hieght'], 2, /--drop: .* did you mean 'height'\?/],
  ['an unknown categorical column', [...fit, '--categorical', 'zzz'], 2, /--categorical: .* its columns are width/],
  ['the target dropped', [...fit, '--drop', 'price'], 2, /'price' is the target/],
  ['model and JSON both on stdout', [...fit, '--json', '-o', '-'], 2, /both write to stdout/],
  ['stdin twice', ['predict', '-', '-'], 2, /only one input can be '-'/],
  [
    'a precision for code',
    ['export', 'kept.json', '--to', 'js', '--precision', 'float32'],
    2,
    /--precision: is for --to onnx/,
  ],
];

describe('misuse is one line, exit code 2, and no file', () => {
  it.each(cases)('%s', async (_, args, code, message) => {
    const outcome = await runHere(args, folder.path);
    expect(oneLineOf(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).not.toContain('Certificate');
  });

  it('is the same from the program itself', async () => {
    const [, args, code, message] = cases[0];
    const outcome = await relucent(args, { cwd: folder.path });
    expect([oneLineOf(outcome), outcome.code]).toEqual([expect.stringMatching(message), code]);
  });

  it('leaves the folder as it was', () => {
    expect(folder.files()).toEqual(['data.csv', 'kept.json']);
  });
});

describe('help', () => {
  it('states the objective with its normalisation', async () => {
    const [help, none] = await Promise.all([relucent(['--help']), relucent([])]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('(1/n) Σ_i ℓ(f(x_i), y_i) + λ Σ_j ‖u_j‖|α_j|');
    expect(help.stdout.split('\n').every((line) => [...line].length <= 80)).toBe(true);
    expect(none.stdout).toBe(help.stdout);
    expect(none.code).toBe(0);
  });

  it('lists the options of a command and the version', async () => {
    const [help, version] = await Promise.all([relucent(['fit', '--help']), relucent(['--version'])]);
    for (const flag of [
      '--target',
      '--task',
      '--lambda',
      '--activation',
      '--loss',
      '--patterns',
      '--gap',
      '--time-limit',
      '--seed',
      '--threads',
      '--hidden-bias',
      '--no-output-bias',
      '--no-standardize',
      '--test-fraction',
      '--drop',
      '--categorical',
      '--picture',
      '--quiet',
      '--json',
      '--output',
    ]) {
      expect(help.stdout).toContain(flag);
    }
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
