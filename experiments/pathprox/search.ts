import type { Method } from '../../src/deep/index.js';
import type { ExperimentOptions } from '../shared/experiment.js';
import { writeResult } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { methodNames } from './methods.js';
import { type MeanAndError, meanAndError, withError } from './numbers.js';
import type { TrainingJob, TrainingOutcome } from './training-job.js';

/** A grid of rates and λ for each method, and what all runs share. */
export interface Search {
  /** Of its jobs; searches of one name share finished jobs. */
  readonly name: string;
  readonly methods: readonly Method[];
  readonly rates: readonly number[];
  readonly lambdas: readonly number[];
  /** The first one searches, all together score. */
  readonly seeds: number;
  readonly common: Omit<TrainingJob, 'method' | 'rate' | 'lambda' | 'seed'>;
}

export interface Cell {
  readonly method: Method;
  readonly rate: number;
  readonly lambda: number;
  readonly run: TrainingOutcome;
}

const runsOf = (search: Search, jobs: readonly TrainingJob[], options: ExperimentOptions) =>
  runJobs<TrainingJob, TrainingOutcome>(
    {
      ...{ name: search.name, module: new URL('./training-job.ts', import.meta.url), jobs },
      label: ({ method, rate, lambda, seed }) => `${method}, rate ${rate}, lambda ${lambda}, seed ${seed}`,
    },
    options,
  );

const jobOf = ({ common }: Search, { method, rate, lambda }: Omit<Cell, 'run'>, seed: number): TrainingJob => ({
  ...common,
  ...{ method, rate, lambda, seed },
});

/** One run for each method, λ and rate, seed 0. */
export async function gridOf(search: Search, options: ExperimentOptions): Promise<Cell[]> {
  const { methods, lambdas, rates } = search;
  const places = methods.flatMap((method) =>
    lambdas.flatMap((lambda) => rates.map((rate) => ({ method, rate, lambda }))),
  );
  const jobs = places.map((place) => jobOf(search, place, 0));
  const runs = await runsOf(search, jobs, options);
  return places.map((place, i) => ({ ...place, run: runs[i] }));
}

export const last = ({ rows }: TrainingOutcome): TrainingOutcome['rows'][number] => rows[rows.length - 1];

/** The row with the best validation accuracy; the earliest of equals. Only rows that were scored count. */
export const bestRow = ({ rows }: TrainingOutcome): TrainingOutcome['rows'][number] =>
  rows.reduce((best, row) => ((row.validation ?? -1) > (best.validation ?? -1) ? row : best));

/** The cell whose best row has the best validation accuracy; runs that diverged do not count. */
export function bestCell(cells: readonly Cell[]): Cell {
  const whole = cells.filter(({ run }) => run.status === 'done');
  const score = ({ run }: Cell): number => bestRow(run).validation ?? -1;
  return whole.reduce((best, cell) => (score(cell) > score(best) ? cell : best));
}

/** One method of a table: the chosen rate and λ, and mean ± standard error over seeds at best validation. */
export interface TableRow {
  readonly method: Method;
  readonly rate: number;
  readonly lambda: number;
  readonly diverged: number;
  readonly testAccuracy: MeanAndError;
  readonly validationAccuracy: MeanAndError;
  readonly activeShare: MeanAndError;
  readonly objective: MeanAndError;
}

/** The chosen cells with all their seeds. */
async function scored(search: Search, cells: readonly Cell[], options: ExperimentOptions): Promise<TableRow[]> {
  const { seeds } = search;
  const jobs = cells.flatMap((cell) => Array.from({ length: seeds }, (_, seed) => jobOf(search, cell, seed)));
  const runs = await runsOf(search, jobs, options);
  return cells.map((cell, i) => rowOf(cell, runs.slice(i * seeds, (i + 1) * seeds)));
}

function rowOf({ method, rate, lambda }: Cell, runs: readonly TrainingOutcome[]): TableRow {
  const rows = runs.filter(({ status }) => status === 'done').map(bestRow);
  const of = (value: (row: (typeof rows)[number]) => number): MeanAndError => meanAndError(rows.map(value));
  return {
    ...{ method, rate, lambda, diverged: runs.length - rows.length },
    testAccuracy: of(({ test }) => test!),
    validationAccuracy: of(({ validation }) => validation!),
    activeShare: of(({ active, units }) => active / units),
    objective: of(({ objective }) => objective),
  };
}

/** What a grid has come to, run by run, for the result file. */
export const gridRows = (cells: readonly Cell[]) =>
  cells.map(({ method, rate, lambda, run }) => {
    const { step, objective, decayObjective, active, units } = last(run);
    const { validation, test } = bestRow(run);
    const end = { steps: step, objective, decayObjective, activeShare: active / units };
    return { method, lambda, rate, status: run.status, ...end, validation, test };
  });

/** The paper's protocol: rate and λ at the best validation accuracy of one seed, then all seeds there. */
export async function table(name: string, search: Search, options: ExperimentOptions): Promise<void> {
  const cells = await gridOf(search, options);
  const chosen = search.methods.map((method) => bestCell(cells.filter((cell) => cell.method === method)));
  const rows = await scored(search, chosen, options);
  const { common, rates, lambdas, seeds } = search;
  const settings = { ...common, rates, lambdas, seeds, folder: undefined };
  writeResult(options, 'pathprox', name, { settings, table: rows, grid: gridRows(cells) });
  for (const row of rows) {
    options.log(
      `${methodNames[row.method].padEnd(26)} rate ${row.rate}, λ ${row.lambda}: test ${withError(row.testAccuracy)}, ` +
        `active ${withError(row.activeShare)}, objective ${withError(row.objective)}, ${row.diverged} diverged`,
    );
  }
}
