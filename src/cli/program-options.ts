import { type Command, Option } from 'commander';
import type { LossName } from '../index.js';
import { choice, decimal, duration, names, number, refused, share, whole, wordOrCount } from './arguments.js';
import type { PathLambda } from './predict.js';

/** Ends a command with the exit code that its work gives. */
export type Settle = (work: Promise<number>) => Promise<void>;

const measures = ['mse', 'mae', 'deviance', 'accuracy', 'auc'] as const;
export const losses: readonly ('auto' | LossName)[] = [
  'auto',
  'squared',
  'huber',
  'logistic',
  'squared-hinge',
  'softmax',
];

/** An option whose reader sees what came before, where it came before. */
export const option = <T>(
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
export const lambdaOrRule = (text: string): PathLambda => {
  if (text === 'cv' || text === 'cv-1se') return text;
  const value = decimal(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw refused('--lambda', 'cv, cv-1se or a number at least 0', text);
};

/** Which network of a path file. */
export const ofPath = option('--lambda <number>', 'path files: which network; or cv, cv-1se', lambdaOrRule);

/** How many λ, or the λ themselves between commas. */
export const countOrList = (text: string): number | readonly number[] => {
  const values = text.split(',').map(decimal);
  if (text.includes(',') && values.every((value) => Number.isFinite(value) && value >= 0)) return values;
  if (!text.includes(',') && Number.isInteger(values[0]) && values[0] >= 1) return values[0];
  throw refused('--lambdas', 'a whole number of at least 1, or λ at least 0 between commas', text);
};

export const between = (name: string): ((text: string) => number) =>
  number(name, 'a number between 0 and 1', (value) => value > 0 && value < 1);

export const folds = option('--folds <number>', 'folds of the cross-validation (default 10)', whole('--folds', 2));
export const measure = option(
  '--measure <name>',
  'what λ are compared by: auto, mse, mae, deviance, accuracy or auc',
  choice('--measure', ['auto', ...measures]),
  'auto' as const,
);

/** What every command that trains takes. */
export function training(command: Command, gap: number): Command {
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

export const proveGap = option('--prove-gap <share>', 'proved gap that is enough (default 5%)', share('--prove-gap'));

export const testFraction = option(
  '--test-fraction <share>',
  'share of rows kept for testing',
  number('--test-fraction', 'a share at least 0 and below 1', (value) => value >= 0 && value < 1),
  0.2,
);
