import type * as Plot from '@observablehq/plot';
import { plotted } from '../../src/report/plotted.js';

/** Axes of a panel of excess over seconds, both logarithmic, and where it stands. */
export interface ExcessAxes {
  readonly width: number;
  readonly height: number;
  readonly seconds: readonly [number, number];
  readonly excess: { readonly domain: readonly [number, number]; readonly ticks: readonly number[] };
  readonly x: number;
  readonly y: number;
}

/** Marks by `seconds` and `excess`: how far above the least objective after how much processor time. */
export const excessPlot = (marks: Plot.Markish[], { width, height, seconds, excess, x, y }: ExcessAxes): string =>
  plotted(
    {
      width,
      height,
      marginLeft: 50,
      marginBottom: 38,
      x: {
        type: 'log',
        domain: [...seconds],
        label: 'CPU seconds',
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
        ticks: [0.01, 0.1, 1, 10, 100],
        tickFormat: (v: number) => `${v}`,
      },
      y: {
        type: 'log',
        domain: [...excess.domain],
        label: null,
        grid: true,
        ticks: [...excess.ticks],
        tickFormat: (v: number) => v.toExponential(0),
      },
      marks,
    },
    x,
    y,
  );
