import * as Plot from '@observablehq/plot';
import { axisNumber, extent, palette, type Size, tickMargin } from './canvas.js';
import type { DeepRun } from './deep.js';
import type { LegendEntry, Panel } from './panel.js';
import { plotted } from './plotted.js';
import { formatNumber, formatPercent } from './text.js';

/** A curve over steps. */
export interface StepCurve {
  readonly name: string;
  readonly points: readonly { readonly step: number; readonly value: number }[];
  /** Half the width of the band around each point. */
  readonly errors?: readonly number[];
}

const colourOf = (i: number): string => palette.classes[i % palette.classes.length];

const legendOf = (names: readonly string[]): LegendEntry[] =>
  names.length < 2 ? [] : names.map((name, i) => ({ name, fill: colourOf(i), mark: 'line' }));

/** Lines over steps, on a logarithmic, a plain or a percent scale. */
export function linePanel(
  title: string,
  remark: string,
  curves: readonly StepCurve[],
  scale: 'log' | 'plain' | 'percent',
): Panel {
  return {
    title,
    remark,
    legend: legendOf(curves.map(({ name }) => name)),
    draw: (size) => lines(curves, scale, size),
  };
}

function lines(curves: readonly StepCurve[], scale: 'log' | 'plain' | 'percent', { width, height }: Size): string {
  const shown = curves.map(({ points }) =>
    points.filter(({ value }) => Number.isFinite(value) && (scale !== 'log' || value > 0)),
  );
  const values = shown.flatMap((points) => points.map(({ value }) => value));
  const domain: readonly [number, number] =
    scale === 'log' ? [Math.min(...values) * 0.9, Math.max(...values) * 1.1] : extent(values);
  const bands = curves.flatMap(({ errors }, i) => (errors ? [band(shown[i], errors, colourOf(i), domain[0])] : []));
  return plotted({
    width,
    height,
    marginLeft: tickMargin(scale === 'percent' ? [100, 10] : [domain[0], domain[1]]),
    marginRight: 14,
    marginTop: 12,
    marginBottom: 40,
    x: {
      label: 'steps',
      labelAnchor: 'center',
      labelArrow: 'none',
      ticks: width > 500 ? 7 : 4,
      tickFormat: axisNumber,
    },
    y: {
      type: scale === 'log' ? 'log' : 'linear',
      domain: [...domain],
      grid: true,
      label: null,
      ticks: scale === 'log' ? logTicks(domain) : 5,
      tickFormat: (value: number) => (scale === 'percent' ? formatPercent(value) : formatNumber(value, 3)),
    },
    marks: [
      Plot.frame({ stroke: palette.faint }),
      ...bands,
      ...shown.map((points, i) => Plot.line(points, { x: 'step', y: 'value', stroke: colourOf(i), strokeWidth: 2 })),
    ],
  });
}

/** 1, 2, 3, 5, 7 times powers of ten where there is less than a decade and a half to show, else as many as fit. */
function logTicks([low, high]: readonly [number, number]): number[] | number {
  if (high / low > 30) return 5;
  const ticks: number[] = [];
  for (let power = 1e-12; power <= high; power *= 10)
    for (const digit of [1, 2, 3, 5, 7]) ticks.push(Number((digit * power).toPrecision(1)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function band(
  points: readonly { readonly step: number; readonly value: number }[],
  errors: readonly number[],
  fill: string,
  least: number,
): Plot.Markish {
  const entries = points.map(({ step, value }, i) => ({ step, value, error: errors[i] ?? 0 }));
  return Plot.areaY(entries, {
    x: 'step',
    y1: ({ value, error }) => Math.max(least, value - error),
    y2: ({ value, error }) => value + error,
    fill,
    fillOpacity: 0.18,
  });
}

/** Share of active units in each group, a bar a run. */
export function layerPanel(runs: readonly DeepRun[]): Panel {
  const bars = runs.flatMap(({ name, layers }, i) =>
    layers.map((layer, g) => {
      const share = layer.norms.filter((norm) => norm > 0).length / layer.norms.length;
      return { group: `${g + 1}`, run: name, share, fill: colourOf(i) };
    }),
  );
  return {
    title: 'Active units by group',
    remark: 'groups from the input to the output',
    legend: runs.length < 2 ? [] : runs.map(({ name }, i) => ({ name, fill: colourOf(i), mark: 'square' })),
    draw: ({ width, height }) =>
      plotted({
        width,
        height,
        marginLeft: 58,
        marginBottom: 36,
        fx: { label: 'group', labelAnchor: 'center', labelArrow: 'none', padding: 0.2 },
        x: { axis: null, domain: runs.map(({ name }) => name) },
        y: { domain: [0, 1], grid: true, label: null, ticks: 5, tickFormat: (share: number) => formatPercent(share) },
        marks: [Plot.barY(bars, { fx: 'group', x: 'run', y: 'share', fill: 'fill' }), Plot.ruleY([0])],
      }),
  };
}

const BINS = 30;

/** How many test inputs have a Jacobian of which spectral norm. */
export function jacobianPanel(runs: readonly DeepRun[]): Panel {
  const all = runs.flatMap(({ jacobians }) => jacobians);
  const top = all.reduce((a, b) => Math.max(a, b), 0) || 1;
  const curves = runs.map(({ name, jacobians }) => {
    const counts = new Array<number>(BINS).fill(0);
    for (const norm of jacobians) counts[Math.min(BINS - 1, Math.floor((norm / top) * BINS))]++;
    return {
      name,
      points: counts.map((count, k) => ({ norm: ((k + 0.5) * top) / BINS, share: count / jacobians.length })),
    };
  });
  return {
    title: 'Spectral norm of the Jacobian',
    remark: `of the scores in the input, at ${formatNumber(runs[0].jacobians.length)} test inputs`,
    legend: legendOf(runs.map(({ name }) => name)),
    draw: ({ width, height }) =>
      plotted({
        width,
        height,
        marginLeft: 52,
        marginRight: 14,
        marginBottom: 40,
        x: { label: 'spectral norm', labelAnchor: 'center', labelArrow: 'none', tickFormat: axisNumber, ticks: 6 },
        y: { label: null, grid: true, ticks: 5, tickFormat: (share: number) => formatPercent(share) },
        marks: [
          Plot.frame({ stroke: palette.faint }),
          ...curves.flatMap(({ points }, i) => [
            Plot.areaY(points, { x: 'norm', y: 'share', fill: colourOf(i), fillOpacity: 0.18, curve: 'step' }),
            Plot.line(points, { x: 'norm', y: 'share', stroke: colourOf(i), strokeWidth: 1.6, curve: 'step' }),
          ]),
        ],
      }),
  };
}
