import * as Plot from '@observablehq/plot';
import { type Fragment, palette, type Size } from './canvas.js';
import { type LambdaFrame, lambdaDomain, lambdaScale, marginBottom, marginTop, neuronCounts } from './lambda-axis.js';
import type { LegendEntry, Panel } from './panel.js';
import type { PathData, PathPoint } from './path-data.js';
import { plotted } from './plotted.js';
import { formatGap, formatNumber } from './text.js';

type Scope = PathPoint['scope'];

/** Each scope its own shape and colour; the names say what is proved. */
const scopeMarks: Readonly<
  Record<Scope, LegendEntry & { readonly symbol: 'circle' | 'triangle' | 'square' | 'times' }>
> = {
  exact: { name: 'proved globally', fill: palette.blue, mark: 'dot', symbol: 'circle' },
  priced: { name: 'all directions searched', fill: palette.green, mark: 'triangle', symbol: 'triangle' },
  sampled: { name: 'over stated patterns', fill: palette.quiet, mark: 'square', symbol: 'square' },
  bound: { name: 'bound, gap open', fill: palette.orange, mark: 'cross', symbol: 'times' },
};

/** Float64 sees no smaller relative gap: those are drawn here. */
const floor = 1e-16;

/** The certified relative gap at every λ, beside the gap that was asked for. */
export function gapPanel(data: PathData): Panel {
  const points = data.points.filter(({ lambda, relativeGap }) => lambda > 0 && !Number.isNaN(relativeGap));
  const scopes = (Object.keys(scopeMarks) as Scope[]).filter((scope) => points.some((point) => point.scope === scope));
  const reached = points.filter(({ relativeGap }) => relativeGap <= data.tolerance).length;
  return {
    title: 'Certified gap along the path',
    remark: `at ${formatNumber(reached)} of ${formatNumber(points.length)} λ at most the ${formatGap(data.tolerance)} asked for`,
    legend: [
      ...scopes.map((scope) => scopeMarks[scope]),
      { name: `asked for ${formatGap(data.tolerance)}`, fill: palette.ink, mark: 'line', dash: '6 4' },
    ],
    draw: (size) => drawn(data, points, size),
  };
}

const seen = (gap: number): number => Math.min(1, Math.max(floor, gap));

function drawn(data: PathData, points: readonly PathPoint[], { width, height }: Size): Fragment {
  const gaps = [...points.map(({ relativeGap }) => seen(relativeGap)), data.tolerance];
  const [low, high] = [Math.max(floor, Math.min(...gaps) / 4), Math.min(3, Math.max(...gaps) * 5)];
  const frame: LambdaFrame = {
    width,
    height,
    marginLeft: 62,
    marginRight: 14,
    domain: lambdaDomain(points.map(({ lambda }) => lambda)),
  };
  const body = plotted({
    width,
    height,
    marginLeft: frame.marginLeft,
    marginRight: frame.marginRight,
    marginTop,
    marginBottom,
    x: lambdaScale(frame),
    y: {
      type: 'log',
      domain: [low, high],
      label: 'relative gap (primal − dual)/primal',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: powers(low, high),
      tickFormat: (gap: number) => (gap === 1 ? '1' : formatGap(gap)),
      grid: true,
    },
    marks: [
      Plot.frame({ stroke: palette.faint }),
      Plot.ruleY([data.tolerance], { stroke: palette.ink, strokeDasharray: '6 4' }),
      ...(Object.keys(scopeMarks) as Scope[]).map((scope) => dotsOf(scope, points)),
    ],
  });
  const counts = points.map(({ lambda, neurons }) => ({ lambda, neurons: neurons.length }));
  return body + neuronCounts(counts, frame);
}

function dotsOf(scope: Scope, points: readonly PathPoint[]): Plot.Markish {
  const { symbol, fill } = scopeMarks[scope];
  return Plot.dot(
    points.filter((point) => point.scope === scope),
    {
      x: 'lambda',
      y: (point: PathPoint) => seen(point.relativeGap),
      symbol,
      r: 3.6,
      fill: symbol === 'times' ? 'none' : fill,
      stroke: symbol === 'times' ? fill : 'none',
      strokeWidth: 1.6,
      title: ({ lambda, relativeGap }: PathPoint) =>
        `λ = ${formatNumber(lambda)}: gap ${formatGap(relativeGap)}, ${scope}`,
    },
  );
}

/** Every power of ten, or every second, fourth … where there are many. */
function powers(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  const step = Math.max(1, Math.ceil((last - first) / 6));
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => Number(`1e${last - i * step}`));
}
