import { formatMeasure } from './measures.js';
import type { CurveData, CurvePoint } from './path-data.js';
import type { ChoiceData, DataSummary, ReportData, ScoreData } from './report-data.js';
import { formatNumber, formatPercent, listed, plural } from './text.js';

/** Sentences of the report. */

/** One sentence under the title: what this is. */
export function lead({ data, choice, path, curve }: ReportData): string {
  const what = data.task === 'regression' ? `predicts ${data.target}` : `tells ${data.target} apart`;
  if (choice?.neurons === 0)
    return `At this penalty no neuron is worth its cost: the best network ${what} as a constant, learned from ${plural(data.rows.train, 'row')} of ${data.source}.`;
  if (choice !== undefined)
    return `A ReLU network with ${plural(choice.neurons, 'neuron')} that ${what}, trained on ${plural(data.rows.train, 'row')} of ${data.source}.`;
  const trained = `trained on ${plural(data.rows.train, 'row')} of ${data.source}`;
  if (path !== undefined)
    return `ReLU networks that ${what.replace('predicts', 'predict').replace('tells', 'tell')}, at ${plural(path.points.length, 'value')} of the penalty λ, ${trained}.`;
  return curve === undefined
    ? `${data.target}: ${trained}.`
    : `Cross-validation of ReLU networks that ${what.replace('predicts', 'predict').replace('tells', 'tell')}, on ${plural(data.rows.train, 'row')} of ${data.source}.`;
}

/** Rows, columns and target. */
export function dataWords({ source, rows, columns, target, task, classes = [] }: DataSummary): string[] {
  const all = rows.train + rows.test;
  const split =
    rows.test === 0
      ? 'All of them trained the network.'
      : `${plural(rows.train, 'row')} trained the network; ${formatNumber(rows.test)} were kept for the test and never seen in training.`;
  const left =
    rows.withoutTarget === undefined || rows.withoutTarget === 0
      ? ''
      : ` ${plural(rows.withoutTarget, 'row')} without a target ${rows.withoutTarget === 1 ? 'was' : 'were'} left out.`;
  const missing = columns.reduce((sum, column) => sum + (column.missing ?? 0), 0);
  const holes = missing === 0 ? '' : ` ${plural(missing, 'cell')} missing.`;
  return [
    `${source} has ${plural(all, 'row')} with a target and ${plural(columns.length, 'column')} beside it.${holes} ${split}${left}`,
    task === 'regression'
      ? `The target is ${target}, a number.`
      : `The target is ${target}, with ${plural(classes.length, 'class', 'classes')}: ${listed(
          classes.map(
            ({ name, rows: count }) => `${name} (${plural(count, 'row')}, ${formatPercent(count / Math.max(1, all))})`,
          ),
          12,
        )}.`,
  ];
}

/** Which λ, and why this one. */
export function choiceWords(choice: ChoiceData, curve: CurveData | undefined): string[] {
  const { lambda, lambdaMax, neurons, inputs, activeInputs } = choice;
  const share =
    lambdaMax === undefined
      ? ''
      : ` That is ${formatNumber((100 * lambda) / lambdaMax, 2)} % of λ_max = ${formatNumber(lambdaMax)}, from which up the best network is a constant.`;
  const network =
    neurons === 0
      ? 'The network is a constant: it has no neurons.'
      : `The network has ${plural(neurons, 'neuron')} and reads ${formatNumber(activeInputs)} of ${plural(inputs, 'input')}.`;
  return [
    `${reason(choice, curve)}${share}`,
    curve === undefined || choice.rule === 'given' || choice.rule === 'last' ? '' : errorWords(curve),
    network,
  ];
}

function reason({ lambda, rule }: ChoiceData, curve: CurveData | undefined): string {
  const value = `λ = ${formatNumber(lambda)}`;
  if (rule === 'given') return `${value} was given; it was not chosen from the data.`;
  if (rule === 'last')
    return `Nothing was chosen: the network on this page is the last of the path, at ${value}. relucent path … --cv compares all of them by cross-validation, relucent fit --lambda cv trains the one that this chooses.`;
  const by = curve === undefined ? 'cross-validation' : manner(curve);
  const { measure } = curve ?? {};
  const [best, unit] =
    measure?.better === 'more'
      ? ['best', `held-out ${measure.name}`]
      : ['least', `held-out ${measure?.name ?? 'error'}`];
  if (rule === 'min') return `${value} was chosen by ${by}: it has the ${best} ${unit} (lambda.min).`;
  return `${value} was chosen by ${by}: it is the largest λ, so the simplest network, whose ${unit} is within one standard error of the ${best} (lambda.1se).`;
}

const manner = ({ folds, repeats = 1, manner: how }: CurveData): string =>
  `${folds}-fold cross-validation${repeats > 1 ? `, repeated ${repeats} times` : ''}${how === undefined ? '' : ` (${how})`}`;

/** Both λ with their errors. */
export function errorWords(curve: CurveData): string {
  const { points, min, oneStandardError, measure } = curve;
  const said = (name: string, point: CurvePoint): string =>
    `at ${name} = ${formatNumber(point.lambda)} it is ${withError({ mean: point.mean, standardError: point.standardError }, measure)}`;
  const first = said(min === oneStandardError ? 'lambda.min = lambda.1se' : 'lambda.min', points[min]);
  return `Held-out ${measure.name}: ${first}${min === oneStandardError ? '' : `, ${said('lambda.1se', points[oneStandardError])}`}.`;
}

/** `0.42 ± 0.03 kWh`, as many decimals as two digits of the error have; without the error where there is none. */
export function withError(
  { mean, standardError }: NonNullable<ScoreData['cv']>,
  measure: ScoreData['measure'],
): string {
  if (!Number.isFinite(standardError) || !Number.isFinite(mean)) return formatMeasure(mean, measure);
  const factor = measure.form === 'percent' ? 100 : 1;
  const unit = measure.form === 'percent' ? ' %' : measure.unit === undefined ? '' : ` ${measure.unit}`;
  return `${alike(factor * mean, factor * standardError)}${unit}`;
}

function alike(mean: number, error: number): string {
  const decimals = error > 0 ? 1 - Math.floor(Math.log10(error)) : 4;
  if (decimals > 6) return `${formatNumber(mean)} ± ${formatNumber(error, 2)}`;
  return `${mean.toFixed(Math.max(0, decimals))} ± ${error.toFixed(Math.max(0, decimals))}`;
}

/** What the objective is, for the small print. */
export const objectiveWords = (objective: string): string =>
  `Training minimises ${objective}: the mean loss over the training rows and λ times the norms of the neurons, in standardised (encoded) units. λ is on the 1/n scale.`;
