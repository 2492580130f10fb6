import type { Context, Section } from './context.js';
import { goals, goalsTable } from './goals.js';

/** peers.md from what has been measured so far. */
export function peersPage(context: Context, sections: readonly Section[]): string {
  const { machine } = context;
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`);
  const chapters = sections.map((section) => section.chapter(context)).filter((text) => text !== null);
  return `# Beside the peers

    npm run bench:peers               # everything, on a machine that has nothing else to do
    npm run bench:peers -- --quick    # fewer problems, shorter limits: what stands here

Measured on a ${machine.description} (${machine.memoryGiB} GiB), Node ${machine.node}, Python ${machine.python}, ${packages.join(', ')}. Rows and figures: [peers](peers). Every answer, ours included, is judged by
one float64 function from the network it stands for (\`bench/peers/evaluate.py\`), whatever its solver says; losing rows stay. The machine had other work while
these rows were measured: CPU seconds tell, the clock does not.

## What was asked for

Geometric means, ours when nothing compiles any more (*first call*: in a fresh process, to 1e-6, compilation included).

${goalsTable(goals(context))}

${chapters.join('\n')}`;
}
