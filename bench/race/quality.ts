import { resolve } from 'node:path';
import type { OursAnswer, OursTask } from '../speed/ours.js';
import { lastLine, runScript } from '../speed/processes.js';
import { dataSet } from '../speed/row.js';
import { type Context, folder, now, rowsOf, type Section, say } from './context.js';
import { circumstances, number, power, table } from './page.js';
import { askPeer, judgeOurs } from './peer-run.js';
import { qualityFigure } from './quality-figure.js';
import { type Keyed, writeWhole } from './store.js';

export interface QualityRow extends Keyed {
  readonly problem: string;
  readonly lambda: number;
  readonly name: string;
  /** (CPU seconds, best objective so far); ours: its one answer. */
  readonly history: readonly (readonly [number, number])[];
  readonly neurons: number | null;
  readonly note: string;
  /** Ours: the certificate's lower bound over what its scope names, and the CPU seconds of `fit`, certificate included. */
  readonly dual?: number;
  readonly scope?: string;
  readonly fitSeconds?: number;
}

const methods = [
  'adam-500',
  'adam-500-lr-1e-2',
  'lbfgs-500',
  'lbfgs-100',
  'sklearn-lbfgs-500',
  'sklearn-adam-500',
] as const;
/** Peers go on for this many times our seconds. */
const patience = 3;
const leastSeconds = 1;

const names = (quick: boolean): readonly string[] =>
  quick
    ? ['syn200x10_P500', 'diabetes_P500', 'yacht_P500', 'parkinsons_P500']
    : ['syn200x10', 'diabetes', 'breast', 'syn1000x20', 'yacht', 'haberman', 'parkinsons', 'pima'].map(
        (n) => `${n}_P500`,
      );

const lambdasOf = (quick: boolean): readonly number[] => (quick ? [1e-3] : [1e-2, 1e-3]);

export const keyOf = (problem: string, lambda: number, name: string): string =>
  `${dataSet(problem)} ${lambda}: ${name}`;

async function measureOurs(context: Context, problem: string, lambda: number): Promise<QualityRow> {
  const began = now(context);
  const one = { program: 'priced', problem, lambda, threads: 1 } as const;
  const task: OursTask = { ...one, gap: 1e-6, calls: 1, timeLimit: 120, fresh: false, fit: true };
  const answer = lastLine<OursAnswer>(await runScript('ours.ts', [JSON.stringify(task)], { limit: 900 }));
  const { objective, neurons } = await judgeOurs(
    context.servers.with(1),
    { problem, lambda, program: 'network' },
    answer.network,
    false,
  );
  return {
    ...{ key: keyOf(problem, lambda, 'ours'), problem, lambda, name: 'ours', history: [[answer.cpu[0], objective]] },
    ...{ neurons, note: answer.status === 'solved' ? '' : answer.status },
    ...{ dual: answer.fitDual, scope: answer.fitScope, fitSeconds: answer.fitCpu },
    ...began,
  };
}

async function measurePeer(context: Context, ours: QualityRow, method: string): Promise<QualityRow> {
  const began = now(context);
  const { problem, lambda } = ours;
  const cap = Math.max(leastSeconds, patience * ours.history[0][0]);
  const answer = await askPeer(context.servers.with(1), { problem, lambda, method, threads: 1, cap });
  let best = Number.POSITIVE_INFINITY;
  const history = (answer.trace ?? []).map(([seconds, objective]) => {
    best = Math.min(best, objective);
    return [seconds, best] as const;
  });
  const { neurons, note } = answer;
  return { key: keyOf(problem, lambda, method), problem, lambda, name: method, history, neurons, note, ...began };
}

/** The best objective that a history shows by then; null where it shows none yet. */
export function bestBy(history: QualityRow['history'], seconds: number): number | null {
  const values = history.filter(([at]) => at <= seconds).map(([, objective]) => objective);
  return values.length === 0 ? null : Math.min(...values);
}

