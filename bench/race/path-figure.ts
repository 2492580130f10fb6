import * as Plot from '@observablehq/plot';
import { documentOf, label, palette } from '../../src/report/canvas.js';
import { excessPlot } from './excess-plot.js';
import type { PathPoint } from './path-page.js';

const [panel, height, left] = [330, 280, 20];

const groups = [
  { name: 'Relucent', test: /^ours/, fill: palette.blue },
  { name: 'adelie', test: /adelie/, fill: palette.orange },
  { name: 'pyscnn', test: /scnn/, fill: palette.green },
  { name: 'skglm', test: /skglm/, fill: palette.classes[4] },
  { name: 'celer', test: /celer/, fill: palette.classes[3] },
] as const;

/** A panel for each program: largest excess along the path over seconds, a line through each solver's tolerances. */
export function pathFigure(cases: readonly PathPoint[][]): string {
  const panels = cases.map((all, at) => {
    const [x, y] = [left + (at % 4) * (panel + 10), 70 + Math.floor(at / 4) * (height + 30)];
    const [{ row }] = all;
    return (
      label(x + 50, y, `${row.program === 'relu' ? 'ReLU' : 'gated'}, ${row.problem}`, { weight: 600 }) +
      plotOf(all, x, y + 6)
    );
  });
  const width = 2 * left + Math.min(4, cases.length) * (panel + 10);
  const bottom = 70 + Math.ceil(cases.length / 4) * (height + 30);
  const legend = groups.map(
    ({ name, fill }, at) =>
      `<circle cx="${left + 55 + at * 110}" cy="40" r="4.5" fill="${fill}"/>${label(left + 65 + at * 110, 44, name)}`,
  );
  const title = 'Paths of 100 λ: largest excess of the objective over CPU seconds';
  return documentOf(
    { width, height: bottom },
    title,
    label(left + 50, 20, title, { size: 15, weight: 600 }) + legend.join('') + panels.join('\n'),
  );
}

function plotOf(all: readonly PathPoint[], x: number, y: number): string {
  const points = groups.flatMap(({ name, test, fill }) =>
    all
      .filter(({ row, excess }) => test.test(row.name) && row.seconds !== null && excess !== null)
      .map(({ row, excess }) => ({
        name,
        fill,
        seconds: row.seconds as number,
        excess: Math.max(excess as number, 1e-10),
      }))
      .sort((a, b) => a.seconds - b.seconds),
  );
  const marks = groups.flatMap(({ name, fill }) => {
    const own = points.filter((point) => point.name === name);
    return [
      Plot.line(own, { x: 'seconds', y: 'excess', stroke: fill, strokeWidth: name === 'Relucent' ? 2.5 : 1.4 }),
      Plot.dot(own, { x: 'seconds', y: 'excess', fill, r: 4 }),
    ];
  });
  const excess = { domain: [1e-10, 10], ticks: [1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1] } as const;
  return excessPlot(marks, { width: panel, height, seconds: [0.01, 200], excess, x, y });
}
