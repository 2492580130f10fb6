import * as Plot from '@observablehq/plot';
import { axisNumber, axisTicks, extent, type Fragment, palette, type Size, thinned, tickMargin } from './canvas.js';
import type { CurveMap, MapData, PlaneMap } from './data.js';
import type { LegendEntry, Panel } from './panel.js';
import { plotted } from './plotted.js';
import { formatNumber, plural, shortened } from './text.js';

const mostPoints = 1200;

/** The network as a function of its one or two inputs, with the places where neurons switch. */
export const mapPanel = (data: MapData): Panel => (data.kind === 'curve' ? curvePanel(data) : planePanel(data));

const curvePanel = (data: CurveMap): Panel => ({
  title: 'The network as a function',
  remark: `dotted: the ${plural(insideKinks(data).length, 'place')} where a neuron switches`,
  legend: setsOf(data),
  draw: (size) => drawnCurve(data, size),
});

function insideKinks(data: CurveMap): number[] {
  const [low, high] = extent(
    data.curve.map((point) => point.x),
    0,
  );
  return data.kinks.filter((x) => x > low && x < high);
}

function drawnCurve(data: CurveMap, { width, height }: Size): Fragment {
  const [low, high] = extent(
    data.curve.map((point) => point.x),
    0,
  );
  const vertical = extent([...data.points, ...data.curve].map((point) => point.y));
  const marginLeft = tickMargin(vertical);
  return plotted({
    width,
    height,
    marginLeft,
    marginBottom: 42,
    marginTop: 8,
    marginRight: 14,
    x: {
      domain: [low, high],
      ticks: axisTicks([low, high], width - marginLeft - 14),
      tickFormat: axisNumber,
      label: shortened(data.input, 40),
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: {
      domain: vertical,
      tickFormat: axisNumber,
      label: shortened(data.output, 40),
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
    },
    marks: [
      Plot.ruleX(insideKinks(data), { stroke: palette.quiet, strokeDasharray: '2 3' }),
      Plot.dot(
        thinned(
          data.points.filter((point) => !point.test),
          mostPoints,
        ),
        { x: 'x', y: 'y', r: 2.6, fill: palette.blue, fillOpacity: 0.5 },
      ),
      Plot.dot(
        thinned(
          data.points.filter((point) => point.test),
          mostPoints,
        ),
        { x: 'x', y: 'y', r: 3.4, stroke: palette.orange, strokeWidth: 1.5 },
      ),
      Plot.line(data.curve, { x: 'x', y: 'y', stroke: palette.ink, strokeWidth: 2.4 }),
    ],
  });
}

const setsOf = (data: CurveMap): LegendEntry[] => [
  { name: 'training', fill: palette.blue },
  ...(data.points.some((point) => point.test) ? [{ name: 'test', fill: palette.orange, mark: 'ring' } as const] : []),
];

type Ends = readonly [number, number, number, number];

function planePanel(data: PlaneMap): Panel {
  const inside = data.lines.map((line) => clipped(line, data.x, data.y)).filter((ends) => ends !== null);
  return {
    title: data.holds === 'value' ? 'The network over its two inputs' : 'Decisions over the two inputs',
    remark: planeRemark(data, inside.length),
    legend: planeLegend(data),
    draw: (size) => drawnPlane(data, inside, size),
  };
}

function drawnPlane(data: PlaneMap, inside: readonly Ends[], { width, height }: Size): Fragment {
  const marginLeft = tickMargin(data.y);
  return plotted({
    width,
    height,
    marginLeft,
    marginBottom: 42,
    marginTop: 8,
    marginRight: 14,
    x: {
      domain: data.x,
      ticks: axisTicks(data.x, width - marginLeft - 14),
      tickFormat: axisNumber,
      label: shortened(data.inputs[0], 40),
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    y: {
      domain: data.y,
      tickFormat: axisNumber,
      label: shortened(data.inputs[1], 40),
      labelAnchor: 'center',
      labelArrow: 'none',
    },
    color: colours(data),
    marks: [
      ...ground(data),
      // The contour at 0 closes along the edge; the white frame hides that.
      Plot.frame({ stroke: 'white', strokeWidth: 3 }),
      Plot.link(inside, { x1: '0', y1: '1', x2: '2', y2: '3', stroke: 'white', strokeWidth: 2.4, strokeOpacity: 0.7 }),
      Plot.link(inside, {
        x1: '0',
        y1: '1',
        x2: '2',
        y2: '3',
        stroke: palette.ink,
        strokeWidth: 0.9,
        strokeDasharray: '2 3',
      }),
      ...dots(data),
      Plot.frame({ stroke: palette.quiet }),
    ],
  });
}

function planeRemark(data: PlaneMap, count: number): string {
  const dotted = `dotted: the ${plural(count, 'line')} where a neuron switches`;
  if (data.holds !== 'value') return data.holds === 'score' ? `${dotted}; thick: score 0` : dotted;
  const [low, high] = extent(Array.from(data.values), 0);
  return `colour: ${shortened(data.output, 24)}, ${formatNumber(low, 3)} (dark) to ${formatNumber(high, 3)} (light); ${dotted}`;
}

const planeLegend = ({ classes }: PlaneMap): LegendEntry[] =>
  classes.length > 4
    ? []
    : classes.map((name, k) => ({ name, fill: palette.classes[k % palette.classes.length], mark: markOfGroup(k) }));

function colours(data: PlaneMap): Plot.ScaleOptions {
  if (data.holds === 'class') return { type: 'identity' };
  if (data.holds === 'value') return { type: 'linear', scheme: 'Viridis' };
  const most = Math.max(...Array.from(data.values, Math.abs)) || 1;
  // Two pale colours that meet in white, so that the points of both classes stand out from either side.
  return { type: 'linear', domain: [-most, 0, most], range: ['#7fb8de', '#ffffff', '#f0a878'], interpolate: 'rgb' };
}

function ground(data: PlaneMap): Plot.Markish[] {
  if (data.holds === 'class')
    return [
      Plot.rect(bands(data), { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2', fill: 'colour', shapeRendering: 'crispEdges' }),
    ];
  const grid = {
    width: data.size[0],
    height: data.size[1],
    x1: data.x[0],
    x2: data.x[1],
    y1: data.y[0],
    y2: data.y[1],
  };
  const fill = Plot.contour(Array.from(data.values), { ...grid, fill: Plot.identity, thresholds: 24, stroke: 'none' });
  if (data.holds === 'value') return [fill];
  return [
    fill,
    Plot.contour(Array.from(data.values), {
      ...grid,
      fill: 'none',
      stroke: palette.ink,
      strokeWidth: 2.2,
      thresholds: [0],
    }),
  ];
}

interface Band {
  readonly x1: number;
  x2: number;
  readonly y1: number;
  readonly y2: number;
  readonly colour: string;
}

/** The grid row by row, neighbours of one class as one rectangle. */
function bands({ x, y, size: [nx, ny], values }: PlaneMap): Band[] {
  const [dx, dy] = [(x[1] - x[0]) / nx, (y[1] - y[0]) / ny];
  const result: Band[] = [];
  for (let at = 0; at < nx * ny; at++) {
    const [i, j] = [at % nx, Math.floor(at / nx)];
    const x2 = x[0] + (i + 1) * dx;
    if (i > 0 && values[at] === values[at - 1]) result[result.length - 1].x2 = x2;
    else
      result.push({
        x1: x[0] + i * dx,
        x2,
        y1: y[0] + j * dy,
        y2: y[0] + (j + 1) * dy,
        colour: pale(palette.classes[values[at] % palette.classes.length]),
      });
  }
  return result;
}

/** The colour a third as strong, on white. */
function pale(colour: string): string {
  const parts = [1, 3, 5].map((at) => Math.round(255 - (255 - Number.parseInt(colour.slice(at, at + 2), 16)) * 0.33));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function dots(data: PlaneMap): Plot.Markish[] {
  const groups = Math.max(1, data.classes.length);
  return Array.from({ length: groups }, (_, k) => {
    const fill = data.classes.length === 0 ? palette.ink : palette.classes[k % palette.classes.length];
    return Plot.dot(
      thinned(
        data.points.filter((point) => point.group === k),
        mostPoints,
      ),
      {
        x: 'x',
        y: 'y',
        r: 3,
        symbol: markOfGroup(k) === 'dot' ? 'circle' : markOfGroup(k),
        fill,
        stroke: 'white',
        strokeWidth: 0.7,
      },
    );
  });
}

/** Shapes tell the classes apart in grey print. */
const markOfGroup = (k: number): 'dot' | 'triangle' | 'square' => (['dot', 'triangle', 'square'] as const)[k % 3];

/** The part of a·x + b·y + c = 0 inside the box as x1, y1, x2, y2; null when the line misses it. */
export function clipped(
  [a, b, c]: readonly [number, number, number],
  x: readonly [number, number],
  y: readonly [number, number],
): [number, number, number, number] | null {
  const hits: [number, number][] = [];
  if (b !== 0) for (const at of x) hits.push([at, -(a * at + c) / b]);
  if (a !== 0) for (const at of y) hits.push([-(b * at + c) / a, at]);
  const slack = 1e-9;
  const within = (value: number, [low, high]: readonly [number, number]): boolean =>
    value >= low - slack * (high - low) && value <= high + slack * (high - low);
  const inside = hits.filter(([px, py]) => within(px, x) && within(py, y));
  if (inside.length < 2) return null;
  const distance = ([px, py]: [number, number]): number =>
    Math.abs(px - inside[0][0]) / (x[1] - x[0]) + Math.abs(py - inside[0][1]) / (y[1] - y[0]);
  const farthest = inside.reduce((best, point) => (distance(point) > distance(best) ? point : best));
  return distance(farthest) > slack ? [...inside[0], ...farthest] : null;
}
