import * as Plot from '@observablehq/plot';
import { documentOf, type Fragment, label, moved, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { methodNames } from './methods.js';
import { type MeanAndError, meanAndError, withError } from './numbers.js';
import type { ToyJob, ToyOutcome } from './toy-job.js';

const methods = ['none', 'weight-decay', 'pathprox', 'optimum'] as const;

const settings = { n: 60, flipped: 6, lambda: 0.003, width: 100, rate: 0.1, steps: 5000, grid: 80 };
const cutDown = { ...settings, n: 20, flipped: 2, lambda: 0.02, width: 10, steps: 200, grid: 10 };

const nameOf = (method: ToyJob['method']): string => (method === 'optimum' ? 'certified optimum' : methodNames[method]);

interface Panel {
  readonly method: ToyJob['method'];
  readonly runs: readonly ToyOutcome[];
}

async function run(options: ExperimentOptions): Promise<void> {
  const chosen = options.small ? cutDown : settings;
  const count = options.small ? 2 : 4;
  const seedsOf = (method: ToyJob['method']): number => (method === 'optimum' ? 1 : count);
  const jobs = methods.flatMap((method) =>
    Array.from({ length: seedsOf(method) }, (_, seed): ToyJob => ({ ...chosen, method, seed })),
  );
  const module = new URL('./toy-job.ts', import.meta.url);
  const outcomes = await runJobs<ToyJob, ToyOutcome>({ name: 'figure-2', module, jobs }, options);
  const panels = methods.map(
    (method): Panel => ({ method, runs: outcomes.filter((_, i) => jobs[i].method === method) }),
  );
  const table = panels.map(({ method, runs }) => {
    const of = (value: (one: ToyOutcome) => number): MeanAndError => meanAndError(runs.map(value));
    return {
      method,
      objective: of(({ objective }) => objective),
      units: of(({ units }) => units),
      accuracy: of(({ accuracy }) => accuracy),
      gridAccuracy: of(({ gridAccuracy }) => gridAccuracy),
    };
  });
  writeResult(options, 'pathprox', 'figure-2', { settings: chosen, seeds: count, methods: table });
  for (const { method, objective, units, gridAccuracy } of table) {
    const numbers = `objective ${withError(objective)}, units ${withError(units)}, right on the square ${withError(gridAccuracy)}`;
    options.log(`${nameOf(method).padEnd(20)} ${numbers}`);
  }
  writeFigure(options, 'figure-2', figure(panels, chosen));
}

const size = 230;
const gap = 18;

function figure(panels: readonly Panel[], { n, flipped, lambda, width, steps, grid }: typeof settings): string {
  const title = 'Decision boundaries with outliers';
  const remark = `${n} points, ${flipped} with the wrong label (rings); ${width} units, ${steps} whole-batch steps, λ = ${lambda}, seed 0; dashed: the truth`;
  const drawn = panels.map(({ method, runs: [first] }, k) => {
    const head = label(4, 14, nameOf(method), { size: 13, weight: 600 });
    const numbers = `objective ${first.objective.toFixed(4)}, ${first.units} units`;
    const under = label(4, 32, method === 'none' ? `${first.units} units` : numbers, { size: 12, fill: palette.quiet });
    return moved(12 + k * (size + gap), 52, head + under + boundary(first, grid));
  });
  const head =
    label(16, 24, title, { size: 16, weight: 600 }) + label(16, 42, remark, { size: 12, fill: palette.quiet });
  const extent = { width: 24 + panels.length * (size + gap) - gap, height: 52 + 40 + size + 10 };
  return documentOf(extent, title, head + drawn.join(''));
}

/** The two sides of ½, the points and the true line. */
function boundary({ points, scores }: ToyOutcome, grid: number): Fragment {
  const colour = (one: number): string => (one === 1 ? palette.orange : palette.blue);
  const place = { x1: -1, y1: -1, x2: 1, y2: 1, width: grid, height: grid } as const;
  const marks = [
    Plot.rect([0], { x1: -1, x2: 1, y1: -1, y2: 1, fill: '#e2f0f8' }),
    Plot.contour(scores, { ...place, thresholds: [0.5], fill: '#f8e3d6', stroke: palette.ink }),
    Plot.line(
      [
        [-1, -0.5],
        [1, 0.5],
      ],
      { stroke: palette.quiet, strokeDasharray: '4 4' },
    ),
    Plot.dot(points, {
      x: 'x',
      y: 'y',
      r: 3,
      fill: ({ label: one }: { label: number }) => colour(one),
      stroke: 'white',
    }),
    Plot.dot(
      points.filter(({ flipped }) => flipped),
      { x: 'x', y: 'y', r: 6, stroke: palette.ink },
    ),
    Plot.frame({ stroke: palette.faint }),
  ];
  const axis = { domain: [-1, 1], axis: null } as const;
  return plotted({ width: size, height: size, margin: 4, x: axis, y: axis, marks }, 0, 40);
}

export const boundaries: Experiment = {
  name: 'figure-2',
  title: 'Figure 2: decision boundaries with outliers, and the certified optimum of the same objective',
  run,
};
