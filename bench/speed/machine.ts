import { availableParallelism, totalmem } from 'node:os';
import { run } from './processes.js';
import type { PythonServer } from './python-server.js';

export interface Machine {
  readonly description: string;
  readonly memoryGiB: number;
  readonly node: string;
  /** The last one that touched src. */
  readonly commit: string;
  readonly python: string;
  readonly packages: Readonly<Record<string, string>>;
}

const architectures: Readonly<Record<string, string>> = { x64: 'x86-64', arm64: 'ARM' };

/** Where and with what this runs; the commit says so when src differs from it. */
export async function describeMachine(server: PythonServer): Promise<Machine> {
  const commit = (await run('git', ['log', '-1', '--format=%h', '--', 'src'])).trim();
  const changed = (await run('git', ['status', '--porcelain', '--', 'src'])).trim() !== '';
  const peers = await server.ask<{ python: string; packages: Record<string, string> }>({ versions: {} });
  return {
    description: `${availableParallelism()}-core ${architectures[process.arch] ?? process.arch} cloud machine`,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    commit: changed ? `${commit}, src changed` : commit,
    ...peers,
  };
}
