import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { type Method, methods } from './rows.js';
import { dataSets } from './sets.js';

export interface Arguments {
  /** Folder of <set>.csv. */
  readonly data: string;
  readonly sets: readonly string[];
  readonly methods: readonly Method[];
  readonly threads: number;
  readonly resume: boolean;
  readonly out: string;
}

const known = dataSets.map(({ name }) => name);

/** Arguments of the command line; ends the process with one line when one is wrong. */
export function readArguments(argv: readonly string[]): Arguments {
  const command = new Command('bench:tabular')
    .description(
      'Test scores on real tables, Relucent beside what a user would pick instead: nested cross-validation, the same folds for all.',
    )
    .requiredOption('--data <folder>', 'folder of <set>.csv, the target last')
    .option('--sets <names>', 'comma-separated (default all)', list(known), known)
    .option('--methods <names>', 'comma-separated, or none: only write the documents anew', chosenMethods, [...methods])
    .option('--threads <count>', 'runs at a time, each on one thread', count, 1)
    .option('--resume', 'measure only what is missing', false)
    .option('--out <folder>', 'where tabular.json, .md and .svg are', 'docs/benchmarks')
    .parse(argv as string[]);
  return command.opts();
}

function list<T extends string>(names: readonly T[]): (text: string) => T[] {
  return (text) => {
    const parts = text.split(',').filter((part) => part !== '');
    const unknown = parts.find((part) => !names.includes(part as T));
    if (unknown === undefined && parts.length > 0) return parts as T[];
    throw new InvalidArgumentError(`Expected names among ${names.join(', ')}; got ${unknown ?? 'none'}.`);
  };
}

const chosenMethods = (text: string): Method[] => (text === 'none' ? [] : list(methods)(text));

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= availableParallelism()) return value;
  throw new InvalidArgumentError(
    `Expected a whole number up to the ${availableParallelism()} cores here, got ${text}.`,
  );
}
