import { type Fragment, heading, headingHeight, label, moved, palette, type Size, textWidth } from './canvas.js';
import { shortened } from './text.js';

/** A figure in parts, so that a page can set title, remark and legend as its own text. */
export interface Panel {
  readonly title: string;
  readonly remark: string;
  readonly legend: readonly LegendEntry[];
  readonly draw: (size: Size) => Fragment;
}

/** A mark as the drawing uses it, and what it stands for. */
export interface LegendEntry {
  readonly name: string;
  readonly fill: string;
  readonly mark?: 'dot' | 'ring' | 'triangle' | 'square' | 'cross' | 'line' | 'band';
  /** For lines. */
  readonly dash?: string;
}

/** Title, remark and legend above the drawing; the legend goes below the remark when it does not fit beside the title. */
export function framed({ title, remark, legend: entries, draw }: Panel, { width, height }: Size): Fragment {
  const beside = textWidth(title, 15) * 1.1 + legendWidth(entries) <= width;
  const top = headingHeight + (beside ? 0 : legendHeight);
  return (
    heading(title, remark, width) +
    legend(entries, width, beside ? 14 : headingHeight + 8) +
    moved(0, top, draw({ width, height: height - top }))
  );
}

const legendHeight = 22;

/** The drawing alone, on the whole size. */
export const bare = ({ draw }: Panel, size: Size): Fragment => draw(size);

/** Width of a legend mark that `markOf` draws. */
const markWidth = ({ mark = 'dot' }: LegendEntry): number => (mark === 'line' || mark === 'band' ? 24 : 10);

const entrySpace = 22;

const legendWidth = (entries: readonly LegendEntry[], most = mostLetters): number =>
  entries.reduce((sum, entry) => sum + markWidth(entry) + textWidth(shortened(entry.name, most), 12) + entrySpace, 0);

const mostLetters = 24;

/** Marks with names, in one row that ends at x = `right`; names are cut until the row fits. */
function legend(entries: readonly LegendEntry[], right: number, y: number): Fragment {
  let most = mostLetters;
  while (most > 3 && legendWidth(entries, most) > right) most--;
  let x = right;
  let result = '';
  for (const entry of [...entries].reverse()) {
    const shown = shortened(entry.name, most);
    x -= textWidth(shown, 12) + 4;
    result += label(x, y, shown);
    x -= markWidth(entry) + 4;
    result += moved(x, y - 9, markOf(entry));
    x -= 14;
  }
  return result;
}

/** A lone mark for a legend in a page's text, 10 pixels high. */
export function legendMark(entry: LegendEntry): string {
  const width = markWidth(entry);
  return `<svg width="${width}" height="10" viewBox="0 0 ${width} 10" aria-hidden="true">${markOf(entry)}</svg>`;
}

/** The mark in a box as wide as `markWidth` says and 10 high. */
function markOf({ mark = 'dot', fill, dash = '' }: LegendEntry): Fragment {
  const pen = `stroke="${fill}" stroke-width="1.6"`;
  switch (mark) {
    case 'dot':
      return `<circle cx="5" cy="5" r="4" fill="${fill}"/>`;
    case 'ring':
      return `<circle cx="5" cy="5" r="4" fill="none" ${pen}/>`;
    case 'triangle':
      return `<path d="M5 0.8L9.4 8.6H0.6Z" fill="${fill}"/>`;
    case 'square':
      return `<path d="M1.2 1.2H8.8V8.8H1.2Z" fill="${fill}"/>`;
    case 'cross':
      return `<path d="M1.2 1.2L8.8 8.8M8.8 1.2L1.2 8.8" fill="none" ${pen}/>`;
    case 'band':
      return `<path d="M0 1H24V9H0Z" fill="${fill}" fill-opacity="0.2"/><path d="M0 5H24" fill="none" ${pen}/><circle cx="12" cy="5" r="2.6" fill="${fill}"/>`;
    case 'line':
      return `<path d="M0 5H24" fill="none" stroke="${fill}" stroke-width="2.2"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}/>`;
  }
}

/** Dashes that tell lines apart without colour. */
export const dashes = ['', '7 3', '2 3', '9 3 2 3', '4 2', '1 2', '12 4', '6 2 2 2'] as const;

/** Colour and dash of the k-th of several groups. */
export const groupStyle = (k: number): { fill: string; dash: string } => ({
  fill: palette.classes[k % palette.classes.length],
  dash: dashes[k % dashes.length],
});
