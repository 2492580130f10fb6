import { circlePoint } from '../../../base/index.js';
import { shrunk } from './filters.js';
import { clamped, type Image, planeOf, planesOf, sampled } from './image.js';

/** Tables K.1 and K.2 of the standard (ITU T.81, annex K), row by row. */
const LUMINANCE = [
  ...[16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55],
  ...[14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62],
  ...[18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92],
  ...[49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99],
];
const CHROMINANCE = [
  ...[17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99],
  ...[24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99],
  ...new Array<number>(32).fill(99),
];

/** Steps of a quality from 1 to 100, as libjpeg scales the tables. */
export function quantisation(table: readonly number[], quality: number): number[] {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return table.map((step) => clamped(Math.floor((step * percent + 50) / 100), 1, 255));
}

/** Row u: the cosine of frequency u at 8 places, of length 1. */
const COSINES = Array.from({ length: 8 }, (_, u) =>
  Float64Array.from({ length: 8 }, (_, x) => {
    const [cos] = circlePoint(((2 * x + 1) * u * Math.PI) / 16);
    return cos * (u === 0 ? Math.sqrt(1 / 8) : 0.5);
  }),
);

/** 8 × 8 numbers to their frequencies, or back. */
export function cosineTransform(block: Float64Array, back: boolean): Float64Array {
  const at = (k: number, n: number): number => (back ? COSINES[n][k] : COSINES[k][n]);
  const half = new Float64Array(64);
  const out = new Float64Array(64);
  for (let u = 0; u < 8; u++)
    for (let j = 0; j < 8; j++) for (let i = 0; i < 8; i++) half[u * 8 + j] += at(u, i) * block[i * 8 + j];
  for (let u = 0; u < 8; u++)
    for (let v = 0; v < 8; v++) for (let j = 0; j < 8; j++) out[u * 8 + v] += at(v, j) * half[u * 8 + j];
  return out;
}

/** Every block's frequencies rounded to whole steps. Values 0 to 255; blocks past the border repeat it. */
function quantised(plane: Image, steps: readonly number[]): Image {
  const { height, width, data } = plane;
  const out = new Float64Array(data.length);
  for (let top = 0; top < height; top += 8)
    for (let left = 0; left < width; left += 8) {
      const place = (k: number): number =>
        Math.min(height - 1, top + (k >> 3)) * width + Math.min(width - 1, left + (k & 7));
      const block = Float64Array.from({ length: 64 }, (_, k) => data[place(k)] - 128);
      const rounded = cosineTransform(block, false).map((value, k) => Math.round(value / steps[k]) * steps[k]);
      cosineTransform(rounded, true).forEach((value, k) => {
        if (top + (k >> 3) < height && left + (k & 7) < width) out[place(k)] = clamped(Math.round(value + 128), 0, 255);
      });
    }
  return { ...plane, data: out };
}

/**
 * What JPEG of a quality from 1 to 100 leaves of an image: for colours JFIF's luminance and two colour planes of half the size,
 * the standard tables, no entropy coding (it loses nothing). Libraries differ from this in the rounding of their transforms.
 */
export function throughJpeg(image: Image, quality: number): Image {
  const bytes = planesOf(image).map((plane) => ({ ...plane, data: plane.data.map((value) => 255 * value) }));
  const light = quantisation(LUMINANCE, quality);
  if (image.channels === 1) return joined([quantised(bytes[0], light)]);
  const [luminance, blue, red] = colourPlanes(bytes);
  const half = (plane: Image): Image => {
    const small = shrunk(plane, Math.ceil(plane.height / 2), Math.ceil(plane.width / 2));
    const kept = quantised(small, quantisation(CHROMINANCE, quality));
    return planeOf(plane.height, plane.width, (i, j) => sampled(kept, i / 2 - 0.25, j / 2 - 0.25, 'edge'));
  };
  return joined(fromColourPlanes(quantised(luminance, light), half(blue), half(red)));
}

function joined(planes: readonly Image[]): Image {
  const { height, width } = planes[0];
  const data = new Float64Array(planes.length * height * width);
  planes.forEach((plane, c) => {
    data.set(
      plane.data.map((value) => value / 255),
      c * height * width,
    );
  });
  return { channels: planes.length, height, width, data };
}

const combined = ([first, ...rest]: readonly Image[], weights: readonly number[], shift: number): Image =>
  planeOf(first.height, first.width, (i, j) => {
    const k = i * first.width + j;
    return [first, ...rest].reduce((sum, plane, c) => sum + weights[c] * plane.data[k], shift);
  });

/** JFIF: red, green, blue to luminance, blue and red differences. */
const colourPlanes = (rgb: readonly Image[]): readonly Image[] => [
  combined(rgb, [0.299, 0.587, 0.114], 0),
  combined(rgb, [-0.168736, -0.331264, 0.5], 128),
  combined(rgb, [0.5, -0.418688, -0.081312], 128),
];

const fromColourPlanes = (luminance: Image, blue: Image, red: Image): readonly Image[] => {
  const of = (b: number, r: number): Image => combined([luminance, blue, red], [1, b, r], -128 * (b + r));
  return [of(0, 1.402), of(-0.344136, -0.714136), of(1.772, 0)];
};
