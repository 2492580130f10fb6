import * as Plot from '@observablehq/plot';
import { type Fragment, type Size, textWidth } from './canvas.js';
import type { ClassesFit } from './data.js';
import type { Panel } from './panel.js';
import { plotted } from './plotted.js';
import { formatNumber, shortened } from './text.js';

interface Cell {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  /** Of the rows of the true class. */
  readonly share: number;
}

/** More classes than this leave no room for numbers in the cells. */
const mostWithNumbers = 14;

/** The confusion matrix: rows are the true classes, a dark diagonal is a good network. */
export const classesPanel = (data: ClassesFit): Panel => ({
  title: 'Which classes are taken for which',
  remark: [data.scores, `${data.rows} rows, shaded by share of the true class`].filter(Boolean).join(' · '),
  legend: [],
  draw: (size) => confusion(data, size),
});

/** The counts as a shaded table. */
export function confusion({ classes, counts, target }: ClassesFit, { width, height }: Size): Fragment {
  const cells = cellsOf(classes, counts);
  const left = 34 + 6.5 * Math.min(16, Math.max(...classes.map((name) => [...name].length)));
  const widest = Math.max(...classes.map((name) => textWidth(shortened(name, 16), 11)));
  const crowded = 1.15 * widest > (width - left - 12) / classes.length;
  return plotted({
    width,
    height,
    marginLeft: left,
    marginBottom: crowded ? 46 + 0.75 * widest : 46,
    marginTop: 8,
    marginRight: 12,
    padding: 0.03,
    x: {
      domain: keys(classes),
      label: `predicted ${shortened(target, 18)}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      tickFormat: nameOf(classes),
      tickRotate: crowded ? -45 : 0,
    },
    y: {
      domain: keys(classes),
      label: `true ${shortened(target, 18)}`,
      labelAnchor: 'center',
      labelArrow: 'none',
      tickFormat: nameOf(classes),
    },
    color: { type: 'linear', scheme: 'Blues', domain: [0, 1] },
    marks: [
      Plot.cell(cells, { x: 'predicted', y: 'truth', fill: 'share' }),
      classes.length > mostWithNumbers
        ? null
        : Plot.text(cells, {
            x: 'predicted',
            y: 'truth',
            text: (cell: Cell) => formatNumber(cell.count),
            fill: (cell: Cell) => (cell.share > 0.55 ? 'white' : 'black'),
            fontSize: 12,
          }),
    ],
  });
}

/** Bands are named by index: two long class names may be cut to the same text. */
const keys = (classes: readonly string[]): string[] => classes.map((_, k) => String(k));
const nameOf =
  (classes: readonly string[]) =>
  (key: string): string =>
    shortened(classes[Number(key)], 16);

function cellsOf(classes: readonly string[], counts: ClassesFit['counts']): Cell[] {
  return classes.flatMap((_, i) => {
    const total = counts[i].reduce((sum, count) => sum + count, 0);
    return classes.map((_, j) => ({
      truth: String(i),
      predicted: String(j),
      count: counts[i][j],
      share: total === 0 ? 0 : counts[i][j] / total,
    }));
  });
}
