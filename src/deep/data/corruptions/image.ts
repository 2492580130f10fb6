import type { Random } from '../../../base/index.js';

/** An image of one or three channels, one plane after another ([channels, height, width], row-major), values 0 to 1. */
export interface Image {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float64Array;
}

/** How strong a corruption is, from 1 (weak) to 5. */
export type Severity = 1 | 2 | 3 | 4 | 5;

/** Changes an image: the one given stays as it is, and what is drawn from `random` decides the rest. Values may leave [0, 1]. */
export type Corruption = (image: Image, severity: Severity, random: Random) => Image;

/** What a corruption takes from weak to strong. */
export type Five<T> = readonly [T, T, T, T, T];

export const mapped = (image: Image, change: (value: number, index: number) => number): Image => ({
  ...image,
  data: image.data.map(change),
});

export const clamped = (value: number, low = 0, high = 1): number => (value < low ? low : value > high ? high : value);

/** An image of one channel for each channel; they share the numbers. */
export function planesOf({ channels, height, width, data }: Image): Image[] {
  const size = height * width;
  return Array.from({ length: channels }, (_, c) => {
    return { channels: 1, height, width, data: data.subarray(c * size, (c + 1) * size) };
  });
}

/** Changes each channel by itself. */
export function perPlane(image: Image, change: (plane: Image, channel: number) => Image): Image {
  const data = new Float64Array(image.data.length);
  planesOf(image).forEach((plane, c) => {
    data.set(change(plane, c).data, c * plane.data.length);
  });
  return { ...image, data };
}

/** One plane with the value at each row and column. */
export function planeOf(height: number, width: number, value: (row: number, column: number) => number): Image {
  const data = new Float64Array(height * width);
  for (let i = 0; i < height; i++) for (let j = 0; j < width; j++) data[i * width + j] = value(i, j);
  return { channels: 1, height, width, data };
}

/** The plane in every channel: `value` of the old value and the plane's, by channel. */
export function withPlane(
  image: Image,
  plane: Image,
  value: (old: number, added: number, channel: number) => number,
): Image {
  const size = plane.data.length;
  return mapped(image, (old, k) => value(old, plane.data[k % size], Math.floor(k / size)));
}

/** Numbers of [0, 1] as image files keep them: 256 levels. */
export const asBytes = (image: Image): Image => mapped(image, (value) => Math.round(255 * clamped(value)) / 255);

/** Of 0 to `size` − 1, mirrored at the ends: … 1 0 | 0 1 2 … . */
export function mirrored(index: number, size: number): number {
  const within = index - 2 * size * Math.floor(index / (2 * size));
  return within < size ? within : 2 * size - 1 - within;
}

/** What lies outside of an image. */
export type Outside = 'zero' | 'edge' | 'mirror';

function valueAt({ height, width, data }: Image, row: number, column: number, outside: Outside): number {
  if (row >= 0 && row < height && column >= 0 && column < width) return data[row * width + column];
  if (outside === 'zero') return 0;
  const i = outside === 'edge' ? clamped(row, 0, height - 1) : mirrored(row, height);
  const j = outside === 'edge' ? clamped(column, 0, width - 1) : mirrored(column, width);
  return data[i * width + j];
}

/** A plane between its pixels, bilinear. */
export function sampled(plane: Image, row: number, column: number, outside: Outside): number {
  const [i, j] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - i, column - j];
  const top = valueAt(plane, i, j, outside) * (1 - right) + (right > 0 ? valueAt(plane, i, j + 1, outside) * right : 0);
  if (down === 0) return top;
  const below =
    valueAt(plane, i + 1, j, outside) * (1 - right) + (right > 0 ? valueAt(plane, i + 1, j + 1, outside) * right : 0);
  return top * (1 - down) + below * down;
}

/** Each pixel from where `source` says, in the same image. */
export function warped(
  image: Image,
  outside: Outside,
  source: (row: number, column: number) => readonly [row: number, column: number],
): Image {
  return perPlane(image, (plane) =>
    planeOf(plane.height, plane.width, (i, j) => sampled(plane, ...source(i, j), outside)),
  );
}
