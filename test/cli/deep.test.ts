import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classesCsv, oneLineOf, regressionCsv, relucent, workFolder } from './run.js';

const folder = workFolder();
const cwd = folder.path;
const fixtures = join(import.meta.dirname, '../fixtures/onnx');
const run = (...args: string[]) => relucent(args, { cwd });
const table = ['train', '--data', 'classes.csv', '--target', 'label', '--arch', 'mlp-3-24-factorised'];
const short = ['--steps', '300', '--lr', '0.1', '--lambda', '0.02', '--measure-every', '100', '--batch', '16'];
const read = (path: string): string => readFileSync(folder.at(path), 'utf8');

beforeAll(() => {
  writeFileSync(folder.at('classes.csv'), classesCsv(120));
  writeFileSync(folder.at('numbers.csv'), regressionCsv(80));
});
afterAll(() => folder.remove());

describe('relucent train', () => {
  it('shows data, groups and result; writes config, log, checkpoint, network and page', async () => {
    const { code, stdout, stderr } = await run(...table, ...short, '--validation', '20', '-o', 'one');
    expect(stderr.replace(/^training .*\n|^reading .*\n/gm, '')).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/Groups +0 \(linear 2 → 24\) and 2 \(linear 24 → 24\): 24 units/);
    expect(stdout).toMatch(/active units: \d+ of 72/);
    const rows = read('one/log.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ step }) => step)).toEqual([100, 200, 300]);
    expect(rows[2].active).toBeLessThan(72);
    expect(rows[2].test.accuracy).toBeGreaterThan(0.7);
    expect(JSON.parse(read('one/config.json'))).toMatchObject({
      method: 'pathprox',
      lambda: 0.02,
      steps: 300,
      rate: 0.1,
    });
    const page = read('one/report.html');
    expect(page).toContain('Spectral norm of the Jacobian');
    expect(page).not.toMatch(/NaN|undefined|Infinity|<script|https?:/);
  });

  it('compact and balance keep the function of the run; the file gets smaller', async () => {
    const compacted = await run('compact', 'one', '-o', 'small.onnx');
    expect(compacted.stdout).toMatch(/small\.onnx: \d+ of 72 units, .* the same function/);
    const balanced = await run('balance', 'small.onnx', '-o', 'even.onnx');
    expect(balanced.stdout).toMatch(/sum of squared weights .* → .* the same function/);
    const x = Float64Array.from({ length: 20 }, (_, i) => ((i * 37) % 11) / 5 - 1);
    const scores = async (file: string) => {
      const session = await InferenceSession.create(folder.at(file));
      const is64 = file === 'even.onnx';
      const feed = new Tensor(is64 ? 'float64' : 'float32', (is64 ? x : Float32Array.from(x)) as never, [10, 2]);
      const { data } = (await session.run({ x: feed })).scores;
      return Array.from(data as Float32Array);
    };
    const [whole, small, even] = [
      await scores('one/network.onnx'),
      await scores('small.onnx'),
      await scores('even.onnx'),
    ];
    whole.forEach((score, i) => {
      expect(small[i]).toBeCloseTo(score, 6);
      expect(even[i]).toBeCloseTo(score, 5);
    });
    expect(readFileSync(folder.at('small.onnx')).length).toBeLessThan(
      readFileSync(folder.at('one/network.onnx')).length,
    );
  });

  it('compares runs in a table and on a page', async () => {
    const other = await run(...table, ...short, '--validation', '20', '--method', 'weight-decay', '-o', 'two');
    expect(other.code).toBe(0);
    const { stdout, code } = await run('compare', 'one', 'two', '--report', 'compare.html');
    expect(code).toBe(0);
    expect(stdout).toMatch(/one +pathprox .*\n.*two +weight-decay .* 100\.0 %/);
    expect(read('compare.html')).toContain('2 training runs');
  });

  it('numbers, lambda by validation, a network of the user, groups of the user', async () => {
    const onNumbers = ['train', '--data', 'numbers.csv', '--target', 'price', '--steps', '60', '--batch', '16'];
    const chosen = await run(
      ...onNumbers,
      '--arch',
      'mlp-2-10',
      '--lambda',
      'cv',
      '--validation',
      '15',
      '-o',
      'numbers',
    );
    expect(chosen.code).toBe(0);
    expect(chosen.stdout).toMatch(/λ +\S+: least validation loss, \S+ of 7/);
    expect(chosen.stdout).not.toContain('accuracy');
    const source = ['--from', 'one/network.onnx', '--lr', '0.01', '--steps', '20', '--lambda', '0.02'];
    const going = await run(
      'train',
      '--data',
      'classes.csv',
      '--target',
      'label',
      ...source,
      '--groups',
      '2-3',
      '-o',
      'on',
    );
    expect(going.code).toBe(0);
    expect(going.stdout).toMatch(/outside, plain weight decay: 0 \(linear 2 → 24\)/);
    const last = JSON.parse(read('one/log.jsonl').trim().split('\n')[2]);
    expect(JSON.parse(read('on/log.jsonl').split('\n')[0]).loss).toBeLessThan(2 * last.loss + 0.1);
  });
});

describe('--lambda cv', () => {
  it('chooses among runs like the one that follows: the same network, bias rule and pruning', async () => {
    const outcome = await run(
      ...['train', '--data', 'classes.csv', '--target', 'label', '--from', 'one/network.onnx', '--lambda', 'cv'],
      ...['--validation', '20', '--steps', '4', '--lr', '0.01', '--batch', '16', '--regularize-bias', '-o', 'chosen'],
    );
    expect(outcome.code).toBe(0);
    const [, least] = /least validation loss, (\S+), of 7/.exec(outcome.stdout) ?? [];
    const row = JSON.parse(read('chosen/log.jsonl').trim().split('\n').at(-1)!);
    expect(row.validation.loss).toBeCloseTo(Number(least), 3);
    expect(row.validation.loss).toBeLessThan(Math.log(2) - 0.1);
  });
});

