import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../src/cli/program.js';
import { writeBadInputs, writeBadModels } from './bad-inputs.js';
import { runHere } from './here.js';
import { type Case, optionCases as shallowCases, unfitTables, unreadableModels, unreadableTables } from './matrix.js';
import {
  deepOptionCases,
  deepRight,
  deepValues,
  makeImageRun,
  makeRun,
  unreadableNetworks,
  unreadableOnnx,
  unreadableRuns,
  unreadableStates,
  unservable,
  writeBadRuns,
} from './matrix-deep.js';
import { oneLineOf, relucent, workFolder } from './run.js';

const optionCases = { ...shallowCases, ...deepOptionCases };

const folder = workFolder();
const { commands } = program(() => undefined);
let before: readonly string[] = [];

const run = (args: readonly string[]) => runHere(args, folder.path);
const good = (typed: string) =>
  run(typed.split(' ')).then(({ code, stderr }) => expect([code, stderr]).toEqual([0, '']));

beforeAll(async () => {
  writeBadInputs(folder.at);
  await good('fit data.csv --target price --lambda 0.2 --quiet -o model.json');
  await good('path data.csv --target price --lambdas 4 --min-ratio 0.3 --gap 1e-2 --quiet -o path.json');
  await good('fit labels.csv --target label --lambda 0.2 --quiet -o labels.json');
  await run('fit data.csv --target price --lambda 0.2 --no-standardize --quiet -o raw.json'.split(' '));
  expect((await run('export raw.json --to onnx -o net.onnx'.split(' '))).code).toBe(0);
  writeBadModels(folder.at, readFileSync(folder.at('model.json'), 'utf8'));
  await good(makeRun);
  writeBadRuns(folder.at, readFileSync(folder.at('run/config.json'), 'utf8'));
  await good(makeImageRun);
  writeFileSync(folder.at('secret'), 'x');
  chmodSync(folder.at('secret'), 0);
  cpSync(folder.at('run'), folder.at('secret-run'), { recursive: true });
  chmodSync(folder.at('secret-run/config.json'), 0);
  before = everything();
});

afterAll(() => folder.remove());

/** Every file below the folder. */
const everything = (): string[] =>
  readdirSync(folder.path, { recursive: true })
    .map((name) => String(name))
    .sort();

