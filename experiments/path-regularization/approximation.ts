import { palette } from '../../src/report/canvas.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type CurvePanel, curveGrid } from '../shared/figure.js';
import { writeFigure, writeResult, writeText } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { type Source, sourceName } from './data.js';
import type { RankJob, RankOutcome } from './rank-job.js';

const group = 'path-regularization';

interface Case {
  readonly source: Source;
  readonly lambda: number;
}

const table = (name: string, n: number): Source => ({ kind: 'table', name, n, seed: 1 });

const settings = {
  regularizer: 'path',
  width: 2,
  gap: 1e-3,
  ranks: [1, 2, 3],
  cases: [
    // Few enough rows for proofs over all patterns of the truncation
    { source: table('haberman', 12), lambda: 0.1 },
    { source: table('iris', 12), lambda: 0.1 },
    { source: table('haberman', 60), lambda: 0.1 },
    { source: table('iris', 90), lambda: 0.1 },
    { source: table('iris', 90), lambda: 0.03 },
    { source: table('mammographic', 60), lambda: 0.1 },
    { source: table('blood', 60), lambda: 0.1 },
    { source: table('pima', 60), lambda: 0.1 },
  ] as readonly Case[],
} as const;
const cutDown = {
  ...settings,
  ranks: [1, 2],
  cases: [{ source: table('iris', 10), lambda: 0.2 }] as readonly Case[],
};

interface Row {
  readonly data: string;
  readonly n: number;
  readonly columns: number;
  readonly lambda: number;
  /** Of the network trained without truncation, and the bound proved from it. */
  readonly full: RankOutcome;
  readonly truncated: readonly RankOutcome[];
}

async function run(options: ExperimentOptions): Promise<void> {
  const { cases, ranks, regularizer, width, gap } = options.small ? cutDown : settings;
  const all = [null, ...ranks];
  const jobs = cases.flatMap(({ source, lambda }) =>
    all.map((rank): RankJob => ({ source, lambda, rank, regularizer, width, gap })),
  );
  const module = new URL('./rank-job.ts', import.meta.url);
  const label = ({ source, rank }: RankJob): string => `${sourceName(source)}, κ = ${rank ?? 'full'}`;
  const outcomes = await runJobs<RankJob, RankOutcome>({ name: 'approximation', module, jobs, label }, options);
  const rows = cases.map(({ source, lambda }, c): Row => {
    const [full, ...truncated] = outcomes.slice(c * all.length, (c + 1) * all.length);
    return { data: sourceName(source), n: source.n, columns: full.columns, lambda, full, truncated };
  });
  writeResult(options, group, 'approximation', { settings: { ranks, regularizer, width, gap }, rows });
  writeText(options, 'approximation.md', lines(rows, ranks));
  writeFigure(
    options,
    'approximation',
    curveGrid({
      title: 'Rank-κ training: the certified interval of the global optimum',
      remark: `three layers, path norm, m₁ = ${width}; band: proved lower bound to the objective of the rank-κ network, over the objective without truncation`,
      ...{ columns: 4, panelWidth: 250, panelHeight: 200, spill: true },
      panels: rows.map((row) => panel(row, ranks)),
    }),
  );
}

function panel({ data, n, columns, lambda, full, truncated }: Row, ranks: readonly number[]): CurvePanel {
  const share = (t: number): number => t / full.objective;
  return {
    title: `${data}: ${n} × ${columns}, λ = ${lambda}`,
    xLabel: 'κ',
    series: [
      {
        ...{ name: 'objective of the rank-κ network', color: palette.classes[0] },
        points: truncated.map(({ interval, objective }, k) => ({
          ...{ x: ranks[k], y: share(objective), low: share(interval?.lower ?? 0), high: share(objective) },
        })),
      },
      {
        ...{ name: 'proved lower bound', color: palette.classes[2], dash: '2 3' },
        points: truncated.map(({ interval }, k) => ({ x: ranks[k], y: share(interval?.lower ?? 0) })),
      },
      {
        ...{ name: 'without truncation', color: palette.classes[1], dash: '5 3' },
        points: ranks.map((rank) => ({ x: rank, y: 1 })),
      },
    ],
  };
}

function lines(rows: readonly Row[], ranks: readonly number[]): string {
  const cell = ({ interval, objective }: RankOutcome, full: number): string => {
    if (interval === null) return '';
    const { lower, factor, exact } = interval;
    const ends = `[${(lower / full).toFixed(3)}, ${(objective / full).toFixed(3)}]${exact ? '*' : ''}`;
    return `${ends}, ${factor.toFixed(1)}`;
  };
  return [
    `| data | n × d | λ | optimum found | proved without truncation | ${ranks.map((rank) => `κ = ${rank}`).join(' | ')} |`,
    `| --- | ---: | ---: | ---: | ---: | ${ranks.map(() => '---:').join(' | ')} |`,
    ...rows.map(
      ({ data, n, columns, lambda, full, truncated }) =>
        `| ${data} | ${n} × ${columns} | ${lambda} | ${full.objective.toPrecision(4)} (${full.scope}) | ${(full.bound / full.objective).toFixed(3)} | ${truncated.map((one) => cell(one, full.objective)).join(' | ')} |`,
    ),
    '',
  ].join('\n');
}

export const approximationFigure: Experiment = {
  name: 'approximation',
  title: 'approximation quality: the certified interval against the rank κ',
  run,
};
