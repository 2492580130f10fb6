import { requireThat } from '../base/index.js';
import { escaped } from './canvas.js';
import { checkNetwork } from './check.js';
import { page } from './html.js';
import { figure, folded, fullWidth, type Html, list, paragraph, section, table } from './html-parts.js';
import { certificateSection, commandSection } from './html-sections.js';
import { objectiveWords } from './html-words.js';
import { formatMeasure } from './measures.js';
import { networkHeight, networkIsSmall, networkPanel } from './network.js';
import { prunePanel } from './prune-curve.js';
import type { PruneData, PruneLine, PrunePoint } from './prune-data.js';
import { formatBound, formatGap, formatNumber, listed, plural } from './text.js';

/**
 * One HTML page about a pruning, in the manner of `htmlReport`: it loads nothing and runs nothing.
 *
 * @throws `usage` in one line for data that cannot be shown.
 */
export function pruneReport(data: PruneData): string {
  checkPruneData(data);
  return page(data.title, [
    header(data),
    section('What was done', 'done', ...doneWords(data).map((text) => paragraph(text)), list(noteWords(data))),
    curveSection(data),
    networkSection(data),
    provedSection(data),
    commandSection({ commands: data.commands }),
    `<footer>${data.madeBy === undefined ? '' : `Made by ${escaped(data.madeBy)}. `}This page holds everything it shows and loads nothing.</footer>`,
  ]);
}

function checkPruneData({ title, lines, chosen, before, after }: PruneData): void {
  requireThat(title !== '', 'pruneReport: title must be a text that is not empty.');
  requireThat(
    lines.length > 0 && lines.every(({ points }) => points.length > 0),
    'pruneReport: expected at least one line, each with a point.',
  );
  requireThat(
    lines.some(({ name }) => name === chosen.method),
    `pruneReport: chosen.method must name one of the lines, got '${chosen.method}'.`,
  );
  checkNetwork(before, 'pruneReport: before');
  checkNetwork(after, 'pruneReport: after');
}

const first = ({ lines }: PruneData): PrunePoint => lines[0].points[0];

/** The point of the network that was written. */
function chosenPoint({ lines, chosen }: PruneData): PrunePoint {
  const line = lines.find(({ name }) => name === chosen.method) as PruneLine;
  return line.points.find(({ neurons }) => neurons === chosen.neurons) ?? line.points[line.points.length - 1];
}

function header(data: PruneData): Html {
  const { chosen, measure, after, before } = data;
  const [start, end] = [first(data), chosenPoint(data)];
  const shown = (value: number): string => formatMeasure(value, measure);
  const cards: (readonly [string, string, string])[] = [
    ['neurons', formatNumber(after.neurons.length), `of ${formatNumber(before.neurons.length)} before`],
    ...(end.test === undefined || start.test === undefined
      ? []
      : [[`test ${measure.name}`, shown(end.test), `${shown(start.test)} before`] as const]),
    [
      `training ${measure.name}`,
      shown(end.train),
      chosen.exact ? 'as before, to rounding' : `${shown(start.train)} before`,
    ],
  ];
  const lead = chosen.exact
    ? `${plural(after.neurons.length, 'neuron')} in place of ${formatNumber(before.neurons.length)}: the same predictions on the training rows, the same penalty, so as optimal as before.`
    : `${plural(after.neurons.length, 'neuron')} in place of ${formatNumber(before.neurons.length)}, with a training loss of ${formatNumber(end.loss)} in place of ${formatNumber(start.loss)}.`;
  const boxes = cards.map(
    ([title, value, remark]) =>
      `<div><dt>${escaped(title)}</dt><dd>${escaped(value)}<small>${escaped(remark)}</small></dd></div>`,
  );
  const made = data.madeBy === undefined ? '' : paragraph(data.madeBy, 'made');
  return `<header>${made}<h1>${escaped(data.title)}</h1>${paragraph(lead, 'lead')}<dl class="cards">${boxes.join('')}</dl></header>`;
}

function doneWords(data: PruneData): string[] {
  const { target, source, rows, lambda, dimension, scope, minimal, before, rank, chosen } = data;
  const test = rows.test === 0 ? '' : `; ${plural(rows.test, 'row')} were kept for the test`;
  const exact =
    minimal === undefined
      ? []
      : [
          minimal === before.neurons.length
            ? 'The activations of its neurons are independent, so no neuron can go without a change of the training fit.'
            : `Exact steps scale neurons away along null vectors of their activations: from ${plural(before.neurons.length, 'neuron')} to ${minimal} without any change of a training prediction or of the penalty. The activations that are left are independent; their rank is ${rank}.`,
        ];
  return [
    `The network predicts ${target} and was trained on ${plural(rows.train, 'row')} of ${source} at λ = ${formatNumber(lambda)}${test}.`,
    dimension === 0
      ? `It is the only optimal network ${scope}.`
      : `The optimal networks ${scope} are a set of dimension ${dimension}.`,
    ...exact,
    ...(chosen.exact ? [] : [pastWords(chosen.method, minimal)]),
  ];
}

