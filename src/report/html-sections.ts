import { decisionPanel, rocPanel, scorePanel } from './binary.js';
import { calibrationPanel, probableRows } from './calibration.js';
import { escaped } from './canvas.js';
import { certificateAxes, certificateHeight } from './certificate.js';
import { classesPanel } from './classes.js';
import { curvePanel } from './curve.js';
import type { CertificateData, FitData } from './data.js';
import { formulaIsSmall } from './formula.js';
import { gapPanel } from './gap.js';
import {
  figure,
  folded,
  formula,
  fullWidth,
  type Html,
  half,
  list,
  pair,
  paragraph,
  section,
  table,
} from './html-parts.js';
import { curveTable, pathTable } from './html-tables.js';
import { choiceWords, dataWords, errorWords, objectiveWords, withError } from './html-words.js';
import { importanceHeight, importancePanel } from './importance.js';
import { mapPanel } from './map.js';
import { formatMeasure } from './measures.js';
import { networkHeight, networkIsSmall, networkPanel } from './network.js';
import { neuronHeight, neuronPanel } from './neurons.js';
import { pathPanel } from './path.js';
import { regressionPanel } from './regression.js';
import type { ReportData, ScoreData } from './report-data.js';
import { residualPanel } from './residuals.js';
import { dualWords, verdictOf } from './scopes.js';
import { formatBound, formatGap, formatNumber, plural } from './text.js';

const mostColumns = 300;

export function dataSection({ data }: ReportData): Html {
  const { columns, notes = [] } = data;
  const holed = columns.some(({ missing = 0 }) => missing > 0);
  const rows = columns
    .slice(0, mostColumns)
    .map(({ name, kind, missing = 0, detail = '' }) => [name, kind, ...(holed ? [formatNumber(missing)] : []), detail]);
  const more =
    columns.length > mostColumns ? paragraph(`And ${plural(columns.length - mostColumns, 'column')} more.`) : '';
  const titles = [
    { title: 'column', kind: 'name' },
    { title: 'taken as', kind: 'text' },
    ...(holed ? [{ title: 'missing', kind: 'number' } as const] : []),
    { title: '', kind: 'name' },
  ] as const;
  return section(
    'The data',
    'data',
    ...dataWords(data).map((text) => paragraph(text)),
    list(notes),
    folded(`The ${plural(columns.length, 'column')}`, columns.length === 0 ? '' : table(titles, rows) + more),
  );
}

export function choiceSection({ choice, curve }: ReportData): Html {
  if (choice === undefined && curve === undefined) return '';
  return section(
    choiceTitle(choice),
    'choice',
    ...(choice === undefined ? [] : choiceWords(choice, curve).map((text) => paragraph(text))),
    choice === undefined && curve !== undefined ? paragraph(errorWords(curve)) : '',
    curve === undefined ? '' : figure(curvePanel(curve), fullWidth(380, 320)),
    curve === undefined
      ? ''
      : folded(`The ${plural(curve.points.length, 'value')} of λ that were compared`, curveTable(curve, choice)),
  );
}

function choiceTitle(choice: ReportData['choice']): string {
  if (choice === undefined) return 'Cross-validation';
  return choice.rule === 'last' ? 'Nothing was chosen' : 'What was chosen, and why';
}

export const scoreSection = ({ scores = [], fit }: ReportData): Html =>
  section(
    'How good it is',
    'scores',
    scores.length === 0 ? '' : scoreTable(scores),
    fit === undefined ? '' : fitFigures(fit),
  );

function scoreTable(scores: readonly ScoreData[]): Html {
  const parts = (['train', 'cv', 'test'] as const).filter((part) => scores.some((score) => score[part] !== undefined));
  const titles = { train: 'training', cv: 'held-out ± SE', test: 'test' };
  return table(
    [{ title: '', kind: 'name' }, ...parts.map((part) => ({ title: titles[part], kind: 'number' as const }))],
    scores.map((score) => [scoreName(score), ...parts.map((part) => scoreCell(score, part))]),
  );
}

const scoreName = ({ measure: { name, unit, better } }: ScoreData): string =>
  `${name} (${unit === undefined ? '' : `${unit}; `}${better} is better)`;

/** Without the unit, which stands beside the name. */
function scoreCell(score: ScoreData, part: 'train' | 'cv' | 'test'): string {
  const measure = { ...score.measure, unit: undefined };
  if (part === 'cv') return score.cv === undefined ? '' : withError(score.cv, measure);
  const value = score[part];
  return value === undefined ? '' : formatMeasure(value, measure);
}

