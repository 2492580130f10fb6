import { palette } from '../../src/report/canvas.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type CurvePanel, curveGrid, type Series } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { type Source, sourceName } from './data.js';
import type { FitJob, FitOutcome } from './fit-job.js';

const group = 'path-regularization';

const models = [
  { name: 'weight decay', regularizer: 'weight-decay', color: palette.classes[1] },
  { name: 'path norm', regularizer: 'path', color: palette.classes[0] },
] as const;

const settings = {
  width: 2,
  gap: 1e-3,
  sources: [
    { kind: 'planted', n: 40, d: 3, noise: 0.1, seed: 1 },
    { kind: 'table', name: 'blood', n: 50, seed: 1 },
  ] as readonly Source[],
  lambdas: [0.3, 0.2, 0.14, 0.1, 0.07, 0.05, 0.035, 0.025],
};
const cutDown = {
  width: 2,
  gap: 1e-2,
  sources: [{ kind: 'planted', n: 28, d: 2, noise: 0.1, seed: 1 }] as readonly Source[],
  lambdas: [0.2, 0.1],
};

async function run(options: ExperimentOptions): Promise<void> {
  const { sources, lambdas, width, gap } = options.small ? cutDown : settings;
  const jobs = sources.flatMap((source) =>
    models.flatMap(({ regularizer }) =>
      lambdas.map((lambda): FitJob => ({ source, layers: 3, regularizer, width, lambda, hiddenBias: false, gap })),
    ),
  );
  const module = new URL('./fit-job.ts', import.meta.url);
  const label = ({ source, regularizer, lambda }: FitJob): string =>
    `${sourceName(source)}, ${regularizer}, λ = ${lambda}`;
  const outcomes = await runJobs<FitJob, FitOutcome>({ name: 'sparsity', module, jobs, label }, options);
  const at = (s: number, m: number): readonly FitOutcome[] => {
    const from = (s * models.length + m) * lambdas.length;
    return outcomes.slice(from, from + lambdas.length);
  };
  writeResult(options, group, 'sparsity', {
    settings: { sources, lambdas, width, gap },
    data: sources.map((source, s) => ({
      name: sourceName(source),
      models: models.map(({ name }, m) => ({
        name,
        fits: at(s, m).map(({ network, ...rest }, k) => ({ lambda: lambdas[k], ...rest })),
      })),
    })),
  });
  const panels = sources.flatMap((source, s) => panelsOf(sourceName(source), lambdas, (m) => at(s, m)));
  writeFigure(
    options,
    'sparsity',
    curveGrid({
      title: 'Sub-networks and norms along λ',
      remark: `three layers, m₁ = ${width}, squared loss, globally trained; left: sub-networks that remain when dependent ones are removed`,
      ...{ columns: 3, panelWidth: 300, panelHeight: 230, spill: true, panels },
    }),
  );
}

/** Counts, norms (solid: path norm, dashed: weight decay) and the loss that is bought with them. */
function panelsOf(
  name: string,
  lambdas: readonly number[],
  at: (model: number) => readonly FitOutcome[],
): readonly CurvePanel[] {
  const line = (m: number, value: (one: FitOutcome) => number, dash = '', words = ''): Series => ({
    ...{ name: `trained with ${models[m].name}${words}`, color: models[m].color, dash },
    points: at(m).map((one, k) => ({ x: Math.log10(lambdas[k]), y: value(one) })),
  });
  const both = models.map((_, m) => m);
  const xLabel = 'log₁₀ λ';
  return [
    { title: `${name}: sub-networks`, xLabel, series: both.map((m) => line(m, ({ minimal }) => minimal)) },
    {
      title: `${name}: path norm (dashed: decay)`,
      xLabel,
      series: both.flatMap((m) => [
        line(m, (one) => one.pathNorm),
        line(m, (one) => one.decayNorm, '5 3', ', its weight decay'),
      ]),
    },
    { title: `${name}: training loss`, xLabel, series: both.map((m) => line(m, ({ loss }) => loss)) },
  ];
}

export const sparsityFigure: Experiment = {
  name: 'sparsity',
  title: 'number of non-zero sub-networks against λ, path norm against weight decay',
  run,
};