const pastWords = (method: string, minimal: number | undefined): string =>
  minimal === undefined
    ? `Neurons were taken out by the rule “${method}”; the others stay as they are.`
    : 'Past that point the neuron goes without which the others, their sizes fitted again, come nearest to the training fit.';

function noteWords({ polished, unusedColumns }: PruneData): string[] {
  const { before, after, moved } = polished;
  const less = before - after;
  return [
    ...(less > 1e-12 * Math.abs(before)
      ? [
          `Before the pruning the network was brought to the optimum of its program: objective ${formatNumber(before, 9)} → ${formatNumber(after, 9)}, outputs on the training rows moved by at most ${formatGap(moved)}.`,
        ]
      : []),
    ...(unusedColumns.length > 0 ? [`Read by no neuron: ${listed(unusedColumns, 20)}.`] : []),
  ];
}

function curveSection(data: PruneData): Html {
  const tested = data.lines.some(({ points }) => points.some(({ test }) => test !== undefined));
  return section(
    'Neurons against scores',
    'curve',
    tested ? figure(prunePanel(data, 'test'), fullWidth(360, 320)) : '',
    figure(prunePanel(data, 'train'), fullWidth(360, 320)),
    paragraph(
      'Only the first method fits the other neurons again when one goes; the baselines leave them as they are.',
      'quiet',
    ),
    folded('The curves as a table', curveTable(data, tested)),
  );
}

/** Rows of the table at most, besides the last. */
const tableRows = 40;

function curveTable({ lines, measure, chosen }: PruneData, tested: boolean): Html {
  const all = [...new Set(lines.flatMap(({ points }) => points.map(({ neurons }) => neurons)))].sort((a, b) => b - a);
  const stride = Math.ceil(all.length / tableRows);
  const widths = all.filter((neurons, k) => k % stride === 0 || neurons === chosen.neurons || k === all.length - 1);
  const cell = (line: PruneLine, neurons: number): string => {
    const point = line.points.find((other) => other.neurons === neurons);
    if (point === undefined) return '';
    const plain = { ...measure, unit: undefined };
    return formatMeasure((tested ? point.test : point.train) ?? Number.NaN, plain);
  };
  const part = tested ? 'test' : 'training';
  return table(
    [
      { title: 'neurons', kind: 'number' },
      ...lines.map(({ name }) => ({ title: `${name} (${part})`, kind: 'number' as const })),
    ],
    widths.map((neurons) => [formatNumber(neurons), ...lines.map((line) => cell(line, neurons))]),
    (row) => widths[row] === chosen.neurons,
  );
}

/** The certificate of an optimal network; of one past exact steps how far it is from the optimal one it was made from. */
function provedSection({ chosen, certificate, polished, objective }: PruneData): Html {
  if (chosen.exact) return certificateSection({ certificate, scores: [] });
  const { primal, bound } = certificate;
  const above = (100 * (primal - polished.after)) / Math.max(Math.abs(polished.after), Number.MIN_VALUE);
  return section(
    'What is proved',
    'certificate',
    paragraph(
      `The training objective of the pruned network is ${formatNumber(primal, 6)}, that is ${formatNumber(above, 3)} % above that of the network it was made from, ${formatNumber(polished.after, 6)}, whose own certificate says how near to the least it is. Of the pruned network alone one can prove that no network of any width is below ${formatBound(bound, 6)}.`,
    ),
    paragraph(objectiveWords(objective), 'quiet'),
  );
}

function networkSection({ before, after }: PruneData): Html {
  const drawn = (title: string, data: PruneData['before']): Html =>
    networkIsSmall(data)
      ? figure({ ...networkPanel(data), title }, fullWidth(networkHeight(data)))
      : paragraph(
          data.neurons.length === 0
            ? `${title}: no neuron is left, the network is a constant.`
            : `${title}: ${plural(data.neurons.length, 'neuron')}, too many to draw.`,
          'quiet',
        );
  return section('The network', 'network', drawn('Before', before), drawn('After', after));
}
