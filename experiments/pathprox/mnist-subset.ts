import type { Method } from '../../src/deep/index.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type CurvePanel, curveGrid, type Series } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { methodColor, methodNames } from './methods.js';
import { histogram, meanAndError, withError } from './numbers.js';
import type { TrainingJob, TrainingOutcome } from './training-job.js';

/** Task 1 of the paper: 100 images of each class, MLP-3-400 factorised, plain SGD, batch 200. */
const settings = {
  ...{ network: 'mlp-3-400-factorised', perClass: 100, lambda: 1e-3, rate: 0.1 },
  ...{ steps: 3000, every: 25, seeds: 4, jacobians: 1000 },
};
/** Figure 4 has a third method, and half of the units and steps. */
const smaller = { ...settings, network: 'mlp-3-200-factorised', steps: 1500, jacobians: 0 };
const cutDown = { network: 'mlp-3-40-factorised', steps: 60, every: 10, seeds: 2, perClass: 20, scoredOn: 500 };

type Runs = Readonly<Record<string, readonly TrainingOutcome[]>>;

/** Every method from the same weights, with the same λ, rate and batches. */
async function train(methods: readonly Method[], full: typeof settings, options: ExperimentOptions) {
  const chosen = options.small ? { ...full, ...cutDown, jacobians: Math.min(20, full.jacobians) } : full;
  const { seeds, ...common } = chosen;
  const jobs = methods.flatMap((method) =>
    Array.from({ length: seeds }, (_, seed): TrainingJob => {
      return { data: 'mnist', folder: options.data.mnist, method, seed, ...common };
    }),
  );
  const label = ({ method, seed }: TrainingJob): string => `${method}, seed ${seed}`;
  const outcomes = await runJobs<TrainingJob, TrainingOutcome>(
    { name: 'mnist-subset', module: new URL('./training-job.ts', import.meta.url), jobs, label },
    options,
  );
  const runs: Runs = Object.fromEntries(
    methods.map((method, m) => [method, outcomes.slice(m * seeds, (m + 1) * seeds)]),
  );
  return { runs, settings: chosen };
}

const last = ({ rows }: TrainingOutcome) => rows[rows.length - 1];

/** The first step at which a run is at or below the level, null where it never is. */
const reaches = ({ rows }: TrainingOutcome, level: number): number | null =>
  rows.find(({ objective }) => objective <= level)?.step ?? null;

/** One line of a table: what a method has come to, mean ± standard error over seeds. */
function summary(runs: readonly TrainingOutcome[], decay: readonly TrainingOutcome[]) {
  const ends = runs.map(last);
  return {
    diverged: runs.filter(({ status }) => status !== 'done').length,
    objective: meanAndError(ends.map(({ objective }) => objective)),
    activeShare: meanAndError(ends.map(({ active, units }) => active / units)),
    testAccuracy: meanAndError(ends.map(({ test }) => test!)),
    /** Steps to the objective that SGD weight decay has at its end: of its best rescaling, and as it is. */
    stepsToRescaled: runs.map((run, seed) => reaches(run, last(decay[seed]).objective)),
    stepsToDecay: runs.map((run, seed) => reaches(run, last(decay[seed]).decayObjective)),
  };
}

function seriesOf(runs: Runs, value: (row: TrainingOutcome['rows'][number]) => number): Series[] {
  return Object.entries(runs).map(([method, list]) => {
    const whole = list.filter(({ status }) => status === 'done');
    const points = (whole[0] ?? list[0]).rows.map(({ step }, i) => {
      const { mean, error } = meanAndError(whole.map(({ rows }) => value(rows[i])));
      return { x: step, y: mean, low: mean - error, high: mean + error };
    });
    return { name: methodNames[method as Method], color: methodColor(method as Method), points };
  });
}

/** Without the start, which would flatten all that follows. */
const fromHere = (series: readonly Series[], first: number): Series[] =>
  series.map((one) => ({ ...one, points: one.points.filter(({ x }) => x >= first) }));

const log10 = (value: number): number => Math.log10(value);

function curvePanels(runs: Runs, steps: number): CurvePanel[] {
  const objective = seriesOf(runs, ({ objective: value }) => log10(value));
  return [
    { title: 'log₁₀ objective', xLabel: 'steps', series: fromHere(objective, steps / 30) },
    { title: 'active units', xLabel: 'steps', series: seriesOf(runs, ({ active, units }) => active / units) },
  ];
}

function jacobianPanel(runs: Runs): CurvePanel {
  const all = Object.values(runs).flatMap((list) => list.flatMap(({ jacobians }) => jacobians));
  const top = all.reduce((a, b) => Math.max(a, b), 0);
  const series = Object.entries(runs).map(([method, list]) => ({
    name: methodNames[method as Method],
    color: methodColor(method as Method),
    points: histogram(
      list.flatMap(({ jacobians }) => jacobians),
      top,
      40,
    ),
  }));
  return { title: 'spectral norm of the Jacobian, share of test inputs', xLabel: 'norm', series };
}

interface Shown {
  readonly name: string;
  readonly methods: readonly Method[];
  readonly full: typeof settings;
}

async function report({ name, methods, full }: Shown, options: ExperimentOptions) {
  const { runs, settings: used } = await train(methods, full, options);
  const rows = Object.fromEntries(methods.map((method) => [method, summary(runs[method], runs['weight-decay'])]));
  writeResult(options, 'pathprox', name, { settings: used, methods: rows });
  const panels = [...curvePanels(runs, used.steps), ...(full.jacobians > 0 ? [jacobianPanel(runs)] : [])];
  const remark = `MNIST, ${used.perClass} images a class, ${used.network}, λ = ${used.lambda}, rate ${used.rate}; mean ± standard error, ${used.seeds} seeds`;
  const title = `PathProx beside ${methods.length === 2 ? 'SGD weight decay' : 'its rivals'}`;
  writeFigure(
    options,
    name,
    curveGrid({ title, remark, columns: panels.length, panels, panelWidth: 320, panelHeight: 260, spill: true }),
  );
  for (const [method, row] of Object.entries(rows)) {
    options.log(
      `${method.padEnd(22)} objective ${withError(row.objective)}, active ${withError(row.activeShare)}, test ${withError(row.testAccuracy)}, ` +
        `${row.diverged} diverged; at SGD weight decay's objective (rescaled) after ${row.stepsToRescaled.join(', ')} of ${used.steps} steps`,
    );
  }
}

/** Experiments on the MNIST subset, each method with the same λ and rate. */
export const mnistSubset: readonly Experiment[] = [
  {
    name: 'figure-1',
    title: 'Figure 1: objective against steps, active units, spectral norms of Jacobians',
    run: (options) => report({ name: 'figure-1', methods: ['weight-decay', 'pathprox'], full: settings }, options),
  },
  {
    name: 'figure-4',
    title: 'Figure 4: PathProx, SGD on the path norm, SGD weight decay',
    run: (options) =>
      report({ name: 'figure-4', methods: ['weight-decay', 'pathprox', 'path-norm'], full: smaller }, options),
  },
];
