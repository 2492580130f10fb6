import type { Random } from '../../../base/index.js';
import { type Corruption, clamped, type Five, type Image, planeOf, withPlane } from './image.js';

/** Inverts a vertical stripe of this width in the middle. */
export const stripe =
  (widths: Five<number>): Corruption =>
  (image, severity) => {
    const first = Math.floor((image.width - widths[severity - 1]) / 2);
    const last = first + widths[severity - 1];
    const inside = planeOf(image.height, image.width, (_, j) => (j >= first && j < last ? 1 : 0));
    return withPlane(image, inside, (old, on) => (on === 1 ? 1 - old : old));
  };

interface Point {
  readonly row: number;
  readonly column: number;
}

const pointAt = (column: number, height: number, random: Random): Point => ({
  column,
  row: (height - 1) * random.uniform(),
});

const between = (a: Point, b: Point, share: number): Point => ({
  row: a.row + share * (b.row - a.row),
  column: a.column + share * (b.column - a.column),
});

/** So many lines of dots, each from the left border to the right. */
export const dottedLine =
  (counts: Five<number>, space = 2.5): Corruption =>
  (image, severity, random) => {
    const { height, width } = image;
    const dots: Point[] = [];
    for (let line = 0; line < counts[severity - 1]; line++) {
      const [start, end] = [pointAt(0, height, random), pointAt(width - 1, height, random)];
      dots.push(...along(start, end, space));
    }
    return withPlane(image, inked(image, dots, 0.7), Math.max);
  };

/** So many zigzag lines from the left border to the right. */
export const zigzag =
  (counts: Five<number>, teeth = 8): Corruption =>
  (image, severity, random) => {
    const dots: Point[] = [];
    for (let line = 0; line < counts[severity - 1]; line++) {
      const corners = zigzagCorners(image, teeth, random);
      corners.slice(1).forEach((corner, k) => {
        dots.push(...along(corners[k], corner, 0.5));
      });
    }
    return withPlane(image, inked(image, dots, 0.6), Math.max);
  };

/** Corners by turns above and below a line from border to border. */
function zigzagCorners({ height, width }: Image, teeth: number, random: Random): Point[] {
  const [start, end] = [pointAt(0, height, random), pointAt(width - 1, height, random)];
  return Array.from({ length: teeth + 1 }, (_, k) => {
    const { row, column } = between(start, end, k / teeth);
    return { column, row: row + (k % 2 === 0 ? 1 : -1) * (1 + 2 * random.uniform()) };
  });
}

/** Points from a to b, `space` pixels apart. */
function along(a: Point, b: Point, space: number): Point[] {
  const length = Math.sqrt((b.row - a.row) ** 2 + (b.column - a.column) ** 2);
  const count = Math.max(1, Math.round(length / space));
  return Array.from({ length: count + 1 }, (_, k) => between(a, b, k / count));
}

/** Round dots with soft rims: 1 within the radius, 0 from one pixel beyond it on. */
function inked({ height, width }: Image, dots: readonly Point[], radius: number): Image {
  return planeOf(height, width, (i, j) =>
    dots.reduce((ink, { row, column }) => {
      const square = (i - row) ** 2 + (j - column) ** 2;
      return square >= (radius + 1) ** 2 ? ink : Math.max(ink, clamped(radius + 1 - Math.sqrt(square)));
    }, 0),
  );
}
