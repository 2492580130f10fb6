import * as Plot from '@observablehq/plot';
import { documentOf, label, palette } from '../../src/report/canvas.js';
import { plotted } from '../../src/report/plotted.js';
import type { Kernel } from './kernels.js';

const [width, rowHeight, top] = [900, 17, 56];

/** A bar for each kernel and size: our share of the machine's limit on one thread, NumPy's as a dot. */
export function kernelsFigure(all: readonly Kernel[]): string {
  const shown = all.filter(({ share }) => share !== null);
  const bars = shown.map(({ one, share }) => ({ name: plain(one.name), share: share as number }));
  const dots = shown.flatMap(({ one, share }) =>
    one.numpy === null ? [] : [{ name: plain(one.name), share: ((share as number) * one.numpy) / one.rate }],
  );
  const height = shown.length * rowHeight + 60;
  const plot = plotted(
    {
      width,
      height,
      marginLeft: 265,
      marginBottom: 40,
      x: { label: 'share of the limit', labelAnchor: 'center', labelArrow: 'none', tickFormat: percent, grid: true },
      y: { domain: shown.map(({ one }) => plain(one.name)), label: null, tickSize: 0 },
      marks: [
        Plot.barX(bars, { x: 'share', y: 'name', fill: palette.blue, insetTop: 2, insetBottom: 2 }),
        Plot.dot(dots, { x: 'share', y: 'name', fill: palette.orange, r: 3.5, stroke: 'white' }),
        Plot.ruleX([0.6], { stroke: palette.ink, strokeDasharray: '4 3' }),
        Plot.ruleX([0]),
      ],
    },
    0,
    top,
  );
  const title = 'Kernels on one thread: share of what compiled code reaches on this machine';
  const legend =
    `<rect x="265" y="33" width="10" height="10" fill="${palette.blue}"/>${label(281, 42, 'Relucent (WebAssembly)')}` +
    `<circle cx="460" cy="38" r="4" fill="${palette.orange}"/>${label(470, 42, 'NumPy over BLAS, masks materialised')}`;
  return documentOf(
    { width, height: height + top },
    title,
    label(265, 22, title, { size: 15, weight: 600 }) + legend + plot,
  );
}

/** The figures' font has no raised T. */
const plain = (name: string): string => name.replace('ᵀ', ' transposed');

const percent = (share: number): string => `${Math.round(100 * share)} %`;