/** Problems on which some peer ends below ours. */
export function undercut(rows: readonly QualityRow[]): { readonly cases: number; readonly below: readonly string[] } {
  const ours = rows.filter(({ name }) => name === 'ours');
  const below = ours.filter((own) =>
    rows
      .filter((row) => row.name !== 'ours' && row.problem === own.problem && row.lambda === own.lambda)
      .some(
        (row) =>
          (bestBy(row.history, Number.POSITIVE_INFINITY) ?? Number.POSITIVE_INFINITY) < own.history[0][1] * (1 - 1e-8),
      ),
  );
  return { cases: ours.length, below: below.map((row) => `${dataSet(row.problem)} at λ = ${row.lambda}`) };
}

function chapter(rows: readonly QualityRow[]): string | null {
  const ours = rows.filter(({ name }) => name === 'ours');
  if (ours.length === 0) return null;
  writeWhole(resolve(folder, 'quality.svg'), qualityFigure(rows));
  const excess = (value: number | null, own: number): string => {
    if (value === null) return 'none yet';
    const relative = (value - own) / own;
    return relative < 0 ? `**${power(relative)}**` : `+${power(relative)}`;
  };
  const body = ours.flatMap((own) => {
    const [seconds, objective] = own.history[0];
    const peers = rows.filter((row) => row.problem === own.problem && row.lambda === own.lambda && row.name !== 'ours');
    const gap = own.dual === undefined ? null : (objective - own.dual) / objective;
    const first = [
      dataSet(own.problem),
      own.lambda.toExponential(0),
      'ours',
      number(seconds),
      objective.toPrecision(8),
    ];
    const proved = `${own.scope}, gap ${gap === null ? '–' : power(gap)}; \`fit\` ${number(own.fitSeconds)} s ${own.note}`;
    return [
      [...first, '', `${own.neurons}`, proved],
      ...peers.map((row) => [
        '',
        '',
        row.name,
        excess(bestBy(row.history, seconds), objective),
        excess(bestBy(row.history, patience * seconds), objective),
        excess(bestBy(row.history, Number.POSITIVE_INFINITY), objective),
        `${row.neurons ?? '–'}`,
        row.note,
      ]),
    ];
  });
  const head = ['data', 'λ', '', 'at our time', `at ${patience}× our time`, 'at its end', 'neurons', 'note'];
  const { below } = undercut(rows);
  return `## The training problem itself

Over all patterns (\`patterns: 'auto'\`, gap 1e-6), against trainers of the plain network of width 500 (or as named) under the same objective: CPU
seconds of one thread, ours the first call in a process. Peers: relative excess of the best objective they show by our time, by ${patience}× our time (at least ${leastSeconds} s), and at
their end; bold where it is below ours. Adam is one run (float32, full batch); L-BFGS (torch, float64) and MLPRegressor (its biases held
at zero) are restarted until the time is up. The gap of ours is that of \`fit\`'s certificate, over what its scope names: *priced* is a search, no proof.

Some peer ends below ours on ${below.length} of ${ours.length}${below.length > 0 ? ` (${below.join(', ')})` : ''}.

![best objective over CPU seconds; a point at 1e-8: nobody is lower](peers/quality.svg)

${table(head, body)}

${circumstances(rows)}
`;
}

export const quality: Section = {
  name: 'quality',

  async measure(context) {
    const rows = rowsOf<QualityRow>(context, 'quality');
    for (const problem of names(context.quick)) {
      for (const lambda of lambdasOf(context.quick)) {
        say(`quality: ${dataSet(problem)} λ ${lambda}`);
        const key = keyOf(problem, lambda, 'ours');
        if (!rows.has(key)) rows.put(await measureOurs(context, problem, lambda));
        const ours = rows.get(key) as QualityRow;
        for (const method of methods) {
          if (!rows.has(keyOf(problem, lambda, method))) rows.put(await measurePeer(context, ours, method));
        }
      }
    }
  },

  chapter: (context) => chapter(rowsOf<QualityRow>(context, 'quality').rows),
};
