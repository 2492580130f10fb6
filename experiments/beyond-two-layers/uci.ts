import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeResult, writeText } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { quantile } from '../shared/statistics.js';
import { group, uci } from './settings.js';
import type { UciJob, UciOutcome, UciRow } from './uci-job.js';

const methods = ['local', 'convex', 'twoLayers'] as const;
type Method = (typeof methods)[number];

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
  readonly scores: Record<Method, Score>;
  /** Mean over splits and λ of the relative excess of the local training's objective over the convex one. */
  readonly excess: number;
}

async function run(options: ExperimentOptions): Promise<void> {
  const sets = options.small ? ['iris', 'monks-1'] : uci.sets;
  const seeds = options.small ? [1] : uci.seeds;
  const settings = options.small
    ? { most: 40, lambdas: [0.1, 0.03], width: 2, steps: 200, rounds: 1 }
    : { most: uci.most, lambdas: uci.lambdas, width: uci.width, steps: uci.steps, rounds: uci.rounds };
  const jobs = sets.flatMap((set) => seeds.map((seed): UciJob => ({ set, seed, ...settings })));
  const module = new URL('./uci-job.ts', import.meta.url);
  const label = ({ set, seed }: UciJob): string => `${set}, split ${seed}`;
  // One after the other: processor time is that of the whole process
  const alone = { ...options, threads: 1 };
  const outcomes = await runJobs<UciJob, UciOutcome>({ name: 'uci', module, jobs, label }, alone);
  const results = sets.map((set, k) => summary(set, outcomes.slice(k * seeds.length, (k + 1) * seeds.length)));
  writeResult(options, group, 'uci', { settings: { ...settings, seeds }, sets: results, wins: counts(results) });
  writeText(options, 'uci.md', table(results));
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, t) => sum + t, 0) / values.length;

function summary(set: string, runs: readonly UciOutcome[]): SetResult {
  const score = (method: Method): Score => {
    const picked = runs.map((one) => chosen(one[method]));
    const tests = picked.map(({ test }) => test);
    const gaps = picked.flatMap(({ gap }) => (gap === null ? [] : [gap]));
    const mean = meanOf(tests);
    return {
      test: mean,
      spread: Math.sqrt(meanOf(tests.map((t) => (t - mean) ** 2))),
      lambdas: picked.map(({ lambda }) => lambda),
      subnetworks: quantile(
        picked.map(({ subnetworks }) => subnetworks),
        0.5,
      ),
      gap: gaps.length > 0 ? quantile(gaps, 0.5) : null,
      seconds: meanOf(runs.map((one) => one[method].reduce((sum, { seconds }) => sum + seconds, 0))),
    };
  };
  const [local, convex, twoLayers] = methods.map(score);
  const excess = runs.flatMap((one) => one.local.map((row, k) => row.objective / one.convex[k].objective - 1));
  const { rows, columns } = runs[0];
  return { set, rows, columns, scores: { local, convex, twoLayers }, excess: meanOf(excess) };
}

/** The row of the best validation accuracy; of equals the first. */
const chosen = (rows: readonly UciRow[]): UciRow => rows.reduce((a, b) => (b.validation > a.validation ? b : a));

/** On how many sets the first has the larger mean, the same, the smaller. */
function counts(results: readonly SetResult[]): Record<string, readonly [number, number, number]> {
  const against = (a: Method, b: Method): [number, number, number] => {
    const signs = results.map(({ scores }) => Math.sign(Math.round(1e9 * (scores[a].test - scores[b].test))));
    return [1, 0, -1].map((sign) => signs.filter((t) => t === sign).length) as [number, number, number];
  };
  return {
    'convex against local': against('convex', 'local'),
    'convex against two layers': against('convex', 'twoLayers'),
    'local against two layers': against('local', 'twoLayers'),
  };
}

function table(results: readonly SetResult[]): string {
  const cell = (score: Score, best: number): string => {
    const text = `${score.test.toFixed(3)} ± ${score.spread.toFixed(3)}`;
    return score.test > best - 5e-4 ? `**${text}**` : text;
  };
  const lines = results.map(({ set, rows, columns, scores, excess }) => {
    const best = Math.max(...methods.map((method) => scores[method].test));
    const [local, convex, two] = methods.map((method) => cell(scores[method], best));
    const gap = scores.convex.gap === null ? '' : scores.convex.gap.toExponential(0);
    const seconds = methods.map((method) => scores[method].seconds.toFixed(1)).join(', ');
    return `| ${set} | ${rows} × ${columns} | ${local} | ${convex} | ${two} | ${(100 * excess).toFixed(1)} % | ${gap} | ${seconds} |`;
  });
  return [
    '| data | training rows × columns | three layers, Adam | three layers, convex | two layers, convex | objective of Adam above convex | gap left | seconds |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    '',
  ].join('\n');
}

export const uciTable: Experiment = {
  name: 'uci',
  title: 'test accuracy on 20 UCI sets: three layers trained locally and by the convex program, and two layers',
  run,
};
