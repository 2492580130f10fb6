import { Command, CommanderError } from 'commander';
import { RelucentError, requireThat, version } from '../base/index.js';
import { addDeep } from './program-deep.js';
import { addInfo, addModel } from './program-model.js';
import { addOptimal } from './program-optimal.js';
import type { Settle } from './program-options.js';
import { addReproduce, addStudio } from './program-others.js';
import { addTraining } from './program-train.js';

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
  const settle: Settle = (work) => work.then(done);
  addTraining(root, settle);
  addModel(root, settle);
  addDeep(root, settle);
  addOptimal(root, settle);
  addReproduce(root, settle);
  addInfo(root, settle);
  root
    .command('demo')
    .description('train on two small data sets, show everything; writes model.json, model.png')
    .action(async () => settle((await import('./demo.js')).demoCommand()));
  addStudio(root, settle);
  root.commands.forEach(watch);
  return root;
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
