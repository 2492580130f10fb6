import * as Plot from '@observablehq/plot';
import { fontFamily, label, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';

export interface GrowthPoint {
  readonly n: number;
  readonly width: number;
  readonly rank: number;
  readonly blocks: number;
  readonly variables: number;
  /** Of the processor. */
  readonly seconds: number;
  /** By which the peak of the resident memory rose. */
  readonly mebibytes: number;
}

const sizes = [
  { size: 'n', title: 'rows n (m₁ = 2, κ = 5)' },
  { size: 'width', title: 'width m₁ (n = 200, κ = 5)' },
  { size: 'rank', title: 'rank κ of the data (n = 200, m₁ = 2)' },
] as const;
const measures = [
  { what: 'seconds', title: 'processor seconds', stroke: palette.blue },
  { what: 'mebibytes', title: 'MiB above the start', stroke: palette.orange },
] as const;
const decades = [0.1, 0.3, 1, 3, 10, 30, 100];
const [panelWidth, panelHeight, left, top, gap] = [330, 230, 20, 64, 16];

/** Time above, memory below, over each size; all axes logarithmic. */
export function growthFigure(
  along: Record<(typeof sizes)[number]['size'], readonly GrowthPoint[]>,
  blocks: number,
): string {
  const width = 2 * left + sizes.length * panelWidth + (sizes.length - 1) * gap;
  const height = top + measures.length * (panelHeight + gap);
  const panels = measures.flatMap(({ what, title, stroke }, row) => {
    const values = sizes.flatMap(({ size }) => along[size].map((point) => point[what]));
    const domain = [0.7 * Math.min(...values), 1.5 * Math.max(...values)];
    return sizes.map(({ size, title: words }, column) => {
      const points = along[size].map((point) => ({ x: point[size], y: point[what] }));
      const axis = { label: words, labelAnchor: 'center', labelArrow: 'none', tickFormat: String } as const;
      return plotted(
        {
          width: panelWidth,
          height: panelHeight,
          marginLeft: 48,
          marginBottom: 40,
          x: { type: 'log', base: 2, ...axis, ticks: points.map(({ x }) => x) },
          y: {
            type: 'log',
            base: 2,
            domain,
            label: title,
            labelArrow: 'none',
            grid: true,
            ticks: decades.filter((t) => t >= domain[0] && t <= domain[1]),
            tickFormat: String,
          },
          marks: [
            Plot.line(points, { x: 'x', y: 'y', stroke, strokeWidth: 2 }),
            Plot.dot(points, { x: 'x', y: 'y', fill: stroke, r: 4 }),
          ],
        },
        left + column * (panelWidth + gap),
        top + row * (panelHeight + gap),
      );
    });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    label(left, 28, `Three-layer program over ${blocks} blocks, path norm, solved to a gap of 1e-3`, {
      size: 16,
      weight: 600,
    }),
    label(left, 48, 'one thread; every point a process of its own, the median of three', { size: 12 }),
    ...panels,
    '</svg>\n',
  ].join('\n');
}
