import { documentOf, escaped, type Fragment, heading, headingHeight, label, moved, type Size } from './canvas.js';
import { page } from './html.js';
import { figure, type Html, paragraph, section, table } from './html-parts.js';
import type { Panel } from './panel.js';
import { dataUrl, type PlanarImage, strip } from './pixels.js';
import { formatNumber, formatPercent } from './text.js';

/** One image under one corruption, from weak to strong. */
export interface CorruptedExample {
  readonly name: string;
  readonly images: readonly PlanarImage[];
}

/** A network's accuracy under one corruption. */
export interface CorruptionRow {
  readonly name: string;
  /** By severity, as `severities` of the page. */
  readonly accuracies: readonly number[];
  readonly mean: number;
}

export interface CorruptionReportData {
  readonly title: string;
  /** What was measured, in a sentence. */
  readonly remark: string;
  /** Column titles. */
  readonly severities: readonly string[];
  readonly clean: number;
  readonly mean: number;
  readonly rows: readonly CorruptionRow[];
  readonly examples: readonly CorruptedExample[];
}

/** A page about a network under corruptions: accuracies, and what the corruptions do to an image. It loads nothing. */
export function corruptionReport(data: CorruptionReportData): string {
  const { title, clean, mean, rows, examples } = data;
  const lead = `${formatPercent(mean)} on average over ${rows.length} corruptions; ${formatPercent(clean)} without them.`;
  const sections = [
    `<header><h1>${escaped(title)}</h1>${paragraph(lead, 'lead')}${paragraph(data.remark)}</header>`,
    section('Accuracy', 'accuracy', accuracies(data)),
    section('Images', 'images', examples.length > 0 ? pictures(examples) : ''),
    '<footer>This page holds everything it shows and loads nothing.</footer>',
  ];
  return page(title, sections, 'with pictures');
}

function accuracies({ rows, severities, clean, mean }: CorruptionReportData): Html {
  const columns = [
    { title: 'corruption', kind: 'name' as const },
    ...[...severities, ...(severities.length > 1 ? ['mean'] : [])].map((title) => ({
      title,
      kind: 'number' as const,
    })),
  ];
  const several = severities.length > 1;
  const blank = severities.slice(several ? 0 : 1).map(() => '');
  return table(columns, [
    ...rows.map((row) => [
      row.name,
      ...row.accuracies.map((value) => formatPercent(value)),
      ...(several ? [formatPercent(row.mean)] : []),
    ]),
    ['mean', ...blank, formatPercent(mean)],
    ['no corruption', ...blank, formatPercent(clean)],
  ]);
}

const pictures = (examples: readonly CorruptedExample[]): Html => {
  const panel: Panel = {
    title: 'One image under all of them',
    remark: remarkOf(examples),
    legend: [],
    draw: ({ width }) => strips(examples, width),
  };
  const size = (width: number): Size => ({ width, height: heightOf(examples, width) });
  return figure(panel, { wide: size(780), narrow: size(350) }, 'paper');
};

function remarkOf([{ images }]: readonly CorruptedExample[]): string {
  return images.length > 1 ? `${formatNumber(images.length)} severities, from left to right` : '';
}

const GAP = 14;
const LETTERS = 16;

/** Columns of strips, each about 250 pixels wide. */
function layout(examples: readonly CorruptedExample[], width: number) {
  const [{ images }] = examples;
  const columns = Math.max(1, Math.round(width / 260));
  const across = (width - (columns - 1) * GAP) / columns;
  const high = (across * images[0].height) / (images.length * (images[0].width + 1) - 1);
  return { columns, across, high, step: high + LETTERS + GAP };
}

function heightOf(examples: readonly CorruptedExample[], width: number): number {
  const { columns, step } = layout(examples, width);
  return Math.ceil(Math.ceil(examples.length / columns) * step);
}

function strips(examples: readonly CorruptedExample[], width: number): Fragment {
  const { columns, across, high, step } = layout(examples, width);
  return examples
    .map(({ name, images }, k) => {
      const picture = `<image y="${LETTERS}" width="${across.toFixed(2)}" height="${high.toFixed(2)}" preserveAspectRatio="none" image-rendering="optimizeSpeed" href="${dataUrl(strip(images))}"/>`;
      const text = label(0, 11, name.replaceAll('_', ' '));
      return moved((k % columns) * (across + GAP), Math.floor(k / columns) * step, text + picture);
    })
    .join('');
}

/** The images as a figure of its own, 804 pixels wide. */
export function corruptionFigure(title: string, remark: string, examples: readonly CorruptedExample[]): string {
  const [width, margin] = [780, 12];
  const height = headingHeight + heightOf(examples, width) + 2 * margin;
  const drawn = heading(title, remark, width) + moved(0, headingHeight, strips(examples, width));
  return documentOf({ width: width + 2 * margin, height }, title, moved(margin, margin, drawn));
}
