import { Command, CommanderError, Option } from 'commander';
import { RelucentError, requireThat, version } from '../base/index.js';
import { choice, decimal, duration, names, number, refused, share, whole, wordOrCount } from './arguments.js';
import type { CvCommand } from './cv.js';
import type { ExportCommand } from './export.js';
import type { FitCommand } from './fit.js';
import type { ParallelFlags } from './parallel.js';
import type { PathCommand } from './path.js';
import type { PathLambda } from './predict.js';
import { addDeep } from './program-deep.js';
import { addOptimal } from './program-optimal.js';
import type { ReproduceCommand } from './reproduce.js';
import type { VerifyCommand } from './verify.js';

const about = `Trains two-layer ReLU networks through convex programs, and certifies how far
from the global optimum they can be.

Every network minimises, over the training rows i = 1 … n,

  (1/n) Σ_i ℓ(f(x_i), y_i) + λ Σ_j ‖u_j‖|α_j|     f(x) = Σ_j α_j (u_j·x)₊ + b

with λ = --lambda on the 1/n scale, inputs and numeric targets standardised and
the output bias b free. It has the same minimum as weight decay,
(λ/2) Σ_j (‖u_j‖² + α_j²). Certificates are about this objective.`;

const examples = `
Examples:
  relucent fit houses.csv --target price -o model.json --picture model.svg
  relucent path houses.csv --target price -o path.json --report path.html
  relucent cv houses.csv --target price --folds 10
  relucent predict model.json new.csv -o predictions.csv
  relucent verify model.json houses.csv
  relucent export model.json --to onnx -o model.onnx
  relucent optimal-set model.json houses.csv
  relucent prune model.json houses.csv -o small.json
  relucent demo

Tables: CSV, TSV, Parquet, npy, npz; - is stdin.
Exit codes: 0 done, 1 defect, 2 usage, 3 data, 4 files, 5 model, 6 memory,
7 certificate rejected, 130 interrupted.`;

const measures = ['mse', 'mae', 'deviance', 'accuracy', 'auc'] as const;
const losses = ['auto', 'squared', 'huber', 'logistic', 'squared-hinge', 'softmax'] as const;

/** The argument reader; the action that was chosen leaves its exit code with `done`. */
export function program(done: (code: number) => void): Command {
  const root = new Command('relucent');
  root.description(about).version(version, '-V, --version').addHelpText('after', examples);
  root.exitOverride().configureOutput({ writeErr: () => undefined });
  root.showSuggestionAfterError(true).helpCommand(false);
  root.configureHelp({
    subcommandTerm: (command) =>
      [command.name(), ...command.registeredArguments.map((argument) => `<${argument.name()}>`)].join(' '),
  });
  const settle = (work: Promise<number>): Promise<void> => work.then(done);
  addFit(root, settle);
  addPath(root, settle);
  addCv(root, settle);
  addPredict(root, settle);
  addVerify(root, settle);
  addExport(root, settle);
  addDeep(root, settle);
  addOptimal(root, settle);
  addReproduce(root, settle);
  root
    .command('info <model.json>')
    .description('show what a model file holds')
    .addOption(ofPath)
    .action(async (model: string, options: { lambda?: PathLambda }) =>
      settle((await import('./info.js')).infoCommand(model, options)),
    );
  root
    .command('demo')
    .description('train on two small data sets, show everything; writes model.json, model.png')
    .action(async () => settle((await import('./demo.js')).demoCommand()));
  addStudio(root, settle);
  root.commands.forEach(watch);
  return root;
}

type Settle = (work: Promise<number>) => Promise<void>;

const option = <T>(
  flags: string,
  description: string,
  read: (text: string, before?: T) => T,
  fallback?: T,
  shown?: string,
): Option => {
  const made = new Option(flags, description).argParser((text: string, before: unknown) =>
    read(text, before === fallback ? undefined : (before as T)),
  );
  return fallback === undefined ? made : made.default(fallback, shown);
};

