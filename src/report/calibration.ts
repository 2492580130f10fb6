import * as Plot from '@observablehq/plot';
import { type Fragment, palette, type Size, thinned } from './canvas.js';
import type { BinaryFit } from './data.js';
import type { Panel } from './panel.js';
import { plotted } from './plotted.js';
import { plural, shortened } from './text.js';

interface Probable {
  readonly probability: number;
  readonly positive: boolean;
}

/** Rows of like probability. */
export interface CalibrationBin {
  readonly rows: number;
  readonly meanProbability: number;
  /** Share that is of the positive class. */
  readonly share: number;
  /** 95 % interval of the share (Wilson's). */
  readonly low: number;
  readonly high: number;
}

/** Whether probabilities keep what they say: predicted against observed share of the positive class. */
export function calibrationPanel(data: BinaryFit): Panel {
  const rows = probableRows(data);
  const bins = calibrationBins(rows);
  const brier = rows.reduce((sum, { probability, positive }) => sum + (probability - Number(positive)) ** 2, 0);
  return {
    title: 'Calibration of the probabilities',
    remark: `${plural(rows.length, `${data.rows} row`)} in ${plural(bins.length, 'group')}, bars: 95 % intervals; Brier score ${(brier / rows.length).toFixed(3)}`,
    legend: [],
    draw: (size) => drawn(data, rows, bins, size),
  };
}

export const probableRows = ({ points }: BinaryFit): Probable[] =>
  points.flatMap(({ probability, positive }) => (probability === undefined ? [] : [{ probability, positive }]));

const leastRows = 15;
const mostBins = 10;

/** At most ten groups of equally many rows, at least 15 each, in order of probability; equal probabilities stay together. */
export function calibrationBins(points: readonly Probable[]): CalibrationBin[] {
  const sorted = [...points].sort((a, b) => a.probability - b.probability);
  const count = Math.max(1, Math.min(mostBins, Math.floor(sorted.length / leastRows)));
  const bins: CalibrationBin[] = [];
  for (let k = 0, from = 0; k < count && from < sorted.length; k++) {
    let to = k === count - 1 ? sorted.length : Math.max(from + 1, Math.round(((k + 1) * sorted.length) / count));
    while (to < sorted.length && sorted[to].probability === sorted[to - 1].probability) to++;
    bins.push(binOf(sorted.slice(from, to)));
    from = to;
  }
  return bins;
}

function binOf(rows: readonly Probable[]): CalibrationBin {
  const n = rows.length;
  const share = rows.filter(({ positive }) => positive).length / n;
  const z = 1.959964;
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  const meanProbability = rows.reduce((sum, { probability }) => sum + probability, 0) / n;
  return { rows: n, meanProbability, share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

const inPercent = (share: number): string => `${Math.round(100 * share)} %`;

function drawn(
  { classes }: BinaryFit,
  rows: readonly Probable[],
  bins: readonly CalibrationBin[],
  { width, height }: Size,
): Fragment {
  const name = shortened(classes[1], 24);
  return plotted({
    width,
    height,
    marginLeft: 58,
    marginBottom: 42,
    marginTop: 10,
    marginRight: 16,
    x: {
      domain: [0, 1],
      label: `predicted probability of ${name}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: 5,
      tickFormat: inPercent,
      grid: true,
    },
    y: {
      domain: [-0.05, 1.05],
      label: `share that is ${name}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: [0, 0.2, 0.4, 0.6, 0.8, 1],
      tickFormat: inPercent,
      grid: true,
    },
    marks: [
      Plot.line(
        [
          [0, 0],
          [1, 1],
        ],
        { stroke: palette.quiet, strokeDasharray: '5 4' },
      ),
      rugOf(rows, false),
      rugOf(rows, true),
      Plot.ruleX(bins, { x: 'meanProbability', y1: 'low', y2: 'high', stroke: palette.blue, strokeWidth: 1.6 }),
      Plot.line(bins, { x: 'meanProbability', y: 'share', stroke: palette.blue, strokeWidth: 1.6 }),
      Plot.dot(bins, { x: 'meanProbability', y: 'share', r: 4, fill: palette.blue }),
    ],
  });
}

/** Rows of one class as short strokes at the edge they belong to. */
const rugOf = (rows: readonly Probable[], positive: boolean): Plot.Markish =>
  Plot.ruleX(
    thinned(
      rows.filter((row) => row.positive === positive),
      400,
    ),
    {
      x: 'probability',
      y1: positive ? 1.02 : -0.05,
      y2: positive ? 1.05 : -0.02,
      stroke: positive ? palette.orange : palette.blue,
      strokeOpacity: 0.6,
    },
  );
