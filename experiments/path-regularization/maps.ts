import * as Plot from '@observablehq/plot';
import { documentOf, type Fragment, label, moved, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import type { Labelled } from '../optimal-sets/uci.js';
import { curves as curvePanel, legend, type Series } from '../shared/figure.js';

/** A function on the square [−reach, reach]², cell by cell, row by row from below. */
export interface PlaneValues {
  readonly title: string;
  readonly remark: string;
  readonly cells: number;
  readonly scores: Float64Array;
}

export interface MapFigure {
  readonly data: Labelled;
  readonly maps: readonly { readonly title: string; readonly planes: readonly PlaneValues[] }[];
  readonly curves: readonly { readonly title: string; readonly series: readonly Series[] }[];
  readonly reach: number;
  readonly n: number;
  readonly width: number;
}

const side = 290;
const gap = 18;
const head = 50;
const rowHeight = 30 + side + 40;

/** Rows of maps with one colour scale and the same axes, then curves against λ. */
export function mapFigure({ data, maps, curves, reach, n, width }: MapFigure): string {
  const columns = Math.max(...maps.map(({ planes }) => planes.length));
  const total = 24 + columns * side + (columns - 1) * gap;
  const most = Math.max(1, ...maps.flatMap(({ planes }) => planes.map(({ scores }) => largest(scores))));
  const drawn = maps.map(({ title, planes }, r) =>
    moved(
      12,
      head + r * rowHeight,
      label(0, 14, title, { size: 13, weight: 600 }) +
        planes.map((plane, k) => moved(k * (side + gap), 24, map(plane, data, reach, most))).join(''),
    ),
  );
  const below = head + maps.length * rowHeight;
  const curveWidth = (total - 24 - gap) / 2;
  const lines = curves.map(({ title, series }, k) =>
    moved(12 + k * (curveWidth + gap), below + 20, curve(title, series, curveWidth)),
  );
  const title =
    label(12, 22, 'A two-class spiral: globally trained networks', { size: 16, weight: 600 }) +
    label(
      12,
      40,
      `n = ${n}, squared loss on −1/+1, m₁ = ${width}; colour: the function, from −${most.toFixed(1)} (blue) over 0 (white) to ${most.toFixed(1)} (orange); thick line: 0`,
      { size: 12, fill: palette.quiet },
    );
  const key = moved(12, below + 8, legend(curves[0].series, 0, 4));
  const size = { width: total, height: below + 20 + 240 };
  return documentOf(
    size,
    'A two-class spiral: globally trained networks',
    title + drawn.join('') + key + lines.join(''),
  );
}

const largest = (values: Float64Array): number => values.reduce((most, t) => Math.max(most, Math.abs(t)), 0);

function map({ title, remark, cells, scores }: PlaneValues, { X, y }: Labelled, reach: number, most: number): Fragment {
  const grid = { width: cells, height: cells, x1: -reach, x2: reach, y1: -reach, y2: reach };
  const points = Array.from(y, (value, i) => ({ x: X.data[2 * i], y: X.data[2 * i + 1], value }));
  const values = Array.from(scores);
  const picture = plotted(
    {
      ...{ width: side, height: side, marginLeft: 36, marginBottom: 22, marginTop: 4, marginRight: 4 },
      x: { domain: [-reach, reach], ticks: [-2, -1, 0, 1, 2], label: null },
      y: { domain: [-reach, reach], ticks: [-2, -1, 0, 1, 2], label: null },
      color: { type: 'linear', domain: [-most, 0, most], range: ['#3f8fc4', '#ffffff', '#e8833a'], interpolate: 'rgb' },
      marks: [
        Plot.contour(values, { ...grid, fill: Plot.identity, thresholds: 14, stroke: 'none' }),
        Plot.contour(values, { ...grid, fill: 'none', stroke: palette.ink, strokeWidth: 2, thresholds: [0] }),
        Plot.frame({ stroke: 'white', strokeWidth: 3 }),
        Plot.dot(points, {
          ...{ x: 'x', y: 'y', r: 3.2, stroke: 'white', strokeWidth: 0.8 },
          fill: ({ value }: { value: number }) => (value < 0 ? palette.blue : palette.orange),
        }),
        Plot.frame({ stroke: palette.quiet }),
      ],
    },
    0,
    30,
  );
  return label(2, 10, title, { size: 12 }) + label(2, 25, remark, { size: 11, fill: palette.quiet }) + picture;
}

function curve(title: string, series: readonly Series[], width: number): Fragment {
  return (
    label(2, 10, title, { size: 12 }) +
    curvePanel({ title, xLabel: 'log₁₀ λ', series }, width, 200, 16).replace('<svg ', '<svg overflow="visible" ')
  );
}
