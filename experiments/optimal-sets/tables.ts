import type { Experiment, ExperimentOptions } from '../shared/experiment.js';
import { writeResult, writeText } from '../shared/files.js';
import { runJobs } from '../shared/jobs.js';
import { type Spread, spread } from '../shared/statistics.js';
import { type PublishedRow, published } from './published.js';
import { group, repeats, tuning } from './settings.js';
import type { Rules, TuningJob, TuningResult } from './tuning-job.js';

const module = new URL('./tuning-job.ts', import.meta.url);

const ruleNames = ['min_l2', 'max_l1', 'valid_mse', 'test_mse'] as const;
type Rule = (typeof ruleNames)[number];

async function tune(names: readonly string[], options: ExperimentOptions) {
  const count = options.small ? 2 : repeats;
  const chosen = options.small ? names.slice(0, 1) : names;
  const settings = { gates: options.small ? 40 : tuning.gates, lambda: tuning.lambda };
  const jobs = chosen.flatMap((name) =>
    Array.from({ length: count }, (_, repeat): TuningJob => ({ name, repeat, ...settings })),
  );
  const label = ({ name, repeat }: TuningJob): string => `${name}, repeat ${repeat + 1}`;
  const results = await runJobs<TuningJob, TuningResult>({ name: 'tuning', module, jobs, label }, options);
  const rows = chosen.map((name, k) => rowOf(name, results.slice(k * count, (k + 1) * count)));
  return { ...settings, split: '80 % test, 15 % training, 5 % validation', rows };
}

/** A data set's line: medians and quartiles over the repeats, the published ones, and where ours are outside these. */
function rowOf(name: string, results: readonly TuningResult[]) {
  const list = <K extends keyof TuningResult>(key: K): TuningResult[K][] => results.map((result) => result[key]);
  const gated = rulesOf(list('gated'));
  const network = rulesOf(list('network'));
  const over = (kind: 'kept' | 'free', rule: 'valid_mse' | 'test_mse'): Spread =>
    spread(list('allBlocks').map((all) => all[kind][rule]));
  const { trainRows, validationRows, testRows } = results[0];
  return {
    ...{ name, trainRows, validationRows, testRows, largestGap: Math.max(...list('gap')) },
    ...{ neurons: list('neurons'), blocks: list('blocks') },
    ...{ networkDimension: list('networkDimension'), blockDimension: list('blockDimension') },
    published: published[name],
    ...{ gated, gatedRange: rangeOf(gated), network, networkRange: rangeOf(network) },
    allBlocksFitKept: { valid_mse: over('kept', 'valid_mse'), test_mse: over('kept', 'test_mse') },
    allBlocksFitFree: { valid_mse: over('free', 'valid_mse'), test_mse: over('free', 'test_mse') },
    outsidePublishedQuartiles: ruleNames.filter((rule) => isOutside(gated[rule].median, published[name], rule)),
  };
}

type Row = ReturnType<typeof rowOf>;

const rulesOf = (results: readonly Rules[]): Record<Rule, Spread> =>
  Object.fromEntries(ruleNames.map((rule) => [rule, spread(results.map((result) => result[rule]))])) as Record<
    Rule,
    Spread
  >;

/** Between the medians of the rules, as the paper's last column. */
function rangeOf(rules: Record<Rule, Spread>): number {
  const medians = ruleNames.map((rule) => rules[rule].median);
  return Math.max(...medians) - Math.min(...medians);
}

/** The published numbers have two digits: half a unit of the last is theirs. */
const isOutside = (median: number, row: PublishedRow, rule: Rule): boolean =>
  median < row[rule][1] - 0.005 || median > row[rule][2] + 0.005;

const two = (value: number): string => value.toFixed(2).replace(/^0/, '');
const withQuartiles = ({ median, lower, upper }: Spread): string => `${two(median)} (${two(lower)}/${two(upper)})`;
const asPublished = ([median, lower, upper]: readonly [number, number, number]): string =>
  withQuartiles({ median, lower, upper });

/** Markdown for the reproduction page: three lines a set. */
function markdown(
  rows: readonly Row[],
  cell: (spread: Spread) => string,
  given: (row: PublishedRow, rule: Rule) => string,
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['data', 'model, set', ...ruleNames, 'range'];
  const body = rows.flatMap((row) => {
    const { valid_mse, test_mse } = row.allBlocksFitFree;
    const cells = (rules: Record<Rule, Spread>): string[] => ruleNames.map((rule) => cell(rules[rule]));
    return [
      [row.name, 'published', ...ruleNames.map((rule) => given(row.published, rule)), two(row.published.range)],
      ['', 'gated, optimal set', ...cells(row.gated), two(row.gatedRange)],
      ['', 'network, optimal set', ...cells(row.network), two(row.networkRange)],
      ['', 'gated, all blocks', '', '', cell(valid_mse), cell(test_mse), ''],
    ];
  });
  return `${[head, head.map(() => '---'), ...body].map(line).join('\n')}\n`;
}

const table = (
  number: 1 | 2,
  title: string,
  names: readonly string[],
  text: (rows: readonly Row[]) => string,
): Experiment => ({
  name: `table-${number}`,
  title,
  async run(options) {
    const result = await tune(names, options);
    writeText(options, `table-${number}.md`, text(result.rows));
    writeResult(options, group, `table-${number}`, result);
  },
});

export const tuningTables: readonly Experiment[] = [
  table(1, 'tuning over the optimal set, ten UCI sets: medians', tuning.table1, (rows) =>
    markdown(
      rows,
      ({ median }) => two(median),
      (row, rule) => two(row[rule][0]),
    ),
  ),
  table(
    2,
    'tuning over the optimal set, 17 UCI sets: medians and quartiles',
    [...tuning.table1, ...tuning.others],
    (rows) => markdown(rows, withQuartiles, (row, rule) => asPublished(row[rule])),
  ),
];
