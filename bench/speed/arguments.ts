import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { knownProblems, peerMethods } from './plan.js';
import { type Program, programs } from './row.js';

export interface Arguments {
  readonly quick: boolean;
  readonly problems: readonly string[];
  readonly lambdas: readonly number[];
  readonly threads: readonly number[];
  /** Peers' methods; ours always runs. */
  readonly methods: readonly string[];
  readonly programs: readonly Program[];
  /** Every method on every row, whatever it costs. */
  readonly full: boolean;
  readonly capCpu: number;
  readonly capTarget: number;
  readonly reuse: boolean;
  readonly resume: boolean;
  readonly out: string;
}

const quickProblems = ['syn200x10_P500', 'diabetes_P100', 'syn1000x20_P100'];

/** Arguments of the command line; ends the process with one line when one is wrong. */
export function readArguments(argv: readonly string[]): Arguments {
  const command = new Command('bench:speed')
    .description(
      'Measures Relucent and its peers side by side: CPU and wall seconds from arrays in memory to the answer, and the objective of the answer by one independent judge.',
    )
    .option('--quick', 'three problems, λ = 1e-3, one thread, short caps: about two minutes', false)
    .option('--problems <names>', 'comma-separated', list(knownProblems))
    .option('--lambdas <numbers>', 'comma-separated (default 1e-2,1e-3,1e-4)', numbers)
    .option('--threads <counts>', 'comma-separated (default 1,2)', counts)
    .option('--methods <names>', "peers' methods, comma-separated (default all)", list(peerMethods))
    .option('--programs <names>', `comma-separated of ${programs.join(', ')} (default all)`, list(programs))
    .option('--full', 'also the rows that the default leaves out because they take long', false)
    .option('--cap-cpu <seconds>', 'CPU seconds after which a run is stopped (default 100)', positive)
    .option('--cap-target <seconds>', 'the same for runs to a target: Adam, R-FISTA (default 10)', positive)
    .option('--reuse', "take peers' rows of earlier runs from bench/peers/results, and keep new ones there", false)
    .option('--resume', 'go on with the speed.json of an interrupted run', false)
    .option('--out <folder>', 'where speed.json and speed.md go', 'docs/benchmarks')
    .parse(argv as string[]);
  return withDefaults(command.opts());
}

/** What commander knows without us, and what the user gave. */
type Given = Pick<Arguments, 'quick' | 'full' | 'reuse' | 'resume' | 'out'> & Partial<Arguments>;

function withDefaults(given: Given): Arguments {
  const { quick } = given;
  return {
    problems: quick ? quickProblems : knownProblems,
    lambdas: quick ? [1e-3] : [1e-2, 1e-3, 1e-4],
    threads: quick ? [1] : [1, 2],
    methods: peerMethods,
    programs,
    capCpu: quick ? 20 : 100,
    capTarget: quick ? 4 : 10,
    ...given,
  };
}

function parts(text: string): string[] {
  const found = text.split(',').filter((part) => part !== '');
  if (found.length === 0) throw new InvalidArgumentError('Expected at least one value.');
  return found;
}

function list<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const unknown = parts(text).find((part) => !known.includes(part as T));
    if (unknown === undefined) return parts(text) as T[];
    throw new InvalidArgumentError(`Expected names among ${known.join(', ')}; got ${unknown}.`);
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError(`Expected a number above 0, got ${text}.`);
  }
  return value;
}

const numbers = (text: string): number[] => parts(text).map(positive);

function counts(text: string): number[] {
  const values = numbers(text);
  const wrong = values.find((value) => !Number.isInteger(value) || value > availableParallelism());
  if (wrong === undefined) return values;
  throw new InvalidArgumentError(
    `Expected whole numbers up to the ${availableParallelism()} cores here, got ${wrong}.`,
  );
}
