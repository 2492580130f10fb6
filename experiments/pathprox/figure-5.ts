import * as Plot from '@observablehq/plot';
import type { Method } from '../../src/deep/index.js';
import { documentOf, type Fragment, label, moved, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { methodColor, methodNames } from './methods.js';
import { meanAndError, withError } from './numbers.js';
import type { SparsityJob, SparsityOutcome } from './sparsity-job.js';

/** Task 5 of the paper: the factorised network for PathProx, the plain one for the others; λ as far as accuracy goes. */
const methods = [
  { method: 'pathprox', factorised: true, lambdas: [1e-3, 3e-3, 5e-3, 1e-2] },
  { method: 'weight-decay', factorised: false, lambdas: [1e-3, 1e-2] },
  { method: 'lasso', factorised: false, lambdas: [3e-4, 1e-3, 2e-3] },
  { method: 'group-lasso', factorised: false, lambdas: [3e-3, 5e-3, 1e-2, 2e-2] },
] as const;

/** 10,000 images, 200 units a layer instead of 800; four rounds of 6 epochs of 50 steps; 1 % of the largest unit. */
const settings = {
  ...{ data: 'mnist', perClass: 1000, rate: 0.1, rounds: 4, epochs: 6, threshold: 0.01 },
  ...{ width: 200, fineTune: { epochs: 4, rate: 0.03 } },
};
const cutDown = { ...settings, perClass: 40, rounds: 2, epochs: 3, width: 20, fineTune: { epochs: 1, rate: 0.03 } };

interface Point {
  readonly method: Method;
  readonly lambda: number;
  readonly runs: readonly SparsityOutcome[];
}

async function pointsOf(options: ExperimentOptions): Promise<Point[]> {
  const { width, ...common } = options.small ? cutDown : settings;
  const seeds = options.small ? 1 : 2;
  const places = methods.flatMap(({ method, factorised, lambdas }) =>
    (options.small ? lambdas.slice(0, 2) : lambdas).map((lambda) => ({ method, factorised, lambda })),
  );
  const jobs = places.flatMap(({ method, factorised, lambda }) =>
    Array.from({ length: seeds }, (_, seed): SparsityJob => {
      const network = `mlp-3-${width}${factorised ? '-factorised' : ''}`;
      return { ...common, folder: options.data.mnist, network, method, lambda, seed };
    }),
  );
  const outcomes = await runJobs<SparsityJob, SparsityOutcome>(
    {
      ...{ name: 'figure-5', module: new URL('./sparsity-job.ts', import.meta.url), jobs },
      label: ({ method, lambda, seed }) => `${method}, lambda ${lambda}, seed ${seed}`,
    },
    options,
  );
  return places.map(({ method, lambda }, i) => ({ method, lambda, runs: outcomes.slice(i * seeds, (i + 1) * seeds) }));
}

async function run(options: ExperimentOptions): Promise<void> {
  const points = await pointsOf(options);
  const table = points.map(({ method, lambda, runs }) => ({
    ...{ method, lambda, diverged: runs.filter(({ status }) => status !== 'done').length },
    unitShare: meanAndError(runs.map(({ units: [before, after] }) => after / before)),
    units: runs.map(({ units: [, after] }) => after),
    parameters: meanAndError(runs.map(({ parameters: [, after] }) => after)),
    beforeFineTuning: meanAndError(runs.map(({ pruned }) => pruned)),
    testAccuracy: meanAndError(runs.map(({ test }) => test)),
  }));
  const used = options.small ? cutDown : settings;
  writeResult(options, 'pathprox', 'figure-5', { settings: used, seeds: points[0].runs.length, points: table });
  writeFigure(options, 'figure-5', figure(points, used));
  for (const { method, lambda, unitShare, parameters, testAccuracy } of table) {
    const numbers = `units ${withError(unitShare)}, weights ${withError(parameters)}, test ${withError(testAccuracy)}`;
    options.log(`${methodNames[method].padEnd(16)} λ ${lambda}: ${numbers}`);
  }
}

interface Dot {
  readonly x: number;
  readonly y: number;
}

type Measure = (run: SparsityOutcome) => number;

const panelSize = { width: 400, height: 290 };

function figure(points: readonly Point[], { perClass, width, rounds, epochs }: typeof settings): string {
  const title = 'Sparsity and accuracy: units taken away while training, the rest fine-tuned';
  const remark = `MNIST, ${perClass} images a class, MLP-3-${width} (factorised for PathProx), ${rounds} rounds of ${epochs} epochs; one point for each λ, mean of ${points[0].runs.length} seeds`;
  const panels: [string, Measure][] = [
    ['share of units left', ({ units: [before, after] }) => after / before],
    ['weights left, in thousands', ({ parameters: [, after] }) => after / 1000],
  ];
  const drawn = panels.map(([name, of], k) => moved(12 + k * (panelSize.width + 14), 72, panel(points, name, of)));
  const head = [
    label(16, 24, title, { size: 16, weight: 600 }),
    label(16, 42, remark, { size: 12, fill: palette.quiet }),
    ...methods.map(({ method }, k) =>
      label(16 + 130 * k, 62, `● ${methodNames[method]}`, { size: 12, fill: methodColor(method) }),
    ),
  ];
  const size = { width: 24 + 2 * panelSize.width + 14, height: 72 + panelSize.height + 10 };
  return documentOf(size, title, [...head, ...drawn].join(''));
}

function panel(points: readonly Point[], xLabel: string, of: Measure): Fragment {
  const lines = methods.map(({ method }) => {
    const own = points.filter((point) => point.method === method);
    const dots = own.map(({ runs }): Dot => ({ x: meanAndError(runs.map(of)).mean, y: accuracy(runs) }));
    return { color: methodColor(method), dots: dots.sort((a, b) => a.x - b.x) };
  });
  const axis = { labelArrow: 'none', labelAnchor: 'center', nice: true, ticks: 6 } as const;
  const marks = lines.flatMap(({ color, dots }) => [
    Plot.line(dots, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.4, strokeOpacity: 0.6 }),
    Plot.dot(dots, { x: 'x', y: 'y', fill: color, r: 4 }),
  ]);
  const x = { ...axis, label: xLabel, zero: true };
  const y = { ...axis, label: 'test accuracy', grid: true };
  const margins = { marginLeft: 52, marginBottom: 36, marginTop: 10, marginRight: 12 };
  return plotted({ ...panelSize, ...margins, x, y, marks: [Plot.frame({ stroke: palette.faint }), ...marks] });
}

const accuracy = (runs: readonly SparsityOutcome[]): number => meanAndError(runs.map(({ test }) => test)).mean;

export const sparsity: Experiment = {
  name: 'figure-5',
  title: 'Figure 5: sparsity against accuracy, PathProx beside weight decay, lasso and group lasso',
  run,
};
