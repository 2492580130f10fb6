import type { Command } from 'commander';
import { choice, whole } from './arguments.js';
import type { CvCommand } from './cv.js';
import type { FitCommand } from './fit.js';
import type { ParallelFlags } from './parallel.js';
import type { PathCommand } from './path.js';
import {
  between,
  countOrList,
  folds,
  lambdaOrRule,
  measure,
  option,
  proveGap,
  type Settle,
  testFraction,
  training,
} from './program-options.js';

/** The commands that train on a table. */
export function addTraining(root: Command, settle: Settle): void {
  addFit(root, settle);
  addPath(root, settle);
  addCv(root, settle);
}

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
    .addOption(option('--layers <number>', 'parallel networks: layers, 2 or more (default 3)', whole('--layers', 2)))
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
    .option('--resume', 'go on with the cross-validation that was stopped')
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
