import * as Plot from '@observablehq/plot';
import { axisNumber, axisTicks, extent, type Fragment, palette, type Size, thinned, tickMargin } from './canvas.js';
import type { RegressionFit, RegressionPoint } from './data.js';
import type { LegendEntry, Panel } from './panel.js';
import { plotted } from './plotted.js';
import { formatNumber, shortened } from './text.js';

/** More points than this say no more to an eye and make a heavy file. */
const mostPoints = 1200;

/** Predicted against true values: on the diagonal the network is right. */
export function regressionPanel(data: RegressionFit): Panel {
  const [shown, note] = chosen(data.points);
  return {
    title: 'Predicted against true',
    remark: [data.scores, note].filter(Boolean).join(' · '),
    legend: setsOf(shown),
    draw: (size) => scatter(data, shown, size),
  };
}

/** Legend of the sets that are shown. */
export const setsOf = (shown: readonly RegressionPoint[]): LegendEntry[] => [
  { name: 'training', fill: palette.blue },
  ...(shown.some((point) => point.test) ? [{ name: 'test', fill: palette.orange, mark: 'ring' } as const] : []),
];

/** The target with its unit. */
export const named = ({ target, unit }: RegressionFit): string =>
  `${shortened(target, 32)}${unit === undefined ? '' : ` (${shortened(unit, 12)})`}`;

function scatter(data: RegressionFit, shown: readonly RegressionPoint[], { width, height }: Size): Fragment {
  const domain = extent(data.points.flatMap((point) => [point.truth, point.predicted]));
  const marginLeft = tickMargin(domain);
  return plotted({
    width,
    height,
    marginLeft,
    marginBottom: 42,
    marginTop: 8,
    marginRight: 16,
    x: {
      domain,
      label: `true ${named(data)}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ticks: axisTicks(domain, width - marginLeft - 16),
      tickFormat: axisNumber,
    },
    y: {
      domain,
      label: `predicted ${named(data)}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ticks: 6,
      tickFormat: axisNumber,
    },
    marks: [
      Plot.line(
        [
          { x: domain[0], y: domain[0] },
          { x: domain[1], y: domain[1] },
        ],
        { x: 'x', y: 'y', stroke: palette.quiet, strokeDasharray: '5 4' },
      ),
      Plot.dot(
        shown.filter((point) => !point.test),
        { x: 'truth', y: 'predicted', r: 2.6, fill: palette.blue, fillOpacity: 0.55 },
      ),
      Plot.dot(
        shown.filter((point) => point.test),
        { x: 'truth', y: 'predicted', r: 3.4, stroke: palette.orange, strokeWidth: 1.5 },
      ),
    ],
  });
}

/** The points to draw, and a remark when they are not all. */
export function chosen(points: readonly RegressionPoint[]): [readonly RegressionPoint[], string] {
  const shown = [
    ...thinned(
      points.filter((point) => !point.test),
      mostPoints,
    ),
    ...thinned(
      points.filter((point) => point.test),
      mostPoints,
    ),
  ];
  return [
    shown,
    shown.length < points.length ? `${formatNumber(shown.length)} of ${formatNumber(points.length)} rows shown` : '',
  ];
}
