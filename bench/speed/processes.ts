import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const peersFolder = resolve(root, 'bench/peers');
const python = resolve(peersFolder, '.venv/bin/python');

/** A failure that has one line for the user; everything else keeps its stack. */
export class BenchError extends Error {}

export interface Started {
  /** Wall seconds. */
  readonly limit?: number;
}

/** Runs a command to its end and gives what it printed; throws with the last line of its errors otherwise. */
export function run(command: string, args: readonly string[], options: Started = {}): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: (options.limit ?? 600) * 1000,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let errors = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('error', (error) => fail(new BenchError(`${command}: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return done(out);
      const last = errors.trim().split('\n').at(-1) ?? '';
      fail(new BenchError(`${args[0]} ended with ${signal ?? `status ${code}`}: ${last.slice(0, 300)}`));
    });
  });
}

/** The Python of the peers' own environment. */
export function pythonPath(): string {
  if (existsSync(python)) return python;
  throw new BenchError(`bench:speed: expected the peers' Python at ${python}; make it with bash bench/peers/setup.sh.`);
}

/** A script of bench/speed, in a fresh Node with tsx as its loader. */
export function runScript(script: string, args: readonly string[], options: Started = {}): Promise<string> {
  return run(process.execPath, ['--import', 'tsx', resolve(root, 'bench/speed', script), ...args], options);
}

/** The last line that a process printed, as JSON. */
export const lastLine = <T>(out: string): T => JSON.parse(out.trim().split('\n').at(-1) ?? '') as T;
