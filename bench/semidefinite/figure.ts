import * as Plot from '@observablehq/plot';
import { fontFamily, label, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';

const [width, height] = [720, 360];

/** Share of the problems whose proved bound is at most this part of the optimum. */
export function ratioFigure(ratios: readonly number[], title: string): string {
  const sorted = [...ratios].sort((a, b) => a - b);
  const points = sorted.map((ratio, i) => ({ ratio, share: (i + 1) / sorted.length }));
  const plot = plotted(
    {
      width: width - 20,
      height: height - 60,
      marginLeft: 52,
      marginBottom: 42,
      x: { domain: [0, 1], label: 'proved bound / optimum', labelAnchor: 'center', labelArrow: 'none', grid: true },
      y: { domain: [0, 1], label: 'share of the problems at or below', labelArrow: 'none', grid: true },
      marks: [
        Plot.line([{ ratio: 0, share: 0 }, ...points, { ratio: 1, share: 1 }], {
          x: 'ratio',
          y: 'share',
          stroke: palette.blue,
          strokeWidth: 2,
          curve: 'step-after',
        }),
        Plot.ruleX([1], { stroke: palette.orange, strokeWidth: 1.5 }),
      ],
    },
    10,
    50,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    label(20, 30, title, { size: 16, weight: 600 }),
    plot,
    '</svg>\n',
  ].join('\n');
}

/** Shares of an objective that are proved, for one set. */
export interface ShareBar {
  readonly name: string;
  /** By the methods of the certificate, and by the relaxation. */
  readonly before: number;
  readonly proved: number;
}

const [barHeight, barLeft, barTop] = [22, 190, 92];

/**
 * What is proved about each set and what is not: below the bound there is no network, at 1 there is the trained one, and
 * between them nobody knows.
 */
export function sharesFigure(bars: readonly ShareBar[], title: string): string {
  const span = width - barLeft - 40;
  const tall = barTop + bars.length * (barHeight + 8) + 30;
  const at = (share: number): string => (barLeft + span * Math.min(1, share)).toFixed(1);
  const rows = bars.flatMap(({ name, before, proved }, i) => {
    const y = barTop + i * (barHeight + 8);
    const best = Math.max(before, proved);
    const rect = (from: number, to: number, fill: string): string =>
      `<rect x="${at(from)}" y="${y}" width="${(span * Math.max(0, to - from)).toFixed(1)}" height="${barHeight}" fill="${fill}"/>`;
    return [
      label(20, y + 15, name, { size: 12 }),
      rect(0, best, palette.blue),
      rect(best, 1, palette.faint),
      `<line x1="${at(before)}" x2="${at(before)}" y1="${y - 2}" y2="${y + barHeight + 2}" stroke="${palette.orange}" stroke-width="3"/>`,
      label(Number(at(1)) + 6, y + 15, (Math.floor(100 * best) / 100).toFixed(2), { size: 11 }),
    ];
  });
  const legend: readonly (readonly [string, string])[] = [
    [palette.blue, 'proved: no network of any width is here'],
    [palette.faint, 'undecided'],
    [palette.orange, 'proved without the relaxation'],
  ];
  const names = legend.map(([fill, text], i) => {
    const x = 20 + [0, 270, 370][i];
    return `<rect x="${x}" y="48" width="12" height="12" fill="${fill}"/>${label(x + 18, 59, text, { size: 12 })}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${tall}" viewBox="0 0 ${width} ${tall}" font-family="${fontFamily}">`,
    `<rect width="${width}" height="${tall}" fill="white"/>`,
    label(20, 30, title, { size: 16, weight: 600 }),
    ...names,
    ...rows,
    label(barLeft, tall - 10, '0', { size: 11 }),
    label(Number(at(1)) - 130, tall - 10, 'objective of the trained network', { size: 11 }),
    '</svg>\n',
  ].join('\n');
}
