import * as Plot from '@observablehq/plot';
import { type Fragment, label, moved, palette, type Size, thinned } from './canvas.js';
import { classesPanel, confusion } from './classes.js';
import type { BinaryFit, ClassesFit } from './data.js';
import type { Panel } from './panel.js';
import { plotted } from './plotted.js';
import { formatNumber, shortened } from './text.js';

interface Bin {
  readonly from: number;
  readonly to: number;
  /** Rows of the positive class above the axis, of the other below it. */
  readonly above: number;
  readonly below: number;
}

/** Scores of both classes, back to back around the decision at 0, the ROC curve and, where there is room, the decisions. */
export const binaryPanel = (data: BinaryFit): Panel => ({
  title: 'How well the classes are told apart',
  remark: [data.scores, `${data.rows} rows drawn`].filter(Boolean).join(' · '),
  legend: [
    { name: data.classes[0], fill: palette.blue },
    { name: data.classes[1], fill: palette.orange },
  ],
  draw: (size) => (size.height > 380 ? tall(data, size) : wide(data, size)),
});

/** The histogram of scores alone. */
export const scorePanel = (data: BinaryFit): Panel => ({
  ...binaryPanel(data),
  title: 'Scores of both classes',
  draw: (size) => histogram(data, size),
});

/** The ROC curve alone. */
export const rocPanel = (data: BinaryFit): Panel => ({
  title: 'ROC curve',
  remark: `all thresholds of the score · ${data.rows} rows`,
  legend: [],
  draw: (size) => rocCurve(data, size),
});

/** The confusion matrix alone. */
export const decisionPanel = (data: BinaryFit): Panel => ({
  ...classesPanel(decisionCounts(data)),
  title: 'Decisions at score 0',
});

function wide(data: BinaryFit, { width, height }: Size): Fragment {
  const side = Math.min(0.4 * width, height + 20);
  const left = width - side - 12;
  return histogram(data, { width: left, height }) + moved(left + 12, 0, rocCurve(data, { width: side, height }));
}

function tall(data: BinaryFit, { width, height }: Size): Fragment {
  const lower = Math.min(0.5 * height, 0.46 * width);
  const curve = lower - 8;
  const table = moved(curve + 30, 0, decisions(data, { width: width - curve - 30, height: lower }));
  return (
    histogram(data, { width, height: height - lower - 10 }) +
    moved(0, height - lower, rocCurve(data, { width: curve, height: lower }) + table)
  );
}

/** How many rows of each class fall on each side of score 0. */
function decisions(data: BinaryFit, { width, height }: Size): Fragment {
  return (
    label(0, 12, 'Decisions at score 0', { weight: 600 }) +
    moved(0, 14, confusion(decisionCounts(data), { width, height: height - 14 }))
  );
}

/** Decisions at score 0 as a confusion matrix. */
export function decisionCounts(data: BinaryFit): ClassesFit {
  const counts = [0, 1].map((truth) =>
    [0, 1].map(
      (said) =>
        data.points.filter(({ score, positive }) => Number(positive) === truth && Number(score > 0) === said).length,
    ),
  );
  return { ...data, kind: 'classes', counts };
}

function histogram(data: BinaryFit, { width, height }: Size): Fragment {
  const bins = scoreBins(data.points);
  const tallest = Math.max(1, ...bins.map((bin) => Math.max(bin.above, -bin.below)));
  return plotted({
    width,
    height,
    marginLeft: 48,
    marginBottom: 42,
    marginTop: 20,
    marginRight: 10,
    x: { label: `score (above 0: ${shortened(data.classes[1], 18)})`, labelAnchor: 'center', labelArrow: 'none' },
    y: {
      label: 'rows',
      labelAnchor: 'center',
      labelArrow: 'none',
      domain: [-tallest, tallest],
      grid: true,
      tickFormat: (value: number) => (Number.isInteger(value) ? formatNumber(Math.abs(value)) : ''),
    },
    marks: [
      Plot.rectY(bins, {
        x1: 'from',
        x2: 'to',
        y1: 0,
        y2: 'below',
        fill: palette.blue,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.rectY(bins, {
        x1: 'from',
        x2: 'to',
        y1: 0,
        y2: 'above',
        fill: palette.orange,
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.ruleY([0], { stroke: palette.ink }),
      Plot.ruleX([0], { stroke: palette.ink, strokeDasharray: '5 4' }),
    ],
  });
}

const binCount = 28;

/** Bins (from, to] of equal width over all scores, with an edge at the decision 0, so that no bar holds right and wrong rows. */
export function scoreBins(points: BinaryFit['points']): Bin[] {
  let low = 0;
  let high = 0;
  for (const { score } of points) {
    low = Math.min(low, score);
    high = Math.max(high, score);
  }
  const step = (high - low) / binCount || 1;
  const binOf = (score: number): number => Math.ceil(score / step) - 1;
  const first = binOf(low);
  const counts = Array.from({ length: binOf(high) - first + 1 }, (_, i) => ({
    from: (first + i) * step,
    to: (first + i + 1) * step,
    above: 0,
    below: 0,
  }));
  for (const { score, positive } of points) {
    const bin = counts[binOf(score) - first];
    if (positive) bin.above++;
    else bin.below--;
  }
  return counts;
}

function rocCurve(data: BinaryFit, { width, height }: Size): Fragment {
  const { curve, area } = roc(data.points);
  const top = 20;
  const side = width - 44 - 10;
  const body = Math.min(height, side + top + 42);
  const drawn = plotted({
    width,
    height: body,
    marginLeft: 44,
    marginBottom: 42,
    marginTop: top,
    marginRight: 10,
    x: {
      domain: [0, 1],
      label: 'false positive rate',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 5,
      grid: true,
    },
    y: { domain: [0, 1], label: 'true positive rate', labelAnchor: 'center', labelArrow: 'none', ticks: 5, grid: true },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: palette.quiet, strokeDasharray: '5 4' },
      ),
      Plot.line(thinned(curve, 600).concat([[1, 1]]), { stroke: palette.green, strokeWidth: 2.2 }),
    ],
  });
  const text = Number.isNaN(area) ? 'ROC needs both classes' : `ROC, area ${area.toFixed(3)}`;
  return moved(0, height - body, drawn + label(44, 12, text, { weight: 600 }));
}

/** Points (false positive rate, true positive rate) over all thresholds and the area below; ties share one step. */
export function roc(points: BinaryFit['points']): { curve: [number, number][]; area: number } {
  const sorted = [...points].sort((a, b) => b.score - a.score);
  const positives = points.filter((point) => point.positive).length;
  const negatives = points.length - positives;
  const curve: [number, number][] = [[0, 0]];
  let [hits, alarms, area] = [0, 0, 0];
  for (let i = 0; i < sorted.length; ) {
    const before = { hits, alarms };
    const { score } = sorted[i];
    for (; i < sorted.length && sorted[i].score === score; i++) {
      if (sorted[i].positive) hits++;
      else alarms++;
    }
    area += ((alarms - before.alarms) * (hits + before.hits)) / 2;
    curve.push([alarms / negatives, hits / positives]);
  }
  if (positives === 0 || negatives === 0) return { curve: [[0, 0]], area: Number.NaN };
  return { curve, area: area / (positives * negatives) };
}
