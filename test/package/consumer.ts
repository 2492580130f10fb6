import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

export const root = resolve(import.meta.dirname, '../..');
export const run = promisify(execFile);

/** An empty project of somebody else, with the packed package installed by npm as a registry would have given it. */
export interface Consumer {
  readonly folder: string;
  /** Files inside the package, as paths from its root. */
  readonly packed: readonly string[];
  at(path: string): string;
  write(files: Readonly<Record<string, string>>): void;
  remove(): void;
}

export async function installPacked(): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-consumer-'));
  const at = (path: string): string => join(folder, path);
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(at(path)), { recursive: true });
      writeFileSync(at(path), text);
    }
  };
  write({ 'package.json': '{ "name": "consumer", "private": true, "type": "module" }' });
  await run('npm', ['pack', '--pack-destination', folder], { cwd: root });
  const archive = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'];
  await run('npm', ['install', `./${archive}`, ...quiet], { cwd: folder });
  const packed = readdirSync(at('node_modules/relucent'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(at('node_modules/relucent/').length));
  return { folder, packed, at, write, remove: () => rmSync(folder, { recursive: true }) };
}
