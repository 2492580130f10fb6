import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StepRow } from '../deep/page.js';
import { root } from '../speed/processes.js';
import { geometricMean } from '../speed/summary.js';
import { type Section, say } from './context.js';
import { number, table } from './page.js';

const file = resolve(root, 'docs/benchmarks/deep.json');

interface Deep {
  readonly machine: { readonly torch: string; readonly load: number; readonly commit: string };
  readonly rows: readonly StepRow[];
}

/** A training step beside the same step in PyTorch: bench/deep.ts measures it, docs/benchmarks/deep.md tells all. */
export const pathprox: Section = {
  name: 'pathprox',

  /** Only where there is none yet: it wants two idle cores. */
  async measure(context) {
    if (existsSync(file) && !context.fresh) return;
    say('pathprox: bench/deep.ts, about three minutes on two idle cores');
    execFileSync(process.execPath, ['--import', 'tsx', resolve(root, 'bench/deep.ts'), '--write'], {
      stdio: 'inherit',
    });
  },

  chapter() {
    if (!existsSync(file)) return null;
    const { machine, rows }: Deep = JSON.parse(readFileSync(file, 'utf8'));
    const steps = rows.filter(({ method }) => method === 'pathprox');
    const body = steps.map(({ name, batch, threads, ours, theirs, limit }) => [
      `${name} (${batch})`,
      `${threads}`,
      number(ours.wall),
      number(theirs.wall),
      number(ours.wall / theirs.wall),
      number(ours.cpu / theirs.cpu),
      number(limit, 2),
    ]);
    const head = ['network (batch)', 'threads', 'ours, ms', 'PyTorch, ms', 'ours / theirs', 'CPU', 'at most'];
    const all = geometricMean(steps.map(({ ours, theirs }) => ours.wall / theirs.wall));
    return `## PathProx

Milliseconds of a PathProx step (forward, gradients, update, balance, prox) beside the authors' method written in PyTorch ${machine.torch}: [deep.md](deep.md), which has weight decay too
(sources of src/deep of commit ${machine.commit}, load average ${machine.load}). Geometric mean of ours over theirs, wall: ${number(all)}. Objective curves against steps, with the paper's: [pathprox.md](../reproduction/pathprox.md).

${table(head, body)}
`;
  },
};
