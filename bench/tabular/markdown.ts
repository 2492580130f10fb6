import { type Method, methods, type Results, type Row, type SetFacts } from './rows.js';
import { better, byFold, compare, type Metric, meanOf, summaryOf } from './statistics.js';

export const titles: Readonly<Record<Method, string>> = {
  relucent: 'Relucent',
  linear: 'logistic / ridge',
  forest: 'random forest',
  boosting: 'boosting',
  adam: 'Adam network',
};

/** The text around the figure: every table from the rows there are. */
export function tabularText(results: Results): string {
  const sets = measuredSets(results);
  const classSets = sets.filter(({ classes }) => classes > 0);
  const numberSets = sets.filter(({ classes }) => classes === 0);
  const binary = classSets.filter(({ classes }) => classes === 2);
  const scores = (title: string, own: readonly SetFacts[], metric: Metric): string[] =>
    own.length > 0 ? [`## ${title}`, scoreTable(results, own, metric)] : [];
  const sections = [
    preamble(results),
    '## Summary',
    outcomes(results),
    ...scores('Accuracy (%)', classSets, 'accuracy'),
    ...scores('R²', numberSets, 'r2'),
    ...scores('Log-loss', classSets, 'logLoss'),
    ...scores('Area under the ROC curve (two classes)', binary, 'auc'),
    ...scores('RMSE, in units of the target', numberSets, 'rmse'),
    '## CPU seconds of one outer fold',
    'Tuning + fitting once more with what was chosen; means over the outer folds. Other work on the machine slows cache and cores: the\nsame run took up to three times as many CPU seconds as on an idle one, so only large ratios mean something.',
    timeTable(results, sets),
    '## The sets',
    setTable(results.sets),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The sets that some method has run through. */
export const measuredSets = ({ sets, rows, head }: Results): SetFacts[] =>
  sets.filter(({ name }) => methods.some((method) => foldsOf(rows, name, method).length === head.protocol.outer));

const foldsOf = (rows: readonly Row[], set: string, method: Method): Row[] =>
  rows.filter((row) => row.set === set && row.method === method);

function preamble(results: Results): string {
  const { head, sets, rows } = results;
  const { machine, packages, protocol, settings } = head;
  const measured = measuredSets(results);
  const missing = sets.filter((set) => !measured.includes(set)).map(({ name }) => name);
  const left = missing.length > 0 ? ` Not run yet: ${missing.join(', ')}.` : '';
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const { lambdas, minRatio, patience, gap } = settings as Record<string, number>;
  return `# Test scores on ${measured.length} real tables

\`npx tsx bench/tabular.ts --data FOLDER\`, on a ${machine}, shared with other work; ${versions.join(', ')}. CPU seconds on one thread, not
the clock; methods are measured in runs of their own (\`--methods\`), on machines of this kind but not always the same one, so that times compare roughly. FOLDER holds the sets as CSV with the target last (UCI's, and scikit-learn's diabetes); they are not part of this
repository. ${rows.length} of ${sets.length * methods.length * protocol.outer} runs are here; what is missing shows as –.${left}

![Scores and training time](tabular.svg)

**Protocol.** ${protocol.outer} outer folds (classes in proportion, seed ${protocol.seed}), the same for every method. Within each outer training part every
method tunes itself over the same ${protocol.inner} inner folds by held-out log-loss (squared error for numbers) and is fitted once more on the whole
part; the held rows are seen once, by the score. Columns are encoded alike, learnt on training rows alone: means for missing
cells with a 0/1 column that says so, numbers standardised, categories one-hot. Log-loss keeps probabilities within [${protocol.clip.toExponential(0)}, 1 − ${protocol.clip.toExponential(0)}].

**Cells** are mean ± standard error over outer folds. Bold: clearly better than every other method that has run. *Clearly* is by paired
differences over the folds, with the variance that overlapping training parts call for (Nadeau and Bengio 2003), beyond the 97.5 %
point of t: with ten folds only large differences pass, and no correction is made for the number of comparisons.

**Methods**

- *Relucent*: two-layer ReLU network with hidden and output biases, by the priced convex program to gap ${gap.toExponential(0)}; only λ is tuned: ${lambdas} values from
  λ_max to ${minRatio.toExponential(0)}·λ_max, lambda.min. The path ends once the least
  inner error is ${patience} steps back.
- *logistic / ridge*: scikit-learn's \`LogisticRegression\` and \`Ridge\`, 25 penalties from 1e-4 to 1e4.
- *random forest*: 500 trees (100 while tuning), max_features √d, ⅓, 1, min_samples_leaf 1, 3, 8.
- *boosting*: \`HistGradientBoosting\`, learning rate 0.03, 0.1, leaves 4, 16, min_samples_leaf 5, 20, up to 1000 steps with early stopping
  on the inner held-out rows, their median kept.
- *Adam network*: the same two-layer ReLU network by Adam, width 100, minibatches of 64, learning rate 1e-3, 1e-2, weight decay 0, 1e-4, 1e-3, 1e-2,
  up to 2000 steps, judged every 50. Its settings train together as one batched program, which is cheaper than one after the other.`;
}

/** How Relucent stands against each peer, on the sets that both have run through. */
function outcomes(results: Results): string {
  const head = ['Relucent against', 'sets', 'accuracy / R²: won', 'tied', 'lost', 'mean ahead'];
  const more = ['log-loss / RMSE: won', 'tied', 'lost', 'mean ahead', 'their CPU time / ours'];
  const body = methods
    .filter((method) => method !== 'relucent')
    .map((peer) => {
      const first = counted(results, peer, 'accuracy', 'r2');
      const second = counted(results, peer, 'logLoss', 'rmse');
      const ratio = timeRatio(results, peer);
      const last = ratio === null ? '–' : `${Number(ratio.toPrecision(2))}`;
      return [titles[peer], `${first.sets}`, ...cellsOf(first), ...cellsOf(second), last];
    });
  const legend = 'Won and lost: clearly, in the sense above; the rest is tied. CPU time: geometric mean over the sets.';
  return `${legend}\n\n${table([...head, ...more], body)}`;
}

function timeRatio(results: Results, peer: Method): number | null {
  const logs = results.sets.flatMap(({ name }) => {
    const [ours, theirs] = [secondsOf(results, name, 'relucent'), secondsOf(results, name, peer)];
    return ours && theirs ? [Math.log((theirs.tune + theirs.refit) / (ours.tune + ours.refit))] : [];
  });
  return logs.length > 0 ? Math.exp(meanOf(logs)) : null;
}

interface Counts {
  readonly sets: number;
  readonly win: number;
  readonly tie: number;
  readonly loss: number;
  readonly ahead: number;
}

const cellsOf = ({ win, tie, loss, ahead, sets }: Counts): string[] => [
  `${win}`,
  `${tie}`,
  `${loss}`,
  sets > 0 ? `${ahead} of ${sets}` : '–',
];

function counted({ sets, rows, head }: Results, peer: Method, forClasses: Metric, forNumbers: Metric): Counts {
  const counts = { sets: 0, win: 0, tie: 0, loss: 0, ahead: 0 };
  for (const { name, classes } of sets) {
    const metric = classes > 0 ? forClasses : forNumbers;
    const [ours, theirs] = (['relucent', peer] as const).map((m) => byFold(rows, name, m, metric, head.protocol.outer));
    const verdict = compare(ours, theirs, metric);
    if (verdict === null) continue;
    counts.sets++;
    counts[verdict]++;
    if (better(meanOf(ours as number[]), meanOf(theirs as number[]), metric)) counts.ahead++;
  }
  return counts;
}

const digits: Readonly<Record<Metric, number>> = { accuracy: 1, logLoss: 3, auc: 3, r2: 3, rmse: 3 };

function scoreTable(results: Results, sets: readonly SetFacts[], metric: Metric): string {
  const body = sets.map(({ name }) => [name, ...methods.map((method) => scoreCell(results, name, method, metric))]);
  return table(['set', ...methods.map((method) => titles[method])], body);
}

function scoreCell(results: Results, set: string, method: Method, metric: Metric): string {
  const { rows, head } = results;
  const summary = summaryOf(byFold(rows, set, method, metric, head.protocol.outer));
  if (summary === null) return '–';
  const factor = metric === 'accuracy' ? 100 : 1;
  const [mean, error] = [summary.mean, summary.standardError].map((v) => (factor * v).toFixed(digits[metric]));
  return clearlyBest(results, set, method, metric) ? `**${mean} ± ${error}**` : `${mean} ± ${error}`;
}

/** Whether a method wins against every other that has run on all folds of the set; one alone is no winner. */
export function clearlyBest({ rows, head }: Results, set: string, method: Method, metric: Metric): boolean {
  const scores = (m: Method) => byFold(rows, set, m, metric, head.protocol.outer);
  const verdicts = methods
    .filter((other) => other !== method)
    .map((other) => compare(scores(method), scores(other), metric))
    .filter((verdict) => verdict !== null);
  return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'win');
}

/** Means of the tuning and refitting seconds over the folds; null unless all have run. */
export function secondsOf(
  { rows, head }: Results,
  set: string,
  method: Method,
): { readonly tune: number; readonly refit: number } | null {
  const own = foldsOf(rows, set, method);
  if (own.length < head.protocol.outer) return null;
  return { tune: meanOf(own.map((row) => row.tuneSeconds)), refit: meanOf(own.map((row) => row.refitSeconds)) };
}

const seconds = (t: number): string => (t < 9.95 ? `${Number(t.toPrecision(2))}` : t.toFixed(0));

function timeTable(results: Results, sets: readonly SetFacts[]): string {
  const body = sets.map(({ name }) => [
    name,
    ...methods.map((method) => {
      const spent = secondsOf(results, name, method);
      return spent ? `${seconds(spent.tune)} + ${seconds(spent.refit)}` : '–';
    }),
    neuronsOf(results, name),
  ]);
  return table(['set', ...methods.map((method) => titles[method]), 'neurons of Relucent'], body);
}

/** From the fewest to the most over the folds. */
function neuronsOf({ rows, head }: Results, set: string): string {
  const own = foldsOf(rows, set, 'relucent').map(({ chosen }) => Number(chosen.neurons));
  return own.length < head.protocol.outer ? '–' : `${Math.min(...own)} to ${Math.max(...own)}`;
}

function setTable(sets: readonly SetFacts[]): string {
  const body = sets.map(({ name, rows, features, classes, trap }) => [
    name,
    `${rows}`,
    `${features}`,
    classes > 0 ? `${classes}` : 'numbers',
    trap ?? '',
  ]);
  return table(['set', 'rows', 'encoded columns', 'classes', 'beware'], body);
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
