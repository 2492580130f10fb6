import type { Status } from '../base/index.js';
import {
  type Certificate,
  type CrossValidation,
  describeModel,
  describeTable,
  type LambdaChoice,
  type Model,
  type Scores,
  type Table,
} from '../index.js';
import {
  dualWords,
  formatBound,
  formatFixed,
  formatGap,
  formatNumber,
  formatPercent,
  listed,
  plural,
  printable,
  scopeNames,
  textTable,
} from '../report/index.js';
import type { Terminal } from './terminal.js';

/** What each column type is called, once and many times. */
const typeNames: Readonly<Record<string, readonly [string, string]>> = {
  number: ['number', 'numbers'],
  boolean: ['yes/no', 'yes/no'],
  category: ['category', 'categories'],
  date: ['date', 'dates'],
  constant: ['constant', 'constants'],
  missing: ['empty', 'empty'],
  identifier: ['identifier', 'identifiers'],
  mixed: ['mixed', 'mixed'],
};

/** Rows, columns by type and missing cells of a table. */
export function dataLines(table: Table): string[] {
  const { columns, rows } = describeTable(table);
  const counts = new Map<string, number>();
  for (const { type } of columns) counts.set(type, (counts.get(type) ?? 0) + 1);
  const types = [...counts].map(([type, count]) => plural(count, ...(typeNames[type] ?? ([type, type] as const))));
  const holed = columns.filter((column) => column.missing > 0);
  const missing = holed.reduce((sum, column) => sum + column.missing, 0);
  const holes =
    missing === 0
      ? 'no cell is missing'
      : `${plural(missing, 'cell')} missing, in ${listed(holed.map((column) => column.name))}`;
  return [
    `${table.source}: ${plural(rows, 'row')}, ${plural(columns.length, 'column')} (${types.join(', ')}); ${holes}`,
  ];
}

/** Task, classes and split. */
export function targetLines(model: Model): string[] {
  const { task, target, classes, rows } = describeModel(model);
  const kind = task === 'regression' ? 'a number' : `${plural(classes.length, 'class', 'classes')}: ${listed(classes)}`;
  const left = rows.withoutTarget === 0 ? '' : `, ${formatNumber(rows.withoutTarget)} left out without a target`;
  const test = rows.test === 0 ? '' : `, ${formatNumber(rows.test)} test (seed ${rows.seed})`;
  return [`predict ${target}, ${kind}`, `${plural(rows.train, 'row')} to train${test}${left}`];
}

const mostNotes = 10;

/** What preprocessing did; where many columns had cells filled, one line for all of them. */
export function noteLines(notes: readonly string[], { preprocessing }: Pick<Model, 'preprocessing'>): string[] {
  const filled = notes.filter((note) => note.includes('become the mean'));
  const names = preprocessing.columns
    .filter((column) => column.kind === 'number' && column.missingIndicator)
    .map(({ name }) => name);
  const merged = `missing cells become the mean of their column, marked by a 0/1 column, in ${plural(names.length, 'column')}: ${listed(names)}`;
  const lines = filled.length > 2 ? [...notes.filter((note) => !filled.includes(note)), merged] : notes;
  const more = lines.length > mostNotes ? [`and ${lines.length - mostNotes} more (--json lists all)`] : [];
  return [...lines.slice(0, mostNotes), ...more].map((line) => `– ${printable(line)}`);
}

/** The same on the terminal, where there is anything to say. */
export function showNotes(text: Terminal, notes: readonly string[], model: Model): void {
  if (notes.length === 0) return;
  text.section(
    '',
    noteLines(notes, model).map((line) => text.paint('quiet', line)),
  );
}

export function networkLines(model: Model): string[] {
  const { activation, activeNeurons, features, activeFeatures, penalty, outputs } = describeModel(model);
  const kind = activation === 'gated' ? 'gated ReLU neuron' : 'ReLU neuron';
  if (activeNeurons === 0) return [constantWords(model)];
  const used = `${formatNumber(activeFeatures.length)} of ${plural(features, 'input')} used`;
  const out = outputs === 1 ? '' : `, ${outputs} outputs`;
  return [`${plural(activeNeurons, kind)}${out}; ${used}; penalty Σ‖u‖|α| = ${formatNumber(penalty)}`];
}