describe('one clear line for', () => {
  const cases: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    [
      'a diverging run',
      [...table, '--steps', '200', '--lr', '1e6', '-o', 'nan'],
      2,
      /nan: diverged at step \d+: the loss is (NaN|Infinity); try a smaller learning rate, in another folder: relucent train … --lr 300000 -o <folder>\.$/,
    ],
    [
      'a folder that holds a run',
      [...table, ...short, '-o', 'one'],
      2,
      /one: holds a run already; go on with it by relucent resume one/,
    ],
    [
      'no such table',
      ['train', '--data', 'none.csv', '--target', 'y', '--arch', 'mlp-2-9', '--steps', '9', '-o', 'x'],
      4,
      /none\.csv: there is no such file/,
    ],
    [
      'a table without target',
      ['train', '--data', 'classes.csv', '--arch', 'mlp-2-9', '--steps', '9', '-o', 'x'],
      2,
      /--target: say which column of classes\.csv to predict/,
    ],
    [
      'no length',
      ['train', '--data', 'mnist', '--arch', 'mlp-2-9', '-o', 'x'],
      2,
      /say how long by one of --epochs and --steps/,
    ],
    [
      'another architecture',
      [...table.slice(0, 5), '--arch', 'resnet', '--steps', '9', '-o', 'x'],
      2,
      /expected mlp-L-m, .* got 'resnet'/,
    ],
    [
      'images where there are none',
      [...table.slice(0, 5), '--arch', 'cnn-small', '--steps', '9', '-o', 'x'],
      2,
      /expected images \[channels, height, width\]/,
    ],
    [
      'a network of another width',
      ['train', '--data', 'numbers.csv', '--target', 'price', '--from', 'small.onnx', '--steps', '9', '-o', 'x'],
      2,
      /--from: small\.onnx takes \[2\] and gives 2 outputs, but the data has \[3\] and 1/,
    ],
    [
      'groups that are none',
      [...table, ...short, '--groups', '0-3', '-o', 'x'],
      2,
      /groups: expected pairs among 0-2, 2-3, .* got 0-3/,
    ],
    [
      'an operator that is not supported',
      ['compact', join(fixtures, 'torch-present-tanh.onnx'), '-o', 'x.onnx'],
      5,
      /op Tanh is not supported/,
    ],
    ['another file', ['balance', 'classes.csv', '-o', 'x.onnx'], 5, /classes\.csv: expected an ONNX file/],
    ['no run', ['resume', cwd], 4, /expected the folder of a run/],
    ['no folder', ['resume', 'nowhere'], 4, /nowhere: there is no such file/],
    [
      'too large a batch',
      [...table, '--steps', '9', '--batch', '999', '-o', 'x'],
      2,
      /--batch: expected at most the \d+ training examples, got 999/,
    ],
  ];
  for (const [name, args, code, message] of cases) {
    it(name, async () => {
      const outcome = await run(...args);
      expect(oneLineOf(outcome)).toMatch(message);
      expect(outcome.code).toBe(code);
      expect(existsSync(folder.at('x'))).toBe(false);
    });
  }

  it('data that cannot be downloaded, or whose digest is another', async () => {
    const env = { XDG_CACHE_HOME: folder.at('cache'), RELUCENT_DATA_URL: 'http://127.0.0.1:9/' };
    const offline = await relucent(['train', '--data', 'svhn', '--arch', 'vgg19', '--steps', '1', '-o', 'svhn'], {
      cwd,
      env,
    });
    expect(oneLineOf(offline)).toMatch(
      /http:\/\/127\.0\.0\.1:9\/train_32x32\.mat: cannot be downloaded \(.+\); get train_32x32\.mat, test_32x32\.mat by hand and name their folder with --data-folder/,
    );
    expect(offline.code).toBe(4);
    const empty = await run(
      'train',
      '--data',
      'cifar10',
      '--data-folder',
      '.',
      '--arch',
      'vgg19',
      '--steps',
      '1',
      '-o',
      'c',
    );
    expect(oneLineOf(empty)).toMatch(/expected the files of CIFAR-10: cifar-10-binary\.tar\.gz; not all are there/);
  });

  it('data that changed since the run began', async () => {
    writeFileSync(folder.at('changed.csv'), classesCsv(60));
    const data = [
      'train',
      '--data',
      'changed.csv',
      '--target',
      'label',
      '--arch',
      'mlp-2-5',
      '--steps',
      '3',
      '--batch',
      '4',
    ];
    expect((await run(...data, '-o', 'changed')).code).toBe(0);
    writeFileSync(folder.at('changed.csv'), classesCsv(60, 9));
    const outcome = await run('resume', 'changed');
    expect(oneLineOf(outcome)).toMatch(/changed: changed\.csv is not what the run began with/);
    expect(outcome.code).toBe(3);
  });

  it('no ONNX Runtime', async () => {
    const hook = `export async function resolve(name, context, next) {
      if (!name.startsWith('onnxruntime')) return next(name, context);
      throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
    }`;
    const register = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(hook))});`;
    writeFileSync(folder.at('hide.mjs'), register);
    const env = { NODE_OPTIONS: `--import ${folder.at('hide.mjs')}` };
    const outcome = await relucent([...table, ...short, '-o', 'without'], { cwd, env });
    expect(oneLineOf(outcome)).toMatch(
      /deep training needs ONNX Runtime, found none \(.*Cannot find package 'onnxruntime-node'.*\); npm install onnxruntime-node or npm install onnxruntime-web/,
    );
    expect(outcome.code).toBe(6);
  });
});
