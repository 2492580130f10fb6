import * as Plot from '@observablehq/plot';
// The drawing tools of src/report are not part of its index: the package offers whole figures only
import { documentOf, type Fragment, label, moved, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';

/** A line with a band around it; y may have another x grid than other series. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly dash?: string;
  readonly points: readonly { readonly x: number; readonly y: number; readonly low?: number; readonly high?: number }[];
}

export interface CurvePanel {
  readonly title: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly series: readonly Series[];
}

export interface CurveGrid {
  readonly title: string;
  readonly remark: string;
  readonly columns: number;
  readonly panels: readonly CurvePanel[];
  readonly panelWidth?: number;
  readonly panelHeight?: number;
  /** Labels at the ends of axes may reach over the edge of their panel instead of being cut. Default false. */
  readonly spill?: boolean;
}

const top = 66;
const gap = 14;

/** Panels in rows, one legend above them (the first panel's series), lines told apart by colour and dash. */
export function curveGrid({
  title,
  remark,
  columns,
  panels,
  panelWidth = 300,
  panelHeight = 210,
  spill = false,
}: CurveGrid): string {
  const rows = Math.ceil(panels.length / columns);
  const size = {
    width: 24 + columns * panelWidth + (columns - 1) * gap,
    height: top + rows * (panelHeight + gap) + 10,
  };
  const drawn = panels.map((panel, k) =>
    moved(
      12 + (k % columns) * (panelWidth + gap),
      top + Math.floor(k / columns) * (panelHeight + gap),
      label(4, 12, panel.title, { size: 13, weight: 600 }) +
        spilling(curves(panel, panelWidth, panelHeight - 18, 18), spill),
    ),
  );
  const head =
    label(12, 22, title, { size: 16, weight: 600 }) +
    label(12, 40, remark, { size: 12, fill: palette.quiet }) +
    legend(named(panels[0].series), 12, 58);
  return documentOf(size, title, head + drawn.join(''));
}

/** Lines of one name have one place in the legend. */
const named = (series: readonly Series[]): readonly Series[] =>
  series.filter(({ name }, k) => series.findIndex((other) => other.name === name) === k);

const spilling = (fragment: Fragment, spill: boolean): Fragment =>
  spill ? fragment.replace('<svg ', '<svg overflow="visible" ') : fragment;

export function legend(series: readonly Series[], x: number, y: number): Fragment {
  let at = x;
  return series
    .map(({ name, color, dash = '' }) => {
      const mark = `<path d="M${at} ${y - 4}h24" fill="none" stroke="${color}" stroke-width="2.2" stroke-dasharray="${dash}"/>`;
      const text = label(at + 29, y, name, { size: 12 });
      at += 29 + 7 * name.length + 20;
      return mark + text;
    })
    .join('');
}

export function curves({ series, xLabel, yLabel }: CurvePanel, width: number, height: number, y: number): Fragment {
  const marks = series.flatMap(({ points, color, dash }) => [
    Plot.areaY(
      points.filter(({ low, high }) => low !== undefined && high !== undefined),
      { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.14 },
    ),
    Plot.line(points, { x: 'x', y: 'y', stroke: color, strokeWidth: 1.8, strokeDasharray: dash }),
  ]);
  const axis = { labelArrow: 'none', labelAnchor: 'center', nice: false, ticks: 5 } as const;
  return plotted(
    {
      width,
      height,
      marginLeft: 46,
      marginBottom: xLabel === undefined ? 22 : 34,
      marginTop: 8,
      marginRight: 8,
      x: { ...axis, label: xLabel ?? null },
      y: { ...axis, label: yLabel ?? null, grid: true },
      marks: [Plot.frame({ stroke: palette.faint }), ...marks],
    },
    0,
    y,
  );
}
