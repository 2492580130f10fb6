import * as Plot from '@observablehq/plot';
import { axisNumber, type Fragment, palette, type Size, tickMargin } from './canvas.js';
import {
  type LambdaFrame,
  lambdaDomain,
  lambdaScale,
  marginBottom,
  marginTop,
  markNames,
  markRules,
  neuronCounts,
} from './lambda-axis.js';
import { groupStyle, type LegendEntry, type Panel } from './panel.js';
import type { PathData, PathPoint } from './path-data.js';
import { plotted } from './plotted.js';
import { formatNumber, plural } from './text.js';

/** More lines than this are a grey cloud in a heavy file. */
const mostLines = 150;

interface Line {
  readonly group: number;
  readonly most: number;
  /** Runs of λ at which the neuron is there, with a zero on either side. */
  readonly points: readonly { readonly lambda: number; readonly norm: number; readonly run: string }[];
}

/** What each neuron adds to the penalty, over λ. */
export function pathPanel(data: PathData): Panel {
  const points = data.points.filter(({ lambda }) => lambda > 0);
  const groups = groupsOf(points);
  const all = linesOf(points, groups);
  const lines = [...all].sort((a, b) => b.most - a.most).slice(0, mostLines);
  const cut = lines.length < all.length ? ` (drawn: the ${lines.length} heaviest)` : '';
  return {
    title: 'Neurons along the path',
    remark: `${plural(all.length, 'neuron')} over ${plural(points.length, 'value')} of λ${cut} · minimising ${data.objective}`,
    legend: legendOf(groups),
    draw: (size) => drawn(data, points, lines, size),
  };
}

function groupsOf(points: readonly PathPoint[]): string[] {
  const names = new Set<string>();
  for (const { neurons } of points) for (const { group } of neurons) names.add(group ?? '');
  return [...names].sort();
}

const legendOf = (groups: readonly string[]): LegendEntry[] =>
  groups.length > 8
    ? []
    : groups.flatMap((name, k) => {
        const { fill, dash } = groupStyle(k);
        return name === '' ? [] : [{ name, fill, dash, mark: 'line' as const }];
      });

/** A line per key; a neuron that goes and comes again has several runs. */
function linesOf(points: readonly PathPoint[], groups: readonly string[]): Line[] {
  const norms = new Map<string, Map<number, number>>();
  const groupOf = new Map<string, number>();
  points.forEach(({ neurons }, i) => {
    for (const { key, norm, group } of neurons) {
      const line = norms.get(key) ?? new Map<number, number>();
      norms.set(key, line.set(i, (line.get(i) ?? 0) + norm));
      groupOf.set(key, groups.indexOf(group ?? ''));
    }
  });
  return [...norms].map(([key, line]) => ({
    group: groupOf.get(key) ?? 0,
    most: Math.max(...line.values()),
    points: withZeros(line, points, key),
  }));
}

function withZeros(line: ReadonlyMap<number, number>, points: readonly PathPoint[], key: string): Line['points'] {
  const result: { lambda: number; norm: number; run: string }[] = [];
  let run = 0;
  for (let i = 0; i < points.length; i++) {
    const norm = line.get(i);
    const [before, after] = [line.has(i - 1), line.has(i + 1)];
    if (norm === undefined && !before && !after) continue;
    const { lambda } = points[i];
    if (norm !== undefined || before) result.push({ lambda, norm: norm ?? 0, run: `${key} ${run}` });
    if (norm === undefined) run++;
    if (norm === undefined && after) result.push({ lambda, norm: 0, run: `${key} ${run}` });
  }
  return result;
}

function drawn(
  { marks = [] }: PathData,
  points: readonly PathPoint[],
  lines: readonly Line[],
  { width, height }: Size,
): Fragment {
  const most = Math.max(Number.MIN_VALUE, ...lines.map((line) => line.most));
  const top = most * (marks.length > 0 ? 1.16 : 1.05);
  const frame: LambdaFrame = {
    width,
    height,
    marginLeft: tickMargin([0, top]),
    marginRight: 14,
    domain: lambdaDomain(points.map(({ lambda }) => lambda)),
  };
  const counts = points.map(({ lambda, neurons }) => ({ lambda, neurons: neurons.length }));
  const body = plotted({
    width,
    height,
    marginLeft: frame.marginLeft,
    marginRight: frame.marginRight,
    marginTop,
    marginBottom,
    x: lambdaScale(frame),
    y: {
      domain: [0, top],
      label: 'norm ‖u‖|α| (standardised units)',
      labelAnchor: 'center',
      labelArrow: 'none',
      grid: true,
      ticks: height > 320 ? 7 : 5,
      tickFormat: axisNumber,
    },
    marks: [
      Plot.frame({ stroke: palette.faint }),
      ...lines.map(lineOf),
      Plot.ruleY([0], { stroke: palette.quiet }),
      markRules(marks, frame),
    ],
  });
  return body + neuronCounts(counts, frame) + markNames(marks, frame);
}

/** Thin where there are many; each names its norm at the end of the path to who points at it. */
function lineOf({ group, points }: Line, _: number, { length }: readonly Line[]): Plot.Markish {
  const { fill, dash } = groupStyle(group);
  return Plot.line(points, {
    x: 'lambda',
    y: 'norm',
    z: 'run',
    stroke: fill,
    strokeWidth: length > 40 ? 1.1 : 1.7,
    strokeOpacity: length > 40 ? 0.75 : 1,
    strokeDasharray: dash || undefined,
    title: () => `largest norm ${formatNumber(Math.max(...points.map(({ norm }) => norm)))}`,
  });
}
