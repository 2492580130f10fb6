import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonArguments } from '../../src/cli/search.js';
import { classesCsv, oneLineOf, relucent, workFolder } from './run.js';

const folder = workFolder();
const cwd = folder.path;
const args = [
  ...[
    'search',
    '--data',
    'classes.csv',
    '--target',
    'label',
    '--arch',
    'mlp-2-8',
    '--validation',
    '20',
    '--method',
    'weight-decay',
  ],
  ...[
    '--lrs',
    '0.1,1e9',
    '--lambdas',
    '0.01',
    '--seeds',
    '2',
    '--steps',
    '30',
    '--batch',
    '16',
    '--measure-every',
    '10',
  ],
];

beforeAll(() => writeFileSync(folder.at('classes.csv'), classesCsv(100)));
afterAll(() => folder.remove());

describe('relucent search', () => {
  it('trains every rate and seed, counts those that diverged, and does nothing twice', async () => {
    const { code, stdout } = await relucent([...args, '-o', 'grid'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/\* +0\.1 +0\.01 +\d+\.\d % ± \d+\.\d %/);
    expect(stdout).toMatch(/2 of 2 diverged/);
    const file = readFileSync(folder.at('grid/search.json'), 'utf8');
    const [good, bad] = JSON.parse(file);
    expect([good.runs, good.diverged, bad.diverged, bad.validation]).toEqual([2, 0, 2, null]);
    const logs = [0, 1].map((seed) => {
      const path = `grid/lr-0.1-lambda-0.01-seed-${seed}`;
      const rows = readFileSync(folder.at(`${path}/log.jsonl`), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      return rows.reduce((a, b) => (b.validation.accuracy > a.validation.accuracy ? b : a));
    });
    expect(good.validation.mean).toBeCloseTo((logs[0].validation.accuracy + logs[1].validation.accuracy) / 2, 12);
    expect(good.test.mean).toBeCloseTo((logs[0].test.accuracy + logs[1].test.accuracy) / 2, 12);
    expect(good.test.error).toBeCloseTo(Math.abs(logs[0].test.accuracy - logs[1].test.accuracy) / 2, 12);
    const before = readFileSync(folder.at('grid/lr-0.1-lambda-0.01-seed-0/network.onnx'));
    expect((await relucent([...args, '-o', 'grid'], { cwd })).code).toBe(0);
    expect(readFileSync(folder.at('grid/search.json'), 'utf8')).toBe(file);
    expect(readFileSync(folder.at('grid/lr-0.1-lambda-0.01-seed-0/network.onnx'))).toEqual(before);
  });

  it('ends with the error and the exit code of a run that cannot go on', async () => {
    const broken = folder.at('grid/lr-0.1-lambda-0.01-seed-1');
    rmSync(`${broken}/network.onnx`);
    writeFileSync(`${broken}/checkpoint.bin`, 'x');
    const good = args.map((arg) => (arg === '0.1,1e9' ? '0.1' : arg));
    const outcome = await relucent([...good, '-o', 'grid'], { cwd });
    expect(oneLineOf(outcome)).toMatch(/seed-1\/checkpoint\.bin: expected the state of a deep run/);
    expect(outcome.code).toBe(5);
  });

  it('refuses what the grid sets, and passes on an error of its runs', async () => {
    const outcome = await relucent([...args, '--lr', '0.1', '-o', 'no'], { cwd });
    expect(outcome.code).toBe(2);
    const missing = args.map((arg) => (arg === 'classes.csv' ? 'none.csv' : arg));
    expect(oneLineOf(await relucent([...missing, '-o', 'no'], { cwd }))).toMatch(/none\.csv: there is no such file/);
  });

  it('hands on all options but its own', () => {
    const given = [
      '--data',
      'x.csv',
      '--lrs',
      '1,2',
      '--lambdas=3',
      '--augment',
      '-o',
      'out',
      '--quiet',
      '--batch',
      '9',
    ];
    expect(commonArguments(given)).toEqual(['--data', 'x.csv', '--augment', '--batch', '9']);
  });
});
