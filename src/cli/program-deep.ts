import type { Command } from 'commander';
import type { Method } from '../deep/index.js';
import { choice, decimal, names, number, refused, whole } from './arguments.js';
import type { CompactCommand } from './compact.js';
import type { CompareCommand } from './compare.js';
import type { CorruptCommand } from './corrupt.js';
import { option, type Settle } from './program-options.js';
import type { ResumeCommand } from './resume.js';
import type { SearchCommand } from './search.js';
import type { TrainCommand } from './train.js';

/** Named here as well, so that help does not load the whole engine; the type asks for every name. */
const named: Record<Method, true> = {
  pathprox: true,
  'pathprox-unbalanced': true,
  'weight-decay': true,
  'path-norm': true,
  lasso: true,
  'group-lasso': true,
  'weight-normalization': true,
  none: true,
};
const methods = Object.keys(named) as Method[];

const atLeastZero = (value: number): boolean => value >= 0;

const lambdaOrCv = (text: string): number | 'cv' => {
  if (text === 'cv') return text;
  const value = decimal(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw refused('--lambda', 'cv or a number at least 0', text);
};

/** A word, or epochs between commas after each of which the rate is a tenth. */
const schedule = (text: string): 'constant' | 'cosine' | readonly number[] => {
  if (text === 'constant' || text === 'cosine') return text;
  const epochs = text.split(',').map(decimal);
  if (epochs.every((epoch) => Number.isInteger(epoch) && epoch > 0)) return epochs;
  throw refused('--schedule', 'constant, cosine or epochs between commas such as 80,120', text);
};

/** `1-3,5-7`: paths of the layers that make a group. */
const groups = (text: string): readonly (readonly [string, string])[] =>
  text.split(',').map((pair) => {
    const [, into, outOf] = /^([\d.]+)-([\d.]+)$/.exec(pair.trim()) ?? [];
    if (outOf === undefined) throw refused('--groups', 'pairs of layers such as 1-3,5-7', text);
    return [into, outOf];
  });

const machine = (command: Command): Command =>
  command
    .addOption(
      option('--threads <number>', 'threads of a step; the answer does not depend on it', whole('--threads', 1)),
    )
    .addOption(
      option(
        '--backend <name>',
        'native, wasm or webgpu (default: native, else wasm)',
        choice('--backend', ['native', 'wasm', 'webgpu']),
      ),
    )
    .option('--quiet', 'print nothing but errors');

/** The commands for deep networks. */
export function addDeep(root: Command, settle: Settle): void {
  addTrain(root, settle);
  addSearch(root, settle);
  machine(
    root.command('resume <run>').description('go on with a run that was stopped: it ends with the same bytes'),
  ).action(async (run: string, options: ResumeCommand) =>
    settle((await import('./resume.js')).resumeCommand(run, options)),
  );
  root
    .command('compare <runs...>')
    .description('training runs beside each other')
    .option('--report <file>', 'write a page about them, .html')
    .option('--quiet', 'print nothing but errors')
    .action(async (runs: string[], options: CompareCommand) =>
      settle((await import('./compare.js')).compareCommand(runs, options)),
    );
  addCorrupt(root, settle);
  for (const [name, what] of [
    ['compact', 'remove dead units from a run or an ONNX network: the same function, smaller'],
    ['balance', 'rescale the units of an ONNX network to the least sum of squares: the same function'],
  ] as const) {
    root
      .command(`${name} <network>`)
      .description(what)
      .option('--quiet', 'print nothing but errors')
      .requiredOption('-o, --output <file>', 'ONNX file to write')
      .action(async (network: string, options: CompactCommand) =>
        settle(
          name === 'compact'
            ? (await import('./compact.js')).compactCommand(network, options)
            : (await import('./balance.js')).balanceCommand(network, options),
        ),
      );
  }
}

function addCorrupt(root: Command, settle: Settle): void {
  const severity = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 5;
  const command = root
    .command('corrupt <run>')
    .description('test the network of a run on corrupted images: MNIST-C or CIFAR-10-C, or our own')
    .addOption(
      option('--corruptions <names>', 'such as fog,zigzag (default: all of the set)', names('--corruptions', 'names')),
    )
    .addOption(
      option('--severities <numbers>', 'from 1 to 5 (default: all)', list('--severities', 'from 1 to 5', severity)),
    )
    .addOption(option('--examples <number>', 'the first test images alone (default: all)', whole('--examples', 1)))
    .addOption(option('--seed <number>', 'seed of the corruptions', whole('--seed', 0, 0x7fffffff), 0))
    .option('--official <folder>', 'folder with the published files instead')
    .option('--report <file>', 'write a page about it, .html')
    .option('-o, --output <file>', 'write all scores, .json');
  machine(command).action(async (run: string, options: CorruptCommand) =>
    settle((await import('./corrupt.js')).corruptCommand(run, options)),
  );
}

/** Numbers between commas, none twice: each has a folder of its own. */
const list =
  (name: string, expected: string, check: (value: number) => boolean) =>
  (text: string): readonly number[] => {
    const values = text.split(',').map(decimal);
    const distinct = new Set(values).size === values.length;
    if (distinct && values.every((value) => Number.isFinite(value) && check(value))) return values;
    throw refused(name, `different numbers ${expected} between commas`, text);
  };

function addSearch(root: Command, settle: Settle): void {
  const command = training(
    root.command('search').description('train a grid of learning rates and λ over seeds; goes on where it was'),
  )
    .addOption(
      option(
        '--lrs <numbers>',
        'learning rates',
        list('--lrs', 'above 0', (value) => value > 0),
      ).makeOptionMandatory(),
    )
    .addOption(
      option(
        '--lambdas <numbers>',
        'regularisation strengths',
        list('--lambdas', 'of at least 0', atLeastZero),
      ).makeOptionMandatory(),
    )
    .addOption(option('--seeds <number>', 'runs of each, with seeds from 0', whole('--seeds', 1), 4))
    .addOption(option('--jobs <number>', 'runs at a time (default: cores)', whole('--jobs', 1)))
    .requiredOption('-o, --output <folder>', 'folder of the runs');
  machine(command).action(async (options: SearchCommand) => {
    const { rawArgs } = root as unknown as { readonly rawArgs: readonly string[] };
    const given = rawArgs.slice(rawArgs.indexOf('search') + 1);
    return settle((await import('./search.js')).searchCommand(options, given));
  });
}

function addTrain(root: Command, settle: Settle): void {
  const command = training(
    root.command('train').description('train a deep network: PathProx or one of its rivals (needs ONNX Runtime)'),
  )
    .addOption(option('--lambda <number>', 'regularisation; cv: by validation', lambdaOrCv, 1e-4))
    .addOption(
      option(
        '--lr <number>',
        'learning rate',
        number('--lr', 'a number above 0', (value) => value > 0),
        0.1,
      ),
    )
    .addOption(option('--seed <number>', 'seed of weights and batches', whole('--seed', 0, 0x7fffffff), 0))
    .requiredOption('-o, --output <folder>', 'folder of the run');
  machine(command).action(async (options: TrainCommand) => settle((await import('./train.js')).trainCommand(options)));
}

/** What one run and a grid of runs share. */
function training(command: Command): Command {
  return command
    .requiredOption('--data <data>', 'mnist, fashion-mnist, cifar10, svhn, or a table')
    .option('--arch <name>', 'mlp-L-m, mlp-L-m-factorised, cnn-small or vgg19')
    .option('--from <file.onnx>', 'go on with a network of your own instead')
    .addOption(option('--method <name>', methods.join(', '), choice('--method', methods), 'pathprox' as Method))
    .addOption(option('--epochs <number>', 'length of the run', whole('--epochs', 1)))
    .addOption(option('--steps <number>', 'length of the run', whole('--steps', 1)))
    .addOption(option('--batch <number>', 'examples a step (default 200; 128 for colour images)', whole('--batch', 1)))
    .addOption(
      option(
        '--optimiser <name>',
        'sgd, momentum (0.9) or adam',
        choice('--optimiser', ['sgd', 'momentum', 'adam']),
        'sgd',
      ),
    )
    .addOption(
      option('--schedule <kind>', 'constant, cosine, or epochs such as 80,120 for a tenth each', schedule, 'constant'),
    )
    .addOption(option('--prune-from <epoch>', 'PathProx: from here on dead units stay dead', whole('--prune-from', 0)))
    .option('--regularize-bias', 'count the bias of a unit with its input weights')
    .option('--across-pooling', 'pair layers with a pool between them as well')
    .addOption(option('--groups <pairs>', 'pairs of layers such as 1-3,5-7 (default: found)', groups))
    .addOption(
      option('--precision <type>', 'float32 or float64', choice('--precision', ['float32', 'float64']), 'float32'),
    )
    .addOption(option('--measure-every <steps>', 'default: each epoch', whole('--measure-every', 1)))
    .addOption(option('--checkpoint-every <steps>', 'default: each epoch', whole('--checkpoint-every', 1)))
    .addOption(option('--validation <number>', 'training examples held back to validate on', whole('--validation', 0)))
    .addOption(option('--per-class <number>', 'images: train on so many of each class', whole('--per-class', 1)))
    .option('--augment', 'images: random crops (padding 4) and flips')
    .option('--data-folder <folder>', 'images: folder with the official files')
    .option('--target <column>', 'table: column to predict')
    .addOption(
      option(
        '--task <task>',
        'table: auto, regression or classification',
        choice('--task', ['auto', 'regression', 'classification']),
        'auto',
      ),
    )
    .option('--no-standardize', 'table: take numbers as they are')
    .addOption(option('--drop <columns>', 'table: columns to leave out', names('--drop')))
    .addOption(option('--categorical <columns>', 'table: columns to take as categories', names('--categorical')))
    .addOption(
      option(
        '--test-fraction <share>',
        'table: share of rows kept for testing',
        number('--test-fraction', 'a share at least 0 and below 1', (value) => atLeastZero(value) && value < 1),
        0.2,
      ),
    );
}
