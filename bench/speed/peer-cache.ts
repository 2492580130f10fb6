import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { PeerAnswer } from './measure.js';
import { peersFolder } from './processes.js';

/** A row as run_peers.py takes it. */
export interface PeerTask {
  readonly problem: string;
  readonly lambda: number;
  readonly method: string;
  readonly threads: number;
  readonly repeat: number;
  readonly cap_cpu: number;
  readonly batch: number | null;
  readonly calls: number;
  readonly target: number | null;
}

/**
 * The file of a row, by everything that the row depends on but the machine: the task, the peers' pinned versions and the
 * methods' code. The target takes part with eight digits: its last ones differ between our own runs.
 */
function fileOf(task: PeerTask): string {
  const sources = ['constraints.txt', 'requirements.txt', 'requirements-nodeps.txt', 'problems.py', 'evaluate.py'];
  const methods = ['__init__', 'scnn_methods', 'adelie_methods', 'lasso_methods', 'adam_method'];
  const hash = createHash('sha256').update(JSON.stringify({ ...task, target: task.target?.toPrecision(8) ?? null }));
  for (const name of [...sources, ...methods.map((method) => `methods/${method}.py`)]) {
    hash.update(readFileSync(resolve(peersFolder, name)));
  }
  return resolve(peersFolder, 'results', `${hash.digest('hex').slice(0, 16)}.json`);
}

export function cachedPeer(task: PeerTask): PeerAnswer | null {
  const file = fileOf(task);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).answer : null;
}

export function keepPeer(task: PeerTask, answer: PeerAnswer): void {
  const file = fileOf(task);
  mkdirSync(resolve(peersFolder, 'results'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ task, answer })}\n`);
}