/** Of a network without neurons: that none is better is said only where the gap says so. */
function constantWords({ certificate }: Model): string {
  const { scope, relativeGap, tolerance } = certificate;
  return relativeGap <= tolerance && (scope === 'exact' || scope === 'priced')
    ? 'no neuron: at this λ the best network is the constant (a smaller --lambda lets neurons in)'
    : 'no neuron: a constant, and nothing says that it is the best at this λ';
}

/** How a network that is not the trained one was made, and what it costs. */
export function derivationLines({ derivation, certificate }: Pick<Model, 'derivation' | 'certificate'>): string[] {
  if (derivation === undefined) return [];
  const { words, from } = derivation;
  const above = (100 * (certificate.primal - from.objective)) / Math.max(Math.abs(from.objective), Number.MIN_VALUE);
  const cost =
    above > 1e-7
      ? `${formatNumber(above, 3)} % above that of the network it was made from`
      : 'no higher than that of the network it was made from';
  return [`${words}; objective ${cost} (${formatNumber(from.objective, 7)}, ${plural(from.neurons, 'neuron')})`];
}

/** Names and forms of the measures, in the order they are shown. */
const measures: ReadonlyArray<readonly [key: string, name: string, form: (value: number) => string]> = [
  ['r2', 'R²', (value) => formatFixed(value, 4)],
  ['rmse', 'RMSE', formatNumber],
  ['mae', 'mean absolute error', formatNumber],
  ['accuracy', 'accuracy', formatPercent],
  ['auc', 'area under ROC', (value) => formatFixed(value, 4)],
  ['logLoss', 'log loss', (value) => formatFixed(value, 4)],
];

/** A table of the measures on training and test rows. */
export function scoreTable({ train, test }: Model['scores'], unit: string): string {
  const known = measures.filter(([key]) => key in train);
  const cell = (scores: Scores | null, key: string, form: (value: number) => string): string[] =>
    scores === null ? [] : [form(scores[key] ?? Number.NaN)];
  const rows = known.map(([key, name, form]) => [
    name,
    ...cell(train, key, form),
    ...cell(test, key, form),
    key === 'rmse' || key === 'mae' ? `in units of ${unit}` : '',
  ]);
  return textTable([['', 'training', ...(test === null ? [] : ['test']), ''], ...rows], test === null ? 'lrl' : 'lrrl');
}

/** The first measure: its name, and its value on both sets. */
export function scoreOf({ train, test }: Model['scores']): string[] {
  const found = measures.find(([key]) => key in train);
  if (found === undefined) return ['', ''];
  const [key, name, form] = found;
  return [name, form(train[key]), ...(test === null ? [] : [form(test[key] ?? Number.NaN)])];
}

/** The first measure on both sets, in a few words: `R² 0.931 training, 0.882 test`. */
export function scoresInShort({ train, test }: Model['scores']): string {
  const found = measures.find(([key]) => key in train);
  if (found === undefined) return '';
  const [key, name, form] = found;
  return `${name} ${form(train[key])} training${test === null ? '' : `, ${form(test[key] ?? Number.NaN)} test`}`;
}

/** Sentences of a text, one an entry. */
export const sentences = (text: string): string[] => text.split(/(?<=\.) (?=[A-ZÀ-Ž])/);

