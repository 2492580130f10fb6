import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { version } from '../../src/index.js';
import type { ExperimentOptions } from './experiment.js';

/** Writes a file whole or not at all. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/** Writes `<out>/<name>.json`: what was run, by which version and command, then the result; numbers to 10 digits. */
export function writeResult(options: ExperimentOptions, group: string, name: string, result: object): void {
  const head = { experiment: `${group}/${name}`, command: commandOf(group, name, options), version };
  const path = join(options.out, `${name}.json`);
  writeAtomically(path, `${JSON.stringify({ ...head, ...result }, tenDigits, 1).replace(shortArrays, joined)}\n`);
  options.log(`wrote ${path}`);
}

/** The command, without where data lay on this machine. */
const commandOf = (group: string, name: string, { small, data, steps, backend }: ExperimentOptions): string =>
  [
    `npm run reproduce -- ${group}/${name}`,
    ...(small ? ['--small'] : []),
    ...Object.keys(data).map((key) => `--data ${key}=<folder>`),
    ...(steps === undefined ? [] : [`--steps ${steps}`]),
    ...(backend === undefined ? [] : [`--backend ${backend}`]),
  ].join(' ');

const tenDigits = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(10)) : value;

/** Arrays of numbers on one line each. */
const shortArrays = /\[\s+(?:(?:-?[\d.e+-]+|null|true|false),?\s+)+\]/g;
const joined = (array: string): string => array.replace(/\s+/g, ' ').replace('[ ', '[').replace(' ]', ']');

/** The result that `writeResult` wrote; undefined where there is none. */
export function readResult<T>(options: ExperimentOptions, name: string): T | undefined {
  const path = join(options.out, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;
}

export const writeFigure = (options: ExperimentOptions, name: string, svg: string): void =>
  writeText(options, `${name}.svg`, svg);

/** Writes a file of the given name and ending among the results. */
export function writeText(options: ExperimentOptions, file: string, text: string): void {
  const path = join(options.out, file);
  writeAtomically(path, text);
  options.log(`wrote ${path}`);
}
