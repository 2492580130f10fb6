import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readProblem } from '../speed/problem.js';
import { lastLine, peersFolder, pythonPath, root, run } from '../speed/processes.js';
import { type Context, now, rowsOf, type Section, say } from './context.js';
import type { OursPathAnswer, OursPathTask } from './ours-path.js';
import { pathChapter } from './path-page.js';
import { askPeer, type Judged, type PeerReply } from './peer-run.js';
import type { Keyed } from './store.js';

export interface PathCase {
  readonly program: 'relu' | 'gated';
  readonly problem: string;
  readonly threads: number;
}

export interface PathRow extends Keyed, PathCase {
  readonly name: string;
  /** CPU seconds on one thread, wall on several; null where nothing came back. Ours: the lesser of the third and the fourth time in a process, the first in `first`. */
  readonly seconds: number | null;
  readonly first?: number;
  /** At all λ, by the judge. */
  readonly objectives: readonly (number | null)[];
  readonly violation: number | null;
  readonly note: string;
  /** Peers: CPU seconds after which a run is ended. */
  readonly cap?: number;
}

const count = 100;
const minRatio = 1e-3;

/** Ours at the gap that `fit` has, at the one that paths have, and as loose as the loosest peers; peers by method. */
const ours = [1e-6, 1e-4, 1e-2];
const peers: Readonly<Record<PathCase['program'], readonly string[]>> = {
  gated: [
    'path-adelie-gated-1e-7',
    'path-adelie-gated-1e-10',
    'path-scnn-gated-default',
    'path-scnn-gated-f64-1e-8',
    'path-skglm-gated-1e-4',
    'path-skglm-gated-1e-6',
    'path-celer-gated-1e-4',
    'path-celer-gated-1e-6',
  ],
  relu: ['path-adelie-relu-1e-7', 'path-scnn-relu-default'],
};

function planned(quick: boolean, threads: readonly number[]): PathCase[] {
  const gated = quick
    ? ['syn200x10_P500', 'diabetes_P500', 'yacht_P500']
    : [
        'syn200x10_P500',
        'diabetes_P500',
        'yacht_P500',
        'haberman_P500',
        'parkinsons_P500',
        'breast_P500',
        'syn1000x20_P500',
      ];
  const relu = quick ? ['syn200x10_P100'] : ['syn200x10_P100', 'diabetes_P100', 'syn200x10_P500'];
  return threads
    .filter((each) => each === 1)
    .flatMap((each) => [
      ...gated.map((problem) => ({ program: 'gated' as const, problem, threads: each })),
      ...relu.map((problem) => ({ program: 'relu' as const, problem, threads: each })),
    ]);
}

/** Descending from where the gated network (and the ReLU one) is zero: max_i ‖XᵀD_i y‖/n. */
export function lambdasOf(problem: string): number[] {
  const { X, y, D } = readProblem(problem);
  const patterns = D.length / X.rows;
  let top = 0;
  for (let p = 0; p < patterns; p++) {
    const g = new Float64Array(X.cols);
    for (let i = 0; i < X.rows; i++) {
      if (D[i * patterns + p] === 1) for (let j = 0; j < X.cols; j++) g[j] += X.data[i * X.cols + j] * y[i];
    }
    top = Math.max(top, Math.sqrt(g.reduce((sum, v) => sum + v * v, 0)) / X.rows);
  }
  return Array.from({ length: count }, (_, k) => top * minRatio ** (k / (count - 1)));
}

export const keyOf = ({ program, problem, threads }: PathCase, name: string): string =>
  `${program} ${problem} threads ${threads}: ${name}`;

async function measureOurs(context: Context, one: PathCase, gap: number, name: string): Promise<PathRow> {
  const began = now(context);
  const lambdas = lambdasOf(one.problem);
  const task: OursPathTask = { ...one, lambdas, gap };
  const script = resolve(root, 'bench/race/ours-path.ts');
  const out = await run(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], { limit: 900 });
  const answer = lastLine<OursPathAnswer>(out);
  const claims = answer.claims.map((claim, k) => ({
    problem: one.problem,
    lambda: lambdas[k],
    program: one.program,
    ...claim,
  }));
  const { verdicts } = await context.servers.with(1).ask<{ verdicts: Judged[] }>({ judges: claims, limit: 300 });
  const [first, , ...further] = one.threads === 1 ? answer.cpu : answer.wall;
  const seconds = Math.min(...further);
  const objectives = verdicts.map(({ objective }) => objective);
  const violation = Math.max(...verdicts.map((verdict) => verdict.violation));
  return { key: keyOf(one, name), ...one, name, seconds, first, objectives, violation, note: '', ...began };
}

interface PathReply extends PeerReply {
  readonly objectives?: (number | null)[];
  readonly worst_violation?: number | null;
}

async function measurePeer(context: Context, one: PathCase, method: string): Promise<PathRow> {
  const began = now(context);
  const lambdas = lambdasOf(one.problem);
  const cap = 2 * context.capCpu;
  const question = { ...one, lambda: lambdas[count - 1], method, cap, more: { lambdas } };
  const answer = await askPeer<PathReply>(context.servers.with(one.threads), question);
  const seconds = one.threads === 1 ? answer.seconds_cpu : answer.seconds_wall;
  return {
    ...{ key: keyOf(one, method), ...one, name: method, seconds, objectives: answer.objectives ?? [] },
    ...{
      violation: answer.worst_violation ?? null,
      note: answer.note,
      cap,
    },
    ...began,
  };
}

export const path: Section = {
  name: 'path',

  async measure(context) {
    const rows = rowsOf<PathRow>(context, 'path');
    const cases = planned(context.quick, context.threads).filter(
      ({ problem }) => context.problems.length === 0 || context.problems.includes(problem),
    );
    const missing = cases
      .map(({ problem }) => problem)
      .filter((name) => !existsSync(resolve(peersFolder, `problems/${name}.json`)));
    if (missing.length > 0) await run(pythonPath(), [resolve(peersFolder, 'problems.py'), ...new Set(missing)]);
    for (const one of cases) {
      say(`path: ${one.program} ${one.problem}`);
      for (const gap of ours) {
        const name = `ours, gap ${gap.toExponential(0)}`;
        if (!rows.has(keyOf(one, name))) rows.put(await measureOurs(context, one, gap, name));
      }
      for (const method of peers[one.program]) {
        if (!rows.has(keyOf(one, method))) rows.put(await measurePeer(context, one, method));
      }
    }
  },

  chapter: (context) => pathChapter(rowsOf<PathRow>(context, 'path').rows),
};
