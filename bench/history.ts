/**
 * A short fixed set of benchmarks as ratios to baselines of the same run (bench/history/ratios.ts), kept in
 * docs/benchmarks/history.json: `npm run bench`. Ends with one line: which ratios have fallen by more than 15 % from the best of
 * the same machine, and status 1 then. --dry: does not write.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { type Entry, falls, verdict } from './history/compare.js';
import { measuredRatios } from './history/ratios.js';

const root = resolve(import.meta.dirname, '..');
const file = resolve(root, 'docs/benchmarks/history.json');

const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();

/** Of the sources; says so when they differ from it. */
function commit(): string {
  const changed = git('status', '--porcelain', '--', 'src') !== '';
  return git('log', '-1', '--format=%h', '--', 'src') + (changed ? ', src changed' : '');
}

function write(entries: readonly Entry[]): void {
  const lines = entries.map((entry) => JSON.stringify(entry));
  writeFileSync(`${file}.part`, `[\n${lines.join(',\n')}\n]\n`);
  renameSync(`${file}.part`, file);
}

const load = Number(loadavg()[0].toFixed(2));
const ratios = await measuredRatios((name, ratio) => console.log(`${name.padEnd(48)} ${ratio}`));
const entry: Entry = {
  date: new Date().toISOString().slice(0, 16),
  commit: commit(),
  machine: `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node.split('.')[0]}`,
  load,
  ratios,
};
const history: Entry[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
const found = falls(entry, history);
if (!process.argv.includes('--dry')) write([...history, entry]);
console.log(verdict(found, entry, history));
if (found.length > 0) process.exitCode = 1;
