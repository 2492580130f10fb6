import { formatNumber, printable, shortened } from './text.js';

/** Okabe and Ito's colours, told apart by every kind of colour vision and, by lightness, in grey print. */
export const palette = {
  ink: '#1a1a1a',
  quiet: '#5c6370',
  faint: '#d7dae0',
  blue: '#0072b2',
  orange: '#d55e00',
  green: '#009e73',
  classes: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#7a7a7a', '#b8a800'],
} as const;

export const fontFamily = 'Inter, Helvetica, Arial, sans-serif';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A piece of a picture: SVG elements whose origin is the piece's upper left corner. */
export type Fragment = string;

/** A coordinate to a hundredth of a pixel. */
export const px = (value: number): string => String(Number(value.toFixed(2)));

export interface TextStyle {
  readonly size?: number;
  readonly weight?: 400 | 600;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** White around the letters, for text that a line may pass behind. */
  readonly halo?: boolean;
}

/** One line of text; (x, y) is its baseline. */
export function label(x: number, y: number, text: string, style: TextStyle = {}): Fragment {
  const { size = 12, weight = 400, fill = palette.ink, anchor = 'start', halo = false } = style;
  const around = halo ? ' stroke="white" stroke-width="4" paint-order="stroke"' : '';
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}"${around}>${escaped(text)}</text>`;
}

export const escaped = (text: string): string =>
  printable(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

/** Rough width of a text in the figures' font: enough to decide where it must be cut or moved. */
export function textWidth(text: string, size: number): number {
  let em = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    em += code > 0x2e80 ? 1 : /[A-ZΣmwMW@%]/.test(character) ? 0.74 : /[iljtf.,:;'| ]/.test(character) ? 0.32 : 0.58;
  }
  return em * size;
}

/** The text, cut with an ellipsis so that it fits. */
export function fitted(text: string, size: number, width: number): string {
  const characters = [...text].length;
  for (let most = characters; most > 1; most--) {
    const short = shortened(text, most);
    if (textWidth(short, size) <= width) return short;
  }
  return shortened(text, 1);
}

/** Lines of at most `width` pixels; what does not fit in `most` lines ends in an ellipsis. */
export function lines(text: string, size: number, width: number, most: number): string[] {
  const result: string[] = [''];
  for (const word of text.split(/\s+/)) {
    const longer = result.at(-1) === '' ? word : `${result.at(-1)} ${word}`;
    if (textWidth(longer, size) <= width) result[result.length - 1] = longer;
    else result.push(word);
  }
  if (result.length <= most) return result;
  return [...result.slice(0, most - 1), fitted(result.slice(most - 1).join(' '), size, width)];
}

/** A panel's title and the quiet line below it; panels start their drawing at `headingHeight`. */
export function heading(title: string, remark: string, width: number): Fragment {
  return (
    label(0, 14, fitted(title, 15, width), { size: 15, weight: 600 }) +
    label(0, 32, fitted(remark, 12, width), { size: 12, fill: palette.quiet })
  );
}

export const headingHeight = 44;

export const moved = (x: number, y: number, fragment: Fragment): Fragment =>
  `<g transform="translate(${px(x)} ${px(y)})">${fragment}</g>`;

/** A whole SVG document on white, so that it prints and shows on any page. */
export function documentOf(size: Size, title: string, fragment: Fragment): string {
  const { width, height } = size;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" role="img">` +
    `<title>${escaped(title)}</title><rect width="${width}" height="${height}" fill="white"/>${fragment}</svg>\n`
  );
}

/** At most `most` entries, evenly spaced, the first among them. */
export function thinned<T>(entries: readonly T[], most: number): readonly T[] {
  if (entries.length <= most) return entries;
  return Array.from({ length: most }, (_, i) => entries[Math.floor((i * entries.length) / most)]);
}

/** Least and largest value with a margin; a lone value gets a unit around it. */
export function extent(values: Iterable<number>, margin = 0.04): [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(low <= high)) return [0, 1];
  const space = high > low ? (high - low) * margin : Math.max(0.5, Math.abs(high) * 0.05);
  return [low - space, high + space];
}

/** A number on an axis: as short as `1.5M` where it is long, with a minus as wide as a plus. */
export function axisNumber(value: number): string {
  const size = Math.abs(value);
  const [factor, letter] = units.find(([least]) => size >= least && size < 1e15) ?? [1, ''];
  return formatNumber(value / factor, 6).replace('-', '−') + letter;
}

const units = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
] as const;

/** Left margin that holds the tick labels of a domain and an axis title beside them. */
export const tickMargin = ([low, high]: readonly [number, number]): number =>
  Math.max(
    44,
    34 +
      Math.max(
        ...[low, high, (high - low) / 7].map((value) => textWidth(axisNumber(Number(value.toPrecision(2))), 11)),
      ),
  );

/** Round numbers along a horizontal axis of `width` pixels, at most seven steps and far enough apart for their labels. */
export function axisTicks([low, high]: readonly [number, number], width: number): number[] {
  if (!(high > low)) return [low];
  for (let power = Math.floor(Math.log10((high - low) / 7)); ; power++) {
    for (const factor of [1, 2, 5]) {
      const ticks = multiples(low, high, factor, power);
      const widest = Math.max(...ticks.map((tick) => textWidth(axisNumber(tick), 11)), 0);
      const apart = (width * Number(`${factor}e${power}`)) / (high - low);
      const fits = ticks.length <= 8 && apart >= 1.15 * widest + 10;
      if (fits || ticks.length <= 1) return ticks;
    }
  }
}

/** The multiples of factor · 10^power from low to high. */
function multiples(low: number, high: number, factor: number, power: number): number[] {
  const step = Number(`${factor}e${power}`);
  const first = Math.ceil(low / step);
  const count = Math.min(40, Math.floor(high / step) - first + 1);
  return Array.from({ length: Math.max(0, count) }, (_, i) => Number(`${(first + i) * factor}e${power}`));
}
