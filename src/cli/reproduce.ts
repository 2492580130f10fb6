import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { requireThat } from '../base/index.js';
import type { Backend } from '../deep/index.js';
import { requireFolderToMake } from './run-folder.js';

/** Options of `relucent reproduce`, as `experiments/run.ts` takes them. */
export interface ReproduceCommand {
  readonly threads: 'auto' | number;
  readonly small?: boolean;
  readonly fresh?: boolean;
  readonly out?: string;
  readonly data?: readonly string[];
  readonly steps?: number;
  readonly backend?: Backend;
}

/** The checkout that this file is part of: both src/cli and dist/cli lie two folders deep. */
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Runs an experiment of the checkout in a process of its own (experiments are TypeScript, not part of the package).
 * @throws `usage` where there is no checkout, or its development packages are not installed.
 */
export function reproduceCommand(name: string, options: ReproduceCommand, checkout = root): Promise<number> {
  const script = join(checkout, 'experiments', 'run.ts');
  const loader = join(checkout, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  requireFile(
    script,
    'experiments are not in the npm package; clone the repository, run npm install there, then npm run reproduce --',
    name,
  );
  requireFile(
    loader,
    `tsx is not installed; run npm install in ${dirname(dirname(script))}, then again: reproduce`,
    name,
  );
  for (const entry of options.data ?? []) requireSource(entry);
  const { out } = options;
  const ready = out === undefined ? Promise.resolve() : requireFolderToMake(out, '--out');
  const child = ['--import', pathToFileURL(loader).href, script, name, ...argumentsOf(options)];
  return ready.then(() => runChild(child));
}

function runChild(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    // Ctrl-C reaches the child as well, which says how to go on
    const wait = (): void => undefined;
    process.on('SIGINT', wait);
    child.once('error', reject);
    child.once('exit', (code) => {
      process.off('SIGINT', wait);
      resolve(code ?? 1);
    });
  });
}

/** Throws unless an entry is `name=folder` and the folder is there. */
function requireSource(entry: string): void {
  const [, folder] = /^[^=]+=(.+)$/s.exec(entry) ?? [];
  requireThat(folder !== undefined, `--data: expected <name>=<folder>, got '${entry}'.`);
  requireThat(existsSync(folder), `--data: ${folder}: there is no such folder.`, 'io');
  requireThat(statSync(folder).isDirectory(), `--data: ${folder}: is a file; expected a folder.`, 'io');
}

function requireFile(path: string, words: string, name: string): void {
  requireThat(existsSync(path), `reproduce: ${words} ${name}.`);
}

function argumentsOf({ threads, small, fresh, out, data = [], steps, backend }: ReproduceCommand): string[] {
  return [
    `--threads=${threads}`,
    ...(small ? ['--small'] : []),
    ...(fresh ? ['--fresh'] : []),
    ...(out === undefined ? [] : [`--out=${out}`]),
    ...data.map((entry) => `--data=${entry}`),
    ...(steps === undefined ? [] : [`--steps=${steps}`]),
    ...(backend === undefined ? [] : [`--backend=${backend}`]),
  ];
}