/** A number above 0, or how cross-validation chooses it. */
const lambdaOrRule = (text: string): PathLambda => {
  if (text === 'cv' || text === 'cv-1se') return text;
  const value = decimal(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw refused('--lambda', 'cv, cv-1se or a number at least 0', text);
};

/** Which network of a path file. */
const ofPath = option('--lambda <number>', 'path files: which network; or cv, cv-1se', lambdaOrRule);

/** How many λ, or the λ themselves between commas. */
const countOrList = (text: string): number | readonly number[] => {
  const values = text.split(',').map(decimal);
  if (text.includes(',') && values.every((value) => Number.isFinite(value) && value >= 0)) return values;
  if (!text.includes(',') && Number.isInteger(values[0]) && values[0] >= 1) return values[0];
  throw refused('--lambdas', 'a whole number of at least 1, or λ at least 0 between commas', text);
};

const between = (name: string): ((text: string) => number) =>
  number(name, 'a number between 0 and 1', (value) => value > 0 && value < 1);

const folds = option('--folds <number>', 'folds of the cross-validation (default 10)', whole('--folds', 2));
const measure = option(
  '--measure <name>',
  'what λ are compared by: auto, mse, mae, deviance, accuracy or auc',
  choice('--measure', ['auto', ...measures]),
  'auto' as const,
);

/** What every command that trains takes. */
function training(command: Command, gap: number): Command {
  return command
    .addOption(option('--target <column>', 'column to predict', String))
    .addOption(
      option(
        '--task <task>',
        'auto, regression or classification',
        choice('--task', ['auto', 'regression', 'classification']),
        'auto' as const,
      ),
    )
    .addOption(
      option('--activation <kind>', 'relu or gated', choice('--activation', ['relu', 'gated']), 'relu' as const),
    )
    .addOption(option('--loss <loss>', losses.join(', '), choice('--loss', losses), 'auto' as const))
    .addOption(
      option(
        '--patterns <source>',
        'auto (found and priced), exact (all), or a number of random gates',
        wordOrCount('--patterns', ['auto', 'exact']),
        'auto' as const,
      ),
    )
    .addOption(option('--gap <number>', 'relative gap to reach', between('--gap'), gap, gap.toExponential()))
    .addOption(option('--time-limit <time>', 'stop with the best so far after 60s, 5m, 1h', duration('--time-limit')))
    .addOption(option('--seed <number>', 'seed of the split and of the search', whole('--seed', 0, 0x7fffffff), 0))
    .addOption(
      option(
        '--threads <number>',
        'auto or a number; the answer does not depend on it',
        wordOrCount('--threads', ['auto']),
        'auto' as const,
      ),
    )
    .option('--hidden-bias', 'a bias in each neuron, penalised with its weights')
    .option('--no-output-bias', 'no output bias')
    .option('--no-standardize', 'take numbers as they are')
    .addOption(option('--drop <columns>', 'columns to leave out, between commas', names('--drop')))
    .addOption(
      option('--categorical <columns>', 'columns to take as categories, between commas', names('--categorical')),
    );
}

const proveGap = option('--prove-gap <share>', 'proved gap that is enough (default 5%)', share('--prove-gap'));

const testFraction = option(
  '--test-fraction <share>',
  'share of rows kept for testing',
  number('--test-fraction', 'a share at least 0 and below 1', (value) => value >= 0 && value < 1),
  0.2,
);

function addFit(root: Command, settle: Settle): void {
  training(root.command('fit <data>').description('train a network on a table and write a model file'), 1e-6)
    .addOption(
      option(
        '--lambda <number>',
        'regularisation strength, 1/n scale; or cv, cv-1se: by cross-validation',
        lambdaOrRule,
        'cv' as const,
      ),
    )
    .addOption(
      option(
        '--folds <number>',
        'folds of the cross-validation (default 10, parallel networks 5)',
        whole('--folds', 2),
      ),
    )
    .addOption(measure)
    .addOption(testFraction)
    .addOption(option('--layers <number>', 'parallel networks: layers, 3 or more', whole('--layers', 2)))
    .addOption(
      option(
        '--regularizer <name>',
        'parallel networks: weight-decay or path',
        choice('--regularizer', ['weight-decay', 'path']),
      ),
    )
    .addOption(option('--width <number>', 'parallel networks: neurons a unit reads (default 2)', whole('--width', 1)))
    .addOption(option('--rank <number>', 'parallel networks: train on a truncation of this rank', whole('--rank', 1)))
    .option('--skip', 'parallel networks: a linear branch beside the sub-networks')
    .option('--prove', 'prove a bound for all networks of any width, kept beside the model')
    .addOption(proveGap)
    .option('--picture <file>', 'draw the model, .svg or .png')
    .option('--report <file>', 'write a page about the model, .html')
    .option('--figures <folder>', 'write each figure, .svg and .png')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object instead of text')
    .option('-o, --output <file>', 'model file to write (-: stdout)', 'model.json')
    .action(async (data: string, options: FitCommand & ParallelFlags) => {
      const parallel = await import('./parallel.js');
      return parallel.wantsParallel(options)
        ? settle(parallel.fitParallelCommand(data, options))
        : settle((await import('./fit.js')).fitCommand(data, options));
    });
}

function addPath(root: Command, settle: Settle): void {
  training(
    root.command('path <data>').description('train networks from the largest λ down and write them to one file'),
    1e-4,
  )
    .addOption(option('--lambdas <number>', 'how many λ, or the λ between commas', countOrList, 100))
    .addOption(option('--min-ratio <share>', 'the last λ over the largest', between('--min-ratio'), 1e-3, '1e-3'))
    .addOption(option('--max-neurons <number>', 'end at more neurons than this', whole('--max-neurons', 0)))
    .addOption(
      option(
        '--max-deviance <share>',
        "end when more than this share of the constant's loss is explained",
        between('--max-deviance'),
      ),
    )
    .addOption(testFraction)
    .option('--cv', 'cross-validate the λ of the path on its training rows')
    .addOption(folds)
    .addOption(measure)
    .option('--resume', 'go on with the path in the output file')
    .option('--report <file>', 'write a page about the path, .html')
    .option('--figures <folder>', 'write each figure, .svg and .png')
    .option('--quiet', 'print nothing but errors')
    .option('-o, --output <file>', 'path file to write (-: stdout)', 'path.json')
    .action(async (data: string, options: PathCommand) =>
      settle((await import('./path.js')).pathCommand(data, options)),
    );
}

function addCv(root: Command, settle: Settle): void {
  training(root.command('cv <data>').description('cross-validate λ on a table'), 3e-3)
    .addOption(folds)
    .addOption(option('--repeats <number>', 'repetitions with other folds', whole('--repeats', 1), 1))
    .addOption(option('--groups <column>', 'rows with equal values here are held out together', String))
    .addOption(option('--fold-column <column>', 'column with the fold of each row', String))
    .option('--stratify', 'give each fold its share of every class (default for classes)')
    .option('--no-stratify', 'random folds, whatever the classes')
    .addOption(measure)
    .addOption(option('--lambdas <number>', 'how many λ, or the λ between commas', countOrList, 30))
    .addOption(option('--min-ratio <share>', 'the last λ over the largest', between('--min-ratio'), 1e-3, '1e-3'))
    .addOption(
      option(
        '--patience <number>',
        'end when the error has risen for so many λ (default: never)',
        whole('--patience', 1),
      ),
    )
    .option('--resume', 'go on with the cross-validation in the output file')
    .option('--figures <folder>', 'write each figure, .svg and .png')
    .option('--quiet', 'print nothing but errors')
    .option('--json', 'print one JSON object instead of text')
    .option('-o, --output <file>', 'JSON file to write')
    .action(async (data: string, options: CvCommand) => settle((await import('./cv.js')).cvCommand(data, options)));
}

function addPredict(root: Command, settle: Settle): void {
  root
    .command('predict <model.json> <data>')
    .description('predict the rows of a table')
    .addOption(ofPath)
    .option('-o, --output <file>', 'CSV to write (default: stdout)')
    .action(async (model: string, data: string, options: { output?: string; lambda?: PathLambda }) =>
      settle((await import('./predict.js')).predictCommand(model, data, options)),
    );
}

function addVerify(root: Command, settle: Settle): void {
  root
    .command('verify <model> <data>')
    .description('check the certificate of a model file, or judge an ONNX network')
    .addOption(option('--target <column>', 'ONNX: column that the network predicts', String))
    .addOption(
      option(
        '--lambda <number>',
        'ONNX: strength to judge by, 1/n scale; path files: which network; or cv, cv-1se',
        lambdaOrRule,
      ),
    )
    .addOption(option('--loss <loss>', `ONNX: ${losses.join(', ')}`, choice('--loss', losses)))
    .addOption(option('--drop <columns>', 'ONNX: columns that are not inputs, between commas', names('--drop')))
    .addOption(option('--time-limit <time>', 'stop after 60s, 5m, 1h', duration('--time-limit')))
    .option('--prove', 'check the proof beside the network, or make one')
    .addOption(proveGap)
    .option('--resume', 'with --prove: go on with the proof beside the network')
    .action(async (model: string, data: string, options: VerifyCommand) =>
      settle((await import('./verify.js')).verifyCommand(model, data, options)),
    );
}

function addExport(root: Command, settle: Settle): void {
  root
    .command('export <model.json>')
    .description('write the model for use without relucent, preprocessing included')
    .addOption(
      option(
        '--to <format>',
        'onnx, js, c or numpy',
        choice('--to', ['onnx', 'js', 'c', 'numpy']),
      ).makeOptionMandatory(),
    )
    .addOption(
      option(
        '--precision <type>',
        'numbers of an ONNX file: float32 (default) or float64',
        choice('--precision', ['float32', 'float64']),
      ),
    )
    .addOption(ofPath)
    .option('-o, --output <file>', 'file to write (default: stdout)')
    .action(async (model: string, options: ExportCommand) =>
      settle((await import('./export.js')).exportCommand(model, options)),
    );
}

/** Each use of an option adds one entry. */
const folder = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function addReproduce(root: Command, settle: Settle): void {
  root
    .command('reproduce <experiment>')
    .description("run a paper's experiment from a checkout: group/name, group/all, all, list")
    .addOption(
      option(
        '--threads <number>',
        'auto or a number; the results do not depend on it',
        wordOrCount('--threads', ['auto']),
        'auto' as const,
      ),
    )
    .option('--small', 'cut down to seconds')
    .option('--fresh', 'forget what an interrupted run has finished')
    .option('--out <folder>', 'where results and figures go (default: experiments/<group>/results)')
    .addOption(option('--data <name=folder>', 'data that the repository does not carry; may come again', folder))
    .addOption(option('--steps <number>', 'VGG19: so many steps instead of the whole protocol', whole('--steps', 1)))
    .addOption(
      option('--backend <name>', 'VGG19: native, wasm or webgpu', choice('--backend', ['native', 'wasm', 'webgpu'])),
    )
    .action(async (name: string, options: ReproduceCommand) =>
      settle((await import('./reproduce.js')).reproduceCommand(name, options)),
    );
}

function addStudio(root: Command, settle: Settle): void {
  root
    .command('studio [data]')
    .description('serve a page that trains, proves and shows networks; with a table, it opens that')
    .addOption(option('--port <number>', 'port on this machine; 0 takes a free one', whole('--port', 0, 65535), 4300))
    .action(async (data: string | undefined, options: { port: number }) =>
      settle((await import('./studio.js')).studioCommand(data, options)),
    );
}

/** Options that may come several times: each adds to what came before. */
const isList = (command: Command, option: string): boolean =>
  ['drop', 'categorical', 'corruptions'].includes(option) || (command.name() === 'reproduce' && option === 'data');

/** Refuses options given twice, and an option in the place of a value (`--target --lambda 1`). */
function watch(command: Command): void {
  const flags = command.options.flatMap(({ long, short }) => [long, short]);
  for (const made of command.options) {
    const { long } = made;
    let count = 0;
    command.on(`option:${made.name()}`, (value: unknown) => {
      requireThat(++count === 1 || isList(command, made.name()), `${long}: given twice; give it once.`);
      const flag = typeof value === 'string' ? value.split('=')[0] : '';
      requireThat(
        !flags.includes(flag),
        `${long}: expected a value, got the option ${flag}; write the value after ${long}.`,
      );
    });
  }
}

/** What commander objects to, as one line of ours; null when it only printed help or the version. */
export function usageError(error: CommanderError, root: Command, args: readonly string[]): RelucentError | null {
  if (error.exitCode === 0) return null;
  const name = root.commands.find((command) => command.name() === args[0])?.name();
  const help = `relucent ${name === undefined ? '' : `${name} `}--help lists what there is.`;
  const [, flag, value] = /^error: unknown option '(--[a-z-]+)=(.*)'/s.exec(error.message) ?? [];
  const known = root.commands.some((command) => command.options.some(({ long }) => long === flag));
  if (flag !== undefined && known)
    return new RelucentError('usage', `${flag}: takes no value, got '${value}'; ${help}`);
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/^option '(.*)' argument missing$/, '$1: expected a value, got none')
    .replace(/^required option '(.*)' not specified$/, '$1: is required')
    .replace(/^missing required argument '(.*)'$/, '<$1>: is required, got none');
  return new RelucentError('usage', /[.?)]$/.test(message) ? `${message} ${help}` : `${message}; ${help}`);
}

export { CommanderError };
