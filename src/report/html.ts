import { escaped } from './canvas.js';
import { checkReport } from './check-report.js';
import { type Html, paragraph } from './html-parts.js';
import {
  certificateSection,
  choiceSection,
  commandSection,
  dataSection,
  networkSection,
  pathSection,
  scoreSection,
} from './html-sections.js';
import { style } from './html-style.js';
import { lead, withError } from './html-words.js';
import { formatMeasure } from './measures.js';
import type { ReportData, ScoreData } from './report-data.js';
import { verdictOf } from './scopes.js';
import { formatNumber, formatSeconds } from './text.js';

/**
 * One HTML page that holds everything: it loads nothing, runs nothing, and can be sent by mail. Sections appear where their
 * data is given; the same data gives the same text. Light and dark, on paper, and on phones from 320 pixels.
 *
 * @throws `usage` in one line, naming the entry, for data that cannot be shown.
 */
export function htmlReport(data: ReportData): string {
  checkReport(data);
  return page(data.title, [
    header(data),
    dataSection(data),
    choiceSection(data),
    scoreSection(data),
    certificateSection(data),
    networkSection(data),
    pathSection(data),
    commandSection(data),
    footer(data),
  ]);
}

/** A whole page of sections. `with pictures`: images that it holds itself are shown. */
export function page(
  title: string,
  sections: readonly Html[],
  content: 'text alone' | 'with pictures' = 'text alone',
): string {
  const pictures = content === 'with pictures' ? '; img-src data:' : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${pictures}">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${sections.join('\n')}
</main>
</body>
</html>
`;
}

function header(data: ReportData): Html {
  const made = data.madeBy === undefined ? '' : paragraph(data.madeBy, 'made');
  return `<header>${made}<h1>${escaped(data.title)}</h1>${paragraph(lead(data), 'lead')}${cards(data)}</header>`;
}

/** The few numbers that a reader wants first. */
function cards({ scores = [], choice, certificate }: ReportData): Html {
  const entries: (readonly [title: string, value: string, remark: string])[] = [];
  if (scores.length > 0) entries.push(scoreCard(scores[0]));
  if (choice !== undefined) {
    entries.push(['neurons', formatNumber(choice.neurons), `${choice.activeInputs} of ${choice.inputs} inputs used`]);
    entries.push([
      'penalty λ',
      formatNumber(choice.lambda, 3),
      { min: 'lambda.min', '1se': 'lambda.1se', given: 'given', last: 'the last of the path' }[choice.rule],
    ]);
  }
  if (certificate !== undefined) {
    const { reached } = verdictOf(certificate);
    const proof = {
      exact: 'proved: no network is better',
      priced: 'a search found none better',
      sampled: 'the best of its patterns',
      bound: 'the proved bound is reached',
    };
    entries.push(['optimality', reached ? '✓' : 'open', reached ? proof[certificate.scope] : 'the gap is not closed']);
  }
  const shown = entries.map(
    ([title, value, remark]) =>
      `<div><dt>${escaped(title)}</dt><dd>${escaped(value)}<small>${escaped(remark)}</small></dd></div>`,
  );
  return shown.length === 0 ? '' : `<dl class="cards">${shown.join('')}</dl>`;
}

/** The first score, on the rows that say most about new ones. */
function scoreCard({ measure, test, cv, train }: ScoreData): readonly [string, string, string] {
  const unit = measure.form === 'percent' || measure.unit === undefined ? '' : `${measure.unit}, `;
  const shown = (value: number): string => formatMeasure(value, { ...measure, unit: undefined });
  if (test !== undefined) return [measure.name, shown(test), `${unit}on the test rows`];
  if (cv !== undefined) return [measure.name, shown(cv.mean), `held-out folds, ${withError(cv, measure)}`];
  return [measure.name, shown(train ?? Number.NaN), `${unit}on the training rows`];
}

function footer({ madeBy, seconds }: ReportData): Html {
  const parts = [
    madeBy === undefined ? '' : `Made by ${madeBy}.`,
    seconds === undefined ? '' : `Training took ${formatSeconds(seconds)}.`,
    'This page holds everything it shows and loads nothing.',
  ];
  return `<footer>${escaped(parts.filter(Boolean).join(' '))}</footer>`;
}
