import * as Plot from '@observablehq/plot';
import { type Fragment, label, lines, moved, palette, px, type Size, textWidth } from './canvas.js';
import type { CertificateData } from './data.js';
import { plotted } from './plotted.js';
import { formatBound, formatGap, formatNumber } from './text.js';

/** Room for the title and three lines of words. */
const wordsHeight = 70;

/** What is proved, as numbers on one axis: the network's objective, the values below which no network can come, and the gap. */
export function certificatePanel(data: CertificateData, size: Size): Fragment {
  const words = lines(data.words, 12, size.width, 3).map((line, i) =>
    label(0, 32 + 15 * i, line, { fill: palette.quiet }),
  );
  return (
    label(0, 14, 'What is proved', { size: 15, weight: 600 }) +
    words.join('') +
    moved(0, wordsHeight, certificateAxes(data, { width: size.width, height: size.height - wordsHeight }))
  );
}

/** Narrower than this the two axes stand below each other. */
const leastWidth = 560;
const gapHeight = 72;

/** Height that the axes need at a width. */
export const certificateHeight = (data: CertificateData, width: number): number =>
  axisHeight + 12 + rowHeight * (marksOf(data).length + 1) + (width < leastWidth ? gapHeight + 12 : 0);

/** Objective and gap beside each other, or below each other where there is no room. */
export function certificateAxes(data: CertificateData, { width, height }: Size): Fragment {
  if (width < leastWidth) {
    const lower = gapHeight;
    const upper = objectiveAxis(data, { width, height: height - lower - 12 });
    return upper + moved(0, height - lower, gapAxis(data, { width, height: lower }));
  }
  const right = Math.max(260, 0.26 * width);
  const left = width - right - 36;
  return objectiveAxis(data, { width: left, height }) + moved(left + 36, 0, gapAxis(data, { width: right, height }));
}

interface Mark {
  /** Long, and short for where there is no room. */
  readonly names: readonly [string, string];
  readonly value: number;
  readonly fill: string;
  readonly shown: string;
}

const side = 22;
const axisHeight = 38;
const rowHeight = 17;

function objectiveAxis(data: CertificateData, { width, height }: Size): Fragment {
  const marks = marksOf(data);
  const values = marks.map((mark) => mark.value);
  const domain = [Math.min(0, ...values), Math.max(...values) * 1.04 || 1];
  const place = (value: number): number => side + ((value - domain[0]) / (domain[1] - domain[0])) * (width - 2 * side);
  const middle = height - axisHeight;
  const x = {
    domain,
    label: `objective ${data.objective}`,
    labelAnchor: 'center',
    labelArrow: 'none',
    ticks: 8,
  } as const;
  const band = `<rect x="${px(place(data.dual))}" y="${px(middle - 4)}" width="${px(Math.max(0, place(data.primal) - place(data.dual)))}" height="8" fill="${palette.orange}" fill-opacity="0.35"/>`;
  const rows = marks.map((mark, row) =>
    drawnMark(mark, place(mark.value), middle, middle - 14 - rowHeight * (marks.length - 1 - row), width),
  );
  return axis(x, { width, height }, side) + band + rows.join('');
}

const anyWidth: Mark['names'] = ['no such network of any width is below', 'proved: none below'];

/** The value of the network first: it is the largest, so its leader passes right of the names below. */
function marksOf({ primal, dual, bound, scope }: CertificateData): Mark[] {
  const network: Mark = {
    names: ['this network', 'this network'],
    value: primal,
    fill: palette.blue,
    shown: formatNumber(primal, 6),
  };
  if (scope === 'exact')
    return [network, { names: anyWidth, value: dual, fill: palette.orange, shown: formatBound(dual) }];
  const ownPatterns: Mark = {
    names:
      scope === 'priced'
        ? ['none was found below', 'none found below']
        : ['no network of its patterns is below', 'none of its patterns below'],
    value: dual,
    fill: palette.orange,
    shown: formatBound(dual),
  };
  if (scope === 'bound') return [network, { ...ownPatterns, names: anyWidth }];
  return [
    network,
    ownPatterns,
    {
      names: ['proved: no such network of any width is below', 'proved: none below'],
      value: bound,
      fill: palette.green,
      shown: formatBound(bound),
    },
  ];
}

function drawnMark({ names, shown, fill }: Mark, x: number, middle: number, y: number, width: number): Fragment {
  const toLeft = x > width / 2;
  const room = 0.86 * (toLeft ? x : width - x);
  const name = textWidth(`${names[0]}: ${shown}`, 12) <= room ? names[0] : names[1];
  const leader = `<path d="M${px(x)} ${px(middle)}V${px(y - 9)}" stroke="${fill}" stroke-width="1.5"/><circle cx="${px(x)}" cy="${px(middle)}" r="5" fill="${fill}" stroke="white"/>`;
  return (
    leader +
    label(toLeft ? x - 7 : x + 7, y, `${name}: ${shown}`, {
      weight: 600,
      fill,
      anchor: toLeft ? 'end' : 'start',
      halo: true,
    })
  );
}

/** The relative gap on a logarithmic axis, beside the tolerance that was asked for. */
function gapAxis({ relativeGap, tolerance }: CertificateData, { width, height }: Size): Fragment {
  const least = 1e-16;
  const fill = relativeGap <= tolerance ? palette.blue : palette.orange;
  const middle = height - axisHeight;
  const x = {
    type: 'log',
    domain: [least, 1],
    label: 'relative gap (primal − dual) / primal',
    labelAnchor: 'center',
    labelArrow: 'none',
    ticks: [1e-16, 1e-12, 1e-8, 1e-4, 1],
    tickFormat: (value: number) => (value === 1 ? '1' : formatGap(value)),
  } as const;
  const place = (value: number): number =>
    side + ((Math.log10(Math.min(1, Math.max(least, value))) + 16) / 16) * (width - 2 * side);
  const asked = `<path d="M${px(place(tolerance))} ${px(middle - 8)}V${px(middle)}" stroke="${palette.ink}" stroke-width="2"/>`;
  const text = `relative gap ${formatGap(Math.max(0, relativeGap))}, asked for ${formatGap(tolerance)}`;
  return (
    axis(x, { width, height }, side) +
    asked +
    `<circle cx="${px(place(relativeGap))}" cy="${px(middle)}" r="5" fill="${fill}" stroke="white"/>` +
    label(width / 2, middle - 14, text, { weight: 600, fill, anchor: 'middle' })
  );
}

/** A lone axis with its line at the top. */
function axis(x: Plot.ScaleOptions, { width, height }: Size, inset: number): Fragment {
  const y = height - axisHeight;
  const drawn = plotted(
    {
      width,
      height: axisHeight + 2,
      marginLeft: inset,
      marginRight: inset,
      marginTop: 2,
      marginBottom: axisHeight,
      x,
      marks: [
        Plot.axisX({
          tickSize: 5,
          label: x.label,
          labelAnchor: 'center',
          labelArrow: 'none',
          ticks: x.ticks,
          tickFormat: x.tickFormat,
        }),
      ],
    },
    0,
    y - 2,
  );
  return drawn + `<path d="M${inset} ${px(y)}H${px(width - inset)}" stroke="${palette.ink}"/>`;
}

/** Words below the picture, in at most two lines. */
export const smallPrint = (text: string, width: number): Fragment =>
  lines(text, 11, width, 2)
    .map((words, i) => label(0, 11 + 15 * i, words, { size: 11, fill: palette.quiet }))
    .join('');
