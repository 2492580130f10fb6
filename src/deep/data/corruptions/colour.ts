import { type Corruption, clamped, type Five, type Image, mapped, perPlane } from './image.js';

/** The largest and least of a pixel's channels. */
function extremes({ channels, height, width, data }: Image, pixel: number): readonly [most: number, least: number] {
  let [most, least] = [0, 1];
  for (let c = 0; c < channels; c++) {
    const value = data[c * height * width + pixel];
    most = Math.max(most, value);
    least = Math.min(least, value);
  }
  return [most, least];
}

/** Every pixel's channels, from the old value and the pixel's largest and least. */
function byExtremes(image: Image, change: (value: number, most: number, least: number) => number): Image {
  const size = image.height * image.width;
  const found = Array.from({ length: size }, (_, pixel) => extremes(image, pixel));
  return mapped(image, (value, k) => change(value, ...found[k % size]));
}

/** Adds to the value of hue, saturation and value. */
export const brightness =
  (added: Five<number>): Corruption =>
  (image, severity) =>
    byExtremes(image, (value, most) => {
      const brighter = clamped(most + added[severity - 1]);
      return most > 0 ? (value * brighter) / most : brighter;
    });

/** Draws every channel to its mean: only this share of the distance stays. */
export const contrast =
  (shares: Five<number>): Corruption =>
  (image, severity) =>
    perPlane(image, (plane) => {
      const mean = plane.data.reduce((sum, value) => sum + value, 0) / plane.data.length;
      return mapped(plane, (value) => mean + shares[severity - 1] * (value - mean));
    });

/** Saturation × factor + shift; grey, which has no hue, stays grey. */
export const saturate =
  (settings: Five<readonly [factor: number, shift: number]>): Corruption =>
  (image, severity) => {
    const [factor, shift] = settings[severity - 1];
    return byExtremes(image, (value, most, least) => {
      if (most <= least) return value;
      const old = (most - least) / most;
      return most - ((most - value) * clamped(factor * old + shift)) / old;
    });
  };
