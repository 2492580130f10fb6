import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Matrix } from '../../src/linalg/index.js';
import { Polytope } from '../../src/optimal-set/polytope.js';
import { combination } from '../../src/optimal-set/vectors.js';
import { problem } from '../pruning/problem.js';
import { lastLine, peersFolder, pythonPath, run } from '../speed/processes.js';
import { geometricMean } from '../speed/summary.js';
import { type Context, now, rowsOf, type Section, say } from './context.js';
import { circumstances, number, power, table } from './page.js';
import type { Keyed } from './store.js';

interface Outcome {
  readonly seconds: number;
  readonly neurons: number;
  /** ‖a‖². */
  readonly square: number;
  /** Largest change of the fit. */
  readonly moved: number;
}

interface OptimalSetRow extends Keyed {
  readonly n: number;
  readonly ours: { readonly prune: Outcome; readonly norm: Outcome };
  readonly peer: { readonly prune: Outcome; readonly norm: Outcome };
}

const tolerance = 1e-10;
const sizes = (quick: boolean): readonly number[] => (quick ? [60, 125, 250] : [60, 125, 250, 500]);

function timed(columns: Matrix, start: Float64Array, task: (set: Polytope) => Float64Array): Outcome {
  const began = process.cpuUsage();
  const end = task(new Polytope(columns, start, tolerance));
  const { user, system } = process.cpuUsage(began);
  const [f, g] = [combination(columns, start), combination(columns, end)];
  return {
    seconds: (user + system) / 1e6,
    neurons: end.filter((a) => a > 1e-9).length,
    square: end.reduce((sum, a) => sum + a * a, 0),
    moved: f.reduce((most, value, k) => Math.max(most, Math.abs(value - g[k])), 0),
  };
}

const ours = (columns: Matrix, start: Float64Array): OptimalSetRow['ours'] => ({
  prune: timed(columns, start, (set) => set.descend().vertex),
  norm: timed(columns, start, (set) => set.smallest),
});

async function peer(n: number, columns: Matrix, start: Float64Array): Promise<OptimalSetRow['peer']> {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-peers-'));
  try {
    writeFileSync(
      join(folder, 'columns.bin'),
      new Uint8Array(columns.data.buffer, columns.data.byteOffset, columns.data.byteLength),
    );
    writeFileSync(join(folder, 'start.bin'), new Uint8Array(start.buffer, start.byteOffset, start.byteLength));
    const script = resolve(peersFolder, 'optimal_set_peer.py');
    return lastLine(
      await run('env', ['OPENBLAS_NUM_THREADS=1', 'OMP_NUM_THREADS=1', pythonPath(), script, folder, `${n}`]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function chapter(rows: readonly OptimalSetRow[]): string | null {
  if (rows.length === 0) return null;
  const kinds = ['prune', 'norm'] as const;
  const body = rows.flatMap((row) =>
    kinds.map((kind) => {
      const [a, b] = [row.ours[kind], row.peer[kind]];
      const value = (one: Outcome): string => (kind === 'prune' ? `${one.neurons}` : one.square.toPrecision(9));
      return [
        `${row.n}`,
        kind === 'prune' ? 'pruning: neurons left' : 'least norm: ‖a‖²',
        number(a.seconds),
        number(b.seconds),
        number(b.seconds / a.seconds),
        value(a),
        value(b),
        power(a.moved),
        power(b.moved),
      ];
    }),
  );
  const ratio = (kind: 'prune' | 'norm'): string =>
    number(geometricMean(rows.map((row) => row.peer[kind].seconds / row.ours[kind].seconds)));
  const head = [
    'neurons',
    '',
    'ours, s',
    'theirs, s',
    'theirs / ours',
    'ours',
    'theirs',
    'our fit moved',
    'their fit moved',
  ];
  return `## Optimal sets

As many neurons as rows, activations of rank n/2 (\`bench/pruning/problem.ts\`); CPU seconds of one thread, ours a first call. Theirs: a null vector by singular values for
each neuron that is pruned, and the least norm by cvxpy and Clarabel. Geometric means, theirs over ours: pruning ${ratio('prune')}, least norm ${ratio('norm')}. Claims about all
networks of optimal sets are checked in \`docs/results/optimal-sets.json\`; larger sizes in \`docs/results/pruning-time.json\`.

${table(head, body)}

${circumstances(rows)}
`;
}

export const optimalSet: Section = {
  name: 'optimal-set',

  async measure(context: Context) {
    const rows = rowsOf<OptimalSetRow>(context, 'optimal-set');
    for (const n of sizes(context.quick)) {
      if (rows.has(`${n}`)) continue;
      say(`optimal set of ${n} neurons`);
      const began = now(context);
      const { columns, start } = problem(n);
      rows.put({ key: `${n}`, n, ours: ours(columns, start), peer: await peer(n, columns, start), ...began });
    }
  },

  chapter: (context) => chapter(rowsOf<OptimalSetRow>(context, 'optimal-set').rows),
};
