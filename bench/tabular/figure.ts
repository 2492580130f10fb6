import * as Plot from '@observablehq/plot';
import { fontFamily, label, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import { measuredSets, secondsOf, titles } from './markdown.js';
import { type Method, methods, type Results, type SetFacts } from './rows.js';
import { byFold, type Metric, summaryOf } from './statistics.js';

const colours: Readonly<Record<Method, string>> = {
  relucent: palette.blue,
  linear: palette.classes[6],
  forest: palette.green,
  boosting: palette.classes[4],
  adam: palette.orange,
};

const [names, scores, times, rowHeight, top] = [190, 470, 300, 26, 92];
const width = 20 + names + scores + times + 40;

interface Dot {
  readonly set: string;
  readonly method: Method;
  readonly at: number;
  readonly low: number;
  readonly high: number;
  readonly seconds: number;
}

/** A dot for every set and method that has run on all folds: score with one standard error, and CPU seconds. */
export function tabularFigure(results: Results): string {
  const sets = measuredSets(results);
  const classSets = sets.filter(({ classes }) => classes > 0);
  const numberSets = sets.filter(({ classes }) => classes === 0);
  const upper = heightOf(classSets);
  const height = top + upper + heightOf(numberSets) + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    label(20, 30, `Test scores on ${sets.length} real tables, all methods tuned on the same folds`, {
      size: 17,
      weight: 600,
    }),
    label(
      20,
      50,
      'Mean of 10 outer folds ± one standard error; right: CPU seconds of one outer fold, tuning included',
      {
        fill: palette.quiet,
      },
    ),
    ...legend(72),
    panels(results, classSets, 'accuracy', 'accuracy', top),
    panels(results, numberSets, 'r2', 'R²', top + upper),
    '</svg>\n',
  ].join('\n');
}

const heightOf = (sets: readonly SetFacts[]): number => (sets.length > 0 ? sets.length * rowHeight + 62 : 0);

function legend(y: number): string[] {
  return methods.map((method, k) => {
    const x = 20 + k * 140;
    return `<circle cx="${x + 5}" cy="${y}" r="5" fill="${colours[method]}"/>${label(x + 16, y + 4, titles[method])}`;
  });
}

function panels(results: Results, sets: readonly SetFacts[], metric: Metric, title: string, y: number): string {
  if (sets.length === 0) return '';
  const dots = sets.flatMap(({ name }) => methods.flatMap((method) => dotOf(results, name, method, metric)));
  const domain = sets.map(({ name }) => name);
  const rules = Plot.ruleY(domain, { stroke: palette.faint });
  const frame = { height: heightOf(sets), marginTop: 14, marginBottom: 44, marginRight: 12 };
  const x = { labelAnchor: 'center', labelArrow: 'none' } as const;
  const left = plotted(
    {
      ...frame,
      width: names + scores,
      marginLeft: names,
      x: { ...x, label: title, nice: true },
      y: { domain, label: null, tickSize: 0 },
      marks: [rules, ...methods.flatMap((method, k) => scoreMarks(dots, method, offset(k)))],
    },
    20,
    y,
  );
  const right = plotted(
    {
      ...frame,
      width: times,
      marginLeft: 20,
      // the last label is wider than the margin of the scores
      marginRight: 20,
      x: {
        ...x,
        label: 'CPU seconds',
        type: 'log',
        domain: [0.03, 1000],
        ticks: decades,
        tickFormat: (v: number) => `${v}`,
      },
      y: { domain, axis: null },
      marks: [rules, ...methods.map((method, k) => timeMark(dots, method, offset(k)))],
    },
    20 + names + scores,
    y,
  );
  return left + right;
}

const decades = [0.1, 1, 10, 100, 1000];

/** Methods stand a little above and below each other, so that equal scores stay visible. */
const offset = (k: number): number => (k - (methods.length - 1) / 2) * 3.6;

function scoreMarks(dots: readonly Dot[], method: Method, dy: number): Plot.Markish[] {
  const own = dots.filter((dot) => dot.method === method);
  const stroke = colours[method];
  return [
    Plot.link(own, { y1: 'set', y2: 'set', x1: 'low', x2: 'high', stroke, strokeWidth: 1.4, dy }),
    Plot.dot(own, { y: 'set', x: 'at', r: 3.6, fill: stroke, dy }),
  ];
}

function timeMark(dots: readonly Dot[], method: Method, dy: number): Plot.Markish {
  const own = dots.filter((dot) => dot.method === method);
  return Plot.dot(own, { y: 'set', x: 'seconds', r: 3.6, fill: colours[method], dy });
}

function dotOf(results: Results, set: string, method: Method, metric: Metric): Dot[] {
  const summary = summaryOf(byFold(results.rows, set, method, metric, results.head.protocol.outer));
  const spent = secondsOf(results, set, method);
  if (summary === null || spent === null) return [];
  const { mean, standardError } = summary;
  const seconds = spent.tune + spent.refit;
  return [{ set, method, at: mean, low: mean - standardError, high: mean + standardError, seconds }];
}
