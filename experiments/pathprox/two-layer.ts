import { palette } from '../../src/report/canvas.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { curveGrid, type Series } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { meanAndError, withError } from './numbers.js';
import type { TwoLayerJob, TwoLayerOutcome } from './two-layer-job.js';

const methods = [
  { name: 'PathProx', method: 'pathprox', optimiser: { kind: 'sgd' }, rates: [0.1, 0.3, 0.5] },
  { name: 'SGD weight decay', method: 'weight-decay', optimiser: { kind: 'sgd' }, rates: [0.1, 0.3, 0.5] },
  { name: 'Adam weight decay', method: 'weight-decay', optimiser: { kind: 'adam' }, rates: [0.001, 0.003, 0.01] },
] as const;

const settings = { n: 60, d: 3, noise: 0.3, lambda: 0.01, width: 50, steps: 20000, every: 100 };
const cutDown = { n: 20, d: 2, noise: 0.3, lambda: 0.05, width: 10, steps: 200, every: 20 };

/** How far above the bound, relative to it. */
const gapOf = (objective: number, { bound }: TwoLayerOutcome): number => objective / bound - 1;

const finalGap = (outcome: TwoLayerOutcome): number =>
  outcome.status === 'done'
    ? gapOf(outcome.rows[outcome.rows.length - 1].objective, outcome)
    : Number.POSITIVE_INFINITY;

async function run(options: ExperimentOptions): Promise<void> {
  const chosen = options.small ? cutDown : settings;
  const seeds = options.small ? 1 : 4;
  const jobs = methods.flatMap(({ method, optimiser, rates }) =>
    rates.flatMap((rate) =>
      Array.from({ length: seeds }, (_, seed): TwoLayerJob => ({ ...chosen, method, optimiser, rate, seed })),
    ),
  );
  const module = new URL('./two-layer-job.ts', import.meta.url);
  const outcomes = await runJobs<TwoLayerJob, TwoLayerOutcome>({ name: 'two-layer-truth', module, jobs }, options);
  // Each method at the rate that brings it nearest to the optimum: mean over seeds.
  const tuned = methods.map(({ name, rates }, m) => {
    const byRate = rates.map((rate, r) => {
      const runs = outcomes.slice((m * rates.length + r) * seeds, (m * rates.length + r + 1) * seeds);
      return { name, rate, runs, gap: meanAndError(runs.map(finalGap)) };
    });
    return byRate.reduce((a, b) => (b.gap.mean < a.gap.mean ? b : a));
  });
  const { bound, optimum, scope, optimalNeurons } = outcomes[0];
  writeResult(options, 'pathprox', 'two-layer-truth', {
    ...{ settings: chosen, seeds, certificate: { bound, optimum, scope, optimalNeurons } },
    methods: tuned.map(({ name, rate, gap, runs }) => ({
      ...{ name, rate, relativeGap: gap },
      activeUnits: meanAndError(runs.map(({ rows }) => rows[rows.length - 1].active)),
      curve: runs[0].rows.map(({ step }, i) => [
        step,
        meanAndError(runs.map((one) => gapOf(one.rows[i].objective, one))).mean,
      ]),
    })),
  });
  for (const { name, rate, gap } of tuned) options.log(`${name}, rate ${rate}: relative gap ${withError(gap)}`);
  writeFigure(options, 'two-layer-truth', figure(tuned, chosen));
}

interface Tuned {
  readonly name: string;
  readonly rate: number;
  readonly runs: readonly TwoLayerOutcome[];
}

function figure(tuned: readonly Tuned[], { n, d, lambda, width }: typeof settings): string {
  const color = (k: number): string => palette.classes[k];
  const gaps = tuned.map(
    ({ name, rate, runs }, k): Series => ({
      name: `${name}, rate ${rate}`,
      color: color(k),
      points: runs[0].rows.map(({ step }, i) => {
        const logs = runs.map((one) => Math.log10(Math.max(1e-10, gapOf(one.rows[i].objective, one))));
        const { mean, error } = meanAndError(logs);
        return { x: step, y: mean, low: mean - error, high: mean + error };
      }),
    }),
  );
  const active = tuned.map(
    ({ name, rate, runs }, k): Series => ({
      name: `${name}, rate ${rate}`,
      color: color(k),
      points: runs[0].rows.map(({ step }, i) => ({
        x: step,
        y: meanAndError(runs.map(({ rows }) => rows[i].active)).mean,
      })),
    }),
  );
  return curveGrid({
    title: 'Two layers: how far from the certified global optimum',
    remark: `planted teacher, n = ${n}, d = ${d}, ${width} units, λ = ${lambda}, whole batches; mean ± standard error, ${tuned[0].runs.length} seeds`,
    ...{ columns: 2, panelWidth: 380, panelHeight: 270, spill: true },
    panels: [
      { title: 'log₁₀ of the relative gap', xLabel: 'steps', series: gaps },
      { title: 'active units', xLabel: 'steps', series: active },
    ],
  });
}

export const twoLayerTruth: Experiment = {
  name: 'two-layer-truth',
  title: 'PathProx, weight decay and Adam beside the certified global optimum of a two-layer network',
  run,
};