function fitFigures(fit: FitData): Html {
  if (fit.kind === 'regression') return pair(figure(regressionPanel(fit), half), figure(residualPanel(fit), half));
  if (fit.kind === 'classes')
    return figure(classesPanel(fit), fullWidth(fit.classes.length > 6 ? 560 : 400, 360), 'paper');
  return pair(
    figure(scorePanel(fit), half),
    figure(rocPanel(fit), half),
    probableRows(fit).length === 0 ? '' : figure(calibrationPanel(fit), half),
    figure(decisionPanel(fit), half, 'paper'),
  );
}

export function certificateSection({ certificate, scores = [] }: Pick<ReportData, 'certificate' | 'scores'>): Html {
  if (certificate === undefined) return '';
  const { reached, headline, meaning } = verdictOf(certificate);
  return section(
    'What is proved',
    'certificate',
    `<div class="verdict${reached ? '' : ' open'}"><b>${reached ? '✓' : '!'} ${escaped(headline)}</b>${paragraph(meaning)}</div>`,
    paragraph(
      `This is about the objective of the training, not about new rows${scores.length === 0 ? '' : ': how good the network is there, the scores above say'}.`,
    ),
    paragraph(certificate.words, 'quiet'),
    certificateNumbers(certificate),
    paragraph(objectiveWords(certificate.objective), 'quiet'),
  );
}

function certificateNumbers(certificate: CertificateData): Html {
  const { primal, dual, bound, relativeGap, tolerance, scope } = certificate;
  const drawn = figure(
    {
      title: 'The numbers on one axis',
      remark: '',
      legend: [],
      draw: (size) => certificateAxes(certificate, size),
    },
    fullWidth(certificateHeight(certificate, 780), certificateHeight(certificate, 350)),
  );
  return (
    table(
      [
        { title: '', kind: 'name' },
        { title: '', kind: 'number' },
      ],
      [
        ['objective of this network', formatNumber(primal, 9)],
        [dualWords[scope], formatBound(dual, 9)],
        ['relative gap between the two', formatGap(Math.max(0, relativeGap))],
        ['relative gap that was asked for', formatGap(tolerance)],
        ...(bound === dual
          ? []
          : [['proved for every such network of any width: none is below', formatBound(bound, 9)]]),
      ],
    ) + drawn
  );
}

export function networkSection({ formula: terms, network, map, importance, neurons }: ReportData): Html {
  const drawable = network !== undefined && networkIsSmall(network);
  const written = terms !== undefined && formulaIsSmall(terms);
  return section(
    'The network',
    'network',
    written
      ? paragraph(
          'In the units of the table, rounded. Each max counts only where what is inside is above 0: that neuron is on there.',
        ) + formula(terms)
      : '',
    drawable ? figure(networkPanel(network), fullWidth(networkHeight(network))) : '',
    map === undefined ? '' : figure(mapPanel(map), fullWidth(460, 330), map.kind === 'plane' ? 'paper' : 'plain'),
    importance === undefined ? '' : figure(importancePanel(importance), fullWidth(importanceHeight(importance))),
    drawable || neurons === undefined || neurons.neurons.length === 0 || neurons.features.length < 2
      ? ''
      : figure(neuronPanel(neurons), fullWidth(neuronHeight(neurons)), 'paper'),
  );
}

export function pathSection({ path, curve, choice }: ReportData): Html {
  if (path === undefined) return '';
  const last = path.points[path.points.length - 1];
  const from = path.points[0].lambda;
  return section(
    'The path',
    'path',
    paragraph(
      `From λ = ${formatNumber(from)} (λ_max = ${formatNumber(path.lambdaMax)}: the network is a constant) down to ${formatNumber(last.lambda)}, each of the ${plural(path.points.length, 'network')} with a certificate of its own.${path.ended === undefined ? '' : ` It ended early: ${path.ended}.`}`,
    ),
    figure(pathPanel(path), fullWidth(400, 340)),
    figure(gapPanel(path), fullWidth(300, 290)),
    folded(`The path as a table, ${plural(path.points.length, 'row')}`, pathTable(path, curve, choice)),
  );
}

export const commandSection = ({ commands = [] }: Pick<ReportData, 'commands'>): Html =>
  section(
    'Do it again',
    'again',
    commands.length === 0
      ? ''
      : paragraph(
          'The same data, version and command give the same network, bit for bit, on any machine and any number of threads; only a time limit or an interruption can change it.',
        ) + `<pre><code>${commands.map(escaped).join('\n')}</code></pre>`,
  );
