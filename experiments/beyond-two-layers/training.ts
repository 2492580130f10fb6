import { palette } from '../../src/report/canvas.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type CurvePanel, curveGrid, type Series } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { group } from './settings.js';
import type { TrainingJob, TrainingOutcome } from './training-job.js';

const settings = {
  /** SGD takes so many steps that a run has about the processor time of the convex training, or more. */
  problems: [
    { n: 30, d: 2, width: 2, lambda: 0.02, sgdSteps: 40_000 },
    { n: 40, d: 3, width: 3, lambda: 0.02, sgdSteps: 60_000 },
    { n: 60, d: 5, width: 1, lambda: 0.02, sgdSteps: 80_000 },
    { n: 60, d: 5, width: 2, lambda: 0.02, sgdSteps: 80_000 },
    { n: 60, d: 5, width: 3, lambda: 0.02, sgdSteps: 80_000 },
    { n: 120, d: 10, width: 2, lambda: 0.02, sgdSteps: 150_000 },
  ],
  runs: 5,
  sgdRates: [0.1, 0.03],
  adam: { rate: 0.02, steps: 3000 },
  gap: 1e-3,
};
const cutDown: typeof settings = {
  problems: [{ n: 26, d: 2, width: 2, lambda: 0.1, sgdSteps: 300 }],
  runs: 2,
  sgdRates: [0.1, 0.03],
  adam: { rate: 0.02, steps: 200 },
  gap: 1e-2,
};

type Problem = (typeof settings)['problems'][number];

/** The runs of one method. */
interface Runs {
  readonly name: string;
  readonly rate: number;
  readonly runs: readonly TrainingOutcome[];
}

interface Result extends Problem {
  readonly convex: TrainingOutcome;
  readonly methods: readonly Runs[];
}

const module = new URL('./training-job.ts', import.meta.url);
const label = ({ n, d, width, method, seed }: TrainingJob): string => `(${n}, ${d}, ${width}), ${method} ${seed}`;

async function run(options: ExperimentOptions): Promise<void> {
  const chosen = options.small ? cutDown : settings;
  const { problems, runs, sgdRates, adam, gap } = chosen;
  // One after the other: processor time is that of the whole process
  const alone = { ...options, threads: 1 };
  const done = (name: string, jobs: TrainingJob[]) =>
    runJobs<TrainingJob, TrainingOutcome>({ name, module, jobs, label }, alone);
  const results: Result[] = [];
  // The rate of SGD: that of the lower end of one more, shorter run from another start
  const pilots = await done(
    'training-rates',
    problems.flatMap((problem) =>
      sgdRates.map((rate) => sgdJob({ ...problem, sgdSteps: problem.sgdSteps / 4 }, rate, runs, gap)),
    ),
  );
  const best = problems.map((_, p) => {
    const own = pilots.slice(p * sgdRates.length, (p + 1) * sgdRates.length);
    return sgdRates[own.reduce((a, { objective }, k) => (objective < own[a].objective ? k : a), 0)];
  });
  const seeds = Array.from({ length: runs }, (_, seed) => seed);
  const jobsOf = (problem: Problem, p: number): TrainingJob[] => [
    { ...plainProblem(problem), method: 'convex', rate: 0, steps: 0, seed: 0, gap },
    ...seeds.map((seed) => sgdJob(problem, best[p], seed, gap)),
    ...seeds.map((seed): TrainingJob => ({ ...plainProblem(problem), method: 'adam', ...adam, seed, gap })),
  ];
  const outcomes = await done('training', problems.flatMap(jobsOf));
  const each = 1 + 2 * runs;
  problems.forEach((problem, p) => {
    const [convex, ...rest] = outcomes.slice(p * each, (p + 1) * each);
    const methods = [
      { name: 'SGD with momentum', rate: best[p], runs: rest.slice(0, runs) },
      { name: 'Adam, all rows', rate: adam.rate, runs: rest.slice(runs) },
    ];
    results.push({ ...problem, convex, methods });
  });
  writeResult(options, group, 'training', { settings: chosen, problems: results.map(plain) });
  for (const { n, d, width, convex, methods } of results)
    options.log(
      `(${n}, ${d}, ${width}): convex ${convex.objective.toPrecision(5)} (${convex.certificate?.scope}) in ${convex.seconds.toFixed(1)} s; ${methods.map(({ name, runs: own }) => `${name} ${own.map((one) => excess(one, convex)).join(' ')}`).join('; ')}`,
    );
  writeFigure(options, 'training', figure(results));
}

const plainProblem = ({ sgdSteps: _, ...problem }: Problem) => problem;

const sgdJob = (problem: Problem, rate: number, seed: number, gap: number): TrainingJob => ({
  ...plainProblem(problem),
  ...{ method: 'sgd', rate, steps: problem.sgdSteps, seed, gap },
});

const excess = ({ objective }: TrainingOutcome, convex: TrainingOutcome): string =>
  `+${(100 * (objective / convex.objective - 1)).toFixed(2)} %`;

const plain = ({ convex, methods, ...problem }: Result): object => ({
  ...problem,
  convex: { objective: convex.objective, seconds: convex.seconds, ...convex.certificate },
  methods: methods.map(({ name, rate, runs }) => ({
    ...{ name, rate },
    objectives: runs.map(({ objective }) => objective),
    excess: runs.map(({ objective }) => objective / convex.objective - 1),
    seconds: runs.map(({ seconds }) => seconds),
  })),
});

/** Relative excess over the convex optimum, as a power of ten; nothing is drawn below 10⁻⁶. */
const height = (objective: number, optimum: number): number => Math.log10(Math.max(1e-6, objective / optimum - 1));

function figure(results: readonly Result[]): string {
  const panels = results.map(({ n, d, width, lambda, convex, methods }): CurvePanel => {
    const line = (name: string, color: string, curve: TrainingOutcome['curve'], dash = ''): Series => ({
      ...{ name, color, dash },
      points: curve.map(([seconds, objective]) => ({
        x: Math.log10(Math.max(0.01, seconds)),
        y: height(objective, convex.objective),
      })),
    });
    const last = Math.max(convex.seconds, ...methods.flatMap(({ runs }) => runs.map(({ seconds }) => seconds)));
    return {
      title: `n = ${n}, d = ${d}, m₁ = ${width}, λ = ${lambda}`,
      ...{ xLabel: 'log₁₀ processor seconds', yLabel: 'log₁₀ relative excess' },
      series: [
        // Each run a line; the legend takes the first of each
        ...methods.map(({ name, runs }, m) => line(name, palette.classes[m], runs[0].curve)),
        line('convex', palette.ink, [...convex.curve, [last, convex.objective]], '5 3'),
        ...methods.flatMap(({ name, runs }, m) =>
          runs.slice(1).map(({ curve }) => line(name, palette.classes[m], curve)),
        ),
      ],
    };
  });
  return curveGrid({
    title: 'Training objective above the convex optimum, against time',
    remark: 'three layers, weight decay, planted data; five runs of each method from random weights, 50 sub-networks',
    ...{ columns: 3, panelWidth: 330, panelHeight: 250, spill: true, panels },
  });
}

export const trainingFigure: Experiment = {
  name: 'training',
  title: 'training objective against time: five runs of SGD and of Adam beside the convex optimum',
  run,
};
