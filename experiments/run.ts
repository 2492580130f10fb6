/**
 * Runs experiments by name: `npm run reproduce -- optimal-sets/table-1`, `optimal-sets/all`, `all`, `list`.
 * Options: --threads <n>, --small, --fresh, --out <folder>, --data <name>=<folder>, --steps <n>, --backend <name>.
 */
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { requireThat } from '../src/base/index.js';
import { choice, whole } from '../src/cli/arguments.js';
import { asRelucentError, codeOf, errorText, exitCodes, fileError } from '../src/cli/errors.js';
import { RelucentError } from '../src/index.js';
import type { Experiment, ExperimentOptions } from './shared/experiment.js';
import { forgetJobs } from './shared/jobs.js';

const root = import.meta.dirname;

/** Every folder with an index.ts is a group. */
const groupNames = (): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(root, entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .sort();

async function experimentsOf(group: string): Promise<readonly Experiment[]> {
  const loaded = (await import(new URL(`./${group}/index.ts`, import.meta.url).href)) as { experiments: Experiment[] };
  return loaded.experiments;
}

interface Named {
  readonly group: string;
  readonly experiment: Experiment;
}

async function everything(): Promise<Named[]> {
  const found: Named[] = [];
  for (const group of groupNames()) {
    for (const experiment of await experimentsOf(group)) found.push({ group, experiment });
  }
  return found;
}

function chosen(all: readonly Named[], name: string): readonly Named[] {
  const found = all.filter(
    ({ group, experiment }) => name === 'all' || name === `${group}/all` || name === `${group}/${experiment.name}`,
  );
  if (found.length > 0) return found;
  const names = all.map(({ group, experiment }) => `${group}/${experiment.name}`).join(', ');
  throw new RelucentError('usage', `reproduce: expected all, a group's all or one of ${names}, got '${name}'.`);
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      threads: { type: 'string' },
      small: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      out: { type: 'string' },
      data: { type: 'string', multiple: true, default: [] },
      steps: { type: 'string' },
      backend: { type: 'string' },
    },
  });
  return { values, names: positionals };
}

function threadsOf(text: string | undefined): number {
  const value = text === undefined || text === 'auto' ? availableParallelism() : Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RelucentError('usage', `--threads: expected auto or a whole number of at least 1, got '${text}'.`);
}

function dataOf(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at > 0) return [entry.slice(0, at), resolve(entry.slice(at + 1))];
      throw new RelucentError('usage', `--data: expected <name>=<folder>, got '${entry}'.`);
    }),
  );
}

const clear = (): void => {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
};

function optionsFor(group: string, values: ReturnType<typeof readArguments>['values']): ExperimentOptions {
  const folder = values.out === undefined ? join(root, group, 'results') : resolve(values.out, group);
  const suffix = values.small ? '-small' : '';
  return {
    out: values.small && values.out === undefined ? join(root, '.work', `${group}${suffix}`, 'results') : folder,
    work: values.out === undefined ? join(root, '.work', `${group}${suffix}`) : resolve(values.out, '.work', group),
    threads: threadsOf(values.threads),
    small: values.small,
    fresh: values.fresh,
    data: dataOf(values.data),
    ...(values.steps !== undefined && { steps: whole('--steps', 1)(values.steps) }),
    ...(values.backend !== undefined && { backend: choice('--backend', backends)(values.backend) }),
    signal: interrupt.signal,
    log: (line) => {
      clear();
      process.stdout.write(`${line}\n`);
    },
    progress: (line) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${line.slice(0, 100)}\u001b[K`);
      else process.stderr.write(`${line}\n`);
    },
  };
}

const backends = ['native', 'wasm', 'webgpu'] as const;

const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on('error', (error) => {
  if (codeOf(error) === 'EPIPE') return;
  process.stderr.write(errorText(asRelucentError(fileError('stdout', error)), process.env.RELUCENT_DEBUG === '1'));
  process.exit(exitCodes.io);
});

async function main(): Promise<number> {
  const { values, names } = readArguments();
  const all = await everything();
  if (names.length === 0 || names.includes('list')) {
    for (const { group, experiment } of all) process.stdout.write(`${group}/${experiment.name}: ${experiment.title}\n`);
    return 0;
  }
  const wanted = new Set(names.flatMap((name) => [...chosen(all, name)]));
  for (const { group, experiment } of wanted) {
    const given = optionsFor(group, values);
    // A result names the data it was given: only what it needs
    const options = experiment.missing ? given : { ...given, data: {} };
    const start = performance.now();
    const missing = experiment.missing?.(options) ?? null;
    if (missing !== null) {
      requireThat(!names.includes(`${group}/${experiment.name}`), `${group}/${experiment.name}: ${missing}`);
      options.log(`${group}/${experiment.name}: left out. ${missing}`);
      continue;
    }
    options.log(`${group}/${experiment.name}: ${experiment.title}`);
    await experiment.run(options);
    options.log(`${group}/${experiment.name}: done in ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  forgetJobs();
  return 0;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  clear();
  if (interrupt.signal.aborted) {
    process.stderr.write('relucent: interrupted; the same command goes on from the jobs that are finished.\n');
    process.exitCode = 130;
  } else {
    const isArgument =
      thrown instanceof TypeError && 'code' in thrown && String(thrown.code).startsWith('ERR_PARSE_ARGS');
    const error = isArgument ? new RelucentError('usage', `reproduce: ${thrown.message}`) : asRelucentError(thrown);
    process.stderr.write(errorText(error, process.env.RELUCENT_DEBUG === '1'));
    process.exitCode = exitCodes[error.kind];
  }
}