/** One line that begins with the program's name, the exit code, nothing on stdout that looks like an answer. */
async function refused(args: readonly string[], code: number, line: RegExp): Promise<void> {
  const outcome = await run(args);
  const said = oneLineOf(outcome);
  expect(said).toMatch(line);
  expect(outcome.code).toBe(code);
  expect(said).not.toMatch(/undefined|\[object|Error:|a defect of relucent/);
  expect(outcome.stdout).not.toMatch(/Certificate|^price$/m);
}

const typed = (text: string): string[] => text.split(' ');

/** A command line that is right, so that one thing can be made wrong. */
const right: Readonly<Record<string, readonly string[]>> = {
  fit: ['data.csv', '--target', 'price'],
  path: ['data.csv', '--target', 'price'],
  cv: ['data.csv', '--target', 'price'],
  predict: ['model.json', 'data.csv'],
  verify: ['model.json', 'data.csv'],
  export: ['model.json', '--to', 'js'],
  'optimal-set': ['model.json', 'data.csv'],
  prune: ['model.json', 'data.csv'],
  select: ['model.json', 'data.csv', '--by', 'fewest'],
  reproduce: ['optimal-sets/figure-1', '--small'],
  info: ['model.json'],
  demo: [],
  studio: ['data.csv'],
  ...deepRight,
};

/** Options that add to what they were given before. */
const mayComeAgain = ['--drop', '--categorical', '--corruptions'];
const repeatable = ['reproduce --data'];

const options = commands.flatMap((command) =>
  command.options.map((made) => ({
    command: command.name(),
    flag: made.long as string,
    takesValue: made.required || made.optional,
    mayComeAgain: mayComeAgain.includes(made.long as string) || repeatable.includes(`${command.name()} ${made.long}`),
  })),
);

describe('every option of every command', () => {
  it('has a row of bad values when it takes one, and commands have a right line', () => {
    const withValue = options.filter(({ takesValue }) => takesValue).map(({ command, flag }) => `${command} ${flag}`);
    expect(Object.keys(optionCases).filter((key) => (optionCases[key]?.length ?? 0) > 0)).toEqual(
      expect.arrayContaining(withValue),
    );
    const known = options.map(({ command, flag }) => `${command} ${flag}`);
    expect(known).toEqual(expect.arrayContaining(Object.keys(optionCases)));
    expect(commands.map((command) => command.name()).sort()).toEqual(Object.keys(right).sort());
  });

  it.each(Object.values(optionCases).flat())('%s', async (text, code, line) => {
    await refused(typed(text), code, line);
  });

  it.each(options.filter(({ takesValue }) => takesValue))('$command $flag without its value', async (option) => {
    const { command, flag } = option;
    await refused([command, ...right[command], flag], 2, new RegExp(`${flag} <[^>]+>: expected a value, got none`));
  });

  it.each(options.filter(({ takesValue }) => !takesValue))('$command $flag with a value', async (option) => {
    const { command, flag } = option;
    const line = new RegExp(`${flag}: takes no value, got '1'; relucent ${command} --help`);
    await refused([command, ...right[command], `${flag}=1`], 2, line);
  });

  it.each(options.filter(({ mayComeAgain }) => !mayComeAgain))('$command $flag given twice', async (option) => {
    const { command, flag, takesValue } = option;
    const values: Record<string, string> = {
      '--task': 'auto',
      '--activation': 'relu',
      '--loss': 'auto',
      '--to': 'js',
      '--measure': 'auto',
      '--method': 'norm',
      '--by': 'fewest',
      '--regularizer': 'path',
      '--max-loss-increase': '1%',
      ...deepValues,
      ...(['train', 'search'].includes(command) && { '--method': 'none', '--validation': '5', '--groups': '0-2' }),
    };
    const value =
      values[flag] ??
      (flag === '--precision'
        ? 'float32'
        : /target|picture|output|report|groups|fold-column|points|validation/.test(flag)
          ? 'x'
          : '0.5');
    const counts = [
      'layers',
      'rank',
      'width',
      'patterns',
      'seed',
      'threads',
      'folds',
      'repeats',
      'patience',
      'lambdas',
      'max-neurons',
    ];
    const whole = counts.includes(flag.slice(2)) || (command === 'prune' && flag === '--to') ? '5' : value;
    const once = takesValue ? [flag, whole] : [flag];
    await refused([command, ...right[command], ...once, ...once], 2, new RegExp(`${flag}: given twice; give it once`));
  });

  it.each(commands.map((command) => command.name()))(
    '%s with an unknown option, too much, too little',
    async (name) => {
      await refused(
        [name, ...right[name], '--colour'],
        2,
        new RegExp(`unknown option '--colour'.*relucent ${name} --help`),
      );
      // One more of a list is read like the others
      const [code, line] = isVariadic(name) ? [4, /^relucent: more: there is no such file/] : [2, /too many arguments/];
      await refused([name, ...right[name], 'more'], code as number, line as RegExp);
      const missing = requiredBy(name);
      if (missing.length > 0) await refused([name], 2, new RegExp(`(${missing.join('|')}): is required`));
    },
  );
});

const commandOf = (name: string) => commands.find((command) => command.name() === name)!;
const isVariadic = (name: string): boolean => commandOf(name).registeredArguments.some(({ variadic }) => variadic);

/** How the arguments and options are called that a command cannot do without. */
const requiredBy = (name: string): string[] =>
  [
    ...commandOf(name).registeredArguments.flatMap((made) => (made.required ? [`<${made.name()}>`] : [])),
    ...commandOf(name).options.flatMap((made) => (made.mandatory ? [made.flags] : [])),
  ].map((text) => text.replaceAll('.', '\\.'));

/** Where a command reads a table or a model: the line with `?` in its place. */
const readers: Readonly<Record<string, readonly [typed: string, cases: readonly Case[]]>> = {
  'fit <data>': ['fit ? --target price', unreadableTables],
  'path <data>': ['path ? --target price', unreadableTables],
  'cv <data>': ['cv ? --target price', unreadableTables],
  'predict <model.json>': ['predict ? data.csv', unreadableModels],
  'predict <data>': ['predict model.json ?', unreadableTables],
  'verify <model>': ['verify ? data.csv', unreadableModels],
  'verify <data>': ['verify model.json ?', unreadableTables],
  'export <model.json>': ['export ? --to js', unreadableModels],
  'optimal-set <model>': ['optimal-set ? data.csv', unreadableModels],
  'optimal-set <data>': ['optimal-set model.json ?', unreadableTables],
  'prune <model>': ['prune ? data.csv', unreadableModels],
  'prune <data>': ['prune model.json ?', unreadableTables],
  'select <model>': ['select ? data.csv --by min-norm', unreadableModels],
  'select <data>': ['select model.json ? --by min-norm', unreadableTables],
  'info <model.json>': ['info ?', unreadableModels],
  'train --data': ['train --data ? --target price --arch mlp-2-3 --steps 2 -o made', unreadableTables],
  'search --data': [
    'search --data ? --target price --arch mlp-2-3 --steps 2 --lrs 0.1 --lambdas 1 -o made',
    unreadableTables,
  ],
  'resume <run>': ['resume ?', unreadableRuns],
  'compare <runs>': ['compare run ?', unreadableRuns],
  'compact <network>': ['compact ? -o made.onnx', unreadableNetworks],
  'balance <network>': ['balance ? -o made.onnx', unreadableOnnx],
  'corrupt <run>': ['corrupt ?', unreadableStates],
  'studio <data>': ['studio ?', unservable],
};

/** Runs in a process of its own, because the experiments say themselves which there are. */
const inProcess: readonly string[] = ['reproduce <experiment>'];
const optionReaders: readonly string[] = ['train --data', 'search --data'];

describe('every reader of every command', () => {
  it('has a row', () => {
    const known = commands.flatMap((command) =>
      command.registeredArguments.map((argument) => `${command.name()} <${argument.name()}>`),
    );
    expect([...Object.keys(readers), ...inProcess].sort()).toEqual([...known, ...optionReaders].sort());
  });

  describe.each(Object.entries(readers))('%s', (_, [text, cases]) => {
    it.each(cases)("'%s'", async (file, code, line) => {
      await refused(
        typed(text).map((word) => (word === '?' ? file : word)),
        code,
        line,
      );
    });

    it.skipIf(process.getuid?.() === 0)('a file that may not be read', async () => {
      const name = cases === unreadableRuns || cases === unreadableStates ? 'secret-run' : 'secret';
      await refused(typed(text.replace('?', name)), 4, new RegExp(`${name}\\S*: permission denied`));
    });
  });

  it('reproduce <experiment>: the experiments that there are', async () => {
    const outcome = await relucent(['reproduce', 'optimal-sets/figure-99'], { cwd: folder.path });
    expect(oneLineOf(outcome)).toMatch(
      /reproduce: expected all, .*optimal-sets\/figure-1.*, got 'optimal-sets\/figure-99'/,
    );
    expect(outcome.code).toBe(2);
  });

  it.each(unfitTables)('%s', async (text, code, line) => {
    await refused(typed(text), code, line);
  });

  it('verify: bytes that are no ONNX file, before anything else is asked for', async () => {
    await refused(typed('verify garbled.onnx data.csv'), 5, /garbled\.onnx: .*ONNX/);
    await refused(typed('verify data.csv data.csv'), 5, /data\.csv: .*ONNX/);
  });

  it('predict: new categories are a warning, not an error', async () => {
    const outcome = await run(typed('predict model.json new-level.csv'));
    expect([outcome.code, outcome.stdout.split('\n').length]).toEqual([0, 4]);
    expect(outcome.stderr).toMatch(/^relucent: warning: .*2 cells with levels that training never saw \(west, 3\)/);
  });
});

describe('a full disk', () => {
  it.runIf(existsSync('/dev/full')).each<Case>([
    ['fit data.csv --target price --lambda 1 -o /dev/full', 4, /\/dev\/full: the disk is full/],
    ['predict model.json data.csv -o /dev/full', 4, /\/dev\/full: the disk is full/],
    ['export model.json --to onnx -o /dev/full', 4, /\/dev\/full: the disk is full/],
  ])('%s', async (text, code, line) => {
    const outcome = await run(typed(text));
    expect(oneLineOf(outcome)).toMatch(line);
    expect(outcome.code).toBe(code);
  });

  it.runIf(existsSync('/dev/full'))('fit --picture: the model is whole all the same', async () => {
    const outcome = await run(typed('fit data.csv --target price --lambda 1 --quiet -o kept.json --picture full.svg'));
    expect(oneLineOf(outcome)).toBe('relucent: full.svg: the disk is full.');
    expect((await run(['info', 'kept.json'])).code).toBe(0);
  });
});

describe('a folder without permission', () => {
  it.skipIf(process.getuid?.() === 0)('is said before the work', async () => {
    chmodSync(folder.at('folder'), 0o500);
    await refused(typed('fit data.csv --target price -o folder/m.json'), 4, /folder\/m\.json: permission denied/);
    chmodSync(folder.at('folder'), 0o700);
  });
});

it('nothing was written by any of these', () => {
  const expected = existsSync('/dev/full') ? [...before, 'kept.json'].sort() : before;
  expect(everything()).toEqual(expected);
});
