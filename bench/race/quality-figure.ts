import * as Plot from '@observablehq/plot';
import { documentOf, label, palette } from '../../src/report/canvas.js';
import { dataSet } from '../speed/row.js';
import { excessPlot } from './excess-plot.js';
import type { QualityRow } from './quality.js';

const [panel, height, left] = [330, 260, 20];
const peers = ['adam-500', 'adam-500-lr-1e-2', 'lbfgs-500', 'lbfgs-100', 'sklearn-lbfgs-500', 'sklearn-adam-500'];
const colours = [
  palette.orange,
  palette.classes[4],
  palette.green,
  palette.classes[7],
  palette.classes[3],
  palette.classes[6],
];
const floor = 1e-8;

/** A panel for each problem: excess over the least objective that anybody shows, over CPU seconds. */
export function qualityFigure(rows: readonly QualityRow[]): string {
  const cases = [...new Set(rows.map((row) => `${dataSet(row.problem)}, λ = ${row.lambda}`))];
  const panels = cases.map((name, at) => {
    const [x, y] = [left + (at % 3) * (panel + 10), 72 + Math.floor(at / 3) * (height + 30)];
    const own = rows.filter((row) => `${dataSet(row.problem)}, λ = ${row.lambda}` === name);
    return label(x + 50, y, name, { weight: 600 }) + plotOf(own, x, y + 6);
  });
  const legend = ['Relucent', ...peers].map((name, at) => {
    const x = left + 55 + at * 135;
    return `<rect x="${x}" y="33" width="10" height="10" fill="${[palette.blue, ...colours][at]}"/>${label(x + 15, 42, name)}`;
  });
  const title = 'Objective of the network: excess over the least that anybody shows, over CPU seconds';
  const size = {
    width: Math.max(1030, 2 * left + Math.min(3, cases.length) * (panel + 10)),
    height: 72 + Math.ceil(cases.length / 3) * (height + 30),
  };
  return documentOf(
    size,
    title,
    label(left + 50, 20, title, { size: 15, weight: 600 }) + legend.join('') + panels.join('\n'),
  );
}

function plotOf(own: readonly QualityRow[], x: number, y: number): string {
  const least = Math.min(...own.flatMap(({ history }) => history.map(([, objective]) => objective)));
  const points = (row: QualityRow) =>
    row.history.map(([seconds, objective]) => ({ seconds, excess: Math.max(floor, (objective - least) / least) }));
  const marks = [
    ...peers.map((name, at) =>
      Plot.line(
        own
          .filter((row) => row.name === name)
          .flatMap(points)
          .filter(({ excess }) => excess <= 1),
        { x: 'seconds', y: 'excess', stroke: colours[at], strokeWidth: 1.5 },
      ),
    ),
    Plot.dot(own.filter((row) => row.name === 'ours').flatMap(points), {
      x: 'seconds',
      y: 'excess',
      fill: palette.blue,
      r: 6,
      symbol: 'star',
    }),
  ];
  const excess = { domain: [floor, 1], ticks: [1e-8, 1e-6, 1e-4, 1e-2, 1] } as const;
  return excessPlot(marks, { width: panel, height, seconds: [0.01, 100], excess, x, y });
}
