import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type ErrorKind, RelucentError, requireThat } from '../base/index.js';
import type { Measurement } from '../deep/index.js';
import { formatNumber, formatPercent, textTable } from '../report/index.js';
import { exitCodes, Interrupted } from './errors.js';
import { Output } from './files.js';
import { type RunConfig, RunFolder, requireFolderToMake } from './run-folder.js';
import { bestRow } from './run-words.js';
import { Session } from './session.js';
import { type GridCommand, ingredientsOf, requireTraining, settingsOf } from './train-ingredients.js';

export interface SearchCommand extends GridCommand {
  readonly lrs: readonly number[];
  readonly lambdas: readonly number[];
  readonly seeds: number;
  readonly jobs?: number;
}

/** One run of the grid. */
interface Cell {
  readonly rate: number;
  readonly lambda: number;
  readonly seed: number;
  readonly path: string;
}

/** What a run has come to; null where it diverged. */
interface CellResult extends Cell {
  readonly best: Measurement | null;
  readonly last: Measurement | null;
  readonly classes: boolean;
}

/** Options that the grid sets, or that are not of `train`; all take a value but --quiet. */
const own = ['--lrs', '--lambdas', '--seeds', '--jobs', '-o', '--output'];

/** `--output=grid` or `-ogrid`. */
const isOwn = (arg: string): boolean => /^-o./s.test(arg) || own.some((name) => arg.startsWith(`${name}=`));

/** The arguments that every run gets. */
export function commonArguments(args: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < args.length; i++) {
    if (own.includes(args[i])) i++;
    else if (args[i] !== '--quiet' && !isOwn(args[i])) kept.push(args[i]);
  }
  return kept;
}

/**
 * `relucent search`: a grid of learning rates and λ over seeds, each a run of its own in a process of its own. Called again it
 * goes on with the runs that are not finished.
 */
export function searchCommand(options: SearchCommand, args: readonly string[]): Promise<number> {
  requireTraining('search', options);
  return Session.run({ quiet: options.quiet }, async (session) => {
    await requireGridFolder(options.output);
    // What a run would refuse is refused once, before the first begins
    const ingredients = await ingredientsOf(session, options);
    const cells = cellsOf(options);
    const settings = settingsOf({ ...options, lr: options.lrs[0], seed: 0 }, ingredients);
    for (const cell of cells) await requireSameSettings(cell, settings);
    await mkdir(options.output, { recursive: true });
    const common = commonArguments(args);
    const results: CellResult[] = [];
    let next = 0;
    // The first run that fails for another reason than its grid point ends the others; they are kept, and go on later
    const failed = new AbortController();
    const signal = AbortSignal.any([session.signal, failed.signal]);
    const work = async (): Promise<void> => {
      while (next < cells.length && !signal.aborted) {
        const cell = cells[next++];
        results.push(await carryOutCell(cell, common, signal));
        session.progress.update({ phase: 'search', fraction: results.length / cells.length, message: cell.path });
      }
    };
    const stop = (error: unknown): never => {
      failed.abort();
      throw error;
    };
    const jobs = Math.min(options.jobs ?? availableParallelism(), cells.length);
    const ends = await Promise.allSettled(Array.from({ length: jobs }, () => work().catch(stop)));
    const bad = ends.find((end) => end.status === 'rejected');
    if (bad) throw bad.reason;
    session.progress.clear();
    if (session.signal.aborted)
      throw new Interrupted(`the runs in ${options.output} are kept; the same command goes on`);
    const rows = summaries(results, options);
    await (await Output.prepare(join(options.output, 'search.json'))).write(`${JSON.stringify(rows, null, 1)}\n`);
    session.text.section('Search', [tableOf(rows)]);
    session.text.section('Files', [`${join(options.output, 'search.json')}, and a folder for each run`]);
    return 0;
  });
}

/** Throws where a grid cannot be written, or a run is there already. */
async function requireGridFolder(path: string): Promise<void> {
  await requireFolderToMake(path);
  const isRun = existsSync(join(path, 'config.json'));
  requireThat(!isRun, `${path}: holds a run; a search keeps runs in folders of their own, so name another folder.`);
}

/** Throws `usage` where a run of the grid began with other options: a table must not mix the two. */
async function requireSameSettings(cell: Cell, settings: Omit<RunConfig, 'lambda'>): Promise<void> {
  const { rate, lambda, seed, path } = cell;
  if (!existsSync(join(path, 'config.json'))) return;
  // Where the data lies may be said in other words: its digest counts
  const { version, data, ...wanted } = { ...settings, rate, lambda, seed };
  const begun = await (await RunFolder.open(path)).config();
  for (const [key, value] of Object.entries(wanted)) {
    const [now, then] = [value, begun[key as keyof typeof wanted]].map((setting) => JSON.stringify(setting) ?? 'none');
    const shown = now.length + then.length < 60 ? ` (${then} then, ${now} now)` : '';
    requireThat(
      now === then,
      `${path}: began with another ${key}${shown}; go on with the options of then, or name another folder.`,
    );
  }
}

