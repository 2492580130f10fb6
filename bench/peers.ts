/**
 * Relucent beside its peers, in one command: makes their Python environment where it is missing (bench/peers/setup.sh), measures
 * what has not been measured yet, and writes docs/benchmarks/peers.md with its rows and figures in docs/benchmarks/peers.
 * `npm run bench:peers -- --help`. A run that is stopped goes on where it was, so that it may be done in pieces (--section,
 * --problems, --lambdas); --again measures some rows once more, --fresh all of them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { certified } from './race/certified.js';
import { type Context, folder, rowsOf, type Section, say } from './race/context.js';
import { kernels } from './race/kernels.js';
import { optimalSet } from './race/optimal-set.js';
import { path } from './race/path.js';
import { pathprox } from './race/pathprox.js';
import { quality } from './race/quality.js';
import { peersPage } from './race/report.js';
import { scaling } from './race/scaling.js';
import { writeWhole } from './race/store.js';
import { twoLayer } from './race/two-layer.js';
import { describeMachine } from './speed/machine.js';
import { BenchError, peersFolder, root } from './speed/processes.js';
import { PythonServers } from './speed/python-server.js';

const sections: readonly Section[] = [twoLayer, certified, path, quality, optimalSet, pathprox, kernels, scaling];

interface Given {
  readonly section?: string;
  readonly threads: string;
  readonly lambdas?: string;
  readonly problems?: string;
  readonly cap?: string;
  readonly quick: boolean;
  readonly fresh: boolean;
  readonly again?: string;
  readonly page: boolean;
}

function given(): Given {
  return new Command('bench:peers')
    .description('Measures Relucent beside its peers and writes docs/benchmarks/peers.md.')
    .option('--section <names>', `comma-separated of ${sections.map(({ name }) => name).join(', ')} (default all)`)
    .option('--threads <counts>', 'comma-separated', '1,2')
    .option('--lambdas <numbers>', 'comma-separated (default 1e-2,1e-3,1e-4; quick: 1e-2,1e-3)')
    .option('--problems <names>', 'only these, comma-separated')
    .option('--cap <seconds>', 'CPU seconds after which a run is stopped (default 60; quick: 20)')
    .option('--quick', 'fewer and smaller problems: about a quarter of an hour', false)
    .option('--fresh', 'forget the rows of earlier runs', false)
    .option('--again <text>', 'measure the rows (of --problems) whose keys contain this once more')
    .option('--page', 'only write the page and the figures from the rows there are', false)
    .parse(process.argv)
    .opts();
}

const numbers = (text: string, name: string): number[] => {
  const values = text.split(',').map(Number);
  if (values.every((value) => value > 0 && Number.isFinite(value))) return values;
  throw new BenchError(`bench:peers: --${name} expects numbers above 0, got ${text}.`);
};

function chosen(names: string | undefined): readonly Section[] {
  if (names === undefined) return sections;
  return names.split(',').map((name) => {
    const section = sections.find((one) => one.name === name);
    if (section) return section;
    throw new BenchError(
      `bench:peers: --section expects names among ${sections.map((s) => s.name).join(', ')}, got ${name}.`,
    );
  });
}

/** The peers' environment as the pinned lists ask for it: made when missing, made anew when they have changed. */
function prepareEnvironment(): void {
  const lists = ['requirements.txt', 'requirements-nodeps.txt', 'constraints.txt'];
  const wanted = lists.map((name) => readFileSync(resolve(peersFolder, name), 'utf8')).join('');
  const stamp = resolve(peersFolder, '.venv/installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say("making the peers' Python environment (bench/peers/setup.sh)");
  execFileSync('bash', [resolve(peersFolder, 'setup.sh')], { stdio: 'inherit' });
  writeWhole(stamp, wanted);
}

async function main(): Promise<void> {
  const options = given();
  const wanted = chosen(options.section);
  prepareEnvironment();
  mkdirSync(folder, { recursive: true });
  const servers = new PythonServers();
  const { quick } = options;
  try {
    const context: Context = {
      ...{ quick, fresh: options.fresh, servers, machine: await describeMachine(servers.with(1)) },
      threads: numbers(options.threads, 'threads'),
      lambdas: numbers(options.lambdas ?? (quick ? '1e-2,1e-3' : '1e-2,1e-3,1e-4'), 'lambdas'),
      problems: options.problems?.split(',') ?? [],
      capCpu: numbers(options.cap ?? (quick ? '20' : '60'), 'cap')[0],
    };
    for (const section of wanted) {
      if (options.fresh && !options.page) rmSync(resolve(folder, `${section.name}.json`), { force: true });
      if (options.again !== undefined && !options.page)
        rowsOf(context, section.name).forget(options.again, context.problems);
      if (!options.page) await section.measure(context);
      writeWhole(resolve(root, 'docs/benchmarks/peers.md'), peersPage(context, sections));
    }
  } finally {
    servers.close();
  }
  say('written: docs/benchmarks/peers.md');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
