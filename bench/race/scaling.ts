import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { middle } from '../scale/plan.js';
import type { Measurement, ScaleResults, Task } from '../scale/types.js';
import { BenchError, lastLine, root, run } from '../speed/processes.js';
import { type Context, now, rowsOf, type Section, say } from './context.js';
import { circumstances, number, table } from './page.js';
import type { Keyed } from './store.js';

interface ScalingRow extends Keyed, Measurement {}

const stored = resolve(root, 'docs/benchmarks/scale.json');
const planted = { data: 'planted', loss: 'squared', timePass: false } as const;
const largeSize = { n: 100_000, d: 100, patterns: 500 } as const;

/** The middle of bench/scale.ts' grid on one and on two threads, and one program whose memory is that of its data. */
const tasks = (threads: readonly number[]): readonly Task[] => [
  ...threads.map((count): Task => ({ ...planted, ...middle, ratio: 0.05, gap: 1e-3, threads: count })),
  { ...planted, ...largeSize, ratio: 0.5, gap: 1e-2, threads: 1 },
];

/**
 * Bytes of a ReLU solve from its sizes: X twice (the caller's and the kernels'), patterns by rows and by columns, fifteen vectors of
 * one entry for each pattern, sign and column, and the Newton system's columns over the rows.
 */
export function bytesOf(n: number, d: number, patterns: number, newtonColumns: number): number {
  return 16 * n * d + (2 * n * patterns) / 8 + 8 * 15 * patterns * d + 8 * n * newtonColumns;
}

/** Rows that fit: within the process' bytes, and the kernels' part of them within the 4 GiB that WebAssembly addresses. */
export function largestRows(d: number, patterns: number, newtonColumns: number, bytes: number): number {
  const perRow = bytesOf(1, d, patterns, newtonColumns) - bytesOf(0, d, patterns, newtonColumns);
  const fixed = bytesOf(0, d, patterns, newtonColumns);
  const own = 8 * d;
  return Math.floor(Math.min((bytes - fixed) / perRow, (2 ** 32 - fixed) / (perRow - own)));
}

/** A process without data, in bytes: Node, tsx and the modules. */
const base = 100e6;

const keyOf = ({ n, d, patterns, threads }: Task): string => `${n}x${d}, ${patterns} patterns, threads ${threads}`;

async function measured(context: Context, task: Task): Promise<ScalingRow> {
  const began = now(context);
  const script = resolve(root, 'bench/scale/task.ts');
  const out = await run(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], { limit: 900 });
  return { key: keyOf(task), ...lastLine<Measurement>(out), ...began };
}

function chapter(rows: readonly ScalingRow[]): string | null {
  if (rows.length === 0 || !existsSync(stored)) return null;
  const { exponents, grid, large }: ScaleResults = JSON.parse(readFileSync(stored, 'utf8'));
  const powers = (what: 'solve' | 'pass'): string => {
    const e = exponents[what];
    return e ? `n^${e.n.toFixed(2)} · d^${e.d.toFixed(2)} · P^${e.patterns.toFixed(2)}` : 'not measured';
  };
  const estimate = (m: Measurement): number =>
    (base + bytesOf(m.solve.n, m.solve.d, m.task.patterns, m.solve.neurons)) / 1e6;
  const memory = [...grid.slice(-4), ...large.filter(({ task }) => task.threads === 1), ...rows];
  const body = memory.map((m) => [
    `${m.solve.n} × ${m.solve.d}`,
    `${m.task.patterns}`,
    `${m.task.threads}`,
    `${m.solve.neurons}`,
    number(m.solve.cpu),
    number(m.solve.wall),
    `${m.megabytes}`,
    number(estimate(m)),
  ]);
  const head = ['rows × columns', 'patterns', 'threads', 'neurons', 'CPU s', 'wall s', 'memory MB', 'estimate MB'];
  const [one, two] = [1, 2].map((count) =>
    rows.find((row) => row.key === keyOf({ ...middle, threads: count } as Task)),
  );
  const threads =
    one && two
      ? `Two threads on the middle of the grid: ${number(one.solve.wall / two.solve.wall)} times as quick by the clock for ${number(two.solve.cpu / one.solve.cpu)} times the CPU seconds (load average ${two.load}).`
      : '';
  const excess = Math.max(...memory.map((m) => m.megabytes / estimate(m)));
  const rowsThatFit = largestRows(100, 1000, 100, 8e9 - base);
  return `## Scaling

Fitted powers of the CPU time (\`bench/scale.ts\`, [scale.md](scale.md), with the figure): solve to 1e-3 ${powers('solve')}; price, proximal step and product ${powers('pass')}. ${threads}

Memory that a solve holds, by what it allocates: ${number(base / 1e6)} MB for the process, 16 bytes for each entry of X (the caller's and the kernels' copy), a quarter of a byte for each
row and pattern, 120 bytes for each pattern and column, 8 for each row and neuron of the Newton system. The peaks measured below are up to ${number(excess, 2)} times that: what is made on the way (the
data, the sampling of patterns) counts too. With 8 GB, 100 columns, 1000 patterns and 100 neurons ${number(rowsThatFit / 1e6, 2)} million rows fit by the formula (WebAssembly's 4 GiB are full there), and
${number(rowsThatFit / excess / 1e6, 2)} million if the peak grows as measured: an estimate, not a run. The last row is a check of memory alone: no neuron enters at its λ.

${table(head, body)}

${circumstances(rows)}
`;
}

export const scaling: Section = {
  name: 'scaling',

  async measure(context) {
    if (!existsSync(stored))
      throw new BenchError('bench:peers: no docs/benchmarks/scale.json; run npx tsx bench/scale.ts --only grid first.');
    const rows = rowsOf<ScalingRow>(context, 'scaling');
    for (const task of tasks(context.threads)) {
      if (rows.has(keyOf(task))) continue;
      say(`scaling: ${keyOf(task)}`);
      rows.put(await measured(context, task));
    }
  },

  chapter: (context) => chapter(rowsOf<ScalingRow>(context, 'scaling').rows),
};
