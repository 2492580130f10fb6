import * as Plot from '@observablehq/plot';
import {
  axisNumber,
  axisTicks,
  extent,
  type Fragment,
  label,
  palette,
  type Size,
  textWidth,
  tickMargin,
} from './canvas.js';
import { formatMeasure, measureAxis, plainMeasure } from './measures.js';
import { groupStyle, type LegendEntry, type Panel } from './panel.js';
import { plotted } from './plotted.js';
import type { PruneData, PrunePoint } from './prune-data.js';
import { formatNumber, plural } from './text.js';

/** The measure over the number of neurons, a line for each method; `part` says on which rows. */
export function prunePanel(data: PruneData, part: 'train' | 'test'): Panel {
  const rows = data.rows[part];
  return {
    title: part === 'train' ? 'On the training rows' : 'On the test rows',
    remark: `${data.measure.name}, ${data.measure.better} is better; ${plural(rows, 'row')}`,
    legend: data.lines.map(({ name }, k): LegendEntry => ({ name, mark: 'line', ...styleOf(k) })),
    draw: (size) => drawn(data, part, size),
  };
}

const styleOf = (k: number): { fill: string; dash: string } => groupStyle(k);

function drawn(data: PruneData, part: 'train' | 'test', { width, height }: Size): Fragment {
  const { measure } = data;
  const scoreAt = (point: PrunePoint): number => point[part] ?? Number.NaN;
  const lines = data.lines.map(({ points }) => points.filter((point) => Number.isFinite(scoreAt(point))));
  const domain = extent(lines.flat().map(scoreAt));
  const most = Math.max(1, ...lines.flat().map(({ neurons }) => neurons));
  const factor = measure.form === 'percent' ? 100 : 1;
  const marginLeft = tickMargin([factor * domain[0], factor * domain[1]]);
  const [marginRight, marginTop, marginBottom] = [14, 24, 42];
  const inner = width - marginLeft - marginRight;
  const place = (neurons: number): number => marginLeft + (inner * neurons) / most;
  const body = plotted({
    width,
    height,
    ...{ marginLeft, marginRight, marginTop, marginBottom },
    x: {
      domain: [0, most],
      ticks: axisTicks([0, most], inner).filter(Number.isInteger),
      tickFormat: axisNumber,
      label: 'neurons',
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: {
      domain,
      grid: true,
      ticks: height > 300 ? 7 : 5,
      tickFormat: (value: number) => (measure.form === 'percent' ? plainMeasure(value, measure, 3) : axisNumber(value)),
      label: measureAxis(measure),
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    marks: [
      Plot.frame({ stroke: palette.faint }),
      Plot.ruleX(
        marksOf(data).map(([neurons]) => neurons),
        { stroke: palette.ink, strokeWidth: 1.3, strokeDasharray: '1.5 3.5' },
      ),
      // the first method last, over the others
      ...lines.map((points, k) => lineOf(points, k, scoreAt)).reverse(),
      ...chosenDot(data, part, scoreAt),
    ],
  });
  return body + markNames(data, place, width);

  function lineOf(points: readonly PrunePoint[], k: number, y: (point: PrunePoint) => number): Plot.Markish {
    const { fill, dash } = styleOf(k);
    return Plot.line(points, {
      x: 'neurons',
      y,
      stroke: fill,
      strokeWidth: k === 0 ? 2.4 : 1.6,
      strokeDasharray: dash || undefined,
      title: () =>
        `${data.lines[k].name}: ${formatMeasure(y(points[0]), measure)} with ${plural(points[0].neurons, 'neuron')}`,
    });
  }
}

/** Widths to point out. */
function marksOf({ chosen, minimal }: PruneData): (readonly [number, string])[] {
  if (minimal === undefined || minimal === chosen.neurons) {
    return [
      [
        chosen.neurons,
        minimal === undefined ? `${formatNumber(chosen.neurons)} kept` : `${formatNumber(minimal)}: exact steps end`,
      ],
    ];
  }
  return [
    [chosen.neurons, `${formatNumber(chosen.neurons)} kept`],
    [minimal, `${formatNumber(minimal)}: exact steps end`],
  ];
}

function markNames(data: PruneData, place: (neurons: number) => number, width: number): Fragment {
  return marksOf(data)
    .map(([neurons, name], row) => {
      const wide = textWidth(name, 11) / 2;
      const x = Math.min(Math.max(place(neurons), wide), width - wide);
      return label(x, row === 0 ? 18 : 8, name, { size: 11, weight: 600, anchor: 'middle' });
    })
    .join('');
}

function chosenDot(
  { lines, chosen, measure }: PruneData,
  part: 'train' | 'test',
  scoreAt: (point: PrunePoint) => number,
): Plot.Markish[] {
  const k = lines.findIndex(({ name }) => name === chosen.method);
  const point = lines[k]?.points.find(({ neurons }) => neurons === chosen.neurons);
  if (point === undefined || point[part] === undefined) return [];
  const title = (): string => `${plural(point.neurons, 'neuron')}: ${formatMeasure(scoreAt(point), measure)}`;
  return [
    Plot.dot([point], {
      x: 'neurons',
      y: scoreAt,
      r: 5,
      stroke: styleOf(k).fill,
      strokeWidth: 2,
      fill: 'white',
      title,
    }),
  ];
}
