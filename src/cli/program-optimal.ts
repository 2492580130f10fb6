import { type Command, Option } from 'commander';
import { choice, decimal, names, number, refused, whole } from './arguments.js';
import type { OptimalSetCommand } from './optimal-set.js';
import { losses, option, type Settle } from './program-options.js';
import type { PruneCommand } from './prune.js';
import type { SelectCommand } from './select.js';

const methods = ['optimal', 'norm', 'gradient', 'random'] as const;
const rules = ['min-norm', 'max-norm', 'fewest', 'validation'] as const;

/** `1%` or `0.01`. */
const share = (text: string): number => {
  const value = text.endsWith('%') ? decimal(text.slice(0, -1)) / 100 : decimal(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw refused('--max-loss-increase', 'a share at least 0 such as 1% or 0.01', text);
};

/** Options of a network and its data, alike for the three. */
const common = (command: Command): Command =>
  command
    .addOption(
      option(
        '--lambda <number>',
        'path files: which network; ONNX, JSON weights: the strength it is optimal for, 1/n scale',
        number('--lambda', 'a number at least 0', (value) => value >= 0),
      ),
    )
    .addOption(option('--target <column>', 'ONNX, JSON weights: column that the network predicts', String))
    .addOption(option('--loss <loss>', `ONNX, JSON weights: ${losses.join(', ')}`, choice('--loss', losses)))
    .addOption(
      new Option('--drop <columns>', 'ONNX, JSON weights: columns that are not inputs, between commas').argParser(
        (text: string, before: readonly string[] | undefined) => names('--drop')(text, before),
      ),
    )
    .addOption(
      option(
        '--tolerance <share>',
        'nearly optimal networks: prices this far below λ count (default 1e-6)',
        number('--tolerance', 'a number between 0 and 1', (value) => value > 0 && value < 1),
      ),
    )
    .addOption(option('--seed <number>', 'seed of searches', whole('--seed', 0, 0x7fffffff), 0));

/** The commands about the set of all optimal networks. */
export function addOptimal(root: Command, settle: Settle): void {
  common(
    root
      .command('optimal-set <model> <data>')
      .description('say whether other networks are as optimal, and where their predictions differ'),
  )
    .option('--points <file>', 'table of new rows to compare predictions on (default: the test rows)')
    .option('--json', 'print one JSON object instead of text')
    .action(async (model: string, data: string, options: OptimalSetCommand) =>
      settle((await import('./optimal-set.js')).optimalSetCommand(model, data, options)),
    );
  common(
    root
      .command('prune <model> <data>')
      .description('take neurons out of a network: exactly first, then by least squares'),
  )
    .addOption(option('--to <number>', 'at most so many neurons', whole('--to', 0)))
    .addOption(option('--max-loss-increase <share>', 'as few as the training loss allows, such as 1%', share))
    .option('--minimal', 'as few as exact steps reach; the training fit stays (default)')
    .addOption(option('--method <name>', `${methods.join(', ')}`, choice('--method', methods), 'optimal' as const))
    .option('--drop-inputs', 'take columns that no neuron reads out of the model')
    .option('--report <file>', 'write a page about it, .html')
    .option('-o, --output <file>', 'model file to write (-: stdout)', 'pruned.json')
    .action(async (model: string, data: string, options: PruneCommand) =>
      settle((await import('./prune.js')).pruneCommand(model, data, options)),
    );
  common(root.command('select <model> <data>').description('choose among all optimal networks'))
    .addOption(option('--by <rule>', rules.join(', '), choice('--by', rules)).makeOptionMandatory())
    .option('--validation <file>', 'table of validation rows (default: the test rows)')
    .option('-o, --output <file>', 'model file to write (-: stdout)', 'chosen.json')
    .action(async (model: string, data: string, options: SelectCommand) =>
      settle((await import('./select.js')).selectCommand(model, data, options)),
    );
}
