import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeResult, writeText } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { quantile } from '../shared/statistics.js';
import { group, uci } from './settings.js';
import { type Kind, kinds, type UciJob, type UciOutcome, type UciRow } from './uci-job.js';

interface Score {
  /** Mean and standard deviation over the splits, in the λ that validation chose. */
  readonly test: number;
  readonly spread: number;
  readonly lambdas: readonly number[];
  readonly subnetworks: number;
  readonly gap: number | null;
  /** Mean processor seconds of a split: all values of λ. */
  readonly seconds: number;
}

interface SetResult {
  readonly set: string;
  readonly rows: number;
  readonly columns: number;
  readonly sgd: Readonly<Record<Kind, Score>>;
  readonly convex: Readonly<Record<Kind, Score>>;
  /** Mean over splits and λ of the relative excess of SGD's objective over the convex one. */
  readonly excess: Readonly<Record<Kind, number>>;
  /** Share of the trainings in which SGD ended below the convex objective. */
  readonly below: Readonly<Record<Kind, number>>;
}

async function run(options: ExperimentOptions): Promise<void> {
  const { sets: all, seeds: many, ...full } = uci;
  const sets = options.small ? ['iris', 'monks-1'] : all;
  const seeds = options.small ? [1] : many;
  const settings = options.small ? { ...full, most: 40, lambdas: [0.1, 0.03], sgdSteps: 400, rounds: 1 } : full;
  const jobs = sets.flatMap((set) => seeds.map((seed): UciJob => ({ set, seed, ...settings })));
  const module = new URL('./uci-job.ts', import.meta.url);
  const label = ({ set, seed }: UciJob): string => `${set}, split ${seed}`;
  // One after the other: processor time is that of the whole process
  const alone = { ...options, threads: 1 };
  const outcomes = await runJobs<UciJob, UciOutcome>({ name: 'uci', module, jobs, label }, alone);
  const results = sets.map((set, k) => summary(set, outcomes.slice(k * seeds.length, (k + 1) * seeds.length)));
  const means = { sgd: meansOf(results, 'sgd'), convex: meansOf(results, 'convex') };
  writeResult(options, group, 'uci', { settings: { ...settings, seeds }, sets: results, means, wins: counts(results) });
  writeText(options, 'uci.md', table(results));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, t) => sum + t, 0) / values.length;

const each = <T>(value: (kind: Kind) => T): Record<Kind, T> => ({
  decay: value('decay'),
  path: value('path'),
  two: value('two'),
});

function summary(set: string, runs: readonly UciOutcome[]): SetResult {
  const { rows, columns } = runs[0];
  const ratios = (kind: Kind): number[] =>
    runs.flatMap((one) => one.sgd[kind].map((row, k) => row.objective / one.convex[kind][k].objective - 1));
  return {
    ...{ set, rows, columns },
    sgd: each((kind) => scoreOf(runs.map((one) => one.sgd[kind]))),
    convex: each((kind) => scoreOf(runs.map((one) => one.convex[kind]))),
    excess: each((kind) => meanOf(ratios(kind))),
    below: each((kind) => meanOf(ratios(kind).map((ratio) => (ratio < 0 ? 1 : 0)))),
  };
}

/** Of one method: all λ of each split. */
function scoreOf(splits: readonly (readonly UciRow[])[]): Score {
  const picked = splits.map(chosen);
  const tests = picked.map(({ test }) => test);
  const gaps = picked.flatMap(({ gap }) => (gap === null ? [] : [gap]));
  const mean = meanOf(tests);
  const sizes = picked.map(({ subnetworks }) => subnetworks);
  return {
    test: mean,
    spread: Math.sqrt(meanOf(tests.map((t) => (t - mean) ** 2))),
    lambdas: picked.map(({ lambda }) => lambda),
    subnetworks: quantile(sizes, 0.5),
    gap: gaps.length > 0 ? quantile(gaps, 0.5) : null,
    seconds: meanOf(splits.map((rows) => rows.reduce((sum, { seconds }) => sum + seconds, 0))),
  };
}

/** The row of the best validation accuracy; of equals the first. */
const chosen = (rows: readonly UciRow[]): UciRow => rows.reduce((a, b) => (b.validation > a.validation ? b : a));

const meansOf = (results: readonly SetResult[], method: 'sgd' | 'convex'): Record<Kind, number> =>
  each((kind) => meanOf(results.map((one) => one[method][kind].test)));

/** On how many sets the first has the larger mean, the same, the smaller. */
function counts(results: readonly SetResult[]): Record<string, readonly number[]> {
  const against = (a: (one: SetResult) => Score, b: (one: SetResult) => Score): number[] => {
    const signs = results.map((one) => Math.sign(Math.round(1e9 * (a(one).test - b(one).test))));
    return [1, 0, -1].map((sign) => signs.filter((t) => t === sign).length);
  };
  return {
    ...Object.fromEntries(
      kinds.map((kind) => [
        `${names[kind]}: convex against SGD`,
        against(
          (one) => one.convex[kind],
          (one) => one.sgd[kind],
        ),
      ]),
    ),
    'convex: three layers, weight decay, against two': against(
      (one) => one.convex.decay,
      (one) => one.convex.two,
    ),
    'convex: three layers, path norm, against two': against(
      (one) => one.convex.path,
      (one) => one.convex.two,
    ),
    'convex: three layers, path norm, against weight decay': against(
      (one) => one.convex.path,
      (one) => one.convex.decay,
    ),
  };
}

const names: Readonly<Record<Kind, string>> = {
  decay: 'three layers, weight decay',
  path: 'three layers, path norm',
  two: 'two layers',
};

function table(results: readonly SetResult[]): string {
  const lines = results.map(({ set, rows, columns, sgd, convex, excess }) => {
    const scores = kinds.flatMap((kind) => [sgd[kind], convex[kind]]);
    const best = Math.max(...scores.map(({ test }) => test));
    const cells = scores.map(({ test, spread }) => {
      const text = `${test.toFixed(3)} ± ${spread.toFixed(3)}`;
      return test > best - 5e-4 ? `**${text}**` : text;
    });
    const above = kinds.map((kind) => (100 * excess[kind]).toFixed(1)).join(', ');
    const gaps = kinds.map((kind) => (convex[kind].gap ?? 0).toExponential(0)).join(', ');
    const seconds = kinds
      .map((kind) => `${sgd[kind].seconds.toFixed(1)} / ${convex[kind].seconds.toFixed(1)}`)
      .join(', ');
    return `| ${set} | ${rows} × ${columns} | ${cells.join(' | ')} | ${above} | ${gaps} | ${seconds} |`;
  });
  return [
    `| data | training rows × columns | ${kinds.flatMap((kind) => [`${names[kind]}: SGD`, 'convex']).join(' | ')} | SGD above convex, % | gap left | seconds, SGD / convex |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
  ].join('\n');
}

export const uciTable: Experiment = {
  name: 'uci',
  title:
    'test accuracy on 20 UCI sets: three layers (weight decay, path norm) and two, by SGD and by the convex program',
  run,
};