const cellsOf = ({ lrs, lambdas, seeds, output }: SearchCommand): Cell[] =>
  lrs.flatMap((rate) =>
    lambdas.flatMap((lambda) =>
      Array.from({ length: seeds }, (_, seed): Cell => {
        return { rate, lambda, seed, path: join(output, `lr-${rate}-lambda-${lambda}-seed-${seed}`) };
      }),
    ),
  );

async function carryOutCell(cell: Cell, common: readonly string[], signal: AbortSignal): Promise<CellResult> {
  const { path, rate, lambda, seed } = cell;
  const begun = await RunFolder.open(path).catch(() => null);
  if (!begun?.has('network')) {
    const values = ['--lr', `${rate}`, '--lambda', `${lambda}`, '--seed', `${seed}`, '-o', path];
    const { code, error } = await relucent(
      begun ? ['resume', path, '--quiet'] : ['train', ...common, ...values, '--quiet'],
      signal,
    );
    if (code !== 0 && !error.includes('diverged') && !signal.aborted) {
      throw new RelucentError(kindOf(code), error.replace(/^relucent: /, ''));
    }
    if (code !== 0) return { ...cell, best: null, last: null, classes: true };
  }
  const folder = await RunFolder.open(path);
  const [config, rows] = [await folder.config(), await folder.log()];
  const last = rows[rows.length - 1];
  return { ...cell, best: bestRow(rows, config) ?? last, last, classes: config.loss === 'cross-entropy' };
}

const kindOf = (code: number | null): ErrorKind =>
  (Object.keys(exitCodes) as ErrorKind[]).find((kind) => exitCodes[kind] === code) ?? 'internal';

/** Runs this program: its exit code (null after a signal) and its last line on stderr. */
function relucent(args: readonly string[], signal: AbortSignal): Promise<{ code: number | null; error: string }> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const stop = (): void => void child.kill('SIGINT');
  signal.addEventListener('abort', stop);
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      done({ code, error: text.trim().split('\n').at(-1) ?? '' });
    });
  });
}

interface Spread {
  readonly mean: number;
  readonly error: number;
}

/** A learning rate and λ over all seeds. */
export interface SearchRow {
  readonly rate: number;
  readonly lambda: number;
  readonly runs: number;
  readonly diverged: number;
  readonly classes: boolean;
  /** At the best validation of each run; null where none is left. */
  readonly validation: Spread | null;
  readonly test: Spread | null;
  /** Share of active units at the end. */
  readonly active: Spread | null;
}

function spreadOf(values: readonly (number | undefined)[]): Spread | null {
  const known = values.filter((value): value is number => value !== undefined);
  if (known.length === 0) return null;
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: known.length > 1 ? Math.sqrt(squares / (known.length - 1) / known.length) : 0 };
}

function summaries(results: readonly CellResult[], { lrs, lambdas }: SearchCommand): SearchRow[] {
  return lrs.flatMap((rate) =>
    lambdas.map((lambda): SearchRow => {
      const runs = results.filter((one) => one.rate === rate && one.lambda === lambda).sort((a, b) => a.seed - b.seed);
      const whole = runs.filter(({ last }) => last !== null);
      const classes = whole.every((run) => run.classes);
      const score = (of: { loss: number; accuracy: number } | undefined) => of && (classes ? of.accuracy : of.loss);
      return {
        ...{ rate, lambda, runs: runs.length, diverged: runs.length - whole.length, classes },
        validation: spreadOf(whole.map(({ best }) => score(best!.validation ?? best!))),
        test: spreadOf(whole.map(({ best }) => score(best!.test))),
        active: spreadOf(whole.map(({ last }) => (last!.units > 0 ? last!.active / last!.units : undefined))),
      };
    }),
  );
}

function tableOf(rows: readonly SearchRow[]): string {
  const best = rows.reduce<SearchRow | null>((a, b) => (b.validation && (!a || better(b, a)) ? b : a), null);
  const text = (value: Spread | null, percent: boolean): string => {
    if (value === null) return '';
    const shown = (number: number): string => (percent ? formatPercent(number) : formatNumber(number, 4));
    return `${shown(value.mean)} ± ${shown(value.error)}`;
  };
  const lines = rows.map((row) => [
    row === best ? '*' : '',
    ...[formatNumber(row.rate), formatNumber(row.lambda)],
    ...[text(row.validation, row.classes), text(row.test, row.classes), text(row.active, true)],
    row.diverged > 0 ? `${row.diverged} of ${row.runs} diverged` : '',
  ]);
  return textTable([['', 'rate', 'λ', 'best validation', 'test there', 'active', ''], ...lines], 'lrrrrrl');
}

/** Fewer diverged runs first, then the validation score. */
function better(a: SearchRow, b: SearchRow): boolean {
  if (a.diverged !== b.diverged) return a.diverged < b.diverged;
  return a.classes ? a.validation!.mean > b.validation!.mean : a.validation!.mean < b.validation!.mean;
}
