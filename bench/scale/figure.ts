import * as Plot from '@observablehq/plot';
import { fontFamily, label, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import { along } from './fit.js';
import { middle } from './plan.js';
import type { Exponents, Measurement, ScaleResults } from './types.js';

const [width, height, panel] = [1140, 430, 360];
const axes = [
  { size: 'n', title: 'rows n' },
  { size: 'd', title: 'columns d' },
  { size: 'patterns', title: 'patterns P' },
] as const;
const series = [
  { what: 'solve', title: 'solve to gap 1e-3', fill: palette.blue },
  { what: 'pass', title: 'price + proximal step + forward product at the solution', fill: palette.orange },
] as const;

/** CPU seconds of every solve of the grid over n·d·P, beside the line of slope 1 through the middle. */
export function productFigure({ grid, exponents }: ScaleResults): string {
  const points = grid.map((m) => ({
    at: (m.task.n * m.task.d * m.task.patterns) / 1e6,
    seconds: m.solve.cpu,
    size: axes.find(({ size }) => m.task[size] !== middle[size])?.title ?? 'the middle',
  }));
  const centre = (middle.n * middle.d * middle.patterns) / 1e6;
  const at = [...new Set(points.map((p) => p.at))];
  const line = [Math.min(...at), Math.max(...at)].map((x) => ({
    at: x,
    seconds: ((exponents.solve?.middle ?? Number.NaN) * x) / centre,
  }));
  const plot = plotted(
    {
      width: 620,
      height: 400,
      marginLeft: 52,
      marginBottom: 42,
      x: {
        type: 'log',
        label: 'n·d·P, millions',
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: at,
        tickFormat: String,
      },
      y: {
        type: 'log',
        label: 'CPU seconds',
        labelArrow: 'none',
        grid: true,
        tickFormat: String,
        ticks: decades([0.05, 100]),
      },
      marks: [
        Plot.line(line, { x: 'at', y: 'seconds', stroke: palette.quiet, strokeDasharray: '5,4' }),
        ...axes.flatMap(({ title }, k) => {
          const own = points.filter((p) => p.size === title || p.size === 'the middle').sort((a, b) => a.at - b.at);
          const colour = productColours[k];
          return [
            Plot.line(own, { x: 'at', y: 'seconds', stroke: colour, strokeWidth: 1.8 }),
            Plot.dot(own, { x: 'at', y: 'seconds', r: 4, fill: colour }),
          ];
        }),
      ],
    },
    20,
    76,
  );
  const names = axes.map(({ title }, k) => {
    const x = 20 + 130 * k;
    return `<circle cx="${x + 5}" cy="52" r="5" fill="${productColours[k]}"/>${label(x + 16, 56, `${title} varied`)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="660" height="490" viewBox="0 0 660 490" font-family="${fontFamily}">`,
    '<rect width="660" height="490" fill="white"/>',
    label(20, 30, 'Solve to gap 1e-3 over n·d·P (dashed: slope 1)', { size: 17, weight: 600 }),
    ...names,
    plot,
    '</svg>\n',
  ].join('\n');
}

const productColours = [palette.blue, palette.orange, palette.green] as const;

/** CPU seconds over each size, both on logarithmic axes, with the fitted exponents. */
export function scaleFigure({ grid, exponents }: ScaleResults): string {
  const pieces = axes.map(({ size, title }, k) => onePanel(grid, exponents, size, title, 20 + k * (panel + 15)));
  const names = series.map(({ title, fill }, k) => {
    const x = k === 0 ? 20 : 190;
    return `<circle cx="${x + 5}" cy="52" r="5" fill="${fill}"/>${label(x + 16, 56, title)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    label(20, 30, 'Cost of the sampled ReLU program: CPU seconds, one thread', { size: 17, weight: 600 }),
    ...names,
    ...pieces,
    '</svg>\n',
  ].join('\n');
}

function onePanel(
  grid: readonly Measurement[],
  exponents: ScaleResults['exponents'],
  size: (typeof axes)[number]['size'],
  title: string,
  x: number,
): string {
  const points = along(grid, size).flatMap((m) => [
    { at: m.task[size], seconds: m.solve.cpu, what: 'solve' },
    ...(m.pass ? [{ at: m.task[size], seconds: m.pass.cpu, what: 'pass' }] : []),
  ]);
  const seconds = grid.flatMap((m) => [m.solve.cpu, m.pass?.cpu ?? m.solve.cpu]);
  const domain = [0.7 * Math.min(...seconds), 1.5 * Math.max(...seconds)];
  const plot = plotted(
    {
      width: panel,
      height: height - 90,
      marginLeft: 52,
      marginBottom: 42,
      x: {
        type: 'log',
        label: title,
        labelAnchor: 'center',
        labelArrow: 'none',
        ticks: points.map((p) => p.at),
        tickFormat: String,
      },
      y: {
        type: 'log',
        domain,
        label: 'CPU seconds',
        labelArrow: 'none',
        grid: true,
        tickFormat: (v: number) => `${v}`,
        ticks: decades(domain),
      },
      marks: series.flatMap(({ what, fill }) => {
        const own = points.filter((p) => p.what === what);
        return [
          Plot.line(own, { x: 'at', y: 'seconds', stroke: fill, strokeWidth: 1.8 }),
          Plot.dot(own, { x: 'at', y: 'seconds', r: 4, fill }),
        ];
      }),
    },
    x,
    76,
  );
  const notes = series.map(({ what, fill }) => {
    const fitted = exponents[what];
    const y = what === 'solve' ? 106 : 126;
    return fitted ? label(x + 72, y, `~ ${title.at(-1)}^${exponentOf(fitted, size)}`, { fill, weight: 600 }) : '';
  });
  return plot + notes.join('');
}

/** The powers of ten within a domain. */
function decades([low, high]: readonly number[]): number[] {
  return [-4, -3, -2, -1, 0, 1, 2, 3].map((k) => Number(`1e${k}`)).filter((v) => v >= low && v <= high);
}

const exponentOf = (fitted: Exponents, size: 'n' | 'd' | 'patterns'): string => fitted[size].toFixed(2);
