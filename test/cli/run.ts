import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRandom } from '../../src/base/index.js';

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const root = resolve(import.meta.dirname, '../..');

/** The build, where it is newer than every source file (as after `npm run build`): it starts twice as fast; else the sources. */
const program = ((): readonly string[] => {
  const built = join(root, 'dist/cli/main.js');
  const age = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newest = Math.max(
    ...readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => age(join(entry.parentPath, entry.name))),
  );
  return age(built) > newest ? [built] : ['--import', loader, join(root, 'src/cli/main.ts')];
})();

export interface Outcome {
  /** As a shell reports it: 128 and the signal's number for a process that a signal ended. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunSettings {
  readonly cwd?: string;
  /** Default: nothing. `open`: stdin stays open and silent. */
  readonly stdin?: string | { readonly open: true };
  readonly env?: Readonly<Record<string, string>>;
  /** A shell line to put before the program, such as a limit on file sizes. */
  readonly shell?: string;
  /** Called with all of stderr each time it grows. */
  readonly onStderr?: (stderr: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs the command line in a process of its own. */
export function relucent(args: readonly string[], settings: RunSettings = {}): Promise<Outcome> {
  const { cwd, stdin, env, shell, onStderr } = settings;
  const command = [...program, ...args];
  const options = { cwd, env: { ...process.env, ...env } };
  const child =
    shell === undefined
      ? spawn(process.execPath, command, options)
      : spawn('bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...command], options);
  child.stdin.on('error', () => undefined);
  if (typeof stdin !== 'object') child.stdin.end(stdin ?? '');
  const outcome = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    outcome.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    outcome.stderr += text;
    onStderr?.(outcome.stderr, (signal) => child.kill(signal));
  });
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code, signal) =>
      done({ ...outcome, code: code ?? 128 + constants.signals[signal as NodeJS.Signals] }),
    );
  });
}

/** A folder for one test file and its list of files; `remove` when done. */
export function workFolder() {
  const path = mkdtempSync(join(tmpdir(), 'relucent-test-'));
  return {
    path,
    at: (name: string) => join(path, name),
    files: () => readdirSync(path).sort(),
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** A table with two numbers, a category and a numeric target that two neurons give but for noise. */
export function regressionCsv(rows = 60, seed = 1): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, (_, i) => {
    const [x, z] = [random.normal(), random.normal()];
    const y = 2 * Math.max(0, x + z) - Math.max(0, z) + 0.1 * random.normal();
    return `${x},${z},${i % 3 === 0 ? 'north' : 'south'},${y}`;
  });
  return `width,height,place,price\n${lines.join('\n')}\n`;
}

/** Two classes that a line of two numbers tells apart with some errors. */
export function classesCsv(rows = 60, seed = 2): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const [x, z] = [random.normal(), random.normal()];
    return `${x},${z},${x + z + 0.6 * random.normal() > 0 ? 'yes' : 'no, never'}`;
  });
  return `a,b,label\n${lines.map((line) => line.replace('no, never', '"no, never"')).join('\n')}\n`;
}

/** What every failure must be: one line that begins with the program's name, no stack, this exit code. */
export function oneLineOf({ stderr }: Outcome): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('relucent: '));
  const rest = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('relucent: '));
  if (lines.length !== 1 || rest.some((line) => /^\s+at |Error/.test(line)))
    throw new Error(`expected one line on stderr, got:\n${stderr}`);
  return lines[0];
}

/** What stderr holds besides progress: a reader that takes longer than 200 ms, on a busy machine, says that it reads. */
export const remarksOf = ({ stderr }: Outcome): string => stderr.replace(/^reading .*\n/gm, '');
