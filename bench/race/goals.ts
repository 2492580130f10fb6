import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { StepRow } from '../deep/page.js';
import { type Entry, falls } from '../history/compare.js';
import { root } from '../speed/processes.js';
import { geometricMean } from '../speed/summary.js';
import { gaps, type Versus } from './arrival.js';
import { type Context, rowsOf } from './context.js';
import { type Kernel, type Row as KernelsRow, kernelsOf, speedUps } from './kernels.js';
import { number, table } from './page.js';
import type { PathRow } from './path.js';
import { casesOf, pathComparisons } from './path-page.js';
import { type QualityRow, undercut } from './quality.js';
import { beaten, type Comparison, compare } from './two-layer-page.js';
import type { TwoLayerRow } from './two-layer-plan.js';

/** A line of the table: what was asked for, what was measured, whether it holds. */
export interface Goal {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  /** null: nothing to judge by. */
  readonly holds: boolean | null;
}

const meanOf = ({ mean, least, ratios }: Versus): string =>
  ratios.length === 0 ? '–' : `${number(mean)} (least ${number(least, 2)}, ${ratios.length} programs)`;

const ratioGoal = (what: string, aim: number, least: number, found: Comparison, metric: Versus): Goal => ({
  what,
  asked: `≥ ${aim}${least > 0 ? `, none below ${least}` : ''}`,
  measured: `${meanOf(metric)}; first call ${number(found.atTheirBest.mean)} (${number(found.atTheirBest.least, 2)})`,
  holds: metric.mean === null ? null : metric.mean >= aim && (metric.least ?? 0) >= least,
});

function twoLayerGoals(rows: readonly TwoLayerRow[]): Goal[] {
  const tight = gaps.indexOf(1e-6);
  const of = (name: string, program: 'relu' | 'gated'): Comparison => compare(name, program, 1, rows);
  const float32 = of('pyscnn AL, float32', 'relu');
  const float64 = of('pyscnn AL, float64', 'relu');
  const adelie = of('adelie', 'relu');
  const clarabel = of('cvxpy + Clarabel', 'relu');
  const rfista = of('pyscnn R-FISTA, float64', 'gated');
  const rivals = ['adelie', 'skglm', 'celer'].map((name) => of(name, 'gated'));
  return [
    ratioGoal('ReLU to 1e-6 / pyscnn AL float32, as far as it comes', 100, 2, float32, float32.warm),
    ratioGoal('ReLU to 1e-6 / pyscnn AL float64, as far as it comes', 100, 2, float64, float64.warm),
    ratioGoal('ReLU / adelie, at the accuracy adelie reaches', 5, 2, adelie, adelie.asNear),
    ratioGoal('ReLU to 1e-6 / cvxpy + Clarabel', 20, 2, clarabel, clarabel.toGap[tight]),
    ratioGoal('gated to 1e-6 / pyscnn R-FISTA float64', 5, 0, rfista, rfista.toGap[tight]),
    ...rivals.map((one) => ratioGoal(`gated to 1e-6 / ${one.name}`, 1, 0, one, one.toGap[tight])),
  ];
}

function leastGoal(rows: readonly TwoLayerRow[], networks: readonly QualityRow[]): Goal {
  const [sampled, trained] = [beaten(rows), undercut(networks)];
  const lost = [...sampled.below, ...trained.below];
  return {
    what: 'the objective we return is the least',
    asked: 'everywhere',
    measured: `${sampled.cases - sampled.below.length} of ${sampled.cases} programs over patterns, ${trained.cases - trained.below.length} of ${trained.cases} training problems${lost.length > 0 ? `; lost: ${lost.join(', ')}` : ''}`,
    holds: sampled.cases + trained.cases === 0 ? null : lost.length === 0,
  };
}

function pathGoals(rows: readonly PathRow[]): Goal[] {
  const cases = casesOf(rows);
  return (['gated', 'relu'] as const).flatMap((program) =>
    pathComparisons(program, cases)
      .filter(({ name }) => name.includes('scnn'))
      .map(({ name, ratios, atLeast, cases: count }) => {
        const all = [...ratios, ...atLeast];
        const stopped = atLeast.length > 0 ? `, ${atLeast.length} stopped at the cap and counted with it` : '';
        return {
          what: `100 λ, ${program}, to 1e-6 / ${name.replace('path-', '')}`,
          asked: '≥ 20',
          measured: `${number(geometricMean(all))}; ${ratios.length} of ${count} paths ended${stopped}`,
          holds: all.length === 0 ? null : (geometricMean(all) as number) >= 20,
        };
      }),
  );
}

