import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './here.js';
import { oneLineOf, regressionCsv, relucent, workFolder } from './run.js';

const folder = workFolder();
let before: string[] = [];

beforeAll(() => {
  writeFileSync(folder.at('data.csv'), regressionCsv());
  writeFileSync(folder.at('empty.csv'), '');
  writeFileSync(folder.at('ragged.csv'), 'a,b\n1,2\n3\n');
  writeFileSync(folder.at('broken.json'), '{"format": "relucent-model", ');
  writeFileSync(folder.at('other.json'), '{"hello": 1}');
  writeFileSync(folder.at('kept.json'), 'as it was');
  mkdirSync(folder.at('folder'));
  symlinkSync('data.csv', folder.at('link.csv'));
  linkSync(folder.at('data.csv'), folder.at('hard.csv'));
  before = folder.files();
});

afterAll(() => folder.remove());

type Case = readonly [name: string, args: readonly string[], code: number, message: RegExp];

const fit = ['fit', 'data.csv', '--target', 'price'];

const cases: readonly Case[] = [
  ['an input that is not there', ['fit', 'nothing.csv', '--target', 'y'], 4, /nothing\.csv: there is no such file/],
  ['a folder as input', ['fit', 'folder', '--target', 'y'], 4, /folder: is a folder; expected a file/],
  ['a path through a file', ['fit', 'data.csv/x', '--target', 'y'], 4, /data\.csv\/x: a part of the path is a file/],
  ['an empty file', ['fit', 'empty.csv', '--target', 'y'], 3, /empty\.csv/],
  ['a ragged table', ['fit', 'ragged.csv', '--target', 'b'], 3, /ragged\.csv: line 3/],
  ['nothing on stdin', ['fit', '-', '--target', 'y'], 3, /stdin/],
  [
    'an output in no folder',
    ['fit', 'ragged.csv', '--target', 'b', '-o', 'none/m.json'],
    4,
    /none\/m\.json: the folder none does not exist/,
  ],
  [
    'an output through a file',
    ['fit', 'ragged.csv', '--target', 'b', '-o', 'data.csv/m.json'],
    4,
    /data\.csv\/m\.json: .*file, not a folder/,
  ],
  [
    'a folder as output',
    ['fit', 'ragged.csv', '--target', 'b', '-o', 'folder'],
    4,
    /folder: is a folder; name a file in it/,
  ],
  ['an empty output', ['fit', 'ragged.csv', '--target', 'b', '-o', ''], 2, /empty/],
  ['the input as output', [...fit, '-o', 'data.csv'], 2, /data\.csv: is the input data\.csv/],
  ['the input as output, spelt otherwise', [...fit, '-o', './folder/../data.csv'], 2, /is the input data\.csv/],
  ['the input as output, by a link', [...fit, '-o', 'link.csv'], 2, /link\.csv: is the input/],
  ['the input as output, by another name', [...fit, '-o', 'hard.csv'], 2, /hard\.csv: is the input/],
  [
    'the input as picture',
    ['fit', 'data.csv', '--target', 'price', '--picture', 'folder/x.svg', '-o', 'folder/x.svg'],
    2,
    /written twice/,
  ],
  ['the model as predictions', ['predict', 'kept.json', 'data.csv', '-o', 'kept.json'], 2, /is the input kept\.json/],
  ['a model that is cut off', ['predict', 'broken.json', 'data.csv'], 5, /broken\.json: .* not JSON, or cut off/],
  ['another JSON file', ['info', 'other.json'], 5, /other\.json: expected a relucent model file/],
  ['a table as model', ['verify', 'data.csv', 'data.csv', '--target', 'price', '--lambda', '1'], 5, /data\.csv/],
  [
    'a target for a model file',
    ['verify', 'other.json', 'data.csv', '--target', 'price'],
    2,
    /--target: is for ONNX networks/,
  ],
];

describe('every failure is one line, its exit code, and no file', () => {
  it.each(cases)('%s', async (_, args, code, message) => {
    const outcome = await (args.includes('-') ? relucent(args, { cwd: folder.path }) : runHere(args, folder.path));
    expect(oneLineOf(outcome)).toMatch(message);
    expect(outcome.code).toBe(code);
    expect(outcome.stdout).not.toContain('Certificate');
  });

  it('leaves the folder as it was', () => {
    expect(folder.files()).toEqual(before);
    expect(readFileSync(folder.at('kept.json'), 'utf8')).toBe('as it was');
    expect(readFileSync(folder.at('data.csv'), 'utf8')).toBe(regressionCsv());
  });
});

describe('RELUCENT_DEBUG', () => {
  it('shows where an error came from', async () => {
    const outcome = await relucent(['info', 'broken.json'], { cwd: folder.path, env: { RELUCENT_DEBUG: '1' } });
    expect(outcome.stderr).toMatch(/^relucent: broken\.json/);
    expect(outcome.stderr).toMatch(/\n\s+at /);
    expect(outcome.code).toBe(5);
  });
});
