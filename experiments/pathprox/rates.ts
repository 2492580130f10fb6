import type { Method } from '../../src/deep/index.js';
import { palette } from '../../src/report/canvas.js';
import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { type CurvePanel, curveGrid, type Series } from '../shared/figure.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { type Cell, gridOf, gridRows } from './search.js';
import { subsetSearch } from './tables.js';

type Curve = readonly { readonly step: number; readonly objective: number }[];

/** Where a run was at each measurement; the grid's runs that diverged end earlier. */
const curveOf = ({ run }: Cell): Curve => run.rows;

/** At each step the least objective of any of the runs that got so far: each rate chosen afterwards, for every step anew. */
function envelope(curves: readonly Curve[]): Curve {
  const longest = curves.reduce((a, b) => (b.length > a.length ? b : a));
  return longest.map(({ step }, i) => ({
    step,
    objective: curves.reduce((least, curve) => Math.min(least, curve[i]?.objective ?? least), Number.POSITIVE_INFINITY),
  }));
}

/** The first step with an objective at or below the level; null where there is none. */
export const stepsTo = (curve: Curve, level: number): number | null =>
  curve.find(({ objective }) => objective <= level)?.step ?? null;

/** How many times fewer steps the one needs to where the other is after each of its steps; ends where it never gets there. */
export const lead = (one: Curve, other: Curve): { readonly step: number; readonly times: number | null }[] =>
  other.map(({ step, objective }) => {
    const steps = stepsTo(one, objective);
    return { step, times: steps === null ? null : step / steps };
  });

interface Pair {
  /** Rate, or `best`: at every step the best of all rates, for each method by itself. */
  readonly rate: number | 'best';
  readonly decay: Curve;
  readonly pathprox: Curve;
}

function pairsOf(cells: readonly Cell[], rates: readonly number[]): Pair[] {
  const of = (method: Method, rate?: number): Curve[] =>
    cells.filter((cell) => cell.method === method && (rate === undefined || cell.rate === rate)).map(curveOf);
  const same = rates.map((rate): Pair => {
    const [[decay], [pathprox]] = [of('weight-decay', rate), of('pathprox', rate)];
    return { rate, decay, pathprox };
  });
  const best = { rate: 'best', decay: envelope(of('weight-decay')), pathprox: envelope(of('pathprox')) } as const;
  return [...same, best];
}

const nameOf = ({ rate }: Pair): string => (rate === 'best' ? 'each at its best rate' : `both at rate ${rate}`);

function seriesOf(pair: Pair, k: number, from: number): Series {
  const points = lead(pair.pathprox, pair.decay).flatMap(({ step, times }) =>
    times === null || step < from ? [] : [{ x: step, y: times }],
  );
  const color = pair.rate === 'best' ? palette.ink : palette.classes[k];
  return { name: nameOf(pair), color, points, dash: pair.rate === 'best' ? '' : '5 3' };
}

const three = (steps: number, from: number): Series => ({
  ...{ name: 'three times', color: palette.quiet, dash: '1 3' },
  points: [
    { x: from, y: 3 },
    { x: steps, y: 3 },
  ],
});

/** Where both end, and the step at which PathProx is where weight decay ends. */
function ending({ rate, decay, pathprox }: Pair) {
  const end = decay.at(-1)!;
  return {
    ...{ rate, decaySteps: end.step, decayObjective: end.objective },
    pathproxObjective: pathprox.at(-1)!.objective,
    pathproxSteps: stepsTo(pathprox, end.objective),
  };
}

async function run(options: ExperimentOptions): Promise<void> {
  const search = subsetSearch(options);
  const cells = await gridOf(search, options);
  const { lambdas, rates, common } = search;
  const from = common.steps / 10;
  const byLambda = lambdas.map((lambda) => ({
    lambda,
    pairs: pairsOf(
      cells.filter((cell) => cell.lambda === lambda),
      rates,
    ),
  }));
  const panels = byLambda.map(({ lambda, pairs }): CurvePanel => {
    const series = [...pairs.map((pair, k) => seriesOf(pair, k, from)), three(common.steps, from)];
    return { title: `λ = ${lambda}`, xLabel: 'N', yLabel: 'N / steps of PathProx', series };
  });
  const leads = byLambda.map(({ lambda, pairs }) => ({ lambda, pairs: pairs.map(ending) }));
  const settings = { ...common, folder: undefined };
  writeResult(options, 'pathprox', 'rates', { settings, leads, grid: gridRows(cells) });
  const remark = `steps to the objective that SGD weight decay has after N; MNIST, ${common.perClass} images a class, ${common.network}, one seed`;
  const title = 'How many times fewer steps PathProx needs';
  writeFigure(
    options,
    'rates',
    curveGrid({ title, remark, columns: 3, panels, panelWidth: 300, panelHeight: 250, spill: true }),
  );
  for (const { lambda, pairs } of leads)
    for (const { rate, decaySteps, pathproxSteps } of pairs)
      options.log(`λ ${lambda}, rate ${rate}: ${pathproxSteps ?? 'never'} steps for ${decaySteps} of weight decay`);
}

/** Shares its runs with Table 1, task 1. */
export const leadOverRates: Experiment = {
  name: 'rates',
  title: 'The lead over SGD weight decay on a grid of rates and λ, and with the best rate of each',
  run,
};