function pathproxGoal(): Goal[] {
  const file = resolve(root, 'docs/benchmarks/deep.json');
  if (!existsSync(file)) return [];
  const rows: StepRow[] = JSON.parse(readFileSync(file, 'utf8')).rows.filter(
    (row: StepRow) => row.method === 'pathprox',
  );
  const within = rows.filter(({ ours, theirs, limit }) => ours.wall <= limit * theirs.wall);
  const over = rows.filter((row) => !within.includes(row)).map(({ name, threads }) => `${name} on ${threads}`);
  const measured = `${within.length} of ${rows.length} within${over.length > 0 ? `; not ${over.join(', ')}` : ''}`;
  return [{ what: 'PathProx step / PyTorch', asked: 'as in deep.md', measured, holds: over.length === 0 }];
}

function kernelGoals(rows: readonly KernelsRow[]): Goal[] {
  const all = kernelsOf(rows).filter(({ share }) => share !== null);
  const near = all.filter(({ share }) => (share as number) >= 0.6);
  const twice = speedUps(all);
  const quick = twice.filter((ratio) => ratio >= 1.7);
  return [
    {
      what: 'kernels, share of the native limit',
      asked: '≥ 60 %',
      measured: `${near.length} of ${all.length} kernels and sizes`,
      holds: all.length === 0 ? null : near.length === all.length,
    },
    ...ofPairs(all),
    {
      what: 'kernels, two threads over one',
      asked: '≥ 1.7',
      measured: `${quick.length} of ${twice.length}, geometric mean ${number(geometricMean(twice))}`,
      holds: twice.length === 0 ? null : quick.length === twice.length,
    },
  ];
}

/** The dense ones against what WebAssembly's instructions allow, where arithmetic is the limit. */
function ofPairs(all: readonly Kernel[]): Goal[] {
  const dense = all.filter(({ one, ofPairs }) => ofPairs !== null && !one.name.startsWith('masked'));
  const near = dense.filter(({ ofPairs }) => (ofPairs as number) >= 0.8);
  if (dense.length === 0) return [];
  return [
    {
      what: 'dense kernels, share of what pairs of doubles can do',
      asked: '(≥ 80 %)',
      measured: `${near.length} of ${dense.length} kernels and sizes`,
      holds: near.length === dense.length,
    },
  ];
}

/** The last run of `npm run bench` against the best of its machine. */
function historyGoal(): Goal[] {
  const file = resolve(root, 'docs/benchmarks/history.json');
  const entries: Entry[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : [];
  const last = entries.at(-1);
  if (!last) return [];
  const found = falls(last, entries.slice(0, -1));
  const runs = entries.filter(({ machine }) => machine === last.machine).length;
  const measured =
    found.length > 0
      ? found.map(({ name }) => name).join(', ')
      : `none of ${Object.keys(last.ratios).length} ratios, ${runs} run${runs > 1 ? 's' : ''} on one machine`;
  return [{ what: '`npm run bench`: ratios fallen', asked: 'by ≤ 15 %', measured, holds: found.length === 0 }];
}

/** What was asked for against what these rows say. */
export function goals(context: Context): Goal[] {
  const programs = rowsOf<TwoLayerRow>(context, 'two-layer').rows;
  return [
    ...twoLayerGoals(programs),
    leastGoal(programs, rowsOf<QualityRow>(context, 'quality').rows),
    ...pathGoals(rowsOf<PathRow>(context, 'path').rows),
    ...pathproxGoal(),
    ...kernelGoals(rowsOf<KernelsRow>(context, 'kernels').rows),
    ...historyGoal(),
  ];
}

export function goalsTable(all: readonly Goal[]): string {
  const words = new Map([
    [true, 'holds'],
    [false, '**does not**'],
    [null, 'not measured'],
  ]);
  const body = all.map(({ what, asked, measured, holds }) => [what, asked, measured, words.get(holds) as string]);
  return table(['their seconds over ours, one thread, unless said otherwise', 'asked', 'measured', ''], body);
}