/** The headline of a certificate: reached or not, and for what. */
export function verdict(
  terminal: Terminal,
  { certificate, objective }: Pick<Model, 'certificate' | 'objective'>,
): string {
  const { scope, relativeGap, tolerance, bound, primal } = certificate;
  const reached = relativeGap <= tolerance;
  if (reached) return terminal.paint('good', `✓ ${scopeNames[scope]} (gap ${formatGap(Math.max(0, relativeGap))})`);
  if (objective.lambda === 0 && bound <= 0 && primal > 0)
    return terminal.paint('warn', '! λ = 0: no lower bound but 0, nothing is proved about optimality');
  const open = scope === 'bound' ? `${scopeNames.bound}: ` : '';
  return terminal.paint('warn', `! ${open}gap ${formatGap(relativeGap)}, above the ${formatGap(tolerance)} asked for`);
}

/** Primal, dual, gap, scope and bound, at most 80 columns wide beside their label. */
export function certificateTable({
  primal,
  dual,
  gap,
  relativeGap,
  tolerance,
  scope,
  bound,
  patterns,
}: Certificate): string {
  return textTable([
    ['primal', formatNumber(primal, 9), 'objective of this network'],
    ['dual', formatBound(dual, 9), dualWords[scope]],
    [
      'gap',
      formatGap(Math.max(0, gap)),
      `relative ${formatGap(Math.max(0, relativeGap))}, asked for ${formatGap(tolerance)}`,
    ],
    ['scope', scope, plural(patterns.count, 'activation pattern')],
    ['bound', formatBound(bound, 9), 'proved for every such network of any width'],
  ]);
}

const measureWords: Readonly<Record<CrossValidation['measure'], (value: number, unit: string) => string>> = {
  mse: (value, unit) => `mean squared error ${formatNumber(value)} (${unit}²)`,
  mae: (value, unit) => `mean absolute error ${formatNumber(value)} ${unit}`,
  deviance: (value) => `deviance ${formatFixed(value, 4)}`,
  accuracy: (value) => `accuracy ${formatPercent(value)}`,
  auc: (value) => `area under ROC ${formatFixed(value, 4)}`,
};

/** A cross-validated mean with its error, in words. */
export function errorInWords(cv: CrossValidation, k: number, unit: string): string {
  const error = cv.measure === 'accuracy' ? formatPercent(cv.standardError[k]) : formatNumber(cv.standardError[k], 3);
  return `${measureWords[cv.measure](cv.mean[k], unit)} ± ${error}`;
}

/** How λ was chosen. */
export function choiceLines(cv: LambdaChoice, unit: string): string[] {
  const k = cv.rule === 'cv' ? cv.min : cv.oneStandardError;
  const name = cv.rule === 'cv' ? 'lambda.min' : 'lambda.1se';
  return [
    `λ = ${formatNumber(cv.lambdas[k], 4)} (${name}) by ${foldWords(cv)}: held-out ${errorInWords(cv, k, unit)}`,
    ...(cv.end === 'risen'
      ? [`λ below ${formatNumber(cv.lambdas[cv.lambdas.length - 1], 3)} were left out: the error had risen for long`]
      : []),
    ...(k === cv.lambdas.length - 1 && cv.end === 'complete'
      ? ['the smallest λ tried is the best: relucent cv with a smaller --min-ratio looks further']
      : []),
  ];
}

/** `lambda.min`, `lambda.1se`, both or neither. */
export const markNames = ({ min, oneStandardError }: CrossValidation, k: number): string =>
  [k === min ? 'lambda.min' : '', k === oneStandardError ? 'lambda.1se' : ''].filter(Boolean).join(', ');

/** `10 folds, stratified by class`. */
export const foldWords = ({ folds, repeats, manner }: CrossValidation): string =>
  `${folds} folds${repeats > 1 ? ` × ${repeats}` : ''}, ${manner}`;

const statusWords: Readonly<Record<Status, string>> = {
  solved: '',
  'time-limit': 'stopped at the time limit; this is the best network so far',
  'iteration-limit': 'stopped at the iteration limit; this is the best network so far',
  aborted: 'interrupted; this is the best network so far',
  stalled: 'stopped because no step made progress any more; this is the best network so far',
};

/** Why the solve ended, when it did not end by itself; else an empty text. */
export const endOf = (status: Status): string => statusWords[status];
