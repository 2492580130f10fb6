import * as Plot from '@observablehq/plot';
import { documentOf, label, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import { gaps } from './arrival.js';
import { bestOf, secondsTo } from './two-layer-page.js';
import { families, type Program, type TwoLayerRow } from './two-layer-plan.js';

const [panel, height, margin] = [300, 250, 20];

interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly share: number;
}

/** For each time the share of cases that are within the gap by then: a staircase to the last arrival, drawn on to the end. */
function staircase(name: string, own: readonly TwoLayerRow[], all: readonly TwoLayerRow[], gap: number): Step[] {
  const times = own
    .map((row) => secondsTo(row, bestOf(row, all) as number, gap))
    .filter((t): t is number => t !== null)
    .sort((a, b) => a - b);
  const steps = times.map((seconds, at) => ({ name, seconds, share: (at + 1) / own.length }));
  const [first, last] = [steps[0], steps.at(-1)];
  return first && last ? [{ ...first, share: 0 }, ...steps, { ...last, seconds: end }] : [];
}

const [start, end] = [0.003, 100];

/** A panel for each gap: share of the programs solved over seconds, one thread. */
export function twoLayerFigure(program: Program, rows: readonly TwoLayerRow[]): string {
  const all = rows.filter((row) => row.program === program && row.threads === 1);
  const names = ['ours', ...families.filter((f) => f.program === program).map(({ name }) => name)];
  const shown = names.filter((name) => all.some((row) => row.name === name));
  const colour = (name: string): string => [palette.blue, ...others][shown.indexOf(name)] ?? palette.quiet;
  // ours on top; conic solvers in dashes, since there are more names than colours
  const drawn = [...shown].sort((a, b) => Number(a === 'ours') - Number(b === 'ours'));
  const panels = gaps.map((gap, at) => {
    const steps = shown.flatMap((name) =>
      staircase(
        name,
        all.filter((row) => row.name === name),
        all,
        gap,
      ),
    );
    const marks = drawn.map((name) =>
      Plot.line(
        steps.filter((step) => step.name === name),
        {
          x: 'seconds',
          y: 'share',
          curve: 'step-after',
          stroke: colour(name),
          strokeWidth: name === 'ours' ? 3 : 1.6,
          strokeDasharray: /cvxpy|CVXPY/.test(name) ? '4 2' : undefined,
        },
      ),
    );
    const x = margin + at * (panel + 10);
    return label(x + 45, 78, `within ${gap.toExponential(0)}`, { weight: 600 }) + plotted(optionsOf(marks), x, 84);
  });
  const width = 2 * margin + gaps.length * (panel + 10);
  const legend = shown.map((name, at) => {
    const [x, y] = [margin + 45 + (at % 5) * 210, 40 + Math.floor(at / 5) * 17];
    return `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colour(name)}"/>${label(x + 15, y, name === 'ours' ? 'Relucent' : name)}`;
  });
  const title = `${program === 'relu' ? 'ReLU' : 'Gated'} programs: share of the cases asked that are solved, over CPU seconds (one thread; ours warm, as the peers are)`;
  const parts = [label(margin + 45, 20, title, { size: 15, weight: 600 }), ...legend, ...panels];
  return documentOf({ width, height: height + 100 }, title, parts.join('\n'));
}

const others = [
  palette.orange,
  palette.classes[4],
  palette.green,
  palette.classes[3],
  palette.classes[5],
  palette.classes[7],
  palette.classes[6],
  palette.ink,
];

function optionsOf(marks: readonly Plot.Markish[]): Plot.PlotOptions {
  return {
    width: panel,
    height,
    marginLeft: 45,
    marginBottom: 38,
    x: {
      type: 'log',
      domain: [start, end],
      ticks: [0.01, 0.1, 1, 10, 100],
      tickFormat: (v: number) => `${v}`,
      label: 'CPU seconds',
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
    },
    y: { domain: [0, 1], ticks: 5, tickFormat: (v: number) => `${Math.round(100 * v)} %`, label: null, grid: true },
    marks: [...marks],
  };
}
